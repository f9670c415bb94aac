"""Sets of positions along an axis, as a few intervals. Enters: intervals; leaves: intervals, sorted, apart, ends included.

What would fall into very many pieces raises TooMany: a stranger's spec may ask for it.
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import pairwise

from archspec.limits import MAX_INTERVALS, MAX_TAPS

Positions = tuple[tuple[int, int], ...]
"""`((0, 3), (8, 9))`: positions 0 to 3, 8 and 9. Nothing: no position."""
NONE: Positions = ()


class TooMany(Exception):
    """The set falls into more pieces than are followed."""


def one(position: int) -> Positions:
    return ((position, position),)


def whole(size: int) -> Positions:
    return ((0, size - 1),) if size > 0 else NONE


def union(pieces: Iterable[tuple[int, int]]) -> Positions:
    """Intervals in any order, overlapping or not, as a set. Raises TooMany."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(pieces):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    if len(found) > MAX_INTERVALS:
        raise TooMany
    return tuple(found)


def collected(positions: Iterable[int]) -> Positions:
    return union((position, position) for position in set(positions))


def clipped(positions: Positions, size: int) -> Positions:
    """Those of an axis of this size."""
    if not positions or (positions[0][0] >= 0 and positions[-1][1] < size):
        return positions
    return tuple((max(first, 0), min(last, size - 1)) for first, last in positions if last >= 0 and first < size)


def moved(positions: Positions, by: int) -> Positions:
    return tuple((first + by, last + by) for first, last in positions)


def mirrored(positions: Positions, size: int) -> Positions:
    return tuple((size - 1 - last, size - 1 - first) for first, last in reversed(positions))


def hull(positions: Positions) -> Positions:
    return ((positions[0][0], positions[-1][1]),) if positions else NONE


def count(positions: Positions) -> int:
    return sum(last - first + 1 for first, last in positions)


def holds(positions: Positions, others: Positions) -> bool:
    """Whether all the others are among the positions."""
    mine = iter(positions)
    start, end = next(mine, (0, -1))
    for first, last in others:
        while end < first:
            if (following := next(mine, None)) is None:
                return False
            start, end = following
        if not start <= first <= last <= end:
            return False
    return True


def each(positions: Positions) -> Iterator[int]:
    """The positions one by one. Raises TooMany."""
    if count(positions) > MAX_TAPS:
        raise TooMany
    return (position for first, last in positions for position in range(first, last + 1))


def spread(positions: Positions, step: int, taps: int) -> Positions:
    """The set at `taps` places, `step` apart: the first where it is. Raises TooMany."""
    if taps == 1 or step == 0:
        return positions
    reach = (taps - 1) * step
    if all(last - first + 1 >= step for first, last in positions):
        return union((first, last + reach) for first, last in positions)
    if taps * len(positions) > MAX_TAPS:
        raise TooMany
    return union((first + tap * step, last + tap * step) for first, last in positions for tap in range(taps))


def scaled(positions: Positions, by: int, offset: int = 0) -> Positions:
    """The set whose members are `by` times as large, plus an offset. Raises TooMany."""
    if by == 1:
        return moved(positions, offset)
    return union((position * by + offset,) * 2 for position in each(positions))


def sums(*sets: Positions) -> Positions:
    """All sums of a member of each. Raises TooMany."""
    return reduce(_sums, sets)


def _sums(left: Positions, right: Positions) -> Positions:
    if len(left) * len(right) > MAX_TAPS:
        raise TooMany
    return union((a + c, b + d) for a, b in left for c, d in right)


def divided(positions: Positions, by: int) -> Positions:
    """Floors of quotients."""
    return union((first // by, last // by) for first, last in positions)


def gaps(positions: Positions) -> int:
    """How many positions are left out between the first and the last."""
    return sum(after[0] - before[1] - 1 for before, after in pairwise(positions))
