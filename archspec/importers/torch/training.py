"""What a module computes otherwise in training. Enters: a module and its inputs. Leaves: places in the user's code.

The spec of an import is what the module computes in evaluation. Layers that behave otherwise in training (dropout, batch norm)
do so in the spec too. What the module's own code adds in training (noise, further heads), leaves out there (a softmax, a branch)
or does by another layer is not recorded. So what it calls in both modes is compared, call by call in their order.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Collection, Iterator, MutableMapping
from contextlib import contextmanager
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

from archspec.importers.sketch import ImportProblem
from archspec.importers.torch.binding import Binding
from archspec.importers.torch.foreign import stochastic_depth
from archspec.importers.torch.modules import is_layer, keys
from archspec.importers.torch.observed import watched
from archspec.importers.torch.places import running_above
from archspec.importers.torch.recording import short_name, tensors_in
from archspec.importers.torch.uncalled import forwards_noted
from archspec.limits import MAX_TORCH_COMPARED
from archspec.verification.calling import named


class Step(NamedTuple):
    """What was called at a place of the user's code: a function or a layer (with its path), and with which arguments that are no
    tensors."""

    place: str
    name: str
    path: str
    arguments: tuple[str, ...]

    @property
    def what(self) -> tuple[object, ...]:
        """What it is compared by: a layer is the same wherever it is called."""
        return (self.path, *self[1:]) if self.path else self

    @property
    def call(self) -> tuple[str, str, str]:
        """That without the arguments."""
        return ("" if self.path else self.place), self.name, self.path


class Run(NamedTuple):
    """What the module calls in one of its modes, in order, and what its answer is made of."""

    steps: list[Step]
    answer: object
    called: set[str]  # the paths of all modules that ran


_TAKES_MODE = {
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout", "feature_alpha_dropout",
    "batch_norm", "instance_norm", "rrelu", "multi_head_attention_forward",
}  # fmt: skip
"""Functions whose layers behave otherwise in training as these do where they are told of it."""
_MODES = {"training", "use_input_stats"}


def run_both(module: nn.Module, binding: Binding) -> tuple[Run | None, Run | None]:
    """A run in evaluation and one in training; None for one that fails."""
    return _run(module, binding, training=False), _run(module, binding, training=True)


def said_of_training(in_evaluation: Run | None, in_training: Run | None) -> list[str]:
    """What training does otherwise than the evaluation that the spec is of, a line for each place."""
    if in_evaluation is None:
        return []
    if in_training is None:
        return ["not known: what training does otherwise, since the module fails there with inputs like these"]
    missing, more = _differing(in_evaluation.steps, in_training.steps)
    moved = Counter(step.what for step in missing) & Counter(step.what for step in more)
    told = {step.call for step in missing}
    missing, added = _without(missing, moved), _without(more, moved)
    said = [
        *_lines("not in the spec, since it runs in training only", added, in_evaluation.steps, told),
        *_lines(
            "in the spec, though it does not run in training", _unmatched(missing, added), in_training.steps, set()
        ),
        *_lines("runs at another point in training", [step for step in more if step.what in moved], more, set()),
    ]
    if not said and in_evaluation.answer != in_training.answer:
        return ["not in the spec: in training the module returns something else"]
    return said


def _without(steps: list[Step], others: Counter[tuple[object, ...]]) -> list[Step]:
    """The steps without those that are counted."""
    left = Counter(others)
    found = []
    for step in steps:
        if left[step.what] > 0:
            left[step.what] -= 1
        else:
            found.append(step)
    return found


def _lines(what: str, steps: list[Step], others: list[Step], changed: Collection[tuple[str, str, str]]) -> list[str]:
    """A line for each place of the steps. `others` are those of the other mode, `changed` the calls that have other arguments
    there."""
    named = {(step.place, step.name) for step in others}
    given: dict[tuple[str, str, str], set[str]] = {}
    for step in others:
        given.setdefault(step.call, set()).update(step.arguments)
    found: dict[str, dict[str, None]] = {}
    for step in steps:
        name = step.name.strip("_")
        own = [one for one in step.arguments if one not in given[step.call]] if step.call in changed else []
        if own:
            name += f" with {', '.join(own)}"
        elif step.path and (step.place, step.name) in named:
            name += f" {step.path}"
        found.setdefault(step.place, {})[name] = None
    return [f"{what}: {place} ({', '.join(names)})" for place, names in found.items()]


def _unmatched(missing: list[Step], more: list[Step]) -> list[Step]:
    """The steps that training lacks, without those that it has with other arguments, which is said of these."""
    left = Counter(step.call for step in more)
    found = []
    for step in missing:
        if left[step.call]:
            left[step.call] -= 1
        else:
            found.append(step)
    return found


def _differing(ours: list[Step], others: list[Step]) -> tuple[list[Step], list[Step]]:
    """What only the first of two runs has, and what only the second has, in their order."""
    start = next(
        (i for i, (a, b) in enumerate(zip(ours, others, strict=False)) if a.what != b.what), min(len(ours), len(others))
    )
    rest = ours[start:], others[start:]
    end = next(
        (i for i, (a, b) in enumerate(zip(reversed(rest[0]), reversed(rest[1]), strict=False)) if a.what != b.what),
        min(map(len, rest)),
    )
    first, second = (steps[: len(steps) - end] for steps in rest)
    keys = [step.what for step in first], [step.what for step in second]
    if len(first) * len(second) > MAX_TORCH_COMPARED:
        return _without(first, Counter(keys[1])), _without(second, Counter(keys[0]))
    missing: list[Step] = []
    more: list[Step] = []
    for tag, i, j, k, m in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag != "equal":
            missing += first[i:j]
            more += second[k:m]
    return missing, more


def _run(module: nn.Module, binding: Binding, training: bool) -> Run | None:
    """One run; None where it fails."""
    watching = _Watching(training)
    contexts = torch.no_grad(), forwards_noted(module, watching.note_module), watching.layers(), watching
    did_end = watched(module, binding, *contexts, training=training, answered=watching.note_answer)
    return Run(watching.steps, watching.answer, watching.called) if did_end else None


def _plain_arguments(name: str, func: Any, args: Any, keywords: dict[str, Any]) -> tuple[str, ...]:
    """Numbers, truth values and texts, but for the mode where layers have one."""
    takes_mode = name in _TAKES_MODE
    if takes_mode and args:
        names = list(inspect.signature(func).parameters) if inspect.isfunction(func) else []
        keywords = {**dict(zip(names, args, strict=False)), **keywords}
        args = () if names else args
    kept = [str(one) for one in args if isinstance(one, (bool, int, float, str))]
    kept += [
        f"{key}={one}"
        for key, one in keywords.items()
        if isinstance(one, (bool, int, float, str)) and not (takes_mode and key in _MODES)
    ]
    return tuple(kept)


def has_modes(module: nn.Module) -> bool:
    """Whether a layer computes otherwise in training than in evaluation."""
    if isinstance(module, (nn.modules.batchnorm._NormBase, nn.RReLU)):
        return getattr(module, "track_running_stats", True)
    if stochastic_depth(module) is not None:
        return True
    given: Any = getattr(module, "p", 0) if isinstance(module, nn.modules.dropout._DropoutNd) else 0
    return bool(given or getattr(module, "dropout", 0))


class _Watching(TorchFunctionMode):
    """Notes each function of torch by its place in the user's code; a layer is one step."""

    def __init__(self, training: bool) -> None:
        super().__init__()
        self.training = training
        self.steps: list[Step] = []
        self.paths: dict[int, str] = {}  # of the modules, which the first that is called has in it
        self.makers: MutableMapping[torch.Tensor, object] = WeakIdKeyDictionary()  # what made a tensor
        self.answer: object = None
        self.called: set[str] = set()
        self.is_inside = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, (torch.Tensor, tuple, list)) and not isinstance(result, torch.Size):
            name = short_name(func)
            self._note(name, "", _plain_arguments(name, func, args, kwargs or {}))
            self._note_result(result)
        return result

    def note_answer(self, answer: Any) -> None:
        """Notes what the module answered: its tensors by name, each with what made it."""
        self.answer = {name: self.makers.get(tensor) for name, tensor in named(answer, torch.Tensor).items()}

    def note_module(self, module: nn.Module) -> None:
        """Notes that a module runs."""
        self.paths = self.paths or {id(inner): path for path, inner in module.named_modules()}
        self.called.add(self.paths.get(id(module), ""))

    def _note_result(self, result: Any) -> None:
        for tensor in tensors_in(result) if not self.is_inside and self.steps else []:
            self.makers[tensor] = self.steps[-1].what

    def _note(self, name: str, path: str, arguments: tuple[str, ...]) -> None:
        place = "" if self.is_inside else running_above(watched.__code__)
        if place:
            self.steps.append(Step(place, name, path, arguments))

    def _told(self, module: nn.Module) -> tuple[str, ...]:
        """The layer's arguments, and whether it is in another mode than the module around it."""
        try:
            given = tuple(f"{key}={value}" for key, value in keys(module).items())
        except ImportProblem:  # which the import itself says
            given = ()
        is_other = self.training and not module.training and has_modes(module)
        return (*given, "training=False") if is_other else given

    @contextmanager
    def layers(self) -> Iterator[None]:
        original = nn.Module.__call__

        def call(module: nn.Module, *args: Any, **keywords: Any) -> Any:
            self.note_module(module)
            if self.is_inside or not is_layer(module):
                return original(module, *args, **keywords)
            self._note(type(module).__name__, self.paths.get(id(module), ""), self._told(module))
            self.is_inside = True
            try:
                result = original(module, *args, **keywords)
            finally:
                self.is_inside = False
            self._note_result(result)
            return result

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            yield
        finally:
            nn.Module.__call__ = original  # type: ignore[method-assign]
