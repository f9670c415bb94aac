"""A type that is spoken, not written: with its values in one text, `Linear 64`, `conv 3x3, 64`, `32 filters`, `maxpool /2`; with
the activation that follows, `conv 32 3x3 relu`; a layer's name.

Enters: such a text; leaves: the layers that are meant. Imported only for such texts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice, product, takewhile
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.braces import has_no_colon
from archspec.document.edits import is_flow
from archspec.document.positional import keys_of
from archspec.document.tree import Entry, Mapping, Node, Scalar, clip
from archspec.expand.listed_values import is_factor
from archspec.expand.other_layers import with_other_keys
from archspec.expand.other_styles import as_type, flow_layer, kinds_called, type_called
from archspec.expand.written_layer import is_right, padded
from archspec.ops import registry
from archspec.ops.base import Op
from archspec.ops.other_names import known_as, of_other_axes, other_key
from archspec.source import Span

_TOKENS = re.compile(r"[^\s,:;+&]+")
_TIMES = re.compile(r"(?<=[0-9])\s*[x×]\s*(?=[0-9])")
_GLUED = re.compile(r"([A-Za-z_.]{2,}?(?:[123][dD])?)([0-9]+(?:x[0-9]+){1,2})")
_VGG = re.compile(r"(?P<kind>[A-Za-z]+)(?P<size>[0-9]{0,2})-(?P<width>[0-9]+)")
"""`conv3-64` and `FC-4096`, as https://arxiv.org/abs/1409.1556 has them: the size of the window, and the width."""
_SIZE = re.compile(r"[0-9]+(?:x[0-9]+){1,2}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?|[Tt]rue|[Ff]alse")
_GIVEN = re.compile(r"([A-Za-z_]+)=?([0-9]+(?:x[0-9]+){0,2}|same|valid)")
"""`stride=2`, `s2`, `k3`: a key and its value in one."""
_FILLERS = ("with", "and", "layer", "activation", "then", "followed", "by")
_FOLLOWS = ("activation", "normalization")
"""Kinds of ops that are often spoken along with the layer before them, and take no number of it."""
_MOST_WORDS = 4
"""Words of a type's name, at most: `global average pooling layer`."""
_MOST_LAYERS = 5
"""Layers that one text speaks of, at most: `conv 3x3 64 bn relu maxpool dropout`."""
MOST_READINGS = 12
_LARGEST_WINDOW = 11


class _Said(NamedTuple):
    """One layer that is spoken of: the words of its type, and the keys and values that are told, those of no key last."""

    name: str
    kinds: list[str]
    given: dict[str, str]
    values: list[str]


class Spoken(NamedTuple):
    """A layer that a text may mean, with what it needs as `…` where that is not told, and the layers below it."""

    kind: str
    keys: dict[str, str]
    below: list[str]
    is_whole: bool


def spoken_ways(text: str, node: Node, span: Span) -> tuple[str, tuple[Fix, ...]]:
    """Help for a type and its values in one text, and the layer that is meant in each number of axes, where nothing that it needs
    is missing; nothing for other texts. `node` is the whole layer. What stands below it `advice.below` puts there."""
    if span.line != span.end_line:
        return "", ()
    text, span, entries = with_commas(text, node, span)
    found = list(islice(readings(text, entries), MOST_READINGS))
    if not found or (not found[0].below and {*found[0].keys.values()} <= {"…"}):  # a type alone
        return "", ()
    ways: list[Fix] = []
    rest = Mapping({key: node.entries[key] for key in entries}, node.span) if isinstance(node, Mapping) else node
    for one in found:
        if one.is_whole and not one.below:
            way = Fix(words(one, node), (Edit(span, written(one, node)),), is_reading=len(found) > 1)
            ways += with_other_keys(way, one.kind, one.kind, rest)
    others = [one.kind for one in found[1:] if one.kind[:-2] == found[0].kind[:-2] and one.kind.endswith("1d")]
    return words(found[0], node) + (f", or {others[0]} for sequences" if others else ""), tuple(ways)


