"""Columns of text: as wide as their cells, as many as there is room for. Enters: columns; leaves: lines, nothing ever wrapped."""

from __future__ import annotations

from archspec.backends.table.grid import Column
from archspec.diagnostics.text import escape
from archspec.diagnostics.text import width as text_width

MAX_CELL = 60
"""The letters of a cell on a terminal."""
MAX_NAME = 400
"""The letters of what a stranger names, elsewhere; names of the language are shorter."""
MAX_PADDED = 400
"""The width that a column is filled up to; a longer cell stands out of it, whole, so that no other row grows with it."""


def lines(columns: list[Column], width: int | None, color: bool, has_all: bool = False) -> list[str]:
    """The title, a rule, the rows and a rule. Without a width all columns are there, and all cells in full.

    `has_all`: all columns are there in any case, since they were asked for.
    """
    shown = [(column, _padded(column, width is not None)) for column in columns]
    while width is not None and len(shown) > 2 and not has_all and _needed(shown) > width:
        shown.remove(min(shown, key=lambda one: one[0].keep))
    title, *rows = ["  ".join(cells).rstrip() for cells in zip(*(cells for _, cells in shown), strict=True)]
    rule = "─" * _needed(shown)
    return [f"\x1b[1m{title}\x1b[0m" if color else title, rule, *rows, rule]


def _needed(shown: list[tuple[Column, list[str]]]) -> int:
    """The width of padded columns beside each other."""
    return sum(text_width(cells[0]) for _, cells in shown) + 2 * (len(shown) - 1)


def _padded(column: Column, is_clipped: bool) -> list[str]:
    """The title and the cells, all of one width but those that are longer than `MAX_PADDED`."""
    cells = [column.title, *(clip(cell.text) if is_clipped else escape(cell.text) for cell in column.cells)]
    widths = [text_width(cell) for cell in cells]
    most = min(max(widths), MAX_PADDED)
    if column.right:
        return [" " * (most - width) + cell for cell, width in zip(cells, widths, strict=True)]
    return [cell + " " * (most - width) for cell, width in zip(cells, widths, strict=True)]


def clip(text: str, most: int = MAX_CELL) -> str:
    """A text that is not too long, without characters that a terminal acts on."""
    clean = escape(text[: most + 1])
    return clean if len(clean) <= most else clean[: most - 1] + "…"
