"""Upsampling, and the ops that trade channels for positions.
https://docs.pytorch.org/docs/stable/nn.html#vision-layers"""

import math
from typing import Annotated, Any, ClassVar

from archspec.dims import Size, exact_div
from archspec.limits import MAX_REACH_PERIOD
from archspec.ops.base import (
    Inputs,
    Op,
    Outputs,
    Periodic,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    Window,
    show_shape,
)
from archspec.ops.divisors import undivided
from archspec.ops.fields import Check, Positive, choice, number, one_or_more
from archspec.ops.formula import Formula
from archspec.ops.interpolation import MIXED, BoolOrNull, Resampling, need_corners
from archspec.ops.intervals import each, union
from archspec.ops.order import Order
from archspec.ops.reading import Asked, Box, Lost, Read, regrouped, replaced
from archspec.ops.window import AXIS_NAMES, LAYOUTS
from archspec.words import counted

_SCALE = number(above=0)
Sizes = Annotated[Any, one_or_more(1).or_null()]
Scales = Annotated[
    Any,
    Check("a number above 0, or a list with one for each axis",
          lambda v: _SCALE.fits(v) or (type(v) is tuple and bool(v) and all(_SCALE.fits(item) for item in v)),
          {"anyOf": [_SCALE.schema, {"type": "array", "items": _SCALE.schema}]}).or_null(),
]  # fmt: skip


class _Resample(Resampling):
    """Resampling to a size or by a factor that is written."""

    example: ClassVar = "scale_factor: 2"
    one_for_all: ClassVar[tuple[str, ...]] = ("size", "scale_factor")

    def _target(self) -> tuple[Any, Any]:
        """`size` and `scale_factor`."""
        return self.size, self.scale_factor  # type: ignore[attr-defined]

    def factor(self, axis: int) -> Any:
        _, scale = self._target()
        return scale[axis] if isinstance(scale, tuple) else scale

    def check(self) -> None:
        size, scale = self._target()
        if (size is None) == (scale is None):
            state = "neither size nor scale_factor" if size is None else "both size and scale_factor"
            raise Problem("E0106", f"has {state}", help="write one of the two")

    def sizes(self, inputs: Inputs) -> tuple[Size, ...]:
        x = inputs[0]
        size, scale = self._target()
        rank = x.rank - 2
        if size is not None:
            wanted = size if isinstance(size, tuple) else (size,) * rank
            self._need_entries(len(wanted), rank, "size")
            return tuple(wanted)
        factors = scale if isinstance(scale, tuple) else (scale,) * rank
        self._need_entries(len(factors), rank, "scale_factor")
        return tuple(self._scaled(before, factor) for before, factor in zip(x.shape[2:], factors, strict=True))

    def _need_entries(self, have: int, rank: int, field: str) -> None:
        if have != rank:
            raise Problem(
                "E0105", f"has {have} entries in {field} for {rank} axes", field=field, label=f"{rank} expected"
            )

    def _scaled(self, size: Size, factor: float) -> Size:
        """floor(size · factor), in floating point as PyTorch computes it."""
        if float(factor).is_integer():
            return size * int(factor)
        scaled = math.floor(float(self.need_number(size, "the size to scale")) * factor)
        if scaled < 1:
            raise Problem("E0310", f"would leave {scaled} of {counted(size, 'position')}", field="scale_factor")
        return scaled

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        size, scale = self._target()
        rank = inputs[0].rank - 2
        given = size if scale is None else scale
        found: dict[int, Formula] = {}
        for i, value in enumerate(given if isinstance(given, tuple) else (given,) * rank):
            name, before = AXIS_NAMES[rank][i], inputs[0].shape[2 + i]
            if scale is None:
                found[2 + i] = Formula(name, "size", {"size": value})
            elif float(value).is_integer():
                found[2 + i] = Formula(name, "in·scale_factor", {"in": before, "scale_factor": int(value)})
        return found