def spoken_below(tree: Mapping, entry: Entry) -> Iterator[Fix]:
    """The layers that a key and its text are in words, `conv: 3x3 64`; none where what is meant has others below it."""
    text = entry.value.text if isinstance(entry.value, Scalar) else ""
    found = [one for one in islice(readings(f"{entry.key} {text}"), MOST_READINGS) if one.is_whole and not one.below]
    for one in found:
        keys = [f"{key}: {value}" for key, value in one.keys.items()]
        yield as_type(tree, entry, one.kind, keys, "", [])._replace(is_safe=False, is_reading=len(found) > 1)


def with_commas(text: str, node: Node, span: Span) -> tuple[str, Span, Collection[str]]:
    """The whole text of a type, its place, and the other keys: in braces, a comma of `conv 3x3, 64` makes keys without a value of
    what follows."""
    entries = list(node.entries.values()) if isinstance(node, Mapping) else []
    keys = [entry.key for entry in entries]
    if isinstance(node, Mapping) and is_flow(node) and "type" in keys:
        is_bare = [entry.key_span.line == span.line and has_no_colon(entry.key_span) for entry in entries]
        bare = [
            entry
            for entry, _ in takewhile(
                lambda pair: pair[1], list(zip(entries, is_bare, strict=True))[keys.index("type") + 1 :]
            )
        ]
        text = ", ".join([text, *(entry.key for entry in bare)])
        span = span.to(bare[-1].key_span) if bare else span
        keys = [key for key in keys if key not in {entry.key for entry in bare}]
    return text, span, keys


def words(one: Spoken, node: Node) -> str:
    """What help says to write in place of a layer, or of its type."""
    below = f", and {' and '.join(one.below)} below it" if one.below else ""
    return f"write {'type: ' if isinstance(node, Mapping) else ''}{clip(_joined(one, node, ', '), 200)}{below}"


def written(one: Spoken, node: Node) -> str:
    """The same, in the style of the layer."""
    apart = ", "
    if isinstance(node, Mapping) and not is_flow(node):
        apart = "\n" + " " * (node.entries["type"].key_span.column - 1)
    return _joined(one, node, apart)


def _joined(one: Spoken, node: Node, apart: str) -> str:
    keys = [f"{key}: {value}" for key, value in one.keys.items()]
    return apart.join([one.kind, *keys]) if isinstance(node, Mapping) else flow_layer(one.kind, keys)


def readings(text: str, entries: Collection[str] = ()) -> Iterator[Spoken]:
    """The layers that a text may mean, those of images first; `entries` are the keys that the layer has beside."""
    said = _said(text)
    if said is None:
        return
    for kinds in product(*(one.kinds for one in said)):
        axes = {kind[-2] for kind in kinds if re.fullmatch(r"\w+[123]d", kind)}
        if len(axes) > 1:
            continue
        below = [next(_layers(kind, one, ()), None) for kind, one in zip(kinds[1:], said[1:], strict=True)]
        lines = [_line(layer) for layer in below if layer is not None and layer.is_whole]
        if len(lines) == len(below):
            yield from (first._replace(below=lines) for first in _layers(kinds[0], said[0], entries))


def _line(layer: Spoken) -> str:
    if layer.kind == "Softmax" and not layer.keys:
        return "{type: Softmax, dim: 1}"
    return flow_layer(layer.kind, [f"{key}: {value}" for key, value in layer.keys.items()])


def _said(text: str) -> list[_Said] | None:
    """The layers that a text speaks of, in order; None where a word is not understood."""
    if re.search(r"\S:\S", text):  # a colon without its space
        return None
    tokens = _tokens(text)
    if "+" in text and re.search(r"(?<![A-Za-z])[0-9]", text) is None:
        return None  # a sum of layers
    first = next(((at, count) for at in range(len(tokens)) if (count := _named(tokens[at:])[0])), None)
    if first is None:
        return None
    at, count = first
    tokens = [*tokens[at : at + count], *tokens[:at], *tokens[at + count :]]  # 3x3 conv is conv 3x3
    found: list[_Said] = []
    at = 0
    while at < len(tokens):
        used = _value(tokens[at], found) or _key(tokens, at, found) if found else 0
        if not used:
            used, said = _named(tokens[at:])
            found += [said] if said is not None else []
        if not used and tokens[at].lower() not in _FILLERS:
            return None
        at += used or 1
    return found if len(found) <= _MOST_LAYERS else None


