"""What one unit of a layer sees of the network's inputs. Enters: facts, a layer, a position; leaves: ranges of positions.

Followed back layer by layer, so that padding is cut off wherever it stands on the way: positions that a layer only pads with
are no pixels. A range has a first and a last position; where windows leave some between them out, `has_gaps` says so.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import Size
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import Everything, Picked, Reach, Same, Untraced, Window
from archspec.words import counted

MAX_TAPS = 10_000


class Range(NamedTuple):
    """Positions `first` … `last` of an axis of `size`."""

    first: int
    last: int
    size: int
    has_gaps: bool = False

    @property
    def is_all(self) -> bool:
        return self.first == 0 and self.last == self.size - 1 and not self.has_gaps


class Lost(NamedTuple):
    """What is seen is no range; `why` says what it is instead."""

    why: str


Seen = Range | Lost | None
"""Of an axis; None: nothing."""


class NoUnit(ValueError):
    """The layer has no such unit; the message says which there are."""


def axes_of(facts: Facts, node: Node) -> list[int]:
    """The axes of a layer's output that a unit's position is given along: those of an image, or the last. Raises NoUnit."""
    output = facts.of(node).outputs
    if not output:
        raise NoUnit(f"the output of {node.path} is not known")
    rank = len(next(iter(output.values())).shape)
    return list(range(2, rank)) if rank > 2 else list(range(1, rank))


def seen_by(facts: Facts, node: Node, unit: tuple[int, ...]) -> dict[int, list[Seen]]:
    """For each of the network's inputs that the unit sees: what it sees along each axis. Raises NoUnit."""
    axes = axes_of(facts, node)
    shape = next(iter((facts.of(node).outputs or {}).values())).shape
    if len(axes) != len(unit):
        raise NoUnit(f"a unit of {node.path} has {counted(len(axes), 'position')}, not {len(unit)}")
    start: list[Seen] = [_whole(size) for size in shape]
    for axis, position in zip(axes, unit, strict=True):
        size = shape[axis]
        if not isinstance(size, int):
            raise NoUnit(f"the output of {node.path} has a symbolic size, {size}: --set gives it a number")
        if position >= size:
            raise NoUnit(f"{node.path} has positions 0 to {size - 1} there, not {position}")
        start[axis] = Range(position, position, size)
    seen: dict[int, list[Seen]] = {node.index: start}
    for index in range(node.index, -1, -1):
        if index in seen and not facts.graph.nodes[index].is_input:
            _follow(facts, facts.graph.nodes[index], seen.pop(index), seen)
    return seen


def _whole(size: Size) -> Seen:
    return Range(0, size - 1, size) if isinstance(size, int) else Range(0, 0, 1) if str(size) == "N" else Lost(
        f"{size} is symbolic: --set gives it a number")  # fmt: skip


def _follow(facts: Facts, node: Node, made: list[Seen], seen: dict[int, list[Seen]]) -> None:
    """Adds to `seen` what a layer reads for these positions of its output."""
    record = facts.of(node)
    if record.inputs is None:
        return
    for i, (ref, tensor) in enumerate(zip(node.inputs, record.inputs, strict=True)):
        if ref is None:
            continue
        reaches = record.reaches[i] if record.reaches is not None and i < len(record.reaches) else None
        why = Lost(f"what {node.path} reads is not known")
        read = [
            _read(made, reaches[axis] if reaches is not None else None, size, why)
            for axis, size in enumerate(tensor.shape)
        ]
        if None in read:
            continue  # of this input the unit sees padding at most
        before = seen.get(ref.node)
        fits = before is not None and len(before) == len(read)
        seen[ref.node] = [_both(a, b) for a, b in zip(before or [], read, strict=True)] if fits else read


def _read(made: list[Seen], reach: Reach | None, size: Size, why: Lost) -> Seen:
    if reach is None:
        return why
    if isinstance(reach, Everything):
        return _whole(size)
    after = made[reach.axis] if reach.axis is not None and reach.axis < len(made) else None
    if isinstance(reach, (Untraced, Picked)):
        is_all = isinstance(after, Range) and after.is_all and (not isinstance(reach, Picked) or reach.covers)
        return _whole(size) if is_all or size == 1 else Lost(reach.why)
    if not isinstance(after, Range):
        return after
    whole = _whole(size)
    if isinstance(reach, Same) or not isinstance(whole, Range):
        return after if isinstance(reach, Same) else whole
    return _window(after, reach, whole.size)


def _window(after: Range, step: Window, size: int) -> Seen:
    """The positions that windows cover, without the padding around them; nothing where they cover padding alone."""
    taps = (step.size - 1) // step.dilation + 1
    if step.dilation == 1 or taps > MAX_TAPS:
        ends = _ends(after, step, 0, step.size - 1, size)
    else:  # of each tap alone: at an edge, others may be the first that are inside
        each = [_ends(after, step, tap * step.dilation, tap * step.dilation, size) for tap in range(taps)]
        inside = [found for found in each if found is not None]
        ends = (min(first for first, _ in inside), max(last for _, last in inside)) if inside else None
    if ends is None:
        return None
    skips = (step.dilation > 1 and taps > 1) or (step.stride > step.size and after.first != after.last)
    return Range(*ends, size, ends[0] != ends[1] and (after.has_gaps or skips))


def _ends(after: Range, step: Window, low: int, high: int, size: int) -> tuple[int, int] | None:
    """The first and the last position that the stretch `low` … `high` of the windows covers inside the axis."""
    first = max(after.first, -((high - step.padding) // step.stride))
    last = min(after.last, (size - 1 + step.padding - low) // step.stride)
    if first > last:
        return None
    return max(first * step.stride - step.padding + low, 0), min(last * step.stride - step.padding + high, size - 1)


def _both(left: Seen, right: Seen) -> Seen:
    """What two readers of one tensor see of it together."""
    if left is None or right is None:
        return right if left is None else left
    if isinstance(left, Lost) or isinstance(right, Lost):
        return left if isinstance(left, Lost) else right
    apart = max(left.first, right.first) > min(left.last, right.last) + 1
    return Range(
        min(left.first, right.first), max(left.last, right.last), left.size, left.has_gaps or right.has_gaps or apart
    )
