"""Formats of a table for other programs: a file each, with the format's name. The folder is the list.

Its docstring begins with a sentence for the reference. `write(grids)` gives the text, and `escape` is the one place that escapes.
`IS_RAW = True` says that a format is for programs: each layer by its whole path, figures as they are, no sums. `ENDING` is what
its files end with, where that is not its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from archspec.folder import modules_in

if TYPE_CHECKING:
    from archspec.backends.table.grid import Grid


def names() -> tuple[str, ...]:
    """The names of all formats, sorted."""
    return modules_in(__path__[0])


def find(name: str) -> ModuleType:
    """The file of a format."""
    return import_module(f"{__name__}.{name}")


def is_raw(name: str) -> bool:
    """Whether a format is for programs."""
    return getattr(find(name), "IS_RAW", False)


def write(name: str, grids: Sequence[Grid]) -> str:
    """The tables in a format."""
    written: str = find(name).write(grids)
    return written
