"""The page of one unit: the window that its position gives, and what it really sees. Enters: a result, a layer, a position;
leaves: a page.

The window is that of the receptive field, as if the image had no end. What is seen is followed back layer by layer, with padding
cut off wherever it stands on the way.
"""

from __future__ import annotations

from itertools import pairwise

from archspec.backends.table.figures import shape
from archspec.checking import Result
from archspec.dims import Size
from archspec.explain.field import axis_names, in_brackets, signed
from archspec.explain.layer import place
from archspec.explain.page import Line, Page, Section
from archspec.facts.model import AxisField, Extent, Facts, Whole
from archspec.facts.receptive_field import first_spatial
from archspec.facts.seen import NotFollowed, Unit, View, axes_of, seen_by
from archspec.graph import Node
from archspec.ops.base import per_sample
from archspec.ops.intervals import Positions, clipped, count, hull
from archspec.ops.reading import Along, Box, Lost, along, is_all, together

MAX_SHOWN = 6
"""Intervals that are listed."""


def unit_page(result: Result, node: Node, unit: Unit) -> Page:
    """What one unit of a layer sees: the window by the formula, and what is left of it within the image. Raises NoUnit."""
    facts = result.facts
    assert facts is not None
    page = Page(f"unit {_position(unit)} of {node.path}: {node.type}, {place(node)}")
    try:
        view = seen_by(facts, node, unit)
    except NotFollowed as error:
        page.notes.append(f"what it sees is not followed: {error}")
        view = None
    window = _window(facts, node, axes_of(facts, node, unit))
    if window is not None:
        page.parts.append(window)
    if view is None:
        return page
    for index, boxes in view.of.items():
        _seen(page, facts, facts.graph.nodes[index], boxes, view)
    if not view.of:
        page.notes.append("it sees nothing of the network's inputs")
    if view.at_most:
        page.notes.append(f"it may see less: {view.at_most}")
    return page


def _position(unit: Unit) -> str:
    return f"({', '.join(':' if place is None else str(place) for place in unit)})"


# The window -------------------------------------------------------------------------------------------------------------


def _window(facts: Facts, node: Node, places: dict[int, int]) -> Section | None:
    """First and last position of the window along each axis where it is one, and how much of it lies in the image."""
    record = facts.of(node)
    extents, axes = record.field or (), record.field_axes or ()
    sizes = _sides(facts, node, len(extents))
    lines: list[Line] = []
    windows: list[tuple[Positions, Size]] = []
    for name, extent, axis, size in zip(axis_names(len(extents)), extents, axes, sizes, strict=False):
        own, positions = _along(name, extent, places.get(axis) if axis is not None else None)
        lines += own
        if isinstance(extent, Whole) and isinstance(size, int):
            positions = ((0, size - 1),)
        if positions:
            windows.append((positions, size))
    if not lines:
        return None
    if len(windows) == len(extents):
        lines += _share(windows)
    return Section("window", lines)


def _sides(facts: Facts, node: Node, axes: int) -> list[Size]:
    """The sizes of the input's spatial axes."""
    for source in facts.graph.inputs:
        tensor = facts.of(source).output
        if tensor is not None and axes and tensor.rank - first_spatial(tensor) == axes:
            return list(tensor.shape[tensor.rank - axes :])
    return []


