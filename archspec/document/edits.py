"""Edits of a spec's text, by its located tree. Enters: a mapping or a place in it; leaves: `Fix`es."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics.model import Fix
from archspec.document.tree import Entry, Mapping, Node, Scalar
from archspec.document.tree import Sequence as Sequence_
from archspec.source import Source, Span


def apply(source: Source, edits: Sequence[Fix]) -> str:
    """The text with the edits made; they do not overlap."""
    text = source.text
    for span, replacement in sorted(edits, key=lambda edit: (edit.span.line, edit.span.column), reverse=True):
        start, end = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
        text = text[:start] + replacement + text[end:]
    return text


def is_flow(mapping: Mapping) -> bool:
    """Whether a mapping is written in braces."""
    return mapping.span.start().text().startswith("{")


def with_key(mapping: Mapping, key: str, value: str) -> Fix | None:
    """The edit that adds a key after the first whose value is on one line; None where there is none."""
    entry = next((entry for entry in mapping.entries.values() if _is_short(entry)), None)
    if entry is None:
        return None
    is_json = entry.key_span.text().startswith('"')
    written = f'"{key}": {value}' if is_json else f"{key}: {value}"
    apart = ", " if is_flow(mapping) else "\n" + " " * (entry.key_span.column - 1)
    return Fix(after(entry.value.span), apart + written)


def without_key(mapping: Mapping, key: str) -> Fix | None:
    """The edit that takes a key out; None where it is the only one, or not on one line."""
    entries = list(mapping.entries.values())
    index = next((i for i, entry in enumerate(entries) if entry.key == key), None)
    if index is None or len(entries) == 1 or not _is_short(entries[index]):
        return None
    if index + 1 < len(entries):
        return Fix(_between(entries[index].key_span, entries[index + 1].key_span), "")
    before, last = entries[index - 1].value.span, entries[index].value.span
    return Fix(Span(last.source, before.end_line, before.end_column, last.end_line, last.end_column), "")


def renamed(entry: Entry, key: str, value: str | None = None) -> tuple[Fix, ...]:
    """The edits that call a key something else, and give it another value."""
    quote = entry.key_span.text()[:1]
    own = f"{quote}{key}{quote}" if quote in ('"', "'") else key
    return (Fix(entry.key_span, own), *([Fix(entry.value.span, value)] if value is not None else []))


def put(span: Span, text: str) -> Fix:
    """The edit that writes another name, or value, in place of one, in its quotes if it has some."""
    quote = span.text()[:1]
    is_quoted = quote in ('"', "'") and not text.startswith(('"', "[", "{"))
    return Fix(span, f"{quote}{text}{quote}" if is_quoted else text)


def after(span: Span) -> Span:
    """The empty place at the end of a span."""
    return Span(span.source, span.end_line, span.end_column, span.end_line, span.end_column)


def at(span: Span) -> Span:
    """The empty place at the beginning of a span."""
    return Span(span.source, span.line, span.column, span.line, span.column)


def _between(first: Span, next: Span) -> Span:
    return Span(first.source, first.line, first.column, next.line, next.column)


def _is_short(entry: Entry) -> bool:
    """Whether a key and its value are on one line, so that the value's span ends where the value does."""
    span = entry.value.span
    is_plain = isinstance(entry.value, Scalar) and entry.value.value is not None
    return entry.key_span.line == span.line == span.end_line and (is_plain or span.text()[-1:] in ("]", "}"))


def layer_before(name: Span, whole: Span, mapping: Mapping | None, layer: str, keys: str) -> list[tuple[Fix, ...]]:
    """The ways to put a layer `layer: {keys}` before the one written at `name`, which then reads it; one for each style.

    `whole` is where the layer's value stands, which in a list is where its name does.
    """
    if name.start()[1:3] == whole[1:3]:
        return [] if mapping is not None and "from" in mapping.entries else _item_before(whole, keys)
    source = mapping.get("from") if mapping is not None else None
    quote = '"' if name.text().startswith('"') else ""
    indent = name.source.lines[name.line - 1][: name.column - 1]
    is_alone = not indent.strip()
    more: tuple[Fix, ...] = ()
    if source is not None:
        if not isinstance(source, Scalar) or not isinstance(source.value, str):
            return []
        keys = f"{keys}, from: {source.text}" if ":" in keys else f"type: {keys}, from: {source.text}"
        more = (Fix(source.span, layer),)
    value = f"{{{keys}}}" if ":" in keys else f"{quote}{keys}{quote}"
    written = f"{quote}{layer}{quote}: {value}"
    ends = ["\n" + indent, ",\n" + indent] if is_alone else [", "]
    return [(Fix(at(name), written + end), *more) for end in (ends[::-1] if quote else ends)]


def _item_before(whole: Span, keys: str) -> list[tuple[Fix, ...]]:
    indent = whole.source.lines[whole.line - 1][: whole.column - 1]
    value = f"{{{keys}}}" if ":" in keys else keys
    is_block = indent.strip() == "-"
    return [(Fix(at(whole), value + ("\n" + indent if is_block else ", ")),)]


def mapping_of(root: Node, value: Span) -> Mapping | None:
    """The mapping one of whose values stands at a place."""
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence_):
            waiting += node.items
        elif isinstance(node, Mapping):
            for entry in node.entries.values():
                if entry.value.span == value:
                    return node
                waiting.append(entry.value)
    return None
