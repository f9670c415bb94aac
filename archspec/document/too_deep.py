"""A layer that stands in the column of another one's keys. Enters: the layer that has it for a key; leaves: what moves it.

Imported only for unknown keys.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import is_flow, last_value
from archspec.document.tree import Entry, Mapping, Scalar
from archspec.ops import registry
from archspec.source import Span

_NAME = re.compile(r"(?P<before> *)(?P<name>[\w.]+): *(?:#.*)?")


def as_a_layer(owner: Mapping, key: str) -> Fix | None:
    """Moves an entry, and those like it below, to the column of the layer's own name; None where it is no layer, or keys of the
    layer come below it."""
    entries = list(owner.entries.values())
    moved = entries[[entry.key for entry in entries].index(key) :]
    if is_flow(owner) or not all(map(_is_layer, moved)):
        return None
    source, first, column = owner.span.source, entries[0].key_span.line, entries[0].key_span.column
    above = _NAME.fullmatch(source.lines[first - 2]) if first > 1 else None
    if above is None or len(above["before"]) >= column - 1:
        return None
    start, end = len(above["before"]) + 1, column
    last = last_value(moved[-1].value).span.end_line
    lines = range(moved[0].key_span.line, last + 1)
    edits = tuple(Edit(Span(source, line, start, line, end), "") for line in lines if source.lines[line - 1].strip())
    return Fix(f"write {key} in the column of {above['name']}: it is a layer of its own", edits, is_safe=True)


def _is_layer(entry: Entry) -> bool:
    """Whether it can be read as a layer alone: an op under a name, or what has a type."""
    value = entry.value
    if isinstance(value, Mapping):
        return "type" in value.entries
    return isinstance(value, Scalar) and isinstance(value.value, str) and registry.find(value.value) is not None
