"""The located tree: what a text says, every value and every key with its span.

Enters: nothing (data only). Leaves: the node classes, and `plain` for their bare values. Nothing here reads text.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.source import Span

Plain = None | bool | int | float | str | tuple["Plain", ...] | dict[str, "Plain"]


class Scalar:
    """A single value. `text` is what was written; `quoted` tells "1" from 1."""

    __slots__ = ("quoted", "span", "text", "value")

    def __init__(self, value: bool | int | float | str | None, text: str, quoted: bool, span: Span) -> None:
        self.value = value
        self.text = text
        self.quoted = quoted
        self.span = span


class Invalid:
    """A value that was already reported as wrong. Whoever meets one says nothing more and knows nothing."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span


class Sequence:
    """A list of values."""

    __slots__ = ("items", "span")

    def __init__(self, items: list[Node], span: Span) -> None:
        self.items = items
        self.span = span


class Entry:
    """One key of a mapping with its value."""

    __slots__ = ("key", "key_span", "value")

    def __init__(self, key: str, key_span: Span, value: Node) -> None:
        self.key = key
        self.key_span = key_span
        self.value = value


class Mapping:
    """Keys and values in the order written. Keys are the text of scalars, so `0` and `"0"` are the same key. Where it is not
    whole, a key of it was already reported as wrong, and none is known to be missing."""

    __slots__ = ("entries", "is_whole", "span")

    def __init__(self, entries: dict[str, Entry], span: Span, is_whole: bool = True) -> None:
        self.entries = entries
        self.span = span
        self.is_whole = is_whole

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry.value if entry else None


Node = Scalar | Invalid | Sequence | Mapping


class HasInvalid(Exception):
    """A value cannot be made plain because a part of it was already reported as wrong."""


def are_names(node: Node) -> bool:
    """Whether a value is a name, or a list of them, as `from` has it."""
    items = node.items if isinstance(node, Sequence) else [node]
    return bool(items) and all(isinstance(item, Scalar) and isinstance(item.value, str) for item in items)


def parts(node: Node) -> Iterator[Node]:
    """A value and all in it, as they are written; what an alias stands for comes each time."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, (Mapping, Sequence)):
            waiting += reversed(values_of(part))


def values_of(holder: Mapping | Sequence) -> list[Node]:
    """The values of a mapping, or the items of a list."""
    return holder.items if isinstance(holder, Sequence) else [entry.value for entry in holder.entries.values()]


def plain(node: Node) -> Plain:
    """The bare value: tuples for lists, dicts for mappings. Raises HasInvalid. Depth is bounded by the reader."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return tuple([plain(item) for item in node.items])
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    raise HasInvalid


def describe(node: Node) -> str:
    """What a person would call the value: `a list`, `the text "abc"`, `12`."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Scalar):
        return describe_plain(node.value)
    return "an invalid value"


def describe_plain(value: object) -> str:
    """The same for a bare value, clipped to a readable length."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{clip(value)}"'
    if isinstance(value, (tuple, list)):
        return f"the list {clip(show(value))}"
    if isinstance(value, dict):
        return "a mapping"
    return clip(str(value))


def show(value: object) -> str:
    """A bare value as it would be written in a spec."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(show(item) for item in value[:50]) + (", …]" if len(value) > 50 else "]")
    return str(value)


def clip(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def count_values(root: Node) -> int:
    """How many values and keys a tree has; what an alias stands for counts each time."""
    return sum(1 + (len(node.entries) if isinstance(node, Mapping) else 0) for node in parts(root))
