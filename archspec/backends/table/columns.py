"""Columns of text: as wide as their cells, as many as there is room for. Enters: cells; leaves: lines, nothing ever wrapped."""

from __future__ import annotations

from typing import NamedTuple

from archspec.diagnostics.text import escape
from archspec.diagnostics.text import width as text_width

MAX_CELL = 60
"""The letters of a cell on a terminal."""
MAX_WHOLE = 400
"""The letters of a cell elsewhere: every name is there in full, and no symbolic size fills a page."""


class Column(NamedTuple):
    """A title and a cell a row. Where there is no room, columns with the lowest `keep` go first."""

    title: str
    right: bool
    keep: int
    cells: list[str]


def lines(columns: list[Column], width: int | None, color: bool) -> list[str]:
    """The title, a rule, the rows and a rule. Without a width all columns are there, and all cells in full."""
    if width is not None:
        columns = [column._replace(cells=[clip(cell) for cell in column.cells]) for column in columns]
    columns = _fit(columns, width)
    padded = [_padded(column) for column in columns]
    title, *rows = ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]
    rule = "─" * (sum(text_width(cells[0]) for cells in padded) + 2 * (len(padded) - 1))
    return [f"\x1b[1m{title}\x1b[0m" if color else title, rule, *rows, rule]


def _fit(columns: list[Column], width: int | None) -> list[Column]:
    """As many columns as there is room for."""
    while width is not None and len(columns) > 2:
        needed = sum(max(text_width(cell) for cell in [c.title, *c.cells]) for c in columns) + 2 * (len(columns) - 1)
        if needed <= width:
            break
        least = min(columns, key=lambda column: column.keep)
        columns = [column for column in columns if column is not least]
    return columns


def _padded(column: Column) -> list[str]:
    """The title and the cells, all of one width."""
    cells = [column.title, *column.cells]
    widths = [text_width(cell) for cell in cells]
    most = max(widths)
    if column.right:
        return [" " * (most - width) + cell for cell, width in zip(cells, widths, strict=True)]
    return [cell + " " * (most - width) for cell, width in zip(cells, widths, strict=True)]


def clip(text: str, most: int = MAX_CELL) -> str:
    """A text that is not too long, without characters that a terminal acts on."""
    clean = escape(text[: most + 1])
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def whole(text: str) -> str:
    """A cell as it is where there is no width, without characters that a terminal acts on; `lines` clips it to one."""
    return clip(text, MAX_WHOLE)
