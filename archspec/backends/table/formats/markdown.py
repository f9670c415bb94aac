"""Tables for Markdown: pipes, as GitHub reads them. Enters: grids; leaves: a text, in which nothing but the table is markup.

https://github.github.com/gfm/#tables-extension-
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.backends.table.grid import Cell, Grid
from archspec.diagnostics.text import escape as without_controls

ENDING = "md"
_SPECIAL = re.compile(
    r"""[\\`*\[\]<>#|~$&@]                           # code, emphasis, links, tags, headings, cells, formulas, who is mentioned
    | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])          # within a word it is no emphasis
    | :(?=//) | (?<=[Ww]{3})\. | :(?=[\w+-]+:)      # https://, www., :smile:""",
    re.VERBOSE,
)


def write(grids: Sequence[Grid]) -> str:
    """A table each, with a heading where it has a caption and its sums beneath."""
    return "\n".join(_table(grid) for grid in grids)


def _table(grid: Grid) -> str:
    lines = [f"### {escape(grid.caption)}", ""] if grid.caption.strip() else []
    lines.append(_row([escape(column.title) for column in grid.columns]))
    lines.append(_row(["---:" if column.right else "---" for column in grid.columns]))
    lines += [_row([_cell(cell) for cell in cells]) for cells in zip(*(c.cells for c in grid.columns), strict=True)]
    if grid.total is not None:
        lines.append(_row([f"**{text}**" if (text := _cell(cell)) else "" for cell in grid.total]))
    if grid.notes:
        lines += ["", *(f"- {escape(note)}" for note in grid.notes)]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    """A cell; what is further in by spaces stays so."""
    text = cell.text.lstrip(" ")
    return "&nbsp;" * (len(cell.text) - len(text)) + escape(text)


def escape(text: str) -> str:
    """A text that Markdown shows as it is, on GitHub, too.

    Entities are never markup (CommonMark 0.31, 6.2), nor the pipes of a table. An invisible joiner after an @ keeps who is named
    there from being told, and an address from becoming a link.
    """
    return _SPECIAL.sub(
        lambda found: f"&#{ord(found[0])};{'&#8288;' if found[0] == '@' else ''}", without_controls(text)
    )
