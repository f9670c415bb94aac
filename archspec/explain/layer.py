"""The page of one layer: its arithmetic, the way to it, and what other arguments would do. Enters: a result; leaves: a page."""

from __future__ import annotations

from archspec.backends.table.figures import shape
from archspec.checking import Result
from archspec.explain import arithmetic
from archspec.explain.changes import neighbours
from archspec.explain.field import field
from archspec.explain.page import Line, Page, Section, shape_line
from archspec.explain.unit import Lost, Range, axes_of, seen_by
from archspec.explain.way import readers, way
from archspec.facts.model import AxisField, Facts
from archspec.graph import Node


def place(node: Node) -> str:
    """`specs/alexnet.yaml:17`."""
    span = node.place.name
    return f"{span.source.path}:{span.line}"


def layer_page(result: Result, node: Node) -> Page:
    """Everything about one layer."""
    facts = result.facts
    assert facts is not None
    page = Page(f"{node.path}: {node.type}, {place(node)}")
    page.about += [f"reads {_reads(facts, node)}", readers(facts, node)]
    page.parts += [section for section in sections(facts, node) if section.lines]
    page.parts.append(way(facts, node))
    tried = neighbours(result, node) if node.op is not None and not node.is_input else None
    if tried is not None:
        page.parts.append(tried)
    return page


def sections(facts: Facts, node: Node) -> list[Section]:
    """The arithmetic of a layer, by what it is of."""
    return [
        part(facts, node)
        for part in (arithmetic.output, arithmetic.parameters, arithmetic.work, arithmetic.memory, field)
    ]


def _reads(facts: Facts, node: Node) -> str:
    parts = []
    for ref in node.inputs:
        tensor = facts.tensor(ref)
        if ref is not None:
            parts.append(
                f"{facts.graph.nodes[ref.node].path} ({shape(tensor.shape).text if tensor is not None else '?'})"
            )
    return " and ".join(parts) or "nothing"


# One unit ---------------------------------------------------------------------------------------------------------------


def unit_page(result: Result, node: Node, unit: tuple[int, ...]) -> Page:
    """What one unit of a layer sees: the window by the formula, and what is left of it within the image. Raises NoUnit."""
    facts = result.facts
    assert facts is not None
    found = seen_by(facts, node, unit)
    page = Page(f"unit {_position(unit)} of {node.path}: {node.type}, {place(node)}")
    window = _window(facts, node, unit)
    if window is not None:
        page.parts.append(window)
    for index, axes in found.items():
        source = facts.graph.nodes[index]
        tensor = facts.of(source).output
        assert tensor is not None
        spatial = axes[2:] if tensor.rank > 2 else axes[1:]
        names = axis_names(len(spatial))
        lines = [_line(name, seen) for name, seen in zip(names, spatial, strict=True)]
        page.parts.append(Section(f"seen of {source.path}, {shape(tensor.shape).text}, padding cut off", lines))
    if not found:
        page.notes.append("it sees nothing of the network's inputs")
    return page


def axis_names(count: int) -> tuple[str, ...]:
    """What the axes of an image are called where positions are counted along them."""
    return {1: ("positions",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}.get(
        count, tuple(f"axis {i + 1}" for i in range(count))
    )


def _position(unit: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, unit))})"


def _window(facts: Facts, node: Node, unit: tuple[int, ...]) -> Section | None:
    """First and last position of the window, where it is one: position·stride − padding, and field − 1 further."""
    extents = facts.of(node).field or ()
    lines = []
    for name, position, extent in zip(axis_names(len(unit)), unit, extents, strict=False):
        if not isinstance(extent, AxisField) or len(unit) != len(extents) or axes_of(facts, node)[0] != 2:
            return None
        if extent.stride is None:
            return None
        first = position * extent.stride - extent.padding
        start = f"{position}·{extent.stride} − {extent.padding}"
        lines.append(Line(f"{name} from", _signed(first), first, "position·stride − padding", start))
        last = first + extent.size - 1
        end = f"{f'({_signed(first)})' if first < 0 else first} + {extent.size} − 1"
        lines.append(Line(f"{name} to", _signed(last), last, "first + field − 1", end))
    return Section("window", lines) if lines else None


def _signed(number: int) -> str:
    return f"−{-number}" if number < 0 else str(number)


def _line(name: str, seen: Range | Lost | None) -> Line:
    if seen is None:
        return Line(name, "none", 0)
    if isinstance(seen, Lost):
        return Line(name, "?", note=f"not known: {seen.why}")
    if seen.has_gaps:
        return Line(name, f"within {seen.first} to {seen.last}", note=f"of 0 to {seen.size - 1}, not all of them")
    number = seen.last - seen.first + 1
    return Line(name, f"{seen.first} to {seen.last}", (seen.first, seen.last), note=f"{number} of {seen.size}")


def input_line(facts: Facts, node: Node) -> Line:
    """An input of the network with its shape."""
    tensor = facts.of(node).output
    return shape_line(node.path, tensor.shape) if tensor is not None else Line(node.path, "?")
