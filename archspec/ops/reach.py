"""How the outputs of an op depend on one axis of one input: the laws that receptive fields follow from.

Enters: nothing; these are records. Leaves: records that an op gives (`Op.reach`), and analyses read.
"""

from math import gcd
from typing import NamedTuple

from archspec.limits import MAX_REACH_PERIOD, MAX_REACH_WORK
from archspec.ops.intervals import Positions, collected


class Same(NamedTuple):
    """Along this input axis, output position i of `axis` depends on input position i alone."""

    axis: int


class Window(NamedTuple):
    """Output position i of `axis` depends on input positions i·stride − padding … + size − 1 (size includes dilation)."""

    axis: int
    size: int
    stride: int
    padding: int
    dilation: int = 1

    @property
    def taps(self) -> int:
        return (self.size - 1) // self.dilation + 1


class Periodic(NamedTuple):
    """Output position q·period + r of `axis` depends on input positions q·stride + sets[r]; period is the number of sets.

    At the ends of the input, positions beyond are nothing, or where `is_clamped` those at the end. `covers`: whether every input
    position is read. `why` says what becomes of a window.
    """

    axis: int
    stride: int
    sets: tuple[Positions, ...]
    why: str
    covers: bool = True
    is_clamped: bool = False


class UpTo(NamedTuple):
    """Output position i of `axis` depends on input positions 0 … i; `covers`: the last of them on all."""

    axis: int
    why: str
    covers: bool = True


class Everything(NamedTuple):
    """Every output position depends on all positions along this input axis."""


class Picked(NamedTuple):
    """Every output position depends on one input position, but not in equal steps; `why` says what chooses it.

    `axis` is the output axis of those positions, where one is left; `covers`: whether each input position is picked.
    """

    why: str
    axis: int | None = None
    covers: bool = False


class Untraced(NamedTuple):
    """How outputs depend on this input axis is no window of one size; `why` says what it is instead.

    `axis` is the output axis that all its positions are found along, where there is one: an op that then mixes that axis
    sees them all.
    """

    why: str
    axis: int | None = None


Reach = Same | Window | Periodic | UpTo | Everything | Picked | Untraced
"""How the outputs of an op depend on one axis of one input."""
Reaches = tuple[tuple[Reach, ...], ...]
"""For each input, for each of its axes."""


def blocks(axis: int, given: int, taken: int, why: str) -> Reach:
    """Groups of `given` outputs, of which each depends on all of a group of `taken` inputs."""
    if given == 1:
        return Window(axis, taken, taken, 0)
    return Periodic(axis, taken, (((0, taken - 1),),) * given, why) if given <= MAX_REACH_WORK else Untraced(why, axis)


def put_out(window: Window, covers: bool, why: str) -> Reach:
    """A window turned around: input i gives to outputs i·stride − padding + tap·dilation."""
    step = window.stride
    if step * window.taps > MAX_REACH_WORK:
        return Untraced(why, window.axis if covers else None)
    places = [
        [place - tap * window.dilation for tap in range(window.taps)]
        for place in range(window.padding, window.padding + step)
    ]
    sets = tuple(collected(place // step for place in own if place % step == 0) for own in places)
    return Periodic(window.axis, 1, sets, why, covers)


def shares(axis: int, before: int, after: int, why: str) -> Reach:
    """Parts of equal length as far as may be: output i depends on floor(i·before/after) … ceil((i+1)·before/after) − 1."""
    common = gcd(before, after)
    period, stride = after // common, before // common
    if period > MAX_REACH_PERIOD:
        return Untraced(why, axis)
    return Periodic(
        axis, stride, tuple(((r * stride // period, -(-(r + 1) * stride // period) - 1),) for r in range(period)), why
    )
