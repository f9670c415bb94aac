"""What `check` finds, printed: a file each, with the format's name. The folder is the list, beside that of the tables.

Its docstring begins with a sentence for the reference. `show(outcomes, options)` prints on standard output what became of each
spec. `IS_RAW = True` says that a format is for programs, and has each layer of a long repeat, as long as they can be listed;
`TELLS_FIXES = True` that it tells which fixes there are: for the others none is tried on warnings.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from archspec.backends.table import formats as tables
from archspec.folder import modules_in

TEXT = "text"


def reports() -> tuple[str, ...]:
    """The names of the formats that stand here, sorted."""
    return modules_in(__path__[0])


def pasted() -> tuple[str, ...]:
    """The formats that are tables, whose columns can be chosen."""
    return (TEXT, *tables.names())


def names() -> tuple[str, ...]:
    """All formats: the one for people, tables for other programs, reports for programs."""
    return (*pasted(), *(name for name in reports() if name != TEXT))


def find(name: str) -> ModuleType:
    """The file of a format."""
    return import_module(f"{__name__}.{name}") if name in reports() else tables.find(name)


def is_raw(name: str) -> bool:
    """Whether a format is for programs, and lists each layer."""
    return getattr(find(name), "IS_RAW", False)


def tells_fixes(name: str) -> bool:
    """Whether a format tells which fixes there are."""
    return getattr(find(name), "TELLS_FIXES", False)


def called(name: str) -> str:
    """The format of this name, or the table's whose files end so."""
    endings = {} if name in names() else {getattr(tables.find(each), "ENDING", each): each for each in tables.names()}
    return endings.get(name, name)
