"""Values without keys in braces, `{type: Conv2d, 64, (3, 3)}`, as a call has them.

Enters: such a layer; leaves: what is said of all of them. Imported only where a layer is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.tree import Entry, Mapping, Scalar, clip
from archspec.document.unbraced import split
from archspec.source import Span

_VALUE = re.compile(r"-?[0-9][0-9.e+-]*|\( *-?[0-9]+(?: *, *-?[0-9]+)* *,? *\)|[Tt]rue|[Ff]alse")
_PART = re.compile(r"\(?-?[0-9][0-9.e+-]*\)?|\)|[Tt]rue|[Ff]alse")
"""A value, and what of one stands between two commas."""


def values_alone(node: Mapping, order: Sequence[str]) -> tuple[list[Entry], list[str]]:
    """The keys of a mapping that are values, in one place on a line, and the values; `order` are the fields that they may be."""
    entries = list(node.entries.values())
    places = [i for i, entry in enumerate(entries) if _is_alone(entry) and _PART.fullmatch(entry.key)]
    if not places or places[-1] - places[0] + 1 != len(places):
        return [], []
    found = [entries[place] for place in places]
    values = split(_whole(found).text()) if found[0].key_span.line == found[-1].key_span.end_line else []
    is_whole = 0 < len(values) <= len(order) and all(_VALUE.fullmatch(value) for value in values)
    return (found, values) if is_whole else ([], [])


def as_keys(
    entries: Sequence[Entry], values: Sequence[str], order: Sequence[str], whose: str, layer: str | None
) -> Diagnostic:
    """E0103 for all of them, with the fields that they are, in the order of the op's own arguments."""
    written = ", ".join(f"{key}: {_own(value)}" for key, value in zip(order, values, strict=False))
    span = _whole(entries)
    stands = "stands without a key" if len(values) == 1 else "stand without keys"
    help = f"write {written}"
    message = f"{whose}{clip(span.text(), 40)} {stands}"
    ways = (Fix(help, (Edit(span, written),)),)
    return Diagnostic("E0103", message, span, label="keys are missing", help=help, layer=layer, ways=ways)


def _is_alone(entry: Entry) -> bool:
    return isinstance(entry.value, Scalar) and entry.value.value is None and not entry.value.text


def _whole(entries: Sequence[Entry]) -> Span:
    first, last = entries[0].key_span, entries[-1].key_span
    return Span(first.source, first.line, first.column, last.end_line, last.end_column)


def _own(value: str) -> str:
    """A value as it is written here."""
    return f"[{value[1:-1].strip().rstrip(',')}]" if value.startswith("(") else value.lower()