class Upsample(_Resample):
    """To `size`, or by `scale_factor`. https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html"""

    size: Sizes = None
    scale_factor: Scales = None
    mode: Annotated[str, choice("nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact")] = "nearest"
    align_corners: BoolOrNull = None
    recompute_scale_factor: BoolOrNull = None
    """whether the factor is taken anew from the sizes, which are whole numbers"""

    def check(self) -> None:
        super().check()
        need_corners(self.mode, self.align_corners)
        if self.recompute_scale_factor and self.size is not None:
            raise Problem("E0106", "has recompute_scale_factor, but no scale_factor", field="recompute_scale_factor")

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {name: bool(getattr(self, name)) for name in ("align_corners", "recompute_scale_factor")}


class _Upsampling2d(_Resample):
    size: Sizes = None
    scale_factor: Scales = None

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_rank(inputs[0], (4,), LAYOUTS[2])
        return super().outputs(inputs)


class UpsamplingNearest2d(_Upsampling2d):
    """The nearest pixel. https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingNearest2d.html"""


class UpsamplingBilinear2d(_Upsampling2d):
    """Between four pixels, corners aligned.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html"""

    def _mode(self) -> tuple[str, bool, bool]:
        return "bilinear", True, False


_PARTED = [*((range(i, i + 1),) * 2 for i in range(2)), (range(2, 4), range(2, 3)), (range(4, 6), range(3, 4))]
"""The axes (N, C, H, r, W, r), and those of the larger image."""
_SHUFFLED = [(range(1),) * 2, (range(1, 4), range(1, 2)), (range(4, 5), range(2, 3)), (range(5, 6), range(3, 4))]
"""The axes (N, C, r, r, H, W), and those of the smaller image."""


def _back(groups: list[tuple[range, range]]) -> list[tuple[range, range]]:
    return [(made, own) for own, made in groups]


def _ordered(box: Box, order: tuple[int, ...]) -> Box:
    return tuple(box[axis] for axis in order)


def _repeated(axis: int, factor: int) -> Reach:
    """Each position becomes a run of them."""
    if factor > MAX_REACH_PERIOD:
        return Untraced(MIXED, axis)
    return Periodic(axis, 1, (((0, 0),),) * factor, MIXED) if factor > 1 else Same(axis)


