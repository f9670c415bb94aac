"""A table as plain data, before any format. Enters: what the columns are, and rows; leaves: a grid that each format writes.

A cell holds what it says twice: raw for programs, and as people read it. Nothing is escaped: a format does that, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from archspec.dims import Dim, Size, evaluate, symbols

Row = TypeVar("Row")
Raw = float | Size | str | None
"""A number, a symbolic size, a text, or None where it is not known."""


class Cell(NamedTuple):
    """One figure of one row. The text is empty where there is nothing to be said, as of the parameters of a ReLU."""

    raw: Raw
    text: str


EMPTY = Cell(None, "")
LARGE = 20_160
"""Stands for a symbolic size of which nothing else is known, where figures are sorted."""
_NO_NUMBERS: Mapping[str, int] = MappingProxyType({})
ALL = "all"
"""The receptive field of what sees all of the input."""


class Figure(NamedTuple, Generic[Row]):
    """What a column is: its name on the command line and in CSV, its title, and a row's cell.

    `right`: whether it holds numbers. Where there is no room, columns with the lowest `keep` go first.
    """

    key: str
    title: str
    right: bool
    keep: int
    cell: Callable[[Row], Cell]
    says: str
    """What it holds, for the reference."""


class Column(NamedTuple):
    """A figure and a cell a row."""

    key: str
    title: str
    right: bool
    keep: int
    cells: list[Cell]


class Grid(NamedTuple):
    """A table: columns, the row of sums if there is one, what stands beneath, and what it is about."""

    columns: list[Column]
    total: list[Cell] | None = None
    notes: Sequence[str] = ()
    caption: str = ""
    """What it is about, where that is to be said."""
    labels: Sequence[tuple[str, str]] = ()
    """The same as columns, for formats in which all tables are one: names, and what they are for this table."""


class WrongColumn(ValueError):
    """There is no column of that name, or none to sort by; the message says which there are."""


def columns(figures: Iterable[Figure[Row]], rows: Sequence[Row]) -> list[Column]:
    """The figures of all rows."""
    return [
        Column(figure.key, figure.title, figure.right, figure.keep, [figure.cell(row) for row in rows])
        for figure in figures
    ]


def chosen(figures: Sequence[Figure[Row]], names: Iterable[str]) -> list[Figure[Row]]:
    """The figures of these names, in their order, each once. Raises WrongColumn."""
    known = {figure.key: figure for figure in figures}
    return [_find(known, name) for name in dict.fromkeys(names)]


def sorter(figures: Sequence[Figure[Row]], name: str) -> Figure[Row]:
    """The figure to sort by. Raises WrongColumn where it is not one of numbers."""
    return _find({figure.key: figure for figure in figures if figure.right}, name, " to sort by")


def _find(known: dict[str, Figure[Row]], name: str, what: str = "") -> Figure[Row]:
    from archspec.diagnostics.nearest import suggestion

    if name in known:
        return known[name]
    hint = suggestion(name, known)
    raise WrongColumn(f"there is no column {name[:40]}{what}; {hint + ' ' if hint else ''}there are {', '.join(known)}")


def largest_first(rows: Sequence[Row], figure: Figure[Row], numbers: Mapping[str, int] = _NO_NUMBERS) -> list[Row]:
    """The rows by a figure, all of the input before any number; those that are neither come last, as they stood.

    Symbolic figures stand as they would with these `numbers` for the sizes, and large ones for all others.
    """

    def order(row: Row) -> tuple[bool, float]:
        raw = figure.cell(row).raw
        if isinstance(raw, str) and (raw.startswith(ALL) or raw.endswith(ALL)):
            return (False, float("-inf"))
        if isinstance(raw, Dim):
            return (False, -evaluate(raw, {**dict.fromkeys(symbols(raw), LARGE), **numbers}))
        return (False, -raw) if isinstance(raw, int | float) else (True, 0)

    return sorted(rows, key=order)
