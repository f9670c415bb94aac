"""Ops that give one tensor another shape: Flatten, Reshape, Permute, Squeeze, Expand and their kin.

Enters: a tensor. Leaves: one with the same numbers in other axes. Ops that take parts are in `part.py`.
Axes are counted as in PyTorch: 0 is the batch, -1 the last.
"""

from typing import Annotated, ClassVar

from archspec.dims import BATCH, Size, product, prove_equal, symbols
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.axes import Regrouping, ShapeOp, after_batch, fill, need_batch, need_one_open, regroup, without
from archspec.ops.base import Everything, Inputs, N, Outputs, Problem, Reaches, Same, Tensor, show_shape
from archspec.ops.fields import Axes, Axis, Check, whole_numbers
from archspec.ops.intervals import one
from archspec.ops.layout import Laid, expanded
from archspec.ops.reading import Asked, Read
from archspec.words import counted

_SHAPE = whole_numbers(-1)
Sizes = Annotated[
    tuple[int, ...],
    Check("a list of sizes from 1 up, or -1", lambda value: _SHAPE.fits(value) and 0 not in value, _SHAPE.schema),
]


class Reshape(Regrouping):
    """The same numbers in a sample's new `shape`; the batch stays the first axis and is not written. One size may be
    -1, which takes what is left. https://docs.pytorch.org/docs/stable/generated/torch.reshape.html"""

    example: ClassVar = "shape: [4, 4, 32, 32]"

    shape: Sizes

    def check(self) -> None:
        need_one_open(self.shape, "shape")

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        need_batch(x)
        sizes = fill(self.shape, product(x.shape[1:]), "shape", f"a sample of {show_shape(x.shape[1:])}")
        return {"output": Tensor((x.shape[0], *sizes), x.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        inner = regroup(x.shape[1:], self.outputs(inputs)["output"].shape[1:], "reshaped")
        return ((Same(0), *(after_batch(way) for way in inner)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        sizes = tuple(emit.Data(size) for size in self.shape)
        return emit.Emission(emit.Method(emit.Input(), "reshape", (emit.SizeOf(emit.Input(), 0), *sizes)))


class Permute(ShapeOp):
    """Puts the axes in the order of `dims`, which names all of them, the batch too: [0, 2, 3, 1] for channels last.
    https://docs.pytorch.org/docs/stable/generated/torch.permute.html"""

    keeps_order: ClassVar = True
    example: ClassVar = "dims: [0, 2, 3, 1]"

    dims: Annotated[tuple[int, ...], whole_numbers()]

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        if len(self.dims) != x.rank:
            raise Problem("E0105", f"orders {counted(len(self.dims), 'axis')}, but gets {show_shape(x.shape)}", field="dims",
                          label=f"{counted(x.rank, 'axis')} expected", help="name every axis, the batch (0) too")  # fmt: skip
        return {"output": Tensor(tuple(x.shape[axis] for axis in self.need_axes(self.dims, x.rank, "dims")), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        return x.picked([dim % len(x.sizes) for dim in self.dims])

    def reach(self, inputs: Inputs) -> Reaches:
        order = [dim % inputs[0].rank for dim in self.dims]
        return (tuple(Same(order.index(axis)) for axis in range(inputs[0].rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), "permute", tuple(emit.Data(dim) for dim in self.dims)))


class Transpose(ShapeOp):
    """Exchanges two axes. https://docs.pytorch.org/docs/stable/generated/torch.transpose.html"""

    keeps_order: ClassVar = True
    example: ClassVar = "dim0: 1, dim1: 2"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20, 64]",)

    dim0: Axis
    """one axis; 0 is the batch"""
    dim1: Axis
    """the other axis; 0 is the batch"""

    def _order(self, rank: int) -> list[int]:
        first, second = self.need_axis(self.dim0, rank, "dim0"), self.need_axis(self.dim1, rank, "dim1")
        order = list(range(rank))
        order[first], order[second] = second, first
        return order

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        return {"output": Tensor(tuple(x.shape[axis] for axis in self._order(x.rank)), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        return x.picked(self._order(len(x.sizes)))

    def reach(self, inputs: Inputs) -> Reaches:
        return (tuple(Same(axis) for axis in self._order(inputs[0].rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), "transpose", (emit.Data(self.dim0), emit.Data(self.dim1))))


class Squeeze(ShapeOp):
    """Removes the axes `dim` where their size is 1, and keeps them otherwise. PyTorch's squeeze without `dim` would
    remove a batch of one as well, so here `dim` has to be written.
    https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html"""

    example: ClassVar = "dim: 2"
    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 1]",)

    dim: Axes

    def _removed(self, x: Tensor) -> set[int]:
        removed: set[int] = set()
        for axis in self.need_axes(self.dim, x.rank, "dim"):
            is_one = prove_equal(x.shape[axis], 1)
            if is_one is None:
                self.need_number(x.shape[axis], f"the size of axis {axis}, which it removes where it is 1,")
            if is_one:
                removed.add(axis)
        return removed

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        removed = self._removed(x)
        return {"output": Tensor(tuple(size for axis, size in enumerate(x.shape) if axis not in removed), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        dims = self.dim if isinstance(self.dim, tuple) else (self.dim,)
        ones = {dim % len(x.sizes) for dim in dims if x.sizes[dim] == 1}
        return x.picked([axis for axis in range(len(x.sizes)) if axis not in ones])

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return (without(self._removed(x), x.rank),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), "squeeze", (emit.Data(self.dim),)))


class Unsqueeze(ShapeOp):
    """Puts a new axis of size 1 at `dim`. https://docs.pytorch.org/docs/stable/generated/torch.unsqueeze.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20]",)

    dim: Axis
    """where the new axis stands; 0 is the batch, -1 the last"""

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"dim": self.dim % (inputs[0].rank + 1)}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim", extra=1)
        return {"output": Tensor((*x.shape[:axis], 1, *x.shape[axis:]), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        axis = self.dim % len(sizes)
        stride = x.sizes[axis] * x.strides[axis] if axis < len(x.sizes) else 1
        return Laid(sizes, (*x.strides[:axis], stride, *x.strides[axis:]), x.offset)

    def reach(self, inputs: Inputs) -> Reaches:
        new = self.dim % (inputs[0].rank + 1)
        return (tuple(Same(axis + (axis >= new)) for axis in range(inputs[0].rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), "unsqueeze", (emit.Data(self.dim),)))


class Expand(ShapeOp):
    """Repeats axes of size 1 without copying: `shape` is a sample's new shape, -1 keeps an axis, and axes that the
    input lacks come in front. The first axis becomes the batch: a class token, a Parameter of [1, 1, 768], expands to
    `shape: [1, 768]` for every sample. https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html"""

    example: ClassVar = "shape: [16, 32]"
    example_inputs: ClassVar[tuple[str, ...]] = ("[1, 32]",)

    shape: Sizes

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        new = len(self.shape) + 1 - x.rank
        if new < 0:
            raise Problem("E0302", f"expands to the batch and {counted(len(self.shape), 'more axis')}, but gets "
                          f"{show_shape(x.shape)}", input=0, label=f"at most {counted(len(self.shape) + 1, 'axis')}",
                          help="name a size, or -1, for each axis but the batch")  # fmt: skip
        own: tuple[Size, ...] = (*(1,) * new, *x.shape)
        if own[0] != 1 and BATCH not in symbols(own[0]):
            raise Problem("E0305", f"makes the first axis the batch, but it has {counted(own[0], 'position')}", input=0,
                          label="1 or the batch expected", help="put an axis before it: Unsqueeze with dim: 0")  # fmt: skip
        sizes = [self._expand(axis, size, axis < new) for axis, size in enumerate(own[1:], 1)]
        return {"output": Tensor((N if own[0] == 1 else own[0], *sizes), x.dtype)}

    def _expand(self, axis: int, size: Size, is_new: bool) -> Size:
        wanted = self.shape[axis - 1]
        if wanted == -1:
            if is_new:
                raise Problem("E0105", f"keeps axis {axis}, which the input does not have", field="shape",
                              help="write a size instead of -1")  # fmt: skip
            return size
        if size != 1 and not assume_equal(size, wanted):
            raise Problem("E0305", f"expands an axis of {size} to {wanted}", field="shape",
                          label=f"{size} or -1 expected", notes=("only axes of size 1 are repeated",))  # fmt: skip
        return wanted

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        return expanded(x, sizes)

    def reach(self, inputs: Inputs) -> Reaches:
        x, shape = inputs[0], self.outputs(inputs)["output"].shape
        new = len(shape) - x.rank
        return (
            tuple(
                Everything() if size == 1 and shape[axis + new] != 1 else Same(axis + new)
                for axis, size in enumerate(x.shape)
            ),
        )

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        own = asked.box[len(asked.box) - inputs[0].rank :]
        return ([tuple(one(0) if size == 1 else along for along, size in zip(own, inputs[0].shape, strict=True))],)

    def emission(self, inputs: Inputs) -> emit.Emission:
        x = inputs[0]
        keeps = x.rank == len(self.shape) + 1 and x.shape[0] != 1
        batch: emit.Expression = emit.Data(-1) if keeps else emit.BatchSize()
        sizes = tuple(emit.Data(size) for size in self.shape)
        return emit.Emission(emit.Method(emit.Input(), "expand", (batch, *sizes)))


class Contiguous(ShapeOp):
    """The same tensor, written out in the order of its axes. The numbers are the same; convolutions and sums that follow may
    round them otherwise, for they choose their kernels by the order in memory.
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.contiguous.html"""

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": inputs[0]}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid | None:
        return x if x.is_contiguous else None

    def reach(self, inputs: Inputs) -> Reaches:
        return (tuple(Same(axis) for axis in range(inputs[0].rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(), "contiguous"))
