"""Tables for shells and spreadsheets' clipboards: TSV (https://www.iana.org/assignments/media-types/text/tab-separated-values).
Enters: grids with the same columns; leaves: the table of `csv`, a line a row, with tabs between the cells and no quotes.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.backends.table.formats import csv
from archspec.backends.table.grid import Grid

IS_RAW = True


def write(grids: Sequence[Grid]) -> str:
    """All rows of all grids; the labels of a grid are its first columns."""
    return "".join("\t".join(map(str, row)) + "\n" for row in csv.rows(grids))
