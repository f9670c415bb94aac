"""Matrices in part: what is on and beside a diagonal. https://docs.pytorch.org/docs/stable/torch.html#other-operations"""

from typing import Annotated, ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.axes import ShapeOp, without
from archspec.ops.base import (
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Tensor,
    Untraced,
    pointwise,
    show_shape,
    tensor_bytes,
)
from archspec.ops.fields import Axis, integer
from archspec.ops.intervals import each, one
from archspec.ops.layout import Laid, row_major
from archspec.ops.reading import Asked, Box, Lost, Read

Offset = Annotated[int, integer()]


class _Triangle(Op):
    kind: ClassVar = "shape"

    hides: ClassVar = "a part of each matrix is set to 0"

    diagonal: Offset = 0
    """the diagonal where what is kept ends: 0 is the main one, 1 the one above it"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        if x.rank < 2:
            raise Problem("E0302", f"reads matrices, (…, rows, columns), but gets {show_shape(x.shape)}", input=0)
        return {"output": x}

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(
            emit.Call(f"torch.{type(self).__name__.lower()}", (emit.Input(),), emit.keywords(**self.options()))
        )

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """A copy where the matrices of a stack do not lie one after the other; each may lie as it likes."""
        x = laid[0]
        if x.is_contiguous:
            return 0
        stacked = list(zip(x.sizes[:-2], x.strides[:-2], row_major(x.sizes)[:-2], strict=True))
        if any(have != wanted for size, have, wanted in stacked if size != 1):
            return tensor_bytes(inputs[0])
        return 0 if all(size != 1 for size, _, _ in stacked[1:]) else None  # one matrix has no distance to a next


class Tril(_Triangle):
    """Matrices with 0 above the diagonal, or above the `diagonal`-th over it.
    https://docs.pytorch.org/docs/stable/generated/torch.tril.html"""


class Triu(_Triangle):
    """Matrices with 0 below the diagonal, or below the `diagonal`-th over it.
    https://docs.pytorch.org/docs/stable/generated/torch.triu.html"""


class Diagonal(ShapeOp):
    """The diagonal of the axes `dim1` and `dim2`, or the `offset`-th over it, as a new last axis.
    https://docs.pytorch.org/docs/stable/generated/torch.diagonal.html"""

    example: ClassVar = "dim1: 1, dim2: 2"
    example_inputs: ClassVar[tuple[str, ...]] = ("[8, 8]",)

    offset: Offset = 0
    """which diagonal: 0 is the main one, 1 the one above it"""
    dim1: Axis = 0
    """one axis; 0 is the batch"""
    dim2: Axis = 1
    """the other axis; 0 is the batch"""

    def _two(self, x: Tensor) -> list[int]:
        first, second = self.need_axis(self.dim1, x.rank, "dim1"), self.need_axis(self.dim2, x.rank, "dim2")
        if first == second:
            raise Problem("E0105", f"names axis {first} twice", field="dim2", label="two axes expected")
        return [first, second]

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axes = self._two(x)
        rows, columns = (self.need_number(x.shape[axis], f"the size of axis {axis}") for axis in axes)
        length = min(rows + min(self.offset, 0), columns - max(self.offset, 0))
        if length < 1:
            raise Problem("E0306", f"takes a diagonal {abs(self.offset)} beside that of {rows} × {columns}", field="offset",
                          label=f"from {1 - rows} to {columns - 1}")  # fmt: skip
        rest = [size for axis, size in enumerate(x.shape) if axis not in axes]
        return {"output": Tensor((*rest, length), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        first, second = self.dim1 % len(x.sizes), self.dim2 % len(x.sizes)
        start = -self.offset * x.strides[first] if self.offset < 0 else self.offset * x.strides[second]
        rest = x.picked([axis for axis in range(len(x.sizes)) if axis not in (first, second)])
        return Laid(sizes, (*rest.strides, x.strides[first] + x.strides[second]), x.offset + start)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return (without(set(self._two(x)), x.rank, Untraced("its diagonal is taken")),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """A box for each position of the diagonal."""
        first, second = self._two(inputs[0])
        own = asked.box[-1]
        if isinstance(own, Lost):
            return super().reads(inputs, asked)
        found: list[Box] = []
        for place in each(own):
            places = {first: one(place + max(-self.offset, 0)), second: one(place + max(self.offset, 0))}
            rest = iter(asked.box)
            found.append(tuple(places[axis] if axis in places else next(rest) for axis in range(inputs[0].rank)))
        return (found,)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.diagonal", (emit.Input(),), emit.keywords(**self.options())))
