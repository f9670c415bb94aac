"""Whole layers of another library: a type, with its keys as they are called here. Enters: the change of the type, and the layer;
leaves: the change of both. Imported only for such layers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import put, with_key, without_keys
from archspec.document.tree import Entry, HasInvalid, Mapping, Node, Plain, Scalar, are_names, clip, plain
from archspec.document.validate import nearest_key
from archspec.expand.layer import COMMON_KEYS, CONTROL_KEYS
from archspec.ops import registry
from archspec.ops.no_keys import is_no_part, is_so
from archspec.ops.other_names import other_key, plain_type
from archspec.ops.other_values import is_sure, left_unsaid, meant, other_meaning
from archspec.words import listed


class Keys(NamedTuple):
    """What another library's keys are here: names and values by key, those that say nothing here, and all others."""

    named: dict[str, tuple[str, str]]
    out: list[str]
    left: list[str]


def with_other_keys(way: Fix, kind: str, name: str, node: Node) -> Iterator[Fix]:
    """The change to another type with all keys that are called otherwise here, and without those that say nothing. Where the type
    is sure, what may be otherwise of the keys is left to be put right by itself; nothing where a value cannot be told. `kind` is
    what the type is here, and `name` what it is called."""
    entries = node.entries if isinstance(node, Mapping) else {}
    found = meant(name, {key: _value_of(entry.value) for key, entry in entries.items()})
    if found is None:
        return
    way = way._replace(is_safe=way.is_safe and is_sure(name, found))
    keys = _keys(kind, way.is_safe, entries, found)
    edits, said = list(way.edits), []
    for key, (own, value) in keys.named.items():
        entry = entries[key]
        edits += [put(entry.key_span, own)] if own != key else []
        edits += [Edit(entry.value.span, value)] if value else []
        said.append(f"{own}: {value or clip(entry.value.span.start().text(), 40)}")
    gone = without_keys(node, keys.out) if isinstance(node, Mapping) and keys.out else ()
    unsaid = _unsaid(name, [*entries, *(own for own, _ in keys.named.values())])
    if unsaid and isinstance(node, Mapping):
        edits += [edit for key, value in unsaid.items() if (edit := with_key(node, key, value)) is not None]
    elif unsaid:
        edits = [
            Edit(edits[0].span, f"{{type: {kind}, {', '.join(f'{key}: {value}' for key, value in unsaid.items())}}}")
        ]
    said += [f"{key}: {value}" for key, value in unsaid.items()]
    why = other_meaning(name) if found else ""
    more = (" and " if ", with " in way.said else ", with ") + ", ".join(said) if said else ""
    rest = f"{more}{f', without {listed(keys.out)}' if gone else ''}{f'; {why}' if why else ''}"
    left = [*keys.left, *(keys.out if not gone else [])]
    rest += f"; then see to {listed(left)}" if left else ""
    yield way._replace(said=way.said + rest, edits=(*edits, *gone))


def _unsaid(name: str, keys: Collection[str]) -> dict[str, str]:
    """What another library's layer has without being given it, where only that one is called so, and the op here asks for it."""
    if any(own.lower() == plain_type(name) for own in registry.names()):
        return {}
    return {
        key: value
        for key, value in left_unsaid(name, {*keys, "dim"}).items()
        if key != "scale_factor" or "size" not in keys
    }


def _keys(kind: str, is_safe: bool, entries: dict[str, Entry], found: dict[str, tuple[str, str]]) -> Keys:
    op = registry.find(kind)
    fields = op.model_fields if op is not None else {}
    keys = Keys(dict(found), [], [])
    taken = {*entries, *(own for own, _ in found.values())}
    for key, entry in entries.items() if op is not None else ():
        if key in (*fields, *COMMON_KEYS, *CONTROL_KEYS, *found):
            continue
        near = nearest_key(key, [*fields, "from"], fields)
        is_plain = near is not None and (near.is_only or (near.name == "from" and are_names(entry.value)))
        is_told = near is not None and near.name == other_key(key, [*fields, "from"]) and not is_safe
        if near is not None and near.name not in taken and (is_plain or is_told):
            keys.named[key] = near.name, ""
            taken.add(near.name)
        elif _says_nothing(key, entry.value, fields) or (is_no_part(key) and not is_safe):
            keys.out.append(key)
        else:
            keys.left.append(key)
    return keys


def _says_nothing(key: str, value: Node, fields: Collection[str]) -> bool:
    """Whether a key of another library has the value that is so here without it."""
    return isinstance(value, Scalar) and is_so(key, value.value, fields)


def _value_of(node: Node) -> Plain:
    """The bare value; None where it is in error itself."""
    try:
        return plain(node)
    except HasInvalid:
        return None
