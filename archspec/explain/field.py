"""The arithmetic of receptive fields. Enters: facts and a node; leaves: lines, each of which was held against the facts."""

from __future__ import annotations

from archspec.explain.page import Line, Section
from archspec.facts.field_formulas import field_formulas
from archspec.facts.law import Law
from archspec.facts.model import AxisField, Extent, Facts, Scattered, Unknown, Whole
from archspec.graph import Node
from archspec.ops.formula import Formula
from archspec.ops.window import AXIS_NAMES
from archspec.words import counted

_NAMED = ("field", "stride", "padding")


def field(facts: Facts, node: Node) -> Section:
    """What a unit of a layer sees of the network's input, along each axis."""
    record = facts.of(node)
    if record.field is None:
        why = record.field_unknown
        return Section("receptive field", [Line("field", "?", note=f"not known: {why}")] if why else [])
    axes = [_axis(facts, node, i, extent) for i, extent in enumerate(record.field)]
    if all(lines == axes[0] for lines in axes):
        return Section("receptive field", axes[0])
    names = AXIS_NAMES.get(len(axes), tuple(f"axis {i + 1}" for i in range(len(axes))))
    return Section("receptive field", [
        line._replace(name=f"{line.name}, {name}") for name, lines in zip(names, axes, strict=True) for line in lines
    ])  # fmt: skip


def axis_names(count: int) -> tuple[str, ...]:
    """What the axes of an image are called where positions are counted along them."""
    return {1: ("positions",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}.get(
        count, tuple(f"axis {i + 1}" for i in range(count))
    )


def _axis(facts: Facts, node: Node, index: int, extent: Extent) -> list[Line]:
    if isinstance(extent, Whole):
        return [Line("field", "all", note="each unit sees the whole axis")]
    if isinstance(extent, Unknown):
        return [Line("field", "?", note=f"not known: {extent.why}"), *_bounds(extent), *_period(extent.law)]
    if isinstance(extent, Scattered):
        note = f"not in equal steps: {extent.why}"
        return [Line("field", str(extent.size), extent.size, note=note), *_period(extent.law)]
    found = field_formulas(facts, node, index, extent)
    named = [(name, value) for name, value in zip(_NAMED, extent[:3], strict=True) if value is not None]
    if isinstance(found, tuple):
        lines = [_line(name, value, formula) for (name, value), formula in zip(named, found, strict=True)]
    else:
        lines = [Line(name, str(value), value, note=found) for name, value in named]
    if extent.has_gaps is not False:
        said = "some positions in it are not seen" if extent.has_gaps else "perhaps not all positions in it are seen"
        lines[0] = lines[0]._replace(note="; ".join(filter(None, (lines[0].note, said))))
    return [*lines, *_centre(extent)]


def _line(name: str, value: int, formula: Formula) -> Line:
    return Line(name, str(value), value, formula.text, formula.filled)


def _bounds(extent: Unknown) -> list[Line]:
    """The sizes that windows have away from borders."""
    found = (("at least", extent.at_least), ("at most", extent.at_most))
    return [Line(name, str(size), size) for name, size in found if size is not None]


def _period(law: Law | None) -> list[Line]:
    """After how many units the windows are the same again, and how much further they lie."""
    if law is None or len(law.sets) == 1:
        return []
    note = f"after as many units the windows lie {counted(law.stride, 'position')} further"
    return [Line("period", str(len(law.sets)), len(law.sets), note=note)]


def _centre(extent: AxisField) -> list[Line]:
    """Where the middle of the first unit's window lies, and of any other's: pixels count from 0, at their own middle."""
    filled = f"({extent.size} − 1)/2 − {in_brackets(extent.padding)}"
    offset = Line("offset", signed(extent.offset), extent.offset, "(field − 1)/2 − padding", filled)
    if extent.stride is None:
        return [offset]
    return [offset, Line("centre", f"{signed(extent.offset)} + {extent.stride}·unit", text="offset + stride·unit")]


def signed(number: int | float) -> str:
    return f"−{-number}" if number < 0 else str(number)


def in_brackets(number: int | float) -> str:
    return f"({signed(number)})" if number < 0 else str(number)
