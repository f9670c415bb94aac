"""Tables for spreadsheets and programs: CSV (RFC 4180). Enters: grids with the same columns; leaves: one table under one header.

Figures are raw: no separators, no units; what is not known is empty. Sums are left out, so that no column holds anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.table.grid import Grid, Raw
from archspec.diagnostics.text import escape as without_controls

IS_RAW = True
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet takes for a formula, and runs (https://owasp.org/www-community/attacks/CSV_Injection)."""


def write(grids: Sequence[Grid]) -> str:
    """All rows of all grids; the labels of a grid are its first columns."""
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows(grids))
    return text.getvalue()


def rows(grids: Sequence[Grid]) -> Iterator[list[str | int | float]]:
    """The header, and a row a layer; no cell has a control character."""
    if not grids:
        return
    yield [*(name for name, _ in grids[0].labels), *(column.key for column in grids[0].columns)]
    for grid in grids:
        labels = [escape(label) for _, label in grid.labels]
        for cells in zip(*(column.cells for column in grid.columns), strict=True):
            yield [*labels, *(escape(cell.raw) for cell in cells)]


def escape(value: Raw) -> str | int | float:
    """A value that a spreadsheet shows and does not run: a text that looks like a formula has a ' in front, as is usual there."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = without_controls(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
