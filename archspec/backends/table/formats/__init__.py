"""Formats of a table for other programs, a file each: `write(grids)` gives the text, `escape` is the one place that escapes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from archspec.backends.table.grid import Grid

FILES = {"markdown": "markdown", "csv": "comma", "latex": "latex", "html": "html"}
"""By name: the module that writes it."""


def write(name: str, grids: Sequence[Grid]) -> str:
    """The tables in a format."""
    written: str = import_module(f"{__name__}.{FILES[name]}").write(grids)
    return written
