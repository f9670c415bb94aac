"""A layer on one line whose braces are forgotten, or begin too late: `conv1: Conv2d, out_channels: 8`, `(type: Conv2d, …)`,
`pool: MaxPool2d: 2`, `conv1: Conv2d {out_channels: 8}`.

Enters: such a line; leaves: what stands in braces. Imported only for texts that are no YAML.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archspec.document.validate import OF_ANY_LAYER
from archspec.ops import registry
from archspec.ops.other_names import OTHER_NAMES, other_key

_LINE = re.compile(r"(?P<before> *(?:- +)?)(?P<key>[\w.]+)(?P<between>\s*(?::|=)\s*)(?P<value>\S.*?)\s*(?:(?<=\s)#.*)?")
_ITEM = re.compile(r"(?P<before> *- +)(?P<value>[A-Za-z_].*?)\s*(?:(?<=\s)#.*)?")
_PIECE = re.compile(r"(?P<key>[A-Za-z_][\w.]*)\s*(?::\s+|=\s*)(?P<value>\S.*)")
_SIGNS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[][(){},]")
_CALLED = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\s*\((?P<inner>[^()]*:\s[^()]*)\)")
_BEFORE = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\s*\{(?P<inner>[^{}]*:\s[^{}]*)\}")
"""A type before its keys in braces."""
_WORDS = ("doc", "title", "authors", "name")
"""Keys of texts for people."""


class Unbraced(NamedTuple):
    """What is to stand in place of a part of a line, from a column on to another (from 0), and whether nothing else is meant."""

    start: int
    end: int
    text: str
    is_safe: bool


def unbraced(line: str) -> Unbraced | None:
    """What a line that is no YAML is meant to be; None where it seems no mapping."""
    found = _LINE.fullmatch(line)
    item = _ITEM.fullmatch(line)
    if found is not None and found["key"] in _WORDS:
        return None
    if found is not None and found["key"] != "type":
        braces = _braces(found["value"])
        if braces is not None:
            return Unbraced(found.start("between"), found.end("value"), f": {braces[0]}", braces[1])
    whole = item or (found if found is not None and found["key"] == "type" else None)
    if whole is None:
        return None
    start = whole.start("value") if whole is item else whole.start("key")
    braces = _braces(line[start : whole.end("value")])
    return Unbraced(start, whole.end("value"), *braces) if braces is not None else None


def _braces(text: str) -> tuple[str, bool] | None:
    """Keys and values in braces, and whether they are sure."""
    inner = text[1:-1].strip() if text[0] == "(" and text[-1] in ")}" else text
    called = _CALLED.fullmatch(inner) or _BEFORE.fullmatch(inner)
    pieces = [called["name"], *split(called["inner"])] if called is not None else split(inner)
    first, *rest = pieces
    keys = [_PIECE.fullmatch(piece) for piece in rest]
    if any(key is None for key in keys):
        return None
    written = [f"{key['key']}: {key['value']}" for key in keys if key is not None]
    begun = _PIECE.fullmatch(first)
    kind = op_called(begun["key"] if begun is not None else first)
    if kind is None and called is not None and called["name"][0].isupper():  # a block, perhaps
        return f"{{{', '.join([f'type: {first}', *written])}}}", True
    if begun is None:
        return (f"{{{', '.join([f'type: {kind}', *written])}}}", True) if kind is not None and rest else None
    value = begun["value"]
    if kind is not None and not rest and value[0] == "{" and value[-1] == "}":  # the keys of it
        return f"{{{', '.join([f'type: {kind}', *_inner(value)])}}}", kind == begun["key"]
    if kind is not None:
        argument = first_argument(kind)
        inside = ", ".join([f"type: {kind}", f"{argument}: {value}", *written])
        return (f"{{{inside}}}", False) if argument is not None else None
    own = f"{begun['key']}: {value}"
    if not rest and begun["key"] != "type":
        return None
    return f"{{{', '.join([own, *written])}}}", True


def _inner(braces: str) -> list[str]:
    """What stands in braces, if anything does."""
    inner = braces[1:-1].strip()
    return [inner] if inner else []


def split(text: str) -> list[str]:
    """The parts of a text between its commas, without those in brackets and quotes."""
    parts, depth, start = [], 0, 0
    for sign in _SIGNS.finditer(text):
        depth += (sign[0] in "[({") - (sign[0] in "])}")
        if sign[0] == "," and depth == 0:
            parts.append(text[start : sign.start()].strip())
            start = sign.end()
    return [*parts, text[start:].strip()]


def op_called(name: str) -> str | None:
    """The op that is called so, here or in another library."""
    plain = name.rpartition(".")[2]
    if registry.find(plain) is not None:
        return plain
    bare = plain.replace("_", "").lower()
    known = OTHER_NAMES.get(bare) or next((own for own in registry.names() if own.lower() == bare), None)
    return known if known is not None and registry.find(known) is not None else None


def is_key_of(kind: str, key: str) -> bool:
    """Whether a layer of an op has such a key, as it is called here or elsewhere."""
    op = registry.find(kind)
    fields = op.model_fields if op is not None else ()
    return key in fields or key in OF_ANY_LAYER or other_key(key, fields) is not None


def first_argument(kind: str) -> str | None:
    """The argument that is written first, beside those of the input, which follow from it."""
    op = registry.find(kind)
    fields = (op.positional or tuple(op.model_fields)) if op is not None else ()
    return next((name for name in fields if not name.startswith("in_")), None)
