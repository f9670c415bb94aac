"""Finds op classes by their names. Enters: a name; leaves: a class, or None.

The families (`conv.py`, `pool.py`, …) are read as text for their `class X(` lines, so that a process imports, and pays
for, only the families that its spec uses. A class is an op when it is public, derives from `Op` and says what its outputs are.
"""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import import_module

from archspec.ops.base import Op

_CLASS = re.compile(rb"\nclass ([A-Z]\w*)\(")
"""`\\n` for `^`, whose lines are tried one by one: all files are read at each start, seven times as fast so."""
_INFRASTRUCTURE = frozenset(
    {
        "__init__",
        "axes",
        "base",
        "between",
        "emission",
        "external",
        "fields",
        "functional",
        "input",
        "interpolation",
        "intervals",
        "reach",
        "reading",
        "registry",
        "window",
    }
)


@cache
def _families() -> dict[str, str]:
    """Class names and the module each stands in."""
    found: dict[str, str] = {}
    folder = os.path.dirname(__file__)
    for entry in sorted(os.listdir(folder)):
        family, _, ending = entry.rpartition(".")
        if ending == "py" and family not in _INFRASTRUCTURE:
            with open(os.path.join(folder, entry), "rb", buffering=0) as file:
                found.update((name.decode(), family) for name in _CLASS.findall(file.read()))
    return found


def find(name: str) -> type[Op] | None:
    """The op of this name, or None."""
    family = _families().get(name)
    return _load(family, name) if family is not None else None


@cache  # of the names that there are: those that users invent have no end
def _load(family: str, name: str) -> type[Op] | None:
    found = getattr(import_module(f"archspec.ops.{family}"), name, None)
    return found if isinstance(found, type) and issubclass(found, Op) and found.outputs is not Op.outputs else None


def names() -> list[str]:
    """The names of all ops, sorted. Imports every family."""
    return list(_names())


@cache
def _names() -> tuple[str, ...]:
    return tuple(name for name in sorted(_families()) if find(name) is not None)


def family(name: str) -> str:
    """The family an op belongs to: the name of its file."""
    return _families()[name]
