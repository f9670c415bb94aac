"""Windows as data: patches of an image laid out as columns, put back, and the windows along one axis.

https://docs.pytorch.org/docs/stable/nn.html#convolution-layers"""

from math import prod
from typing import Annotated, ClassVar

from archspec.dims import Size, exact_div, floor_div, product
from archspec.limits import MAX_BOXES, MAX_REACH_PERIOD
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_at_least, assume_equal
from archspec.ops.axes import ShapeOp
from archspec.ops.base import (
    Inputs,
    Op,
    Outputs,
    Periodic,
    Picked,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    Window,
    count,
    show_shape,
    tensor_bytes,
)
from archspec.ops.fields import Axis, Dilation, Kernel, Padding, Positive, Stride, integer
from archspec.ops.formula import Formula
from archspec.ops.intervals import NONE, Positions, TooMany, clipped, divided, moved, one, scaled, sums, union
from archspec.ops.layout import Laid
from archspec.ops.reading import Along, Asked, Box, Lost, Read, by_axis, regrouped, replaced
from archspec.ops.window import AXIS_NAMES, LAYOUTS, need_fit, positions, span
from archspec.words import counted

_COLUMNS = [(range(1), range(1)), (range(1, 4), range(1, 2)), (range(4, 6), range(2, 3))]
"""The axes (N, C, kH, kW, places, places), and those that they are laid out as."""


class _Patches(Op):
    kind: ClassVar = "shape"
    feels_order: ClassVar = True
    rank: ClassVar = 2

    kernel_size: Kernel
    dilation: Dilation = 1
    padding: Padding = 0
    stride: Stride = 1

    def _places(self, sides: tuple[Size, ...]) -> tuple[Size, Size]:
        """In how many places the window stands along each side."""
        names = ("kernel_size", "dilation", "padding", "stride")
        found: list[Size] = []
        arguments = zip(sides, AXIS_NAMES[2], *map(self.axes, names), strict=True)
        for size, axis, kernel, dilation, padding, stride in arguments:
            window = span(kernel, dilation)
            need_fit(size, window, 2 * padding, kernel, axis)
            found.append(positions(size, window, stride, padding, padding))
        return found[0], found[1]


class _Laid(_Patches):
    no_law: ClassVar = "gives a result that PyTorch keeps in a memory as large as its input, where that is larger"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """A copy in one row. PyTorch gives the result the memory of a tensor like the input, and changes its size then."""
        x, made = tensor_bytes(inputs[0]), tensor_bytes(self.outputs(inputs)["output"])
        if not isinstance(x, int) or not isinstance(made, int) or made < x:
            return None
        return (0 if laid[0].is_contiguous else x) + (x if made > x else 0)


