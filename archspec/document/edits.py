"""Edits of a spec's text, by its located tree. Enters: a mapping or a place in it; leaves: `Edit`es."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import islice

from archspec.diagnostics.model import Edit, Fix
from archspec.document.kept import without_comma, without_lines
from archspec.document.tree import Entry, HasInvalid, Mapping, Node, Scalar, clip, parts, plain, values_of
from archspec.document.tree import Sequence as Sequence_
from archspec.source import Span, written


def is_flow(mapping: Mapping) -> bool:
    """Whether a mapping is written in braces."""
    return mapping.span.start().text().startswith("{")


def last_value(node: Node) -> Node:
    """What a value ends with: of a mapping of lines its last value, since YAML counts what stands below as its own."""
    while isinstance(node, Mapping) and node.entries and not is_flow(node):
        node = list(node.entries.values())[-1].value
    return node


def with_key(mapping: Mapping, key: str, value: str) -> Edit | None:
    """The edit that adds a key after the first whose value is on one line, or before all where there is none such; None where
    there are no keys."""
    entries = list(mapping.entries.values())
    if not entries:
        return None
    entry = next((entry for entry in entries if _is_short(entry)), None)
    is_json = entries[0].key_span.text().startswith('"')
    text = f'"{key}": {value}' if is_json else f"{key}: {value}"
    apart = ", " if is_flow(mapping) else "\n" + " " * (entries[0].key_span.column - 1)
    return Edit(at(entries[0].key_span), text + apart) if entry is None else Edit(after(entry.value.span), apart + text)


def without_key(mapping: Mapping, key: str) -> Edit | None:
    """The edit that takes a key out, whose comments stay; None where it is the only one, or not on one line."""
    entries = list(mapping.entries.values())
    index = next((i for i, entry in enumerate(entries) if entry.key == key), None)
    if index is None or len(entries) == 1 or not _is_short(entries[index]):
        return None
    entry, source = entries[index], entries[index].key_span.source
    before = entry.key_span.before()
    if not is_flow(mapping) and not before.strip():
        return without_lines(source, entry.key_span.line, entry.key_span.line)
    if index + 1 < len(entries):
        span = entry.key_span.until(entries[index + 1].key_span)
        left = without_comma(_text(after(entry.value.span).to(span)))
        apart = "" if not before or before[-1].isspace() else " "
        return Edit(span, f"{apart}{left.lstrip()}" if left.strip() else "")
    return _without_last(entries[index - 1].value.span, entry, before) if is_flow(mapping) else None


def without_keys(mapping: Mapping, keys: Collection[str]) -> tuple[Edit, ...]:
    """The edits that take several keys out; none where one cannot be, as in `without_key`."""
    entries = list(mapping.entries.values())
    kept = max((i for i, entry in enumerate(entries) if entry.key not in keys), default=-1)
    tail = entries[kept + 1 :]
    edits = [without_key(mapping, entry.key) for entry in entries[: kept + 1] if entry.key in keys]
    if len(tail) > 1 and is_flow(mapping):  # each of which would take the comma before it
        span = after(entries[kept].value.span).to(tail[-1].value.span)
        is_plain = kept >= 0 and all(map(_is_short, tail)) and "#" not in written(span)
        edits.append(Edit(span, "") if is_plain else None)
    else:
        edits += [without_key(mapping, entry.key) for entry in tail]
    return () if None in edits else tuple(edit for edit in edits if edit is not None)


def _without_last(above: Span, entry: Entry, before: str) -> Edit:
    """The edit that takes the last key of several in braces out, behind the value above it."""
    last = entry.value.span
    left = _text(after(above).until(entry.key_span))
    if not left.replace(",", "").strip():
        return Edit(after(above).to(last), "")
    line = last.source.lines[last.end_line - 1]
    rest = line[last.end_column - 1 :]
    is_comma_below = rest.lstrip().startswith(",")
    if is_comma_below:
        rest = rest.lstrip()[1:]
    left = left if is_comma_below else without_comma(left)
    indent = before if not before.strip() else ""
    end = Span(last.source, last.end_line, len(line) - len(rest.lstrip()) + 1, last.end_line, 0)
    return Edit(after(above).until(end), left.rstrip() + (f"\n{indent}" if rest.strip() else ""))


def without_value(holder: Mapping | Sequence_, value: Span) -> tuple[Edit, ...] | None:
    """The edits that take the entry out whose value stands at a place of a holder; None where `without_entries` has none."""
    return without_entries(holder, [[item.span for item in values_of(holder)].index(value)])


def without_entries(holder: Mapping | Sequence_, places: Sequence[int]) -> tuple[Edit, ...] | None:
    """The edits that take some entries out, with their lines, whose comments stay. None where one takes several lines, or shares
    its own with what stays, and where none would be left."""
    count = len(holder.entries) if isinstance(holder, Mapping) else len(holder.items)
    found = [_without_line(holder, place) for place in places]
    if len(places) == count or any(edit is None for edit in found):
        return None
    return tuple(edit for edit in found if edit is not None)


def _without_line(holder: Mapping | Sequence_, place: int) -> Edit | None:
    if isinstance(holder, Mapping):
        entry = list(holder.entries.values())[place]
        first, value = entry.key_span, entry.value
    else:
        value = holder.items[place]
        first = value.span
    source, span = first.source, value.span
    if not _is_short(Entry("", first, value)):
        return None
    before, rest = first.before(), source.lines[first.line - 1][span.end_column - 1 :]
    own = "" if isinstance(holder, Mapping) else "-"
    is_alone = before.strip() == own and not without_comma(rest).partition("#")[0].strip()
    return without_lines(source, first.line, first.line) if is_alone and len(source.lines) > 1 else None


def is_same(first: Entry, again: Entry) -> bool:
    """Whether two keys have one value; 1 is not true."""
    try:
        return repr(plain(first.value)) == repr(plain(again.value))
    except HasInvalid:
        return False


def without_copy(first: Entry, again: Entry) -> tuple[Fix, ...]:
    """The text without a key that is written again with the value that it has; none where the values differ, or are long."""
    if not is_same(first, again) or not _is_short(again):
        return ()
    start, end, source = again.key_span, again.value.span, again.key_span.source
    line = source.lines[start.line - 1]
    before, rest = line[: start.column - 1], line[end.end_column - 1 :]
    comma = re.search(r",\s*$", before)
    if not before.strip() and not rest.strip() and start.line > 1:
        above = len(source.lines[start.line - 2]) + 1
        span = Span(source, start.line - 1, above, start.line, len(line) + 1)
    elif comma is not None:
        span = Span(source, start.line, comma.start() + 1, end.end_line, end.end_column)
    else:
        return ()
    return (Fix(f"take the second {clip(again.key, 40)} out, which says the same", (Edit(span, ""),), is_safe=True),)


def renamed(entry: Entry, key: str, value: str | None = None) -> tuple[Edit, ...]:
    """The edits that call a key something else, and give it another value."""
    quote = entry.key_span.text()[:1]
    own = f"{quote}{key}{quote}" if quote in ('"', "'") else key
    return (Edit(entry.key_span, own), *([Edit(entry.value.span, value)] if value is not None else []))


def beside(entry: Entry, key: str, value: str) -> tuple[Edit, ...]:
    """The edits that make a key over the lines of its mapping `key: value` above them, so that all stand in one column; none
    where the mapping is written otherwise."""
    first, source = entry.key_span, entry.key_span.source
    inner = list(entry.value.entries.values()) if isinstance(entry.value, Mapping) else []
    rest = source.lines[first.line - 1][first.end_column - 1 :]
    is_below = bool(inner) and inner[0].key_span.line > first.line and rest.startswith(":")
    if not is_below or (isinstance(entry.value, Mapping) and is_flow(entry.value)):
        return ()
    depth = inner[0].key_span.column - first.column
    edits = [
        *renamed(entry, key),
        Edit(Span(source, first.line, first.end_column + 1, first.line, first.end_column + 1), f" {value}"),
    ]
    for number in range(first.line + 1, last_value(entry.value).span.end_line + 1):
        line = source.lines[number - 1]
        column = min(depth, len(line) - len(line.lstrip(" "))) + 1
        edits.append(Edit(Span(source, number, 1, number, column), ""))
    return tuple(edits)


def below_layers(first: Span, last: Span, column: int) -> tuple[Edit, ...]:
    """The edits that put lines below a `layers:` in a column, which is theirs or further to the right; blank ones stay empty."""
    source, further = first.source, " " * (column - first.column)
    lines = [number for number in range(first.line + 1, last.end_line + 1) if source.lines[number - 1].strip()]
    key = Edit(at(first), f"{further}layers:\n{' ' * (column + 1)}")
    return key, *(Edit(Span(source, number, 1, number, 1), f"{further}  ") for number in lines)


def put(span: Span, text: str) -> Edit:
    """The edit that writes another name, or value, in place of one, in its quotes if it has some."""
    quote = span.text()[:1]
    is_quoted = quote in ('"', "'") and not text.startswith(('"', "[", "{"))
    return Edit(span, f"{quote}{text}{quote}" if is_quoted else text)


def after(span: Span) -> Span:
    """The empty place at the end of a span."""
    return Span(span.source, span.end_line, span.end_column, span.end_line, span.end_column)


def at(span: Span) -> Span:
    """The empty place at the beginning of a span."""
    return Span(span.source, span.line, span.column, span.line, span.column)


def dash_before(item: Span) -> Span | None:
    """From the dash of an item of a list to the item; None where its line begins with anything else."""
    before = item.before()
    return (
        Span(item.source, item.line, before.index("-") + 1, item.line, item.column) if before.strip() == "-" else None
    )


def between_layers(layers: Mapping | Sequence_ | None, name: Span) -> str:
    """What stands between a layer that begins at a place and the next: a line of its own where it has one, and a comma in braces
    and brackets. None are those of another text, which are taken for lines."""
    if name.before().strip() and dash_before(name) is None:
        return ", "
    comma = "," if layers is not None and layers.span.start().text()[:1] in ("{", "[") else ""
    return f"{comma}\n{name.before()}"


def between_items(item: Span) -> str:
    """What stands between an item of a list and the next: a line and a dash, or a comma in brackets."""
    return ", " if dash_before(item) is None else f"\n{item.before()}"


def _text(span: Span) -> str:
    """The characters of a span, with line breaks as edits have them."""
    return re.sub("\r\n?", "\n", written(span))


def _is_short(entry: Entry) -> bool:
    """Whether a key and its value are on one line, so that the value's span ends where the value does."""
    span = entry.value.span
    is_plain = isinstance(entry.value, Scalar) and (entry.value.value is not None or bool(entry.value.text))
    return entry.key_span.line == span.line == span.end_line and (is_plain or span.text()[-1:] in ("]", "}"))


