"""What an op reads for some positions of an output: exact sets of positions, followed back through the op.

Enters: boxes, that is a set of positions along each axis of an output. Leaves: boxes of an input; nothing where only padding is
read. An axis of which no set can be said is `Lost`, with the reason. Sizes are of one sample (N = 1).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product as combinations
from math import prod
from typing import NamedTuple

from archspec.dims import Shape, Size
from archspec.limits import MAX_BOXES, MAX_INTERVALS, MAX_TAPS
from archspec.ops.intervals import (
    NONE,
    Positions,
    TooMany,
    clipped,
    count,
    each,
    holds,
    mirrored,
    moved,
    one,
    scaled,
    spread,
    sums,
    union,
    whole,
)
from archspec.ops.reach import Everything, Periodic, Picked, Reach, Same, Untraced, UpTo, Window


class Lost(NamedTuple):
    """What is read along an axis is not known; `why` says what it is instead."""

    why: str


Along = Positions | Lost
"""What is read along one axis."""
Box = tuple[Along, ...]
"""What is read along each axis of a tensor: all combinations of these positions."""


class Asked(NamedTuple):
    """Positions of one output of an op: the port it has, the sizes of its axes, and the positions along each."""

    port: str
    sizes: Shape
    box: Box
    allowed: tuple[Positions, ...] | None = None
    """The keys that a mask of known values leaves to each query."""


Read = tuple[list[Box], ...]
"""For each input, the boxes that are read of it."""


def all_of(size: Size) -> Along:
    """A whole axis."""
    return whole(size) if isinstance(size, int) else Lost(f"{size} is symbolic: --set gives it a number")


def is_all(along: Along, size: Size) -> bool:
    return isinstance(size, int) and along == whole(size)


def apart(reaches: Sequence[Reach], box: Box, shape: Shape) -> list[Box]:
    """What is read where each axis of the input follows a law of its own."""
    read = tuple(_along(reach, box, size) for reach, size in zip(reaches, shape, strict=True))
    return [read] if NONE not in read else []


def _along(reach: Reach, box: Box, size: Size) -> Along:
    if size == 1 and not isinstance(reach, (Window, Periodic)):
        return one(0)
    if isinstance(reach, Everything):
        return all_of(size)
    after = box[reach.axis] if reach.axis is not None and reach.axis < len(box) else Lost(getattr(reach, "why", ""))
    if isinstance(reach, (Untraced, Picked)):
        return Lost(reach.why)
    if isinstance(reach, Same) or isinstance(after, Lost):
        return after
    if not isinstance(size, int):
        return all_of(size)
    if isinstance(reach, UpTo):
        return whole(min(after[-1][1] + 1, size))
    return windows(after, reach, size) if isinstance(reach, Window) else by_period(after, reach, size)


def windows(after: Positions, step: Window, size: int) -> Positions:
    """The positions that windows cover, without the padding around them. Raises TooMany."""
    taps, dilation = step.taps, step.dilation
    if dilation == 1 and step.stride <= step.size:
        starts = ((a * step.stride - step.padding, b * step.stride - step.padding + taps - 1) for a, b in after)
        return clipped(union(starts), size)
    if step.stride == 1 and taps * len(after) <= MAX_INTERVALS:
        return clipped(spread(moved(after, -step.padding), dilation, taps), size)
    found: list[tuple[int, int]] = []
    for position in each(after):
        start = position * step.stride - step.padding
        first, last = max(0, -(start // dilation)), min(taps - 1, (size - 1 - start) // dilation)
        if dilation == 1 and first <= last:
            found.append((start + first, start + last))
        else:
            found += [(start + tap * dilation,) * 2 for tap in range(first, last + 1)]
        if len(found) > MAX_TAPS:
            raise TooMany
    return union(found)


def by_period(after: Positions, step: Periodic, size: int) -> Positions:
    """The positions that a law which repeats itself gives. Raises TooMany."""
    period = len(step.sets)
    found: list[tuple[int, int]] = []
    every: Positions | None = None
    for first, last in after:
        start, end = -(-first // period), (last + 1) // period - 1  # whole periods
        if end - start > 1:
            every = union(piece for positions in step.sets for piece in positions) if every is None else every
            found += [piece for a, b in every for piece in spread(((start * step.stride + a, start * step.stride + b),),
                                                                  step.stride, end - start + 1)]  # fmt: skip
            rest: Iterable[int] = (*range(first, start * period), *range((end + 1) * period, last + 1))
        else:
            rest = range(first, last + 1)
        for position in rest:
            turn, place = divmod(position, period)
            found += [(a + turn * step.stride, b + turn * step.stride) for a, b in step.sets[place]]
    return clamped(union(found), size) if step.is_clamped else clipped(union(found), size)


def clamped(positions: Positions, size: int) -> Positions:
    """Positions beyond an end are those at the end."""
    return union((min(max(a, 0), size - 1), min(max(b, 0), size - 1)) for a, b in positions)


def replaced(box: Box, axis: int, along: Along) -> list[Box]:
    """The same along all axes but one."""
    return [(*box[:axis], along, *box[axis + 1 :])] if along != NONE else []


def by_axis(box: Box, shape: Shape, law: Callable[[int, Positions, int], Positions]) -> list[Box]:
    """What a law gives for each axis, its positions and its size; what is lost stays so."""
    made = tuple(
        along if isinstance(along, Lost) or not isinstance(size, int) else law(axis, along, size)
        for axis, (along, size) in enumerate(zip(box, shape, strict=True))
    )
    return [made] if NONE not in made else []


def put_in(box: Box, axis: int, along: Along) -> list[Box]:
    """With one axis more."""
    return [(*box[:axis], along, *box[axis:])] if along != NONE else []


def folded(positions: Positions, pads: tuple[int, int], size: int, mode: str) -> Positions:
    """Positions of a padded axis as those of the axis, whose border may repeat others. Raises TooMany."""
    inside = moved(positions, -pads[0])
    if mode == "replicate":
        return clamped(inside, size)
    if mode == "circular":  # of what is left, where the other end is cut
        cut = max(-pads[0], 0)
        return moved(rolled(moved(inside, -cut), size - cut - max(-pads[1], 0)), cut)
    parts = clipped(inside, size), *(clipped(mirrored(inside, turn), size) for turn in (1, 2 * size - 1))
    return union(piece for part in parts for piece in part) if mode == "reflect" else parts[0]


def rolled(positions: Positions, size: int) -> Positions:
    """Positions beyond an end come in at the other."""
    turns = range(positions[0][0] // size, positions[-1][1] // size + 1) if positions and size > 0 else ()
    return union(piece for turn in turns for piece in clipped(moved(positions, -turn * size), size))


# Axes cut and joined ------------------------------------------------------------------------------------------------------


def regrouped(box: Box, after: Shape, before: Shape, groups: Iterable[tuple[range, range]]) -> list[Box]:
    """What a reshape reads: the axes of each group hold the same elements in the same order. `groups` has the axes before and
    after. Raises TooMany."""
    found: list[Box] = [()]
    for own, made in groups:
        pieces = _regroup([box[i] for i in made], [after[i] for i in made], [before[i] for i in own])
        if len(found) * len(pieces) > MAX_BOXES:
            raise TooMany
        found = [start + piece for start in found for piece in pieces]
    return found


def _regroup(made: list[Along], after: list[Size], before: list[Size]) -> list[Box]:
    wide = [i for i, size in enumerate(before) if size != 1]
    given = [i for i, size in enumerate(after) if size != 1]
    if len(wide) == len(given) == 1 and before[wide[0]] == after[given[0]]:
        return [tuple(made[given[0]] if i == wide[0] else one(0) for i in range(len(before)))]
    if all(is_all(along, size) for along, size in zip(made, after, strict=True)):
        return [tuple(map(all_of, before))]
    lost = next((along for along in made if isinstance(along, Lost)), None)
    sizes = [size for size in before if isinstance(size, int)]
    sides = [size for size in after if isinstance(size, int)]
    if lost is None and (len(sizes) < len(before) or len(sides) < len(after)):
        lost = Lost(f"{next(size for size in (*before, *after) if not isinstance(size, int))} is symbolic: "
                    "--set gives it a number")  # fmt: skip
    if lost is not None:
        return [tuple(one(0) if size == 1 else lost for size in before)]
    flat: Positions = one(0)
    block = 1
    for along, side in zip(reversed(made), reversed(sides), strict=True):
        assert not isinstance(along, Lost), "looked for above"
        flat = _filled(along, block) if flat == whole(block) else sums(scaled(along, block), flat)
        block *= side
    return divided_among(flat, sizes)


def _filled(along: Positions, block: int) -> Positions:
    """Blocks that are taken as a whole."""
    return tuple((first * block, (last + 1) * block - 1) for first, last in along)


def divided_among(flat: Positions, sizes: list[int]) -> list[Box]:
    """Positions of one axis as those of several: boxes that make it up, as few as may be. Raises TooMany."""
    if len(sizes) <= 1:
        return [(flat,)] if sizes else [()]
    block = prod(sizes[1:])
    full: list[tuple[int, int]] = []
    partial: dict[int, list[tuple[int, int]]] = {}
    for first, last in flat:
        start, end = -(-first // block), (last + 1) // block - 1  # rows that are held as a whole
        if start > end + 1:  # within one row
            partial.setdefault(first // block, []).append((first % block, last % block))
            continue
        if first % block:
            partial.setdefault(first // block, []).append((first % block, block - 1))
        if (last + 1) % block:
            partial.setdefault(last // block, []).append((0, last % block))
        if start <= end:
            full.append((start, end))
    rows: dict[Positions, list[tuple[int, int]]] = {whole(block): full} if full else {}
    for row, pieces in partial.items():
        rows.setdefault(union(pieces), []).append((row, row))
    found = [(union(places), *rest) for part, places in rows.items() for rest in divided_among(part, sizes[1:])]
    if len(found) > MAX_BOXES:
        raise TooMany
    return found


def diagonals(axes: Sequence[Positions]) -> list[tuple[Positions, ...]]:
    """Each combination of single positions as a box of its own. Raises TooMany."""
    if prod(map(count, axes)) > MAX_BOXES:
        raise TooMany
    return [tuple(map(one, places)) for places in combinations(*map(each, axes))]


# Boxes together -----------------------------------------------------------------------------------------------------------


def together(boxes: Iterable[Box]) -> list[Box]:
    """The same positions in fewer boxes: without those that others hold, and with those joined that differ along one axis."""
    found: list[Box] = []
    for box in boxes:
        new = box
        while True:
            at = next((i for i, other in enumerate(found) if _joined(other, new) is not None), None)
            if at is None:
                break
            joined = _joined(found.pop(at), new)
            assert joined is not None
            new = joined
        found.append(new)
        if len(found) > MAX_BOXES:
            raise TooMany
    return found


def _joined(left: Box, right: Box) -> Box | None:
    """Two boxes as one, where that is one."""
    differing = [axis for axis, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    if not differing:
        return left
    if len(differing) == 1:
        axis = differing[0]
        return replaced(left, axis, _union(left[axis], right[axis]))[0]
    if all(_holds(left[axis], right[axis]) for axis in differing):
        return left
    return right if all(_holds(right[axis], left[axis]) for axis in differing) else None


def _holds(left: Along, right: Along) -> bool:
    return not isinstance(left, Lost) and not isinstance(right, Lost) and holds(left, right)


def _union(left: Along, right: Along) -> Along:
    if isinstance(left, Lost) or isinstance(right, Lost):
        return left if isinstance(left, Lost) else right
    return union((*left, *right))


def along(boxes: Sequence[Box], axis: int) -> Along:
    """What all boxes hold along one axis."""
    found: Along = NONE
    for box in boxes:
        found = box[axis] if found == NONE else _union(found, box[axis])
    return found