class Unfold(_Laid):
    """The windows of an image as columns: (N, C, H, W) → (N, C·kH·kW, L) for L places of the window.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html"""

    example: ClassVar = "kernel_size: 3"
    example_inputs: ClassVar[tuple[str, ...]] = ("[3, 8, 8]",)
    positional: ClassVar[tuple[str, ...]] = ("kernel_size",)

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_rank(x, (4,), LAYOUTS[2])
        self.need_float(x)
        places = product(self._places(x.shape[2:]))
        return {"output": Tensor((x.shape[0], x.shape[1] * prod(self.axes("kernel_size")), places), x.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        reads_all = self.axes("stride") == self.axes("dilation") == (1, 1)
        columns = Untraced("its windows are laid out as columns", 2 if reads_all else None)
        return ((Same(0), Untraced("channels are laid out with their windows", 1), columns, columns),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """(N, C·kH·kW, L) as (N, C, kH, kW, places, places): a tap of a window in a place is a pixel."""
        x = inputs[0]
        if not all(isinstance(size, int) for size in x.shape):
            return super().reads(inputs, asked)
        apart = (x.shape[0], x.shape[1], *self.axes("kernel_size"), *self._places(x.shape[2:]))
        boxes = regrouped(asked.box, asked.sizes, apart, _COLUMNS)
        read: list[Box] = []
        for box in boxes:
            pixels = tuple(self._pixels(i, box[2 + i], box[4 + i], x.shape[2 + i]) for i in range(2))
            read += [(*box[:2], *pixels)] if NONE not in pixels else []
        return (read,)

    def _pixels(self, side: int, taps: Along, places: Along, size: Size) -> Along:
        if isinstance(taps, Lost) or isinstance(places, Lost) or not isinstance(size, int):
            return Lost("its windows are laid out as columns")
        dilation, padding, stride = (self.axes(name)[side] for name in ("dilation", "padding", "stride"))
        return clipped(sums(scaled(places, stride, -padding), scaled(taps, dilation)), size)


class Fold(_Laid):
    """Columns put back as windows of an image, summed where they overlap: (N, C·kH·kW, L) → (N, C, H, W) of `output_size`.
    One operation is counted for each element read.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html"""

    example: ClassVar = "output_size: [8, 8], kernel_size: 2, stride: 2"
    example_inputs: ClassVar[tuple[str, ...]] = ("[12, 16]",)
    positional: ClassVar[tuple[str, ...]] = ("output_size", "kernel_size")

    output_size: Kernel
    """the size of the image that the windows are put back into"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_rank(x, (3,), "(N, C·kH·kW, L)")
        self.need_float(x)
        taps = prod(self.axes("kernel_size"))
        channels = exact_div(x.shape[1], taps)
        if channels is None:
            self.need_number(x.shape[1], "the number of rows")
            raise Problem("E0304", f"shares {counted(x.shape[1], 'row')} out to windows of {taps}", field="kernel_size",
                          label=f"{x.shape[1]} / {taps} is not whole")  # fmt: skip
        sides = self.axes("output_size")
        places = product(self._places(sides))
        if not assume_equal(x.shape[2], places):
            raise Problem("E0305", f"puts {counted(x.shape[2], 'column')} back, but windows stand in "
                          f"{counted(places, 'place')} of {show_shape(sides)}", field="output_size",
                          label=f"{counted(places, 'column')} expected")  # fmt: skip
        return {"output": Tensor((x.shape[0], channels, *sides), x.dtype)}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return ((Same(0), Untraced("rows are channels and their windows"), Untraced("its windows are put back")),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """A box for each tap of the window: the places where that tap lies on a pixel that is asked for."""
        x, kernel = inputs[0], self.axes("kernel_size")
        rows, columns = asked.box[2:]
        if not all(isinstance(size, int) for size in x.shape) or isinstance(rows, Lost) or isinstance(columns, Lost):
            return super().reads(inputs, asked)
        places = self._places(asked.sizes[2:])
        apart = (x.shape[0], asked.sizes[1], *kernel, *places)
        down = [self._places_of(0, tap, rows, places[0]) for tap in range(kernel[0])]
        across = [self._places_of(1, tap, columns, places[1]) for tap in range(kernel[1])]
        if prod(kernel) > MAX_BOXES * 16:
            raise TooMany
        boxes = [
            (*asked.box[:2], one(i), one(j), above, beside)
            for i, above in enumerate(down) for j, beside in enumerate(across) if above and beside
        ]  # fmt: skip
        back = [(made, own) for own, made in _COLUMNS]
        return ([box for one_ in boxes for box in regrouped(one_, apart, x.shape, back)],)

    def _places_of(self, side: int, tap: int, pixels: Positions, places: Size) -> Positions:
        """The places in which a tap of the window lies on some of the pixels."""
        dilation, padding, stride = (self.axes(name)[side] for name in ("dilation", "padding", "stride"))
        starts = moved(pixels, padding - tap * dilation)
        assert isinstance(places, int)
        found = ((-(-first // stride), last // stride) for first, last in starts)
        return clipped(union(piece for piece in found if piece[0] <= piece[1]), places)


class UnfoldDim(ShapeOp):
    """Every window of `size` positions along `dimension`, `step` apart, as a new last axis: Tensor.unfold, (…, L, …) →
    (…, (L − size)/step + 1, …, size). https://docs.pytorch.org/docs/stable/generated/torch.Tensor.unfold.html"""

    feels_order: ClassVar = True
    example: ClassVar = "dimension: 1, size: 4, step: 2"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20]",)

    dimension: Annotated[int, integer()]
    """the axis; 0 is the batch, -1 the last"""
    size: Positive
    """the size of the window"""
    step: Positive
    """how far the window moves from one output to the next"""

    def _axis(self, x: Tensor) -> int:
        return self.need_axis(self.dimension, x.rank, "dimension")

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self._axis(x)
        before = x.shape[axis]
        if not assume_at_least(before, self.size):
            raise Problem("E0306", f"takes windows of {self.size} from {counted(before, 'position')}", field="size",
                          label=f"at most {before}")  # fmt: skip
        places = floor_div(before - self.size, self.step) + 1
        return {"output": Tensor((*x.shape[:axis], places, *x.shape[axis + 1 :], self.size), x.dtype)}

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid:
        strides = list(x.strides) or [1]
        axis = self.dimension % len(strides)
        step, strides[axis] = strides[axis], strides[axis] * self.step
        return Laid(sizes, (*strides, step), x.offset)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        chosen = self._axis(x)
        axes: list[Reach] = [Same(axis) for axis in range(x.rank)]
        axes[chosen] = Window(chosen, self.size, self.step, 0)
        return (tuple(axes),)

    def lays_out(self, inputs: Inputs) -> int | None:
        return inputs[0].rank if self.size > 1 else None

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """A place of a window and a position in it are a position."""
        chosen, places, own = self._axis(inputs[0]), asked.box[self._axis(inputs[0])], asked.box[-1]
        along = Lost("its windows are an axis") if isinstance(places, Lost) or isinstance(own, Lost) else sums(
            scaled(places, self.step), own)  # fmt: skip
        return (replaced(asked.box[:-1], chosen, along),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        arguments = tuple(emit.Data(value) for value in (self.dimension, self.size, self.step))
        return emit.Emission(emit.Method(emit.Input(), "unfold", arguments))


class RepeatInterleave(ShapeOp):
    """Every position along `dim`, `repeats` times in a row.
    https://docs.pytorch.org/docs/stable/generated/torch.repeat_interleave.html"""

    example: ClassVar = "repeats: 2, dim: 1"

    repeats: Positive
    dim: Axis

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        return {"output": Tensor((*x.shape[:axis], x.shape[axis] * self.repeats, *x.shape[axis + 1 :]), x.dtype)}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        axis = self.dim % inputs[0].rank
        return {axis: Formula(f"axis {axis}", "in·repeats", {"in": inputs[0].shape[axis], "repeats": self.repeats})}

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        chosen = self.dim % rank
        why = "each position is repeated"
        one: Reach = Same(chosen)
        if self.repeats > 1:
            one = (
                Periodic(chosen, 1, (((0, 0),),) * self.repeats, why)
                if self.repeats <= MAX_REACH_PERIOD
                else Picked(why, chosen, True)
            )
        return (tuple(one if axis == chosen else Same(axis) for axis in range(rank)),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        chosen = self.dim % inputs[0].rank
        return (
            by_axis(
                asked.box, inputs[0].shape, lambda axis, own, _: divided(own, self.repeats) if axis == chosen else own
            ),
        )

    def emission(self, inputs: Inputs) -> emit.Emission:
        call = emit.Call(
            "torch.repeat_interleave", (emit.Input(), emit.Data(self.repeats)), emit.keywords(dim=self.dim)
        )
        return emit.Emission(call)