class PixelShuffle(Op):
    """(N, C·r², H, W) → (N, C, H·r, W·r): channels laid out as pixels.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html"""

    example: ClassVar = "upscale_factor: 2"
    kind: ClassVar = "shape"
    feels_order: ClassVar = True
    positional: ClassVar[tuple[str, ...]] = ("upscale_factor",)
    order: ClassVar = Order.IMAGES
    gives: ClassVar = Order.IMAGES
    upscale_factor: Positive
    """how many times larger the image becomes along each axis"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x, factor = inputs[0], self.upscale_factor
        self.need_rank(x, (4,), LAYOUTS[2])
        channels = exact_div(x.shape[1], factor**2)
        if channels is None:
            raise Problem("E0304", f"shares {counted(x.shape[1], 'channel')} out to {factor} × {factor} pixels",
                          field="upscale_factor",
                          label=f"{x.shape[1]} / {factor**2} is not whole")  # fmt: skip
        return {"output": Tensor((x.shape[0], channels, x.shape[2] * factor, x.shape[3] * factor), x.dtype)}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        _, channels, height, width = inputs[0].shape
        letters = {"channels": channels, "height": height, "width": width, "r": self.upscale_factor}
        texts = {"channels": "channels / (r·r)", "height": "height·r", "width": "width·r"}
        return {axis: Formula(name, text, letters) for axis, (name, text) in enumerate(texts.items(), 1)}

    def reach(self, inputs: Inputs) -> Reaches:
        factor = self.upscale_factor
        pixels = (_repeated(2, factor), _repeated(3, factor))
        return ((Same(0), Untraced("channels become pixels"), *pixels),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """(N, C, H·r, W·r) as (N, C, H, r, W, r), its axes in the order (N, C, r, r, H, W), and those as (N, C·r², H, W)."""
        samples, channels, height, width = asked.sizes
        if not isinstance(height, int) or not isinstance(width, int):
            return super().reads(inputs, asked)
        r = self.upscale_factor
        parted = (samples, channels, height // r, r, width // r, r)
        boxes = [_ordered(box, (0, 1, 3, 5, 2, 4)) for box in regrouped(asked.box, asked.sizes, parted, _PARTED)]
        turned = (samples, channels, r, r, height // r, width // r)
        return ([box for own in boxes for box in regrouped(own, turned, inputs[0].shape, _back(_SHUFFLED))],)


class PixelUnshuffle(Op):
    """(N, C, H·r, W·r) → (N, C·r², H, W): pixels laid out as channels.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html"""

    example: ClassVar = "downscale_factor: 2"
    kind: ClassVar = "shape"
    feels_order: ClassVar = True
    positional: ClassVar[tuple[str, ...]] = ("downscale_factor",)
    order: ClassVar = Order.IMAGES
    gives: ClassVar = Order.IMAGES
    downscale_factor: Positive
    """how many times smaller the image becomes along each axis"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x, factor = inputs[0], self.downscale_factor
        self.need_rank(x, (4,), LAYOUTS[2])
        sizes = [exact_div(size, factor) for size in x.shape[2:]]
        if sizes[0] is None or sizes[1] is None:
            for size in x.shape[2:]:
                self.need_number(size, "the image's size")
            raise Problem("E0304", f"takes blocks of {factor} × {factor} from {show_shape(x.shape[2:])} pixels",
                          field="downscale_factor", label="the sides must be multiples of it")  # fmt: skip
        return {"output": Tensor((x.shape[0], x.shape[1] * factor**2, sizes[0], sizes[1]), x.dtype)}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        _, channels, height, width = inputs[0].shape
        letters = {"channels": channels, "height": height, "width": width, "r": self.downscale_factor}
        texts = {"channels": "channels·r·r", "height": "height / r", "width": "width / r"}
        return {axis: Formula(name, text, letters) for axis, (name, text) in enumerate(texts.items(), 1)}

    def reach(self, inputs: Inputs) -> Reaches:
        factor = self.downscale_factor
        return (
            (Same(0), Untraced("pixels become channels"), Window(2, factor, factor, 0), Window(3, factor, factor, 0)),
        )

    def lays_out(self, inputs: Inputs) -> int | None:
        """The channels, of which each has one pixel of every block."""
        return 1 if self.downscale_factor > 1 else None

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """What PixelShuffle does, back."""
        samples, channels, height, width = inputs[0].shape
        if not isinstance(height, int) or not isinstance(width, int):
            return super().reads(inputs, asked)
        r = self.downscale_factor
        turned = (samples, channels, r, r, height // r, width // r)
        boxes = [_ordered(box, (0, 1, 4, 2, 5, 3)) for box in regrouped(asked.box, asked.sizes, turned, _SHUFFLED)]
        parted = (samples, channels, height // r, r, width // r, r)
        return ([box for own in boxes for box in regrouped(own, parted, inputs[0].shape, _back(_PARTED))],)


class ChannelShuffle(Op):
    """The channels of `groups` groups dealt out in turn.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html"""

    example: ClassVar = "groups: 4"
    kind: ClassVar = "shape"
    positional: ClassVar[tuple[str, ...]] = ("groups",)
    order: ClassVar = Order.IMAGES
    gives: ClassVar = Order.IMAGES
    groups: Positive
    """into how many parts the channels are split, which are then interleaved"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        if x.rank < 3:
            raise Problem("E0302", f"reads (N, C, …) with positions, but gets {show_shape(x.shape)}", input=0)
        if exact_div(x.shape[1], self.groups) is None:
            raise undivided(self.groups, x.shape[1], "groups", counted(x.shape[1], "channel"), "groups")
        return {"output": x}

    def reach(self, inputs: Inputs) -> Reaches:
        axes: list[Reach] = [Same(axis) for axis in range(inputs[0].rank)]
        axes[1] = Untraced("channels are shuffled")
        return (tuple(axes),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """Output channel i·groups + g is channel i of group g."""
        channels = inputs[0].shape[1]
        if not isinstance(channels, int):
            return super().reads(inputs, asked)
        each_has = channels // self.groups
        own = asked.box[1]
        if isinstance(own, Lost):
            return ([asked.box],)
        dealt = union((i % self.groups * each_has + i // self.groups,) * 2 for i in each(own))
        return (replaced(asked.box, 1, dealt),)
