"""What a module computes in training only. Enters: a module and its inputs. Leaves: places in the user's code.

The spec of an import is what the module computes in evaluation. Layers that behave otherwise in training (dropout, batch norm)
do so in the spec too; what the module's own code adds in training (noise, dropped branches, further heads) is not recorded.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archspec.importers.sketch import ImportProblem
from archspec.importers.torch.binding import Binding
from archspec.importers.torch.foreign import stochastic_depth
from archspec.importers.torch.modules import is_layer, keys
from archspec.importers.torch.observed import watched
from archspec.importers.torch.places import running_above
from archspec.importers.torch.recording import short_name

Step = tuple[str, str, tuple[str, ...]]
"""A place, what was called there, and with which arguments that are no tensors."""
_TAKES_MODE = {
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout", "feature_alpha_dropout",
    "batch_norm", "instance_norm", "rrelu", "multi_head_attention_forward",
}  # fmt: skip
"""Functions whose layers behave otherwise in training as these do where they are told of it."""
_MODES = {"training", "use_input_stats"}


def only_in_training(module: nn.Module, binding: Binding) -> dict[str, list[str]]:
    """The lines that compute in training and not in evaluation, each with what it calls; none where training fails."""
    in_evaluation, in_training = (_steps(module, binding, training) for training in (False, True))
    told: dict[tuple[str, str], set[str]] = {}
    for place, name, arguments in in_evaluation:
        told.setdefault((place, name), set()).update(arguments)
    found: dict[str, list[str]] = {}
    for step in in_training:
        place, name, arguments = step
        if step not in in_evaluation:
            others = [one for one in arguments if one not in told[place, name]] if (place, name) in told else []
            found.setdefault(place, []).append(f"{name.strip('_')}{' with ' if others else ''}{', '.join(others)}")
    return found


def said_of_training(module: nn.Module, binding: Binding) -> list[str]:
    """What no spec of an evaluation has, a line for each place."""
    said = []
    for place, calls in only_in_training(module, binding).items():
        names = ", ".join(dict.fromkeys(calls))
        said.append(f"not in the spec, since it runs in training only: {place} ({names})")
    return said


def _steps(module: nn.Module, binding: Binding, training: bool) -> dict[Step, None]:
    """What the module calls in one of its modes, in order."""
    watching = _Watching(training)
    did_end = watched(module, binding, torch.no_grad(), watching.layers(), watching, training=training)
    return watching.steps if did_end else {}


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
        self.steps: dict[Step, None] = {}
        self.is_inside = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, (torch.Tensor, tuple, list)) and not isinstance(result, torch.Size):
            name = short_name(func)
            self._note(name, _plain_arguments(name, func, args, kwargs or {}))
        return result

    def _note(self, name: str, arguments: tuple[str, ...]) -> None:
        place = "" if self.is_inside else running_above(watched.__code__)
        if place:
            self.steps[place, name, arguments] = None

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
            if self.is_inside or not is_layer(module):
                return original(module, *args, **keywords)
            self._note(type(module).__name__, self._told(module))
            self.is_inside = True
            try:
                return original(module, *args, **keywords)
            finally:
                self.is_inside = False

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            yield
        finally:
            nn.Module.__call__ = original  # type: ignore[method-assign]
