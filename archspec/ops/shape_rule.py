"""How an op's output sizes follow from its input's, found by trying. Enters: an op and tensors that it takes; leaves: shapes
with names for sizes (`N × C × H × W → N × 32 × H - 2 × W - 2`) wherever the op takes any.

Nothing is written down about any op: what its shape rule says of names is what it says of numbers.
"""

from __future__ import annotations

from archspec.dims import Shape, Size, symbol
from archspec.ops.assumptions import Assumption, assumptions
from archspec.ops.base import Inputs, Op, Outputs, Problem, Tensor

AXES = {2: "F", 3: "CL", 4: "CHW", 5: "CDHW"}
"""What the axes behind the batch are called, by how many there are with it."""
_SEQUENCES = {2: "T", 3: "TC"}
"""The same for ops of this kind, which have time in front."""


def shape_rule(op: Op, inputs: Inputs) -> tuple[list[Shape], list[Shape]]:
    """The shapes of inputs and outputs, with names for the sizes that are free."""
    best = inputs
    names = _SEQUENCES if op.kind in ("recurrent", "attention", "embedding") else AXES
    for axis in range(1, max((tensor.rank for tensor in inputs), default=0)):
        if len({tensor.shape[axis] for tensor in inputs if tensor.rank > axis}) > 1:
            continue  # one name for different sizes would say that they are equal
        tried = tuple(_named(tensor, axis, names.get(tensor.rank, "")) for tensor in best)
        if _outputs(op, tried) is not None:
            best = tried
    found = _outputs(op, best) or op.outputs(best)
    return [tensor.shape for tensor in best], [tensor.shape for tensor in found.values()]


def _named(tensor: Tensor, axis: int, letters: str) -> Tensor:
    if axis > len(letters):
        return tensor
    sizes: list[Size] = list(tensor.shape)
    sizes[axis] = symbol(letters[axis - 1])
    return Tensor(tuple(sizes), tensor.dtype)


def _outputs(op: Op, inputs: Inputs) -> Outputs | None:
    """The outputs; None where the op refuses, or where names would have to be equal to something."""
    noted: dict[str, Assumption] = {}
    token = assumptions.set(noted)
    try:
        op.resolve(inputs)
        found = op.outputs(inputs)
    except Problem:
        return None
    finally:
        assumptions.reset(token)
    return None if any(assumption.is_equal for assumption in noted.values()) else found
