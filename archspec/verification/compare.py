"""Two modules beside each other. Enters: the modules and example inputs. Leaves: a `Verification`; nothing is printed.

The state is compared without its order, and so are the numbers of buffers that the spec gives itself. Outputs are compared after
what is learned was copied from the one module into the other, call after call, in evaluation mode, on one thread, without fused
shortcuts that only some modules take. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archspec.diagnostics.text import escape
from archspec.ops.base import show_shape
from archspec.verification.calling import Arguments, named
from archspec.verification.gradients import different_gradients
from archspec.verification.names import known_otherwise, other_order
from archspec.verification.seeding import own_numbers, seed

if TYPE_CHECKING:
    import torch
    from torch import nn

MAX_SHOWN = 5
_NO_REFERENCE = "the reference does not compute"
_ROUNDING = 1e-4
"""Of the outputs' standard deviation: kernels round differently, another network differs by far more."""

Inputs = Sequence["torch.Tensor"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What two modules have in common: ours, of a spec, and theirs, the reference.

    `missing` are ours that theirs lacks, `unexpected` theirs that ours lacks, as `load_state_dict` says it of theirs loaded
    into ours. Pairs are ours first. What was not computed is None, and `problem` says why.
    """

    keys: int
    """How many the spec's module has."""
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    """The keys whose shapes differ."""
    dtypes: Mapping[str, tuple[str, str]]
    """The keys whose dtypes differ."""
    params: tuple[int, int]
    """How many parameters they have."""
    outputs: int | None = None
    """How many tensors were compared."""
    max_abs_difference: float | None = None
    """The greatest difference between two of their numbers."""
    is_bit_identical: bool | None = None
    output_std: float | None = None
    """The least standard deviation among the outputs that say something. Where it is not above zero, none does."""
    silent: tuple[int, ...] = ()
    """The places of outputs that hold one value throughout, or none that is a number: that they are equal says nothing."""
    buffers: Mapping[str, float] = field(default_factory=dict)
    """The buffers whose numbers differ, and by how much: as the spec gives them, or after the outputs were computed."""
    trainable: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    """The parameters that train in only one of the two."""
    gradients: tuple[str, ...] = ()
    """The parameters that get other gradients in the one than in the other, in evaluation, though outputs are equal."""
    order: tuple[str, str] | None = None
    """Ours and theirs at the first place of `parameters()` that differs: an optimizer's state goes by the place."""
    problem: str = ""

    @property
    def keys_equal(self) -> bool:
        """Whether each has the keys of the other."""
        return not self.missing and not self.unexpected

    @property
    def params_equal(self) -> bool:
        """Whether both have as many parameters."""
        return self.params[0] == self.params[1]

    @property
    def is_state_equal(self) -> bool:
        """Whether keys, shapes, dtypes and the number of parameters are the same."""
        return self.keys_equal and not self.shapes and not self.dtypes and self.params_equal

    @property
    def ok(self) -> bool:
        """Whether everything is equal, outputs to the last bit, and the outputs say something."""
        return self.is_within(0.0)

    @property
    def is_silent(self) -> bool:
        """Whether nothing differs and nothing was shown: the reference does not compute, or no output says anything."""
        if not self.is_state_equal or self.buffers or self.trainable:
            return False
        if self.problem:
            return self.problem.startswith(_NO_REFERENCE)
        return bool(self.is_bit_identical) and not (self.output_std or 0) > 0

    @property
    def is_close(self) -> bool:
        """Whether everything is equal, outputs up to what kernels round differently."""
        deviation, difference = self.output_std or 0.0, self.max_abs_difference
        return self.ok or (difference is not None and difference > 0 and self.is_within(_ROUNDING * deviation))

    def is_within(self, tolerance: float) -> bool:
        """Whether everything is equal, outputs up to an absolute difference, and the outputs say something."""
        if not self.is_state_equal or self.buffers or self.trainable:
            return False
        if self.output_std is None or not self.output_std > 0:
            return False
        difference = self.max_abs_difference
        return bool(self.is_bit_identical) or (difference is not None and tolerance > 0 and difference <= tolerance)

    def __str__(self) -> str:
        rows = [
            *_keys(self),
            ("shapes", _listed([_pair(key, *map(show_shape, pair)) for key, pair in self.shapes.items()])),
            ("dtypes", _listed([_pair(key, *pair) for key, pair in self.dtypes.items()])),
            ("parameters", _parameters(*self.params)),
            *([("order", said_of_order(self.order))] if self.order else []),
            *([("trainable", _listed(_trainable(self)))] if self.trainable else []),
            *([("buffers", _listed(_buffers(self)))] if self.buffers else []),
            ("outputs", _outputs(self)),
            *([("gradients", f"differ, of {_some(self.gradients)}")] if self.gradients else []),
        ]
        return "\n".join(f"{name:<10}  {said}" for name, said in rows)


# Comparing ---------------------------------------------------------------------------------------------------------


def compare(
    ours: nn.Module,
    theirs: nn.Module,
    calls: Sequence[Inputs],
    *,
    arrange: Callable[[Inputs], Arguments] | None = None,
    outputs: Sequence[str] = (),
    is_all_given: bool = False,
    drawn: Collection[str] = (),
) -> Verification:
    """Compares the state, and where that is equal, the outputs of each call. Ours has what theirs has learned afterwards.

    Ours takes the inputs in their order, theirs as `arrange` says. `outputs` names what ours gives; theirs is compared by name
    where it has these names, and else by its order. `is_all_given`: buffers are given from outside, and copied as well; those
    of the keys in `drawn` always are, since the spec has no numbers for them. An exception in one of the two becomes the
    record's `problem`.
    """
    found = compare_state(ours, theirs)
    if not found.is_state_equal:
        return replace(found, problem="not compared, since weights cannot be copied from the one to the other")
    if is_all_given:
        mine = ours.state_dict()
        ours.load_state_dict({k: v for k, v in theirs.state_dict().items() if k in mine}, strict=True)
    else:
        learned = {*statistics(ours), *drawn, *(key for key, _ in ours.named_parameters(remove_duplicate=False))}
        ours.load_state_dict({k: v for k, v in theirs.state_dict().items() if k in learned}, strict=False)
    found = replace(found, buffers=_different_state(ours, theirs))
    got: list[torch.Tensor] = []
    wanted: list[torch.Tensor] = []
    with reproducible():
        for inputs in calls:
            try:
                answer = _run(theirs, arrange(inputs) if arrange else Arguments(tuple(inputs), {}), inputs)
            except Exception as error:  # whatever a stranger's module raises is what is to be told
                return replace(found, problem=f"{_NO_REFERENCE}: {_first_line(error)}")
            try:
                own = _run(ours, Arguments(tuple(inputs), {}), inputs)
            except Exception as error:  # as above
                return replace(found, problem=f"the spec's module does not compute: {_first_line(error)}")
            got += own.values()
            wanted += _ordered(answer, outputs)
        found = _compare_outputs(found, got, wanted, len(calls))
        if found.is_close:
            found = replace(found, gradients=_different_gradients(ours, theirs, calls[0], arrange))
    return replace(found, buffers={**_different_state(ours, theirs), **found.buffers})


def _different_gradients(
    ours: nn.Module, theirs: nn.Module, inputs: Inputs, arrange: Callable[[Inputs], Arguments] | None
) -> tuple[str, ...]:
    """Of the first call. The inputs are copied, since a module may write to them."""

    def own() -> Arguments:
        return Arguments(tuple(tensor.clone() for tensor in inputs), {})

    def other() -> Arguments:
        return arrange(own().positional) if arrange else own()

    return different_gradients(ours, theirs, own, other)


def statistics(model: nn.Module) -> frozenset[str]:
    """The keys of buffers that modules of torch.nn keep by themselves, as norms do: learned, and in no spec."""
    return frozenset(
        f"{path}.{name}" if path else name
        for path, module in model.named_modules()
        if type(module).__module__.startswith("torch.nn.")
        for name, _ in module.named_buffers(recurse=False)
    )


def compare_state(ours: nn.Module, theirs: nn.Module) -> Verification:
    """Keys, shapes, dtypes and the number of parameters; nothing is computed."""
    mine, other = _state(ours), _state(theirs)
    for key in known_otherwise(other, theirs, mine):
        del other[key]
    both = [key for key in mine if key in other]
    return Verification(
        keys=len(mine),
        missing=tuple(key for key in mine if key not in other),
        unexpected=tuple(key for key in other if key not in mine),
        shapes={key: (mine[key][0], other[key][0]) for key in both if mine[key][0] != other[key][0]},
        dtypes={key: (mine[key][1], other[key][1]) for key in both if mine[key][1] != other[key][1]},
        params=(_count(ours), _count(theirs)),
        trainable=_different_training(ours, theirs),
        order=other_order(ours, theirs) if len(both) == len(mine) == len(other) else None,
        problem="not computed",
    )


def _state(model: nn.Module) -> dict[str, tuple[tuple[int, ...], str]]:
    import torch

    return {
        key: (tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for key, value in model.state_dict().items()
        if isinstance(value, torch.Tensor)
    }


def _different_training(ours: nn.Module, theirs: nn.Module) -> dict[str, tuple[bool, bool]]:
    sides = [
        {key: parameter.requires_grad for key, parameter in model.named_parameters(remove_duplicate=False)}
        for model in (ours, theirs)
    ]
    return {
        key: (trains, sides[1][key]) for key, trains in sides[0].items() if key in sides[1] and sides[1][key] != trains
    }


def _different_state(ours: nn.Module, theirs: nn.Module) -> dict[str, float]:
    """The keys of the state whose numbers differ, and by how much."""
    import torch

    other = theirs.state_dict()
    return {
        key: difference(tensor, other[key])
        for key, tensor in ours.state_dict().items()
        if key in other and not torch.equal(bits(tensor), bits(other[key])) and difference(tensor, other[key]) != 0
    }


def _count(model: nn.Module) -> int:
    """Shared parameters count once."""
    return sum(parameter.numel() for parameter in model.parameters())


@contextmanager
def reproducible() -> Iterator[None]:
    """No gradients, one thread, a seed of its own, and no fused path for attention, which rounds differently."""
    import torch

    threads, fused = torch.get_num_threads(), torch.backends.mha.get_fastpath_enabled()
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), own_numbers():
            yield
    finally:
        torch.set_num_threads(threads)
        torch.backends.mha.set_fastpath_enabled(fused)


def _run(model: nn.Module, arguments: Arguments, inputs: Inputs) -> dict[str, torch.Tensor]:
    """The tensors of the answer by name. The inputs are what they were afterwards."""
    import torch

    kept = [tensor.clone() for tensor in inputs]
    seed(0)
    answer = named(model.eval()(*arguments.positional, **arguments.keywords), torch.Tensor)
    answer = {name: tensor.detach().clone() for name, tensor in answer.items()}  # the next call may write to it
    for tensor, before in zip(inputs, kept, strict=True):
        tensor.copy_(before)
    return answer


def _ordered(answer: Mapping[str, torch.Tensor], names: Sequence[str]) -> list[torch.Tensor]:
    return [answer[name] for name in (names if set(names) == set(answer) else answer)]


def _compare_outputs(
    found: Verification, got: list[torch.Tensor], wanted: list[torch.Tensor], calls: int
) -> Verification:
    import torch

    count = len(got) // calls
    seen = [[(tuple(tensor.shape), tensor.dtype) for tensor in side] for side in (got, wanted)]
    if not got or seen[0] != seen[1]:
        said = [
            ", ".join(f"{show_shape(s)} {str(d).removeprefix('torch.')}" for s, d in side[: len(side) // calls])
            or "nothing"
            for side in seen
        ]
        return replace(found, outputs=count, problem=f"the spec gives {said[0]}, the reference {said[1]}")
    spreads = list(map(_spread, wanted))
    return replace(
        found,
        outputs=count,
        max_abs_difference=max(map(difference, got, wanted)),
        is_bit_identical=all(torch.equal(bits(a), bits(b)) for a, b in zip(got, wanted, strict=True)),
        output_std=min((spread for spread in spreads if spread > 0), default=spreads[0]),
        silent=tuple(i for i in range(count) if not any(spread > 0 for spread in spreads[i::count])),
        problem="",
    )


def bits(tensor: torch.Tensor) -> torch.Tensor:
    import torch

    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    import torch

    wide = torch.complex128 if a.is_complex() else torch.float64
    distance = (a.to(wide) - b.to(wide)).abs()
    distance[(a == b) | (a.isnan() & b.isnan())] = 0.0
    return float(distance.max()) if distance.numel() else 0.0


def _spread(tensor: torch.Tensor) -> float:
    """The standard deviation; of a single number its size."""
    import torch

    values = (tensor.abs() if tensor.is_complex() else tensor).to(torch.float64)
    return float(values.std(correction=0) if values.numel() > 1 else values.abs().sum())


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return escape(f"{type(error).__name__}: {lines[0][:200] if lines else ''}")


# Text --------------------------------------------------------------------------------------------------------------


def _keys(found: Verification) -> list[tuple[str, str]]:
    if found.keys_equal:
        return [("keys", f"{found.keys}, equal")]
    sides = (("the spec's", found.missing, "the reference"), ("the reference's", found.unexpected, "the spec"))
    return [
        ("keys", f"{len(keys)} of {whose} are not in {other}: {_some(keys)}") for whose, keys, other in sides if keys
    ]


def _parameters(ours: int, theirs: int) -> str:
    return f"{ours:,}, equal" if ours == theirs else f"{ours:,} in the spec, {theirs:,} in the reference"


def said_of_order(order: tuple[str, str]) -> str:
    """What follows from another order of parameters."""
    return f"{order[0]} in the spec where the reference has {order[1]}: an optimizer's state does not fit, weights do"


def _trainable(found: Verification) -> list[str]:
    words = {True: "trains", False: "does not"}
    return [
        f"{key} {words[ours]} in the spec, {words[theirs]} in the reference"
        for key, (ours, theirs) in found.trainable.items()
    ]


def _buffers(found: Verification) -> list[str]:
    return [f"{key} differs by {difference:.3g} at most" for key, difference in found.buffers.items()]


def _outputs(found: Verification) -> str:
    if found.problem or found.output_std is None:
        return found.problem
    if not found.output_std > 0:
        return f"say nothing: their standard deviation is {found.output_std:g}"
    said = "bit-identical" if found.is_bit_identical else f"differ by {found.max_abs_difference:.3g} at most"
    more = silent(found)
    return f"{found.outputs}, {said} (standard deviation {found.output_std:.3g}){f'; {more}' if more else ''}"


def silent(found: Verification) -> str:
    """Which outputs were equal and show nothing; empty where there are none, or no others."""
    if not found.silent or not (found.output_std or 0) > 0:
        return ""
    places = ", ".join(str(place + 1) for place in found.silent[:MAX_SHOWN])
    more = f" and {len(found.silent) - MAX_SHOWN} more" if len(found.silent) > MAX_SHOWN else ""
    which = "output {} holds" if len(found.silent) == 1 else "outputs {} hold"
    return f"{which.format(places + more)} one value throughout, so that being equal says little"


def _pair(key: str, ours: str, theirs: str) -> str:
    return f"{key} is {ours} in the spec, {theirs} in the reference"


def _listed(differences: list[str]) -> str:
    return _some(differences, "; ") if differences else "equal"


def _some(items: Sequence[str], between: str = ", ") -> str:
    rest = f" and {len(items) - MAX_SHOWN} more" if len(items) > MAX_SHOWN else ""
    return escape(between.join(items[:MAX_SHOWN])) + rest
