"""How what a unit sees along one axis follows from its position, where that repeats itself.

Enters: laws, and steps of ops (`Window`, `Periodic`). Leaves: the law behind the step, or of two branches together. All as if the
input had no end: padding counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from math import gcd, lcm
from typing import NamedTuple

from archspec.limits import MAX_LAW_PIECES, MAX_REACH_PERIOD, MAX_REACH_WORK
from archspec.ops.intervals import Positions, TooMany, count, gaps, hull, moved, one, spread, union
from archspec.ops.reach import Periodic, Window


class Law(NamedTuple):
    """Unit q·period + r sees positions q·stride + sets[r]; the period is the number of sets."""

    stride: int
    sets: tuple[Positions, ...]
    is_exact: bool = True
    """Whether all positions of the sets are seen; else the first and the last are, and it is not known which between them."""
    why: str = ""
    """What makes the sets differ, where they do."""

    @property
    def at_least(self) -> int:
        return min(_extent(positions) for positions in self.sets)

    @property
    def at_most(self) -> int:
        return max(_extent(positions) for positions in self.sets)

    @property
    def has_gaps(self) -> bool | None:
        """Whether positions between the first and the last are left out, of some unit; None: not known."""
        return any(map(gaps, self.sets)) if self.is_exact else None

    def at(self, unit: int) -> Positions:
        turn, place = divmod(unit, len(self.sets))
        return moved(self.sets[place], turn * self.stride)


START = Law(1, (one(0),))


def fixed(positions: Positions, is_exact: bool = True) -> Law:
    """What all units see alike."""
    return Law(1, (positions,), is_exact)


def _extent(positions: Positions) -> int:
    return positions[-1][1] - positions[0][0] + 1 if positions else 0


def through(law: Law, step: Window | Periodic) -> Law | None:
    """The law behind a step of an op; None where it repeats itself too late."""
    if isinstance(step, Window) and len(law.sets) == 1:
        return _window(law, step)
    own = 1 if isinstance(step, Window) else len(step.sets)
    turns = len(law.sets) // gcd(len(law.sets), step.stride)
    taps = step.taps if isinstance(step, Window) else max(map(count, step.sets))
    period = own * turns
    if period > MAX_REACH_PERIOD or period * taps > MAX_REACH_WORK // 4:
        return None
    try:
        sets = tuple(_units(law, _read(step, place)) for place in range(period))
    except TooMany:
        return None
    why = step.why if isinstance(step, Periodic) else law.why
    return _tidy(Law(law.stride * (step.stride * turns // len(law.sets)), sets, law.is_exact, why))


def _window(law: Law, step: Window) -> Law:
    """The usual case: windows over windows that are all alike."""
    apart, start, stride = step.dilation * law.stride, -step.padding * law.stride, law.stride * step.stride
    (positions,) = law.sets
    if len(positions) == 1:
        ((first, last),) = positions
        if step.taps == 1 or last - first + 1 >= apart:  # without gaps, as most are
            return Law(stride, (((first + start, last + start + apart * (step.taps - 1)),),), law.is_exact, law.why)
    try:
        found = spread(moved(positions, start), apart, step.taps)
    except TooMany:
        found = hull(moved(positions, start))
        return Law(stride, (spread(found, 1, 1 + apart * (step.taps - 1)),), False, law.why)
    return _tidy(Law(stride, (found,), law.is_exact, law.why))


def _read(step: Window | Periodic, place: int) -> Iterable[int]:
    """The positions that an output reads."""
    if isinstance(step, Window):
        start = place * step.stride - step.padding
        return range(start, start + step.size, step.dilation)
    turn, rest = divmod(place, len(step.sets))
    return (turn * step.stride + i for first, last in step.sets[rest] for i in range(first, last + 1))


def _units(law: Law, units: Iterable[int]) -> Positions:
    """What several units see together."""
    return union(chain.from_iterable(map(law.at, units)))


def joined(left: Law, right: Law) -> Law | None:
    """What two branches see together; None where their strides differ, or it repeats itself too late."""
    period = lcm(len(left.sets), len(right.sets))
    if left.stride * len(right.sets) != right.stride * len(left.sets) or period > MAX_REACH_PERIOD:
        return None
    try:
        sets = tuple(union((*left.at(place), *right.at(place))) for place in range(period))
    except TooMany:
        return None
    stride = left.stride * (period // len(left.sets))
    return _tidy(Law(stride, sets, left.is_exact and right.is_exact, left.why or right.why))


def _tidy(law: Law) -> Law:
    """With the shortest period, and with the ends alone where that is all that is known, or enough."""
    is_exact = law.is_exact and sum(map(len, law.sets)) <= max(MAX_LAW_PIECES, len(law.sets))
    sets = law.sets if is_exact else tuple(map(hull, law.sets))
    period = len(sets)
    if period == 1:
        return law if sets is law.sets else law._replace(sets=sets, is_exact=is_exact)
    for part in range(1, period):
        if period % part or law.stride * part % period:
            continue
        step = law.stride * part // period
        if all(sets[place + part] == moved(sets[place], step) for place in range(period - part)):
            return Law(step, sets[:part], is_exact, law.why)
    return law._replace(sets=sets, is_exact=is_exact)
