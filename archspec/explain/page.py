"""A page of arithmetic as plain data, before any format. Nothing is escaped: a format does that, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archspec.backends.table.figures import count
from archspec.backends.table.grid import Grid
from archspec.dims import Shape, Size
from archspec.ops.base import show_shape, without_batch
from archspec.ops.formula import Formula


class Line(NamedTuple):
    """One figure and how it comes about: `height: floor((in − 3) / 2) + 1 = floor((55 − 3) / 2) + 1 = 27`."""

    name: str
    shown: str
    """The figure as people read it; `?` where it is not known."""
    value: Size | float | tuple[Any, ...] | None = None
    """The figure itself, without its batch; None where it is not known, or no number."""
    text: str = ""
    """The formula in words; nothing where there is none."""
    filled: str = ""
    """The same with the numbers; nothing where there is no formula."""
    note: str = ""
    """What else is to be said: `as its input`, or why there is no figure."""
    same: str = ""
    """The line of the same section that says the same of another axis."""

    @property
    def is_computed(self) -> bool:
        """Whether the numbers are more than the figure itself."""
        return self.filled not in ("", self.shown, str(self.value))


class Section(NamedTuple):
    """Lines under a heading: `output`."""

    title: str
    lines: Sequence[Line]


@dataclass(slots=True)
class Page:
    """What is asked, sections and tables in their order, and remarks beneath."""

    title: str
    about: list[str] = field(default_factory=list)
    parts: list[Section | Grid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_brief: bool = False
    """Whether there is a section a layer, with the numbers alone."""


def size_line(name: str, size: Size, formula: Formula | None = None, note: str = "") -> Line:
    """The size of an axis: no separators, as shapes have none."""
    return _line(name, size, str(size), formula, note)


def count_line(name: str, size: Size | None, formula: Formula | None = None, note: str = "", unit: str = "") -> Line:
    """A count, with separators."""
    return _line(name, size, count(size) + (f" {unit}" if unit else ""), formula, note)


def shape_line(name: str, sizes: Shape, note: str = "") -> Line:
    """A shape without its batch."""
    own = without_batch(sizes)
    return Line(name, show_shape(own) if own else "a single number", own, note=note)


def _line(name: str, size: Size | None, shown: str, formula: Formula | None, note: str) -> Line:
    if formula is None:
        return Line(name, shown, size, note=note)
    filled = "" if formula.filled == str(size) and formula.text == formula.filled else formula.filled
    return Line(name, shown, size, "" if formula.text == formula.filled else formula.text, filled, note)
