"""Tables for pages and mails: HTML. Enters: grids; leaves: a `<table>` each that needs no style sheet and has a class for one.

Everything that comes from a spec is text: no tag, no attribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as escape_html

from archspec.backends.table.grid import Cell, Column, Grid
from archspec.diagnostics.text import escape as without_controls

_STYLE = (
    "border-collapse: collapse; border-top: 1px solid; border-bottom: 1px solid; white-space: nowrap; "
    "font-variant-numeric: tabular-nums"
)
_RULE = "border-top: 1px solid"


def write(grids: Sequence[Grid]) -> str:
    """A table each, with its caption, and its sums in its foot."""
    return "\n".join(_table(grid) for grid in grids)


def _table(grid: Grid) -> str:
    caption = f"<caption>{escape(grid.caption)}</caption>\n" if grid.caption else ""
    titles = "".join(f'<th scope="col"{_side(column)}>{escape(column.title)}</th>' for column in grid.columns)
    rows = [_row(grid.columns, cells) for cells in zip(*(column.cells for column in grid.columns), strict=True)]
    foot = [] if grid.total is None else [_row(grid.columns, grid.total)]
    foot += [
        f'<tr><td colspan="{len(grid.columns)}" style="padding: 2px 8px">{escape(note)}</td></tr>'
        for note in grid.notes
    ]
    if foot:
        foot = [f'<tfoot style="{_RULE}">', *foot, "</tfoot>"]
    return (
        f'<table class="archspec" style="{_STYLE}">\n{caption}<thead>\n<tr>{titles}</tr>\n</thead>\n'
        + "\n".join([f'<tbody style="{_RULE}">', *rows, "</tbody>", *foot, "</table>"])
        + "\n"
    )


def _row(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    return (
        f"<tr>{''.join(f'<td{_side(one)}>{_cell(cell)}</td>' for one, cell in zip(columns, cells, strict=True))}</tr>"
    )


def _side(column: Column) -> str:
    """The style of a cell: numbers stand at the right."""
    return f' style="padding: 2px 8px; text-align: {"right" if column.right else "left"}"'


def _cell(cell: Cell) -> str:
    """A cell; what is further in by spaces stays so."""
    text = cell.text.lstrip(" ")
    return "&nbsp;" * (len(cell.text) - len(text)) * 2 + escape(text)


def escape(text: str) -> str:
    """A text that a page shows as it is, whatever the page's encoding."""
    return escape_html(without_controls(text)).encode("ascii", "xmlcharrefreplace").decode()
