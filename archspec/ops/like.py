"""Ops that give one tensor the sizes of another, so that no size has to be written: CropLike, UpsampleLike, ReshapeAs,
FullLike.

Enters: a tensor, and the one that it is to be like. Leaves: one tensor. Of the other tensor the sizes alone are read.
"""

from typing import Annotated, ClassVar

from archspec.dims import BATCH, Size, floor_div, product, symbols
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_at_least, assume_equal
from archspec.ops.axes import Regrouping, ShapeOp, regroup
from archspec.ops.base import Inputs, Op, Outputs, Picked, Problem, Reach, Reaches, Same, Tensor, Window, show_shape
from archspec.ops.fields import Bool, RealOrInfinity, as_number, one_or_more
from archspec.ops.formula import Formula
from archspec.ops.interpolation import AnyMode, BoolOrNull, Resampling, need_corners, need_smoothing
from archspec.ops.layout import Laid
from archspec.ops.order import copied
from archspec.ops.value import need_fitting
from archspec.ops.window import AXIS_NAMES
from archspec.words import counted

AxesOrNull = Annotated[int | tuple[int, ...] | None, one_or_more().or_null("null for all axes after the channels")]


class CropLike(ShapeOp):
    """The middle of the first tensor, as large as the second along `dims` (left out: every axis after batch and channels).
    Where what is cut off is odd, one position more goes at the end. U-Nets without padding crop what they skip in this way:
    `from: [skip, up]`. https://docs.pytorch.org/docs/stable/generated/torch.narrow.html"""

    arity: ClassVar = (2, 2)
    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 64, 64]", "[32, 56, 56]")

    dims: AxesOrNull = None

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"dims": tuple(sorted(self._axes(inputs[0])))}

    def _axes(self, x: Tensor) -> list[int]:
        """The axes that are cut, from 0. Raises Problem."""
        return list(range(2, x.rank)) if self.dims is None else self.need_axes(self.dims, x.rank, "dims")

    def _starts(self, x: Tensor, like: Tensor) -> dict[int, Size]:
        """The first position that is kept, for each axis that is cut."""
        return {axis: floor_div(x.shape[axis] - like.shape[axis], 2) for axis in self._axes(x)}

    def outputs(self, inputs: Inputs) -> Outputs:
        x, like = inputs
        if x.rank != like.rank:
            raise Problem("E0302", f"crops {show_shape(x.shape)} to {show_shape(like.shape)}, which has other axes", input=1,
                          label=f"{counted(x.rank, 'axis')} expected")  # fmt: skip
        sizes = list(x.shape)
        for axis in self._axes(x):
            sizes[axis] = self._cropped(axis, x.shape[axis], like.shape[axis])
        return {"output": Tensor(tuple(sizes), x.dtype)}

    def _cropped(self, axis: int, size: Size, wanted: Size) -> Size:
        if size == wanted:
            return wanted
        if BATCH in symbols(size) | symbols(wanted):
            raise Problem("E0306", f"crops axis {axis}, which holds the batch", field="dims",
                          help="the batch is always free; name other axes")  # fmt: skip
        if not assume_at_least(size - wanted, 0):
            raise Problem("E0305", f"crops axis {axis} from {size} to {wanted}, which is larger", input=1,
                          label=f"at most {size} along axis {axis} expected",
                          help="the first of from is cropped to the second; exchange them if it is the other way")  # fmt: skip
        return wanted

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        for axis in self._axes(inputs[0]):
            x = x.narrowed(axis, (x.sizes[axis] - sizes[axis]) // 2, sizes[axis])
        return x

    def reach(self, inputs: Inputs) -> Reaches:
        x, like = inputs
        starts = self._starts(x, like)
        return (tuple(_cut(axis, starts[axis]) if axis in starts else Same(axis) for axis in range(x.rank)),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        x, like = emit.Input(0), emit.Input(1)
        made: emit.Expression = x
        for axis in self._axes(inputs[0]):
            size = emit.SizeOf(like, axis)
            start = emit.Infix("//", emit.Infix("-", emit.SizeOf(x, axis), size), emit.Data(2))
            made = emit.Method(made, "narrow", (emit.Data(axis), start, size))
        return emit.Emission(made)


def _cut(axis: int, start: Size) -> Reach:
    """How an axis is read from some position on."""
    if isinstance(start, int):
        return Window(axis, 1, 1, -start)
    return Picked("it is cut at a place that depends on its size", axis)


class UpsampleLike(Resampling):
    """The first tensor with as many positions as the second has along every axis after batch and channels; of the second, nothing
    else is read. The maps of a pyramid or of a U-Net meet in this way at any size: `from: [coarse, fine]`.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html"""

    arity: ClassVar = (2, 2)
    example_inputs: ClassVar[tuple[str, ...]] = ("[64, 14, 14]", "[32, 28, 28]")

    mode: AnyMode = "nearest"
    align_corners: BoolOrNull = None
    antialias: Bool = False

    def check(self) -> None:
        need_corners(self.mode, self.align_corners)
        need_smoothing(self.mode, self.antialias)

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"align_corners": bool(self.align_corners)}

    def sizes(self, inputs: Inputs) -> tuple[Size, ...]:
        x, like = inputs
        if x.rank != like.rank:
            raise Problem("E0302", f"gives {show_shape(x.shape)} the positions of {show_shape(like.shape)}, which has other axes",
                          input=1, label=f"{counted(x.rank, 'axis')} expected")  # fmt: skip
        return like.shape[2:]

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        names = AXIS_NAMES[inputs[0].rank - 2]
        sizes = self.sizes(inputs)
        return {
            2 + i: Formula(name, "like", {"like": size})
            for i, (name, size) in enumerate(zip(names, sizes, strict=True))
        }

    def emission(self, inputs: Inputs) -> emit.Emission:
        sizes = emit.Index(emit.ShapeOf(emit.Input(1)), (emit.Slice(2),))
        return emit.Emission(
            emit.Call("F.interpolate", (emit.Input(0),), (("size", sizes), *emit.keywords(**self.options())))
        )


class ReshapeAs(Regrouping):
    """The numbers of the first tensor in the whole shape of the second, the batch too.
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.reshape_as.html"""

    arity: ClassVar = (2, 2)
    example_inputs: ClassVar[tuple[str, ...]] = ("[16, 64]", "[16, 8, 8]")

    def outputs(self, inputs: Inputs) -> Outputs:
        x, like = inputs
        if not assume_equal(product(x.shape), product(like.shape)):
            raise Problem("E0305", f"gives {show_shape(x.shape)} the shape {show_shape(like.shape)}", input=1,
                          label=f"{counted(product(x.shape), 'element')} expected, not {product(like.shape)}")  # fmt: skip
        return {"output": Tensor(like.shape, x.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        x, like = inputs
        return (regroup(x.shape, like.shape, "reshaped"),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Method(emit.Input(0), "reshape_as", (emit.Input(1),)))


class FullLike(Op):
    """A tensor of the input's shape and dtype, filled with `fill_value`: what starts a mask or a sum, at any size.
    https://docs.pytorch.org/docs/stable/generated/torch.full_like.html"""

    kind: ClassVar = "value"
    example: ClassVar = "fill_value: 0"

    fill_value: RealOrInfinity
    """the number that it has everywhere"""

    def outputs(self, inputs: Inputs) -> Outputs:
        need_fitting(as_number(self.fill_value), inputs[0].dtype, "fill_value")
        return {"output": inputs[0]}

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return copied(operands[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return ()

    def emission(self, inputs: Inputs) -> emit.Emission:
        value = as_number(self.fill_value)
        if value in (0, 1):
            return emit.Emission(emit.Call("torch.zeros_like" if value == 0 else "torch.ones_like", (emit.Input(),)))
        return emit.Emission(emit.Call("torch.full_like", (emit.Input(), emit.Data(value))))
