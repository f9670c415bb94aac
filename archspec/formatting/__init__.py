"""The canonical form of a spec's text. Enters: a `Source`; leaves: the same document in the same words, or why it stays.

What is between the words changes, and what is in them does not: indentation, spaces in braces, blank lines, line breaks in braces
that fit on one line, the order of the document's own keys, and `{type: ReLU}`, which is `ReLU`. Nothing is believed: the new text
is read again, has to mean the same and hold every comment, and has to be its own canonical form.
"""

from __future__ import annotations

from collections import Counter

from archspec.document.reader import Unreadable, read
from archspec.document.tree import Mapping, Node, Plain, Scalar, Sequence, plain
from archspec.formatting.order import in_order
from archspec.formatting.pieces import Unusual, cut
from archspec.formatting.short import shortened
from archspec.formatting.spacing import spaced
from archspec.source import Source


class NotFormatted(Exception):
    """The text stays as it is; the message says why."""


class InBraces(NotFormatted):
    """It is JSON, or like it, whose form is its own."""


def formatted(source: Source) -> str:
    """The canonical text. Raises NotFormatted."""
    root = _read(source)
    if not isinstance(root, Mapping):
        raise NotFormatted("it is no mapping of keys")
    if root.span.start().text().startswith("{"):
        raise InBraces("it is written in braces, as JSON is, and these are left as they are")
    text = _once(source.text)
    if _meaning(_read(Source(source.path, text))) != _meaning(root):
        raise NotFormatted("the result would not mean the same")
    if _comments(text) != _comments(_plain_ends(source.text)):
        raise NotFormatted("a comment would be lost")
    if _once(text) != text:
        raise NotFormatted("there is no form that stays")
    return text


def _once(text: str) -> str:
    end_of_line = Source("", text).end_of_line
    try:
        text = spaced(in_order(shortened(_plain_ends(text))))
    except (Unusual, Unreadable) as error:
        raise NotFormatted(str(error) or "what it says could not be read again") from None
    return text.replace("\n", end_of_line)


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


def _read(source: Source) -> Mapping | Node:
    try:
        root, problems = read(source)
    except Unreadable as error:
        problems = [error.diagnostic]
    if problems:
        span = problems[0].span
        raise NotFormatted(f"line {span.line}, column {span.column}: {problems[0].message}; `archspec check` says more")
    return root


def _meaning(root: Node) -> object:
    """The values of a document in the order written, with each layer that has only a type as that type."""
    assert isinstance(root, Mapping)
    return sorted((key, _ordered(entry.value, key == "layers")) for key, entry in root.entries.items())


def _ordered(node: Node, is_layers: bool = False) -> object:
    if isinstance(node, Mapping):
        if is_layers:
            return [(key, _layer(entry.value)) for key, entry in node.entries.items()]
        return [(key, _ordered(entry.value, key == "layers")) for key, entry in node.entries.items()]
    if isinstance(node, Sequence):
        return ("list", [_layer(item) if is_layers else _ordered(item) for item in node.items])
    value: Plain = plain(node)
    return (type(value).__name__, repr(value))


def _layer(node: Node) -> object:
    kind = node.get("type") if isinstance(node, Mapping) and len(node.entries) == 1 else None
    return _ordered(kind if isinstance(kind, Scalar) and isinstance(kind.value, str) else node)


def _comments(text: str) -> Counter[str]:
    return Counter(comment for piece in cut(_plain_ends(text)) for comment in piece.comments())