def _named(tokens: list[str]) -> tuple[int, _Said | None]:
    """How many words at the beginning are the name of a type, the most that are, and the layer."""
    for count in range(min(_MOST_WORDS, len(tokens)), 0, -1):
        if all(re.fullmatch(r"[A-Za-z_][\w.-]*", word) for word in tokens[:count]):
            name = "".join(tokens[:count]).rpartition(".")[2]
            kinds, given = _kinds(name)
            if kinds:
                return count, _Said(name, kinds, given, [])
    return 0, None


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    text = re.sub(r"(?<=\s)\(([^()]*)\)", r"\1", text.strip()[:200])  # conv 3x3 64 (stride 2)
    for token in _TOKENS.findall(_TIMES.sub("x", text)):
        glued, vgg = _GLUED.fullmatch(token), _VGG.fullmatch(token)
        if glued is not None:
            tokens += glued.groups()
        elif vgg is not None:
            tokens += [vgg["kind"], *([f"{vgg['size']}x{vgg['size']}"] if vgg["size"] else []), vgg["width"]]
        elif re.fullmatch(r"[A-Za-z]+(?:[-/][A-Za-z]+){1,3}", token) and not known_as(token):
            tokens += re.split(r"[-/]", token)  # conv-bn-relu
        else:
            tokens.append(token)
    return [token for token in tokens if token.lower() != "output"]  # 64 output channels


def _kinds(name: str) -> tuple[list[str], dict[str, str]]:
    """The ops that are called so, for images first, with the keys that the name tells."""
    known = known_as(name)
    preset = re.fullmatch(r"\{type: (\w+), (\w+): (\d+)\}", known)
    kinds = [preset[1]] if preset is not None else kinds_called(name)
    others = of_other_axes(kinds[0]) if kinds and not re.search(r"[0-9]", name) else []
    return list(dict.fromkeys([*kinds, *others])), {preset[2]: preset[3]} if preset is not None else {}


def _value(token: str, found: list[_Said]) -> int:
    """1 for a value without a key, which goes to the layer before it that takes such."""
    if not _NUMBER.fullmatch(token) and not _SIZE.fullmatch(token):
        return 0
    takes = [one for one in found if _op(one.kinds[0]).kind not in _FOLLOWS] or found
    (found[-1] if "." in token else takes[-1]).values.append(token)  # a part is of a Dropout, or a slope
    return 1


def _key(tokens: list[str], at: int, found: list[_Said]) -> int:
    """How many words tell a key of the layer that is spoken of: `64 filters`, `stride 2`, `/2`, `same`, `3d`; none where the
    first does not."""
    token = tokens[at].lower()
    one = next((one for one in reversed(found) if _op(one.kinds[0]).kind not in _FOLLOWS), found[-1])
    fields = _op(one.kinds[0]).model_fields
    if re.fullmatch(r"[123]d", token):
        one.kinds[:] = [kind for kind in one.kinds if kind.endswith(token)]
        return 1 if one.kinds else 0
    glued = _GIVEN.fullmatch(token)
    for form, field in ((r"/([0-9]+)", "stride"), (r"(same|valid)", "padding"), (r"x?([0-9]+)x?", "scale_factor")):
        told = re.fullmatch(form, token)
        if told is not None and field in fields:
            one.given[field] = told[1]
            return 1
    named = _field(glued[1] if glued is not None else token, fields)
    if named is None or named in one.given:
        return 0
    if glued is not None:
        one.given[named] = glued[2]
        return 1
    follows = tokens[at + 1] if at + 1 < len(tokens) else ""
    last = one.values[-1] if one.values and one.values[-1] == tokens[at - 1] else ""
    is_count = named.startswith(("out_", "num_")) and _NUMBER.fullmatch(last)
    if is_count or (named == "kernel_size" and _SIZE.fullmatch(last)):
        one.given[named] = one.values.pop()
        return 1
    if _NUMBER.fullmatch(follows) or _SIZE.fullmatch(follows) or (named == "padding" and follows in ("same", "valid")):
        one.given[named] = follows
        return 2
    return 0


def _field(word: str, fields: Collection[str]) -> str | None:
    """The key that a word tells, in the singular or the plural: `filter` as `filters`."""
    if word in ("feature", "maps", "map"):
        return None
    return next((own for own in (word, other_key(word, fields), other_key(f"{word}s", fields)) if own in fields), None)


