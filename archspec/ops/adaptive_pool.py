"""Pooling to a given size: the windows follow from it.
https://docs.pytorch.org/docs/stable/nn.html#pooling-layers"""

from math import gcd
from typing import Annotated, Any, ClassVar

from archspec.dims import Size, exact_div, product
from archspec.ops import emission as emit
from archspec.ops.base import (
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    Window,
    per_sample,
)
from archspec.ops.fields import Bool, per_axis
from archspec.ops.formula import Formula
from archspec.ops.intervals import Positions, each, union, whole
from archspec.ops.layout import Laid
from archspec.ops.order import Order
from archspec.ops.reach import shares
from archspec.ops.reading import Asked, Read, by_axis
from archspec.ops.window import AXIS_NAMES, LAYOUTS

OutputSize = Annotated[Any, per_axis(1, null_entries=True)]


class _AdaptivePool(Op):
    """Windows chosen so that the output has a given size: output i covers floor(i·x/o) … ceil((i+1)·x/o) − 1."""

    example: ClassVar = "output_size: 1"
    kind: ClassVar = "pooling"
    feels_order: ClassVar = True
    positional: ClassVar[tuple[str, ...]] = ("output_size",)

    output_size: OutputSize
    """the size of the output, whatever that of the input"""

    def check(self) -> None:
        if self.rank == 1 and self.output_size == (None,):
            raise Problem(
                "E0106",
                "keeps its only axis, which PyTorch does not take",
                field="output_size",
                help="leave the layer out",
            )

    def _sizes(self, x: Tensor) -> tuple[Size, ...]:
        self.need_rank(x, (self.rank + 2,), LAYOUTS[self.rank])
        self.need_float(x)
        wanted = self.axes("output_size")
        return tuple(x.shape[2 + i] if size is None else size for i, size in enumerate(wanted))

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        return {"output": Tensor((*x.shape[:2], *self._sizes(x)), x.dtype)}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        wanted = zip(AXIS_NAMES[self.rank], self.axes("output_size"), strict=True)
        return {
            2 + i: Formula(name, "output_size", {"output_size": size})
            for i, (name, size) in enumerate(wanted)
            if size is not None
        }

    def elementwise(self, inputs: Inputs) -> Size | None:
        """The lengths of an axis's windows add up to x + o − gcd(x, o): neighbours share an end unless it is whole."""
        x = inputs[0]
        total = per_sample(product(x.shape[:2]))
        for before, after in zip(x.shape[2:], self._sizes(x), strict=True):
            if isinstance(before, int) and isinstance(after, int):
                total = total * (before + after - gcd(before, after))
            elif before == after:
                total = total * before
            else:
                return None
        return total

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        axes: list[Reach] = []
        for i, after in enumerate(self._sizes(x)):
            before = x.shape[2 + i]
            step = exact_div(before, after) if isinstance(before, int) else None
            if before == after:
                axes.append(Same(2 + i))
            elif after == 1:
                axes.append(Everything())
            elif isinstance(step, int):
                axes.append(Window(2 + i, step, step, 0))
            else:
                axes.append(self._shared(2 + i, before, after))
        return ((Same(0), Same(1), *axes),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        from archspec.ops.between import shared

        def law(axis: int, own: Positions, before: int) -> Positions:
            after = asked.sizes[axis]
            if axis < 2 or not isinstance(after, int):
                return own if axis < 2 else whole(before)
            return union(piece for place in each(own) for piece in shared(before, after).read(place))

        return (by_axis(asked.box, inputs[0].shape, law),)

    def _shared(self, axis: int, before: Size, after: Size) -> Reach:
        why = "its windows differ in size"
        if isinstance(before, int) and isinstance(after, int):
            return shares(axis, before, after, why)
        return Untraced(why, axis)


class _AdaptiveAvgPool(_AdaptivePool):
    order: ClassVar[Order] = Order.IMAGES
    gives: ClassVar[Order] = Order.IMAGES

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """To one position it is a mean, which reads as it likes."""
        return 0 if set(self.axes("output_size")) == {1} else super().workspace(inputs, laid)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of each window, to a given length.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html"""

    rank: ClassVar = 1
    order: ClassVar = Order.LINES
    gives: ClassVar = Order.LINES


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of each window, to a given height and width.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html"""

    rank: ClassVar = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of each window, to a given depth, height and width.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html"""

    rank: ClassVar = 3
    order: ClassVar = Order.ANY

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """To one position it is a mean, made an image."""
        return (Order.IMAGES if set(self.axes("output_size")) == {1} else Order.ROWS).lay(operands, sizes)


class _AdaptiveMaxPool(_AdaptivePool):
    order: ClassVar[Order] = Order.IMAGES
    gives: ClassVar[Order] = Order.IMAGES
    return_indices: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        result = super().outputs(inputs)
        if self.return_indices:
            result["indices"] = Tensor(result["output"].shape, "int64")
        return result

    def emission(self, inputs: Inputs) -> emit.Emission:
        ports = ("output", "indices") if self.return_indices else ()
        return emit.Emission(emit.Apply(), self.module(inputs), ports)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The maximum of each window, to a given length.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html"""

    rank: ClassVar = 1
    order: ClassVar = Order.LINES
    gives: ClassVar = Order.LINES


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The maximum of each window, to a given height and width.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html"""

    rank: ClassVar = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The maximum of each window, to a given depth, height and width.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html"""

    rank: ClassVar = 3
    order: ClassVar = Order.ANY
    gives: ClassVar = Order.ROWS
