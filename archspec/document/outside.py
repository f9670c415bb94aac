"""Layers, and keys of layers, that stand beside `layers:` instead of under it. Enters: a key that is none of a document's;
leaves: what is said of it, with the indentation that is missing. Imported only where such a key is.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence as Entries
from itertools import takewhile

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import at, is_flow, last_value
from archspec.document.tree import Entry, Mapping, Node, Scalar, Sequence, clip
from archspec.ops import registry
from archspec.source import Span
from archspec.words import counted

MAX_LINES = 100
"""Lines that one change moves to the right."""


def outside(
    root: Mapping, entries: Entries[Entry], place: int, known: Collection[str]
) -> tuple[Diagnostic, frozenset[str]] | None:
    """What is said of a key that is none of the document's (`known` are those), and the keys it is said of; None where it seems
    to belong to no layer. `entries` are the document's, and `place` is that of the key among them."""
    layers, entry = root.entries.get("layers"), entries[place]
    if layers is None:
        return None
    below = list(takewhile(lambda other: other.key not in known, entries[place : place + MAX_LINES + 1]))
    if is_nothing(layers.value) and not is_flow(root) and place > 0 and entries[place - 1] is layers:
        return _all_layers(below) if _is_layer(entry.value) else None
    if isinstance(layers.value, Sequence):
        return _keys_of_the_last(layers.value, below)
    told = _layer(layers.value, entry)
    return (told, frozenset((entry.key,))) if told is not None else None


def _all_layers(found: list[Entry]) -> tuple[Diagnostic, frozenset[str]] | None:
    """E0109 for layers that stand in the column of `layers:`."""
    first, last = found[0].key_span, last_value(found[-1].value).span
    if last.end_line - first.line >= MAX_LINES:
        return None
    more = len(found) - 1
    said = f"indent {'them' if more else 'it'} by 2"
    names = (
        f"{clip(found[0].key)} and {counted(more, 'key')} below it stand" if more else f"{clip(found[0].key)} stands"
    )
    ways = (Fix(said, _indented(first, last, 2), is_safe=True),)
    message = f"layers has nothing in it, and {names} beside it"
    told = Diagnostic("E0109", message, first, help=said, label="not under layers", ways=ways)
    return told, frozenset(other.key for other in found)


def _keys_of_the_last(layers: Sequence, below: list[Entry]) -> tuple[Diagnostic, frozenset[str]] | None:
    """E0103 for keys of a list's last layer that stand among the document's."""
    item = layers.items[-1] if layers.items else None
    if not isinstance(item, Mapping) or is_flow(item) or not item.entries:
        return None
    kind, first = item.get("type"), next(iter(item.entries.values()))
    op = registry.find(kind.value) if isinstance(kind, Scalar) and isinstance(kind.value, str) else None
    fields = op.model_fields.keys() - item.entries.keys() if op is not None else set()
    found = list(takewhile(lambda other: other.key in fields, below))
    if op is None or not found or found[0].key_span.line < first.key_span.line:
        return None
    start, last = found[0].key_span, last_value(found[-1].value).span
    depth = first.key_span.column - start.column
    if depth <= 0 or last.end_line - start.line >= MAX_LINES:
        return None
    said = f"indent {'them' if len(found) > 1 else 'it'} by {depth}, like {clip(first.key, 40)}"
    ways = (Fix(said, _indented(start, last, depth), is_safe_alone=True),)
    message = f"{clip(found[0].key)} stands beside layers, and is a key of {op.__name__}"
    told = Diagnostic("E0103", message, start, help=said, label="not in the layer", ways=ways)
    return told, frozenset(other.key for other in found)


def _indented(first: Span, last: Span, depth: int) -> tuple[Edit, ...]:
    """The edits that move lines to the right."""
    source = first.source
    lines = [number for number in range(first.line, last.end_line + 1) if source.lines[number - 1].strip()]
    return tuple(Edit(at(Span(source, number, 1, number, 1)), " " * depth) for number in lines)


def _layer(layers: Node, entry: Entry) -> Diagnostic | None:
    """E0103 for a layer among the document's keys; None where it seems to be none."""
    if not isinstance(layers, Mapping) or not layers.entries or is_flow(layers) or not _is_layer(entry.value):
        return None
    first = next(iter(layers.entries.values()))
    depth = first.key_span.column - entry.key_span.column
    start, end = entry.key_span, last_value(entry.value).span
    if depth <= 0 or start.line < first.key_span.line or end.end_line - start.line >= MAX_LINES:
        return None
    said = f"indent it by {first.key_span.column - 1}, like {clip(first.key, 40)}"
    return Diagnostic("E0103", f"{clip(entry.key)} stands beside layers, and is a layer", start, help=said,
                      label="not under layers", ways=(Fix(said, _indented(start, end, depth)),))  # fmt: skip


def is_nothing(node: Node) -> bool:
    """Whether nothing is written where a value could be."""
    return isinstance(node, Scalar) and node.value is None and not node.text


def _is_layer(node: Node) -> bool:
    kind = node.get("type") if isinstance(node, Mapping) else node
    return isinstance(kind, Scalar) and isinstance(kind.value, str) and registry.find(kind.value) is not None
