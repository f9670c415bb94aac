"""Keys that are written twice in one mapping. Enters: the key, and what stands under it; leaves: E0004, with what can be done.

Where layers are named, a name that is there again is another layer, which is kept under a name of its own: the network has both.
Elsewhere one of two that say the same is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix, Label
from archspec.document.edits import put, without_copy
from archspec.document.tree import Entry, Mapping, Node, Scalar, Sequence, clip
from archspec.source import Span

_NUMBER = re.compile(r"\d{1,6}\Z")
_WORD = re.compile(r"\w+")
_OWN = (
    "layers",
    "args",
    "let",
    "init",
    "expect",
    "budget",
    "outputs",
    "for",
    "from",
    "inputs",
    "constraint",
    "tie",
    "type",
    "doc",
)
"""Keys of a layer, or of what holds some, under which others may be meant to stand."""
_PROSE = ("name", "doc", "sources", "import", "archspec")
"""Keys of a document whose texts speak of no layer."""


class Again(NamedTuple):
    """A key that is there already: how many keys stand above it, the first, itself, and the name of its own that a layer gets."""

    above: int
    first: Entry
    entry: Entry
    is_next: bool
    """Whether nothing stands between the two."""
    name: str = ""


def is_layers(key: Node | None) -> bool:
    """Whether a key is `layers`, or meant to be, so that what it holds are layers by name."""
    from archspec.diagnostics.nearest import find_near
    from archspec.document.other_keys import meant

    if not isinstance(key, Scalar):
        return False
    return (
        key.text.lower() == "layers"
        or find_near(key.text, ["layers"]) is not None
        or meant(key.text, ["layers"]) is not None
    )


def key_twice(again: Again, may_say_same: bool) -> Diagnostic:
    """What is said of a key that is no layer's name; `may_say_same`: it is known not to be one."""
    ways = without_copy(again.first, again.entry) if may_say_same else ()
    return _told(again, "remove one, or give it another name", ways)


def stray(entries: dict[str, Entry], again: str, above: Scalar) -> Entry | None:
    """The key without a value, and with keys below it in its own column, that stands under `above` and should stand beside it.
    `again` is the first of those keys that the layer has already."""
    keys = list(entries)
    for key in reversed(keys[keys.index(again) + 1 :]):
        entry = entries[key]
        is_above = above.span.line < entry.key_span.line and above.span.column < entry.key_span.column
        if is_empty(entry) and is_above and key not in _OWN and _indent(entry.key_span) == entry.key_span.column - 1:
            return entry
    return None


def is_empty(entry: Entry) -> bool:
    """Whether nothing at all stands behind a key and its colon."""
    value = entry.value
    return isinstance(value, Scalar) and value.value is None and not value.text


def stands_under(entry: Entry, above: Scalar) -> Diagnostic:
    """What is said of a layer that is indented like the keys of the one above it."""
    span, depth = entry.key_span, above.span.column - 1
    said = f"indent it by {depth}, like {clip(above.text, 40)}"
    edit = Edit(Span(span.source, span.line, 1, span.line, span.column), " " * depth)
    message = f"{clip(entry.key)} stands under {clip(above.text)}, with keys that {clip(above.text)} has"
    labels = (Label(above.span, "it stands under this"),)
    return Diagnostic(
        "E0004", message, span, "a layer of its own", labels, help=said, ways=(Fix(said, (edit,), is_safe=True),)
    )


def _indent(span: Span) -> int:
    line = span.source.lines[span.line - 1]
    return len(line) - len(line.lstrip())


def kept(entries: dict[str, Entry], again: list[Again]) -> tuple[dict[str, Entry], list[Again]]:
    """The layers, those with a name that is there already each under a free one of the same stem; and those, so named."""
    taken, next_number = {*entries, *(other.entry.key for other in again)}, dict[str, int]()
    named = [other._replace(name=_free(other.entry.key, taken, next_number)) for other in again]
    found: dict[str, Entry] = {}
    waiting = iter([*named, None])
    other = next(waiting)
    for count, (key, entry) in enumerate([*entries.items(), ("", None)]):
        while other is not None and other.above == count:
            found[other.name] = Entry(other.name, other.entry.key_span, other.entry.value)
            other = next(waiting)
        if entry is not None:
            found[key] = entry
    return found, named


def _free(name: str, taken: set[str], next_number: dict[str, int]) -> str:
    """`relu2` for a second `relu`, `conv3` for a `conv1` where there is a conv2."""
    number = _NUMBER.search(name)
    stem = name[: number.start()] if number is not None else name
    count = max(next_number.get(stem, 2), int(number[0]) + 1 if number is not None else 2)
    while f"{stem}{count}" in taken:
        count += 1
    next_number[stem] = count + 1
    taken.add(f"{stem}{count}")
    return f"{stem}{count}"


def layers_twice(root: Node, again: list[Again]) -> Iterator[Diagnostic]:
    """What is said of names of layers that are there again. To call the second something else is safe where nothing speaks of
    either by that name, and the second is not perhaps to replace the one right above it, or the same line pasted again."""
    spoken = _spoken(root)
    for other in again:
        name, span = other.entry.key, other.entry.key_span
        said = f"call this one {clip(other.name, 40)}"
        is_safe = name not in spoken and not other.is_next
        if other.is_next:
            said += "; or take one of the two out"
        if name in spoken:
            said += f"; what speaks of {clip(name, 40)} then means the first"
        yield _told(other, said, (Fix(said, (put(span, other.name),), is_safe),))


def _spoken(root: Node) -> set[str]:
    """The words of all values that may name a layer, and of the keys under which `expect` does."""
    found: set[str] = set()
    waiting: list[tuple[Node, bool, bool]] = []
    for entry in root.entries.values() if isinstance(root, Mapping) else ():
        if entry.key not in _PROSE:
            waiting.append((entry.value, entry.key == "layers", entry.key in ("expect", "init")))
    while waiting:
        node, is_named, has_paths = waiting.pop()
        if isinstance(node, Mapping):
            for entry in node.entries.values():
                found.update(_WORD.findall(entry.key) if has_paths else ())
                is_type = entry.key == "type" or (is_named and isinstance(entry.value, Scalar))
                if not is_type or "${" in _text(entry.value):
                    waiting.append((entry.value, entry.key == "layers", has_paths or entry.key == "init"))
        elif isinstance(node, Sequence):
            waiting += [(item, False, has_paths) for item in node.items]
        else:
            found.update(_WORD.findall(_text(node)))
    return found


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _told(again: Again, help: str, ways: tuple[Fix, ...]) -> Diagnostic:
    labels = (Label(again.first.key_span, "first here"),)
    message = f"{clip(again.entry.key)} is written twice"
    return Diagnostic("E0004", message, again.entry.key_span, "again here", labels, help=help, ways=ways)