def _op(kind: str) -> type[Op]:
    op = registry.find(kind)
    assert op is not None
    return op


def _layers(kind: str, said: _Said, entries: Collection[str]) -> Iterator[Spoken]:
    """The layers of a type with what is told of it, one for each order in which its arguments may be told."""
    op = _op(kind)
    fields = op.model_fields
    beside = {key if key in fields else other_key(key, fields) or key for key in entries}
    sizes = [value for value in said.values if _SIZE.fullmatch(value)]
    numbers = [value for value in said.values if not _SIZE.fullmatch(value)]
    given = {**said.given, **({"kernel_size": sizes[0]} if sizes else {})}
    axes = int(kind[-2]) if re.fullmatch(r"\w+[123]d", kind) else 0
    if axes and any(value.count("x") + 1 != axes for value in given.values() if _SIZE.fullmatch(value)):
        return
    if len(sizes) > 1 or (sizes and "kernel_size" in said.given) or not beside.isdisjoint(given):
        return
    if op.kind == "pooling" and "stride" in given and not numbers and not {"kernel_size"} & {*given, *beside}:
        given["kernel_size"] = given.pop("stride")  # maxpool /2: the usual window of that stride, which is its own
    for order in _orders(op, {*given, *beside}, numbers):
        keys = given | dict(zip(order, (value.lower() for value in numbers), strict=False))
        if len(order) >= len(numbers) and keys.keys() <= fields.keys():
            yield from _right(kind, {key: _size(value) for key, value in keys.items()}, beside)


def _orders(op: type[Op], given: Collection[str], numbers: list[str]) -> list[list[str]]:
    """The orders of arguments that numbers without keys may have, likeliest first."""
    if not numbers:
        return [[]]
    orders = [list(order) for order in keys_of(op, given, len(numbers)).orders]
    if is_factor(orders[0], numbers[0]):
        return [["scale_factor", "mode"]]
    wide = [number.isdecimal() and int(number) > _LARGEST_WINDOW for number in numbers[:2]]
    if orders[0][:2] == ["out_channels", "kernel_size"] and wide == [False, True]:
        return [["kernel_size", "out_channels", *orders[0][2:]], *orders[1:]]  # conv 3, 64
    return orders


def _right(kind: str, keys: dict[str, str], beside: Collection[str]) -> Iterator[Spoken]:
    """A layer, where its type takes its keys; what it needs beside is `…`."""
    op = _op(kind)
    fields = op.model_fields
    needed = [name for name, info in fields.items() if info.is_required() and name not in beside]
    first = [name for name in dict.fromkeys([*op.positional, *needed]) if name in (*keys, *needed)]
    keys = {**{name: keys.get(name, "…") for name in first}, **keys}
    made = padded(kind, keys) if "…" not in keys.values() else keys
    is_whole = "…" not in keys.values()
    if made is not None and (not is_whole or {*fields} & {*beside} or is_right(kind, made)):
        yield Spoken(kind, made, [], is_whole)


def _size(value: str) -> str:
    """`3` for `3x3`, and `[1, 3]` for `1x3`."""
    sizes = value.split("x")
    if not _SIZE.fullmatch(value):
        return value
    return sizes[0] if len(set(sizes)) == 1 else f"[{', '.join(sizes)}]"


def layer_as_type(path: str, name: str, tree: Mapping | Scalar, is_layer: bool) -> Diagnostic | None:
    """E0104 for the name of a layer, or of an input, in place of a type. None where it is an op in other letters with keys."""
    known = type_called(name)
    is_bare = isinstance(tree, Scalar) or tree.entries.keys() <= {"type", "from"}
    if known is not None and not is_bare:
        return None
    own = clip(name, 60)
    span = (tree.get("type") or tree).span if isinstance(tree, Mapping) else tree.span
    help = f"{{type: …, from: {own}}} reads it"
    if is_layer:
        help = f"write {{use: {own}}} to apply that layer again, with its weights; {help}"
    if known is not None:
        help = f"write {known} for a new layer; {help}"
    what = "a layer" if is_layer else "an input"
    message = f"{path}: {own} is {what} here, and no type"
    return Diagnostic("E0104", message, span, label=f"the name of {what}", help=help, layer=path)
