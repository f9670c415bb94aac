"""Formats of a table for other programs, a file each: `write(grids)` gives the text, `escape` is the one place that escapes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.backends.table.grid import Grid

FILES = {"markdown": "markdown", "csv": "comma", "tsv": "tabs", "latex": "latex", "html": "html"}
"""By name: the module that writes it. The commands and the tests take their lists from here."""
RAW = ("csv", "tsv")
"""Those for programs: each layer by its whole path, figures as they are, no sums."""


def write(name: str, grids: Sequence[Grid]) -> str:
    """The tables in a format."""
    written: str = import_module(f"{__name__}.{FILES[name]}").write(grids)
    return written