def layer_before(
    root: Node, name: Span, whole: Span, mapping: Mapping | None, layer: str, keys: str, source: Node | None = None
) -> list[tuple[Edit, ...]]:
    """The ways to put a layer `layer: {keys}` before the one written at `name`, which then reads it: one, or none.

    `root` is the document, and `whole` where the layer's value stands, which in a list is where its name does. `source` is the
    one of several references in whose place it is read.
    """
    if name.start()[1:3] == whole[1:3]:
        return [] if mapping is not None and "from" in mapping.entries else _item_before(whole, keys)
    source = source or (mapping.get("from") if mapping is not None else None)
    quote = '"' if name.text().startswith('"') else ""
    more: tuple[Edit, ...] = ()
    if source is not None:
        if not isinstance(source, Scalar) or not isinstance(source.value, str):
            return []
        keys = f"{keys}, from: {source.text}" if ":" in keys else f"type: {keys}, from: {source.text}"
        more = (Edit(source.span, layer),)
    value = f"{{{keys}}}" if ":" in keys else f"{quote}{keys}{quote}"
    own = f"{quote}{layer}{quote}: {value}"
    holder = mapping_of(root, whole)
    return [(Edit(at(name), own + between_layers(holder, name)), *more)]


def _item_before(whole: Span, keys: str) -> list[tuple[Edit, ...]]:
    value = f"{{{keys}}}" if ":" in keys else keys
    return [(Edit(at(whole), value + between_items(whole)),)]


def mapping_of(root: Node, value: Span) -> Mapping | None:
    """The mapping one of whose values stands at a place."""
    found = holder_of(root, value)
    return found if isinstance(found, Mapping) else None


def holder_of(root: Node, value: Span) -> Mapping | Sequence_ | None:
    """The mapping, or the list, one of whose values stands at a place."""
    holders = (node for node in parts(root) if isinstance(node, (Mapping, Sequence_)))
    return next((node for node in holders if any(item.span == value for item in values_of(node))), None)


def are_numbers_spoken_of(root: Node, layers: Sequence_) -> bool:
    """Whether something refers to the layers of a list, which have other numbers where one is put between them."""
    if any(isinstance(item, Mapping) and {"use", "from"} & item.entries.keys() for item in layers.items):
        return True
    scopes = (node for node in parts(root) if isinstance(node, Mapping) and node.get("layers") is layers)
    return any("outputs" in scope.entries for scope in islice(scopes, 1))
