"""Which positions are read where a tensor is resampled: the nearest one, or some between which it lies.

Enters: the sizes and the way of reading. Leaves: positions, in exact arithmetic. What rounding in PyTorch would change is not
known. https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
"""

import struct
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from archspec.dims import Size
from archspec.limits import MAX_POSITIONS_TRIED, MAX_REACH_PERIOD
from archspec.ops.intervals import Positions
from archspec.ops.reach import Periodic, Reach

_HALF = Fraction(1, 2)
_REACH = {"linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 2}
"""How far apart from a place a position may be that is read for it, exclusive."""


class Between(NamedTuple):
    """Output position i lies at (i + start)·scale − start in the input, and reads what is around it."""

    scale: Fraction
    start: Fraction
    mode: str
    width: Fraction = Fraction(1)
    """How wide a smoothing filter is stretched."""

    @property
    def is_clamped(self) -> bool:
        """Whether a place beyond the end reads the end; a filter that smooths is cut off."""
        return self.mode not in ("area", "smooth bilinear", "smooth bicubic")

    def read(self, position: int) -> Positions:
        """What an output position reads, as if the input had no end."""
        if self.mode == "area":
            return ((floor(position * self.scale), ceil((position + 1) * self.scale) - 1),)
        if self.mode in ("nearest", "nearest-exact"):
            return ((floor((position + self.start) * self.scale),) * 2,)
        place = (position + self.start) * self.scale - self.start
        if self.mode.startswith("smooth"):
            return self._smooth(place)
        before = floor(place)
        if place == before:  # what lies beside it has no weight
            return ((before, before),)
        around = _REACH[self.mode] - 1
        return ((before - around, before + 1 + around),)

    def _smooth(self, place: Fraction) -> Positions:
        """Those to which the filter gives weight: a triangle, or a cubic that is zero at a distance of 1."""
        is_cubic = self.mode.endswith("bicubic")
        around = (2 if is_cubic else 1) * self.width
        first, last = floor(place - around) + 1, ceil(place + around) - 1
        zero = {place - self.width, place + self.width} if is_cubic else set()
        found = [position for position in range(first, last + 1) if position not in zero]
        return (
            tuple((position, position) for position in found)
            if zero & set(range(first, last + 1))
            else ((first, last),)
        )

    def law(self, axis: int, why: str, covers: bool) -> Reach | None:
        """What repeats itself; None where it does so late."""
        period, stride = self.scale.denominator, self.scale.numerator
        if period > MAX_REACH_PERIOD or stride > MAX_REACH_PERIOD:
            return None
        return Periodic(axis, stride, tuple(map(self.read, range(period))), why, covers, self.is_clamped)


def between(
    mode: str, has_corners: bool, is_smooth: bool, before: Size, after: Size, factor: float | None
) -> Between | None:
    """How positions are read off; None where sizes are symbols, or rounding decides. `factor`: given instead of the sizes."""
    scale = _scale(has_corners, before, after, factor)
    if scale is None:
        return None
    if mode in ("nearest", "nearest-exact"):
        start = _HALF if mode == "nearest-exact" else Fraction(0)
        most = min(after, MAX_POSITIONS_TRIED) if isinstance(after, int) else MAX_POSITIONS_TRIED
        return Between(scale, start, mode) if _is_rounded_well(scale, float(start), most) else None
    if mode == "area":
        return Between(scale, Fraction(0), mode)
    start = Fraction(0) if has_corners else _HALF
    if is_smooth:
        return Between(scale, start, f"smooth {mode}", max(scale, Fraction(1)))
    return Between(scale, start, mode)


def shared(before: int, after: int) -> Between:
    """Parts of equal length as far as may be, as adaptive pooling takes them."""
    return Between(Fraction(before, after), Fraction(0), "area")


def _scale(has_corners: bool, before: Size, after: Size, factor: float | None) -> Fraction | None:
    if has_corners:
        if not isinstance(before, int) or not isinstance(after, int):
            return None
        return Fraction(before - 1, after - 1) if after > 1 else Fraction(0)
    if factor is not None:
        exact = Fraction(factor).limit_denominator(MAX_POSITIONS_TRIED)
        return 1 / exact if exact and float(exact) == float(factor) else None
    return Fraction(before, after) if isinstance(before, int) and isinstance(after, int) else None


def _is_rounded_well(scale: Fraction, start: float, most: int) -> bool:
    """Whether float32 and float64 come to the same positions as exact arithmetic."""
    exact, double = Fraction(start), scale.numerator / scale.denominator
    single = _single(double)
    return all(
        floor(_single((i + start) * single)) == floor((i + start) * double) == floor((i + exact) * scale)
        for i in range(most)
    )


def _single(number: float) -> float:
    """Rounded to float32."""
    rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    return rounded
