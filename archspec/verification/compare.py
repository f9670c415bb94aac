"""Two modules beside each other. Enters: the modules and example inputs. Leaves: a `Verification`; nothing is printed.

The state is compared without its order; outputs are compared after the one module's weights were copied strictly into the
other, in evaluation mode, on one thread, without fused shortcuts that only some modules take. Imports torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from archspec.diagnostics.text import escape
from archspec.ops.base import show_shape

if TYPE_CHECKING:
    import torch
    from torch import nn

MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verification:
    """What two modules have in common: ours, of a spec, and theirs, the reference.

    `missing` are ours that theirs lacks, `unexpected` theirs that ours lacks, as `load_state_dict` says it of theirs loaded
    into ours. Pairs are ours first. What was not computed is None, and `problem` says why.
    """

    keys: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    """The keys whose shapes differ."""
    dtypes: Mapping[str, tuple[str, str]]
    """The keys whose dtypes differ."""
    params: tuple[int, int]
    outputs: int | None = None
    max_abs_difference: float | None = None
    is_bit_identical: bool | None = None
    output_std: float | None = None
    """The least standard deviation among the outputs. Where it is not above zero, equal outputs say nothing."""
    problem: str = ""

    @property
    def keys_equal(self) -> bool:
        return not self.missing and not self.unexpected

    @property
    def params_equal(self) -> bool:
        return self.params[0] == self.params[1]

    @property
    def is_state_equal(self) -> bool:
        """Whether keys, shapes, dtypes and the number of parameters are the same."""
        return self.keys_equal and not self.shapes and not self.dtypes and self.params_equal

    @property
    def ok(self) -> bool:
        """Whether everything is equal, outputs to the last bit, and the outputs say something."""
        return self.is_within(0.0)

    def is_within(self, tolerance: float) -> bool:
        """Whether everything is equal, outputs up to an absolute difference, and the outputs say something."""
        if not self.is_state_equal or self.output_std is None or not self.output_std > 0:
            return False
        difference = self.max_abs_difference
        return bool(self.is_bit_identical) or (difference is not None and tolerance > 0 and difference <= tolerance)

    def __str__(self) -> str:
        rows = [
            *_keys(self),
            ("shapes", _listed([_pair(key, *map(show_shape, pair)) for key, pair in self.shapes.items()])),
            ("dtypes", _listed([_pair(key, *pair) for key, pair in self.dtypes.items()])),
            ("parameters", _parameters(*self.params)),
            ("outputs", _outputs(self)),
        ]
        return "\n".join(f"{name:<10}  {said}" for name, said in rows)


# Comparing ---------------------------------------------------------------------------------------------------------


def compare(ours: nn.Module, theirs: nn.Module, inputs: Sequence[torch.Tensor]) -> Verification:
    """Compares the state, and where that is equal, the outputs. Ours has the weights of theirs afterwards.

    An exception in one of the two becomes the record's `problem`.
    """
    found = compare_state(ours, theirs)
    if not found.is_state_equal:
        return replace(found, problem="not compared, since weights cannot be copied from the one to the other")
    ours.load_state_dict(theirs.state_dict(), strict=True)
    with reproducible():
        try:
            wanted = _run(theirs, inputs)
        except Exception as error:  # whatever a stranger's module raises is what is to be told
            return replace(found, problem=f"the reference does not compute: {_first_line(error)}")
        try:
            got = _run(ours, inputs)
        except Exception as error:  # as above
            return replace(found, problem=f"the spec's module does not compute: {_first_line(error)}")
    return _compare_outputs(found, got, wanted)


def compare_state(ours: nn.Module, theirs: nn.Module) -> Verification:
    """Keys, shapes, dtypes and the number of parameters; nothing is computed."""
    mine, other = _state(ours), _state(theirs)
    both = [key for key in mine if key in other]
    return Verification(
        keys=len(mine),
        missing=tuple(key for key in mine if key not in other),
        unexpected=tuple(key for key in other if key not in mine),
        shapes={key: (mine[key][0], other[key][0]) for key in both if mine[key][0] != other[key][0]},
        dtypes={key: (mine[key][1], other[key][1]) for key in both if mine[key][1] != other[key][1]},
        params=(_count(ours), _count(theirs)),
        problem="not computed",
    )


def _state(model: nn.Module) -> dict[str, tuple[tuple[int, ...], str]]:
    import torch

    return {
        key: (tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for key, value in model.state_dict().items()
        if isinstance(value, torch.Tensor)
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
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
        torch.backends.mha.set_fastpath_enabled(fused)


def _run(model: nn.Module, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    import torch

    torch.manual_seed(0)
    return tensors(model.eval()(*(tensor.clone() for tensor in inputs)))


def tensors(value: Any) -> list[torch.Tensor]:
    """The tensors of nested tuples, lists, dicts and dataclasses, in their order."""
    import torch

    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    elif is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, field.name) for field in fields(value)]
    return [tensor for part in value for tensor in tensors(part)] if isinstance(value, (tuple, list)) else []


def _compare_outputs(found: Verification, got: list[torch.Tensor], wanted: list[torch.Tensor]) -> Verification:
    import torch

    seen = [[(tuple(tensor.shape), tensor.dtype) for tensor in side] for side in (got, wanted)]
    if not got or seen[0] != seen[1]:
        said = [
            ", ".join(f"{show_shape(s)} {str(d).removeprefix('torch.')}" for s, d in side) or "nothing" for side in seen
        ]
        return replace(found, outputs=len(got), problem=f"the spec gives {said[0]}, the reference {said[1]}")
    return replace(
        found,
        outputs=len(got),
        max_abs_difference=max(map(difference, got, wanted)),
        is_bit_identical=all(torch.equal(bits(a), bits(b)) for a, b in zip(got, wanted, strict=True)),
        output_std=min(map(_spread, wanted)),
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


def _outputs(found: Verification) -> str:
    if found.problem or found.output_std is None:
        return found.problem
    if not found.output_std > 0:
        return f"say nothing: their standard deviation is {found.output_std:g}"
    said = "bit-identical" if found.is_bit_identical else f"differ by {found.max_abs_difference:.3g} at most"
    return f"{found.outputs}, {said} (standard deviation {found.output_std:.3g})"


def _pair(key: str, ours: str, theirs: str) -> str:
    return f"{key} is {ours} in the spec, {theirs} in the reference"


def _listed(differences: list[str]) -> str:
    return _some(differences, "; ") if differences else "equal"


def _some(items: Sequence[str], between: str = ", ") -> str:
    rest = f" and {len(items) - MAX_SHOWN} more" if len(items) > MAX_SHOWN else ""
    return escape(between.join(items[:MAX_SHOWN])) + rest
