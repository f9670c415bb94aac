"""Ops that move the positions of a tensor, or repeat them: Roll, Repeat, Flip. Enters: a tensor. Leaves: one.

Axes are counted as in PyTorch: 0 is the batch, -1 the last.
"""

from collections import Counter
from typing import Annotated, ClassVar

from archspec.dims import BATCH, Size, symbols
from archspec.ops import emission as emit
from archspec.ops.axes import ShapeOp
from archspec.ops.base import (
    Everything,
    Inputs,
    Outputs,
    Picked,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    show_shape,
    tensor_bytes,
)
from archspec.ops.fields import (
    Axes,
    whole_numbers,
)
from archspec.ops.formula import Formula, times
from archspec.ops.intervals import mirrored, moved
from archspec.ops.layout import Laid
from archspec.ops.order import copied, joined
from archspec.ops.reading import Asked, Read, by_axis, rolled
from archspec.words import counted


class Roll(ShapeOp):
    """Moves positions by `shifts` along `dims`; what falls off one end comes in at the other.
    https://docs.pytorch.org/docs/stable/generated/torch.roll.html"""

    keeps_order: ClassVar = True
    example: ClassVar = "shifts: 3, dims: 2"

    shifts: Axes
    """by how many positions, along each of the axes"""
    dims: Axes

    def check(self) -> None:
        if len(_tuple(self.shifts)) != len(_tuple(self.dims)):
            raise Problem("E0106", f"has {len(_tuple(self.shifts))} shifts for {len(_tuple(self.dims))} axes",
                          field="shifts", label="one shift for each of dims")  # fmt: skip

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"shifts": _tuple(self.shifts), "dims": tuple(dim % inputs[0].rank for dim in _tuple(self.dims))}

    def outputs(self, inputs: Inputs) -> Outputs:
        for dim in _tuple(self.dims):
            self.need_axis(dim, inputs[0].rank, "dims")
        return {"output": inputs[0]}

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        pairs = zip(_tuple(self.dims), _tuple(self.shifts), strict=True)
        moved = {dim % x.rank for dim, shift in pairs if shift}
        return (
            tuple(Picked("it is rolled around", axis, True) if axis in moved else Same(axis) for axis in range(x.rank)),
        )

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        shifts: Counter[int] = Counter()
        for dim, shift in zip(_tuple(self.dims), _tuple(self.shifts), strict=True):
            shifts[dim % inputs[0].rank] += shift
        return (by_axis(asked.box, inputs[0].shape, lambda axis, own, size: rolled(moved(own, -shifts[axis]), size)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        arguments = emit.keywords(shifts=self.shifts, dims=self.dims)
        return emit.Emission(emit.Call("torch.roll", (emit.Input(),), arguments))

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """Along each axis a part behind the other."""
        x = operands[0]
        for dim, shift in zip(_tuple(self.dims), _tuple(self.shifts), strict=True):
            start = -shift % sizes[dim]
            parts = ((start, sizes[dim] - start), (0, start))
            x = joined([x.narrowed(dim % len(sizes), *part) for part in parts], sizes)
        return x

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """What is rolled along the axes so far: PyTorch keeps each until all is done."""
        return tensor_bytes(inputs[0]) * (len(_tuple(self.dims)) - 1)


class Repeat(ShapeOp):
    """Copies a tensor side by side, `repeats` times along each axis; the batch's own is 1.
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.repeat.html"""

    example: ClassVar = "repeats: [1, 3, 1, 1]"
    example_inputs: ClassVar[tuple[str, ...]] = ("[1, 32, 32]",)

    repeats: Annotated[tuple[int, ...], whole_numbers(1)]

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        has_batch = bool(x.rank) and BATCH in symbols(x.shape[0])
        new = len(self.repeats) - x.rank
        if new < 0 or (new and has_batch):
            raise Problem("E0105", f"repeats {counted(len(self.repeats), 'axis')}, but gets {show_shape(x.shape)}",
                          field="repeats",
                          label=f"{counted(x.rank, 'number')} expected", help="name every axis; 1 for the batch")  # fmt: skip
        if has_batch and self.repeats[0] != 1:
            raise Problem("E0105", f"repeats the batch {self.repeats[0]} times", field="repeats", label="1 comes first",
                          help="write 1 for the batch")  # fmt: skip
        own = (*(1,) * new, *x.shape)
        return {"output": Tensor(tuple(a * b for a, b in zip(own, self.repeats, strict=True)), x.dtype)}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        own = (*(1,) * (len(self.repeats) - inputs[0].rank), *inputs[0].shape)
        return {axis: Formula(f"axis {axis}", times((size, self.repeats[axis]))) for axis, size in enumerate(own)}

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        new = len(self.repeats) - x.rank
        reaches: list[Reach] = []
        for axis, size in enumerate(x.shape, new):
            if self.repeats[axis] == 1:
                reaches.append(Same(axis))
            else:
                reaches.append(Everything() if size == 1 else Picked("it is repeated", axis, True))
        return (tuple(reaches),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        own = asked.box[len(self.repeats) - inputs[0].rank :]
        return (by_axis(own, inputs[0].shape, lambda _, positions, size: rolled(positions, size)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), "repeat", tuple(emit.Data(number) for number in self.repeats)))


class Flip(ShapeOp):
    """Reverses the order along `dims`. https://docs.pytorch.org/docs/stable/generated/torch.flip.html"""

    example: ClassVar = "dims: [3]"

    dims: Axes

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_axes(self.dims, inputs[0].rank, "dims")
        return {"output": inputs[0]}

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return copied(operands[0])

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        flipped = set(self.need_axes(self.dims, x.rank, "dims"))
        return (
            tuple(
                Picked("its order is reversed", axis, True) if axis in flipped else Same(axis) for axis in range(x.rank)
            ),
        )

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        flipped = self.need_axes(self.dims, inputs[0].rank, "dims")
        return (
            by_axis(
                asked.box, inputs[0].shape, lambda axis, own, size: mirrored(own, size) if axis in flipped else own
            ),
        )

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.flip", (emit.Input(),), emit.keywords(dims=_tuple(self.dims))))


def _tuple(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)
