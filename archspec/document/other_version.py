"""The key `archspec` misspelt: `Archspec: 1`, `arch-spec: "1"`, `version: 1`. Enters: a document's keys; leaves: the one that was
meant to be it, and what to write. Imported only where the key is not there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from archspec.diagnostics.model import Edit, Fix
from archspec.diagnostics.nearest import find_near
from archspec.document.edits import put
from archspec.document.tree import Entry, Mapping, Scalar

_OWN, _OTHER = "archspec", "version"
_MAX_KEY = 20


class Misspelt(NamedTuple):
    """The key that was meant, and whether nothing else can have been."""

    entry: Entry
    is_only: bool


def misspelt(root: Mapping, known: Collection[str]) -> Misspelt | None:
    """The key that says the version by another name. `version` does where it has this language's."""
    for key, entry in root.entries.items():
        near = find_near(key, (_OWN,)) if key not in known and len(key) <= _MAX_KEY else None
        if near is not None:
            return Misspelt(entry, near.is_only)
    other = root.entries.get(_OTHER)
    return Misspelt(other, False) if other is not None and _text(other) in ("1", "1.0") else None


def ways(found: Misspelt, version: int) -> tuple[Fix, ...]:
    """The key by its name, with the version where another value stands, which is no more than a guess then."""
    value = found.entry.value
    edits = [put(found.entry.key_span, _OWN)]
    if not isinstance(value, Scalar) or value.span.line != value.span.end_line:
        return ()
    is_right = type(value.value) is int and value.value == version
    edits += [] if is_right else [Edit(value.span, f"{version}" if value.text else f" {version}")]
    is_safe = found.is_only and _text(found.entry) in (f"{version}", f"{version}.0")
    return (Fix(f"write {_OWN}: {version}", tuple(edits), is_safe),)


def _text(entry: Entry) -> str:
    return entry.value.text.strip() if isinstance(entry.value, Scalar) else ""