def _along(name: str, extent: Extent, place: int | None) -> tuple[list[Line], Positions]:
    """The lines of one axis, and the positions from the first to the last."""
    law = getattr(extent, "law", None)
    if law is not None and place is not None:
        found = hull(law.at(place))
        period = len(law.sets)
        note = f"place {place % period} of {period}, after which the windows repeat" if period > 1 else ""
        if not found:
            return [Line(name, "none", 0, note=note)], ()
        ((first, last),) = found
        return [Line(f"{name} from", signed(first), first, note=note), Line(f"{name} to", signed(last), last)], found
    if not isinstance(extent, AxisField) or (extent.stride is not None and place is None):
        return [], ()
    if extent.stride is None or place is None:
        first = -extent.padding
        lines = [Line(f"{name} from", signed(first), first, "−padding", f"−{in_brackets(extent.padding)}")]
    else:
        first = place * extent.stride - extent.padding
        filled = f"{place}·{extent.stride} − {in_brackets(extent.padding)}"
        lines = [Line(f"{name} from", signed(first), first, "position·stride − padding", filled)]
    last = first + extent.size - 1
    lines.append(
        Line(f"{name} to", signed(last), last, "first + field − 1", f"{in_brackets(first)} + {extent.size} − 1")
    )
    if extent.stride is not None and place is not None:
        centre = extent.offset + place * extent.stride
        filled = f"{in_brackets(extent.offset)} + {place}·{extent.stride}"
        lines.append(Line(f"{name} centre", signed(centre), centre, "offset + position·stride", filled))
    return lines, ((first, last),)


def _share(windows: list[tuple[Positions, Size]]) -> list[Line]:
    """How much of the window lies in the image."""
    inside = total = 1
    for positions, size in windows:
        if not isinstance(size, int):
            return []
        total *= count(positions)
        inside *= count(clipped(positions, size))
    sides = " × ".join(str(count(positions)) for positions, _ in windows)
    note = f"of {sides} positions" + ("; the rest is padding" if inside < total else "")
    percent = "100" if inside == total else f"{min(100 * inside / total, 99.9):.1f}"
    return [Line("in the image", f"{percent} %", inside / total, note=note)]


# What is seen -----------------------------------------------------------------------------------------------------------


def _seen(page: Page, facts: Facts, source: Node, boxes: list[Box], view: View) -> None:
    """What is seen of one input, along each of its axes, and whether that is all there is to say."""
    tensor = facts.of(source).output
    assert tensor is not None
    first = 2 if tensor.rank > 2 else 1
    names = (*("channels",) * (first - 1), *axis_names(tensor.rank - first))
    if first_spatial(tensor) == tensor.rank:
        names = ("features",)
    lines = []
    for axis, name in enumerate(names, 1):
        own, size = along(boxes, axis), per_sample(tensor.shape[axis])
        if axis >= first or not is_all(own, size):
            lines.append(_line(name, own, size, bool(view.at_most)))
    if tensor.rank == 1:  # no axis but the batch
        page.parts.append(Section(f"seen of {source.path}", [Line("the number", "seen", 1)]))
        return
    page.parts.append(Section(f"seen of {source.path}, {shape(tensor.shape).text}, padding cut off", lines))
    parts = len(together(box[first:] for box in boxes))
    if parts > 1:
        page.notes.append(
            f"of {source.path} not all combinations of these are seen, but those of {parts} parts together"
        )


def _line(name: str, own: Along, size: Size, is_most: bool) -> Line:
    if isinstance(own, Lost):
        return Line(name, "?", note=f"not known: {own.why}")
    if not own:
        return Line(name, "none", 0)
    shown = f"{'at most ' if is_most else ''}{_shown(own)}"
    return Line(name, shown, own[0] if len(own) == 1 else own, note=f"{count(own)} of {size}")


def _shown(positions: Positions) -> str:
    """`32 to 226`, `0, 4 to 6`, `0 to 190 in steps of 2`."""
    step = _step(positions)
    if step:
        return f"{positions[0][0]} to {positions[-1][1]} in steps of {step}"
    parts = [str(a) if a == b and len(positions) > 1 else f"{a} to {b}" for a, b in positions]
    if len(parts) > MAX_SHOWN:
        parts = [*parts[: MAX_SHOWN - 1], f"… {parts[-1]} ({len(positions)} intervals)"]
    return ", ".join(parts)


def _step(positions: Positions) -> int:
    """How far apart single positions are that follow each other evenly; 0 where they do not."""
    if len(positions) < 4 or any(first != last for first, last in positions):
        return 0
    steps = {after[0] - before[0] for before, after in pairwise(positions)}
    return steps.pop() if len(steps) == 1 else 0
