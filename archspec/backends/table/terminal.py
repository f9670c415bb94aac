"""The layer table for people: a line a layer, the totals beneath. Enters: facts; leaves: text of a given width.

A narrow terminal drops columns, least needed first; nothing is ever wrapped. Without a width (piped output) all columns are
there in full, and so they are where they were chosen. Unknown is `?`.
"""

from __future__ import annotations

from archspec.backends.table.layers import Options, grid
from archspec.backends.table.text import lines
from archspec.backends.table.totals import lines as totals
from archspec.facts.model import Facts

__all__ = ["Options", "table"]


def table(facts: Facts, options: Options) -> str:
    """The table and the totals. Raises WrongColumn."""
    rows = lines(grid(facts, options).columns, options.width, options.color, has_all=options.columns is not None)
    return "\n".join([*rows, *totals(facts, options.batch, options.width is not None)]) + "\n"
