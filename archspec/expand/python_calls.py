"""Layers written as PyTorch's code has them, or as a list of the same: the changes that put them as they are written here.

Enters: such a text, or list, and where it stands; leaves: fixes. Imported only for such specs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.blocks import LAYER_KEYS, argument_name
from archspec.document.braces import CALL
from archspec.document.edits import (
    after,
    at,
    below_layers,
    between_items,
    dash_before,
    is_flow,
    last_value,
    put,
)
from archspec.document.printed_model import PRINTED
from archspec.document.python_text import AS_LINES, CALLS
from archspec.document.tree import Mapping, Node, Scalar, Sequence, clip, values_of
from archspec.expand.other_styles import flow_layer, is_nearly_a_type, type_called
from archspec.expand.python_code import is_nested, operands, read, renamed, several, unknown_names, unread
from archspec.expand.python_layers import NOTHING, Group, Known, Layer
from archspec.expand.python_values import fields_of
from archspec.ops import registry
from archspec.ops.other_names import other_name
from archspec.source import Span, written
from archspec.words import listed

_OPERATED = re.compile(r"[A-Za-z_0-9][\w.]*(?: +[-+*/@] +| *[+*@] *)\w")
_KEY = re.compile(r"(?P<indent> *)[\w.\"']+:(?P<space> *)")
"""What stands before a value on a line of its own."""


def called(text: str) -> str:
    """The layer that a text of Python code makes, on one line; nothing where it makes none."""
    found = read(text)
    return found.text if isinstance(found, Layer) and not found.activation else ""


def is_code(text: str) -> bool:
    """Whether a text that is no type may be Python code: a call, a sum of tensors, or a part of one."""
    return "(" in text or "[" in text or _OPERATED.search(text) is not None


def call_help(text: str, ways: tuple[Fix, ...], known: Known = NOTHING) -> str:
    """What is to be done with code that is no type, whether it is tried or not; nothing where that is not known."""
    if ops := [name for name in operands(text) if registry.find(name) is not None]:
        return f"write {listed(ops)} as layers of their own, each on a line"
    if ways:
        return ways[0].said
    made = read(text, known)
    if made is not None and _where(made, known):
        return _said(made, known)
    called = {name: argument_name(name, known.layers) for name in unknown_names(text, known)}
    missing = {name: own for name, own in called.items() if own is not None}
    more = known._replace(names=[*known.names, *missing.values()])
    code = renamed(text, missing)
    made = read(code, more) if missing else None
    if made is not None:
        return f"{_said(made, known)}, with args: {{{', '.join(f'{name}: …' for name in missing.values())}}} above"
    if inner := unread(code, more):
        is_list = inner.startswith("*")
        help = "write its layers in its place" if is_list else call_help(inner, (), more) or other_name(inner)
        return f"{clip(inner, 60)} in it is no layer here{f': {help}' if help else ''}"
    if is_nested(text):
        return "one call within another is a layer of its own: write each on a line, without the tensors"
    block = known.blocks.get(text.partition("(")[0].strip())
    return f"write {flow_layer(block.name, [f'{name}: …' for name in block.args])}" if block is not None else ""


def _said(found: Layer | Group, known: Known) -> str:
    group = "a group: " if isinstance(found, Group) else ""
    return f"{_where(found, known)}write {group}{clip(found.text, 200)}{_rest(found)}"


def _where(found: Layer | Group, known: Known) -> str:
    """What has to be so for a layer to be right: that there is what it reads. Nothing where there is."""
    unknown = [name for name in dict.fromkeys(found.sources) if known.layers and name not in known.layers]
    return f"where {listed(unknown)} {'is a layer' if len(unknown) == 1 else 'are layers'} here, " if unknown else ""


def _rest(found: Layer | Group) -> str:
    """What help says behind a layer: its activation, which is a layer of its own (a group has them among its layers), what is
    lost, and why a value is another."""
    below = f", and {found.activation} below it" if isinstance(found, Layer) and found.activation else ""
    lost = f", without {' and '.join(found.lost)}" if found.lost else ""
    return f"{below}{lost}{f'; {found.why}' if found.why else ''}"


def call_ways(text: str, node: Node, span: Span, known: Known = NOTHING) -> Iterator[Fix]:
    """The layer that a call makes, where all of its arguments are values; `node` is the layer, and `span` that of the call."""
    if "#" in written(span):
        return
    found = read(text, known)
    for one in [found] if found is not None else several(text, known):
        if not _where(one, known):
            yield from _ways(one, node, span)


def _ways(found: Layer | Group, node: Node, span: Span) -> Iterator[Fix]:
    rest = _rest(found)
    if isinstance(found, Group):
        yield from _inner_ways(found, node, span, rest) if isinstance(node, Mapping) else _group_ways(found, span, rest)
    elif isinstance(node, Mapping):
        yield from _keys_ways(found, node, span)
    else:
        below = found.activation
        more = f"{between_items(span)}{below}" if below and dash_before(span) is not None else ""
        edits = (Edit(span, found.text + more),) if bool(more) is bool(below) else ()
        yield Fix(f"write {clip(found.text, 200)}{rest}", edits, found.is_safe)


def _keys_ways(found: Layer, node: Mapping, span: Span) -> Iterator[Fix]:
    """The type and the keys in place of a call, among those that the layer has already. An activation is a key of it first, which
    gets a line of its own in its turn."""
    keys = [*found.written, *([f"activation: {found.activation}"] if found.activation else [])]
    own = [name for name in ("activation", *found.keys) if name in node.entries]
    if own:
        return
    key = node.entries.get("type")
    apart = ", " if is_flow(node) else "\n" + " " * (node.entries["type"].key_span.column - 1)
    rest = _rest(found._replace(activation=""))
    said = f"write type: {', '.join([found.kind, *keys])}"
    written = apart.join([found.kind if key is not None else f"type: {found.kind}", *keys])
    yield Fix(clip(said, 200) + rest, (Edit(span, written),), found.is_safe)


def about_call(problem: Diagnostic, known: Known) -> list[Fix]:
    """The layer, or the group, in place of a call of which a problem says that YAML reads it otherwise."""
    if PRINTED in problem.message:
        from archspec.expand.printed_layers import printed_ways

        return list(printed_ways(problem.span))
    if CALLS in problem.message or problem.help == AS_LINES:
        from archspec.expand.statements import statement_ways

        return list(statement_ways(problem.span, known))
    text = written(problem.span).strip().strip("{}")
    return list(call_ways(text, Scalar(text, text, False, problem.span), problem.span, known))


def is_about_call(problem: Diagnostic) -> bool:
    """Whether a problem is about a call that YAML reads otherwise: over several lines, in braces, or in a line of code."""
    is_told = any(words in problem.message for words in (CALL, PRINTED)) or problem.help == AS_LINES
    return problem.code in ("E0001", "E0100", "E0105") and is_told


def _inner_ways(group: Group, node: Mapping, span: Span, rest: str) -> Iterator[Fix]:
    """Layers in a row as those of a group in braces, `{type: nn.Sequential(…), from: a}`."""
    kind = node.entries.get("type")
    is_read_twice = bool(group.sources) and "from" in node.entries
    if kind is not None and is_flow(node) and "layers" not in node.entries and not is_read_twice:
        place = kind.key_span.to(span)
        yield Fix(f"write {clip(group.inner, 200)}{rest}", (Edit(place, group.inner),), group.is_safe)


def _group_ways(group: Group, span: Span, rest: str) -> Iterator[Fix]:
    """Layers in a row as a group: lines where they may be, else in braces."""
    before = span.before()
    key = _KEY.fullmatch(before)
    said = f"write a group: {clip(group.text, 80)}{rest}"
    if key is not None:
        indent = f"{key['indent']}  "
        start = Span(span.source, span.line, span.column - len(key["space"]), span.end_line, span.end_column)
        yield Fix(said, (Edit(start, f"\n{indent}{group.lines(indent)}"),), group.is_safe)
    elif before.strip() in ("", "-"):
        yield Fix(said, (Edit(span, group.lines(" " * len(before))),), group.is_safe)
    yield Fix(said, (Edit(span, group.text),), group.is_safe)


def list_ways(layer: Sequence, name: Span) -> Iterator[Fix]:
    """The layer that a list is, `[Linear, 4096]`: its op, and its first arguments, with or without those of its input. Else the
    group that it is; `name` is where its name stands."""
    if not layer.items:
        return
    yield from call_ways(written(layer.span), layer, layer.span)
    if all(_is_layer(item) for item in layer.items) and (len(layer.items) > 1 or isinstance(layer.items[0], Mapping)):
        yield from as_group(layer, name)
        return
    first, *rest = layer.items
    kind = type_called(first.value) if isinstance(first, Scalar) and isinstance(first.value, str) else None
    fields = fields_of(kind) if kind is not None else []
    if kind is None or layer.span.line != layer.span.end_line or not all(map(_is_value, rest)):
        return
    short = [name for name in fields if not name.startswith("in_")]
    op = registry.find(kind)
    is_whole = op is not None and len(rest) >= len(op.positional) > 0
    orders = (fields, short) if is_whole else (short, fields)
    readings = dict.fromkeys(tuple(names[: len(rest)]) for names in orders if len(rest) <= len(names))
    for names in readings:
        text = flow_layer(kind, [f"{name}: {item.span.text()}" for name, item in zip(names, rest, strict=True)])
        yield Fix(f"write {text}", (put(layer.span, text),), is_reading=len(readings) > 1)


def _is_value(item: Node) -> bool:
    """Whether an item is a single value, or a list of them."""
    items = item.items if isinstance(item, Sequence) else [item]
    return all(isinstance(inner, Scalar) for inner in items)


def is_group(layers: Sequence) -> bool:
    """Whether a list is one of layers."""
    return bool(layers.items) and all(_is_layer(item) for item in layers.items)


def _is_layer(item: Node) -> bool:
    if isinstance(item, Mapping):
        return any(key in item.entries for key in ("type", "layers", "use"))
    return (
        isinstance(item, Scalar)
        and isinstance(item.value, str)
        and (
            type_called(item.value) is not None
            or is_nearly_a_type(item.value.rstrip(",; "))
            or read(item.value) is not None
        )
    )


def are_layers(tree: Mapping) -> bool:
    """Whether all that stands under a name are layers with names of their own, which nothing else could be."""
    values = values_of(tree)
    is_one = len(values) == 1 and not isinstance(values[0], Mapping)  # which may be a type with another key
    return bool(values) and not is_one and tree.entries.keys().isdisjoint((*LAYER_KEYS, "activation")) and all(
        _is_layer(value) or (isinstance(value, Mapping) and are_layers(value)) for value in values
    )  # fmt: skip


def as_group(layers: Mapping | Sequence, name: Span) -> Iterator[Fix]:
    """The layers below `layers:`, with their lines further to the right where they have some."""
    said = f"put the {'list' if isinstance(layers, Sequence) else 'layers'} under layers: of a group"
    span = layers.span
    if span.start().text().startswith(("[", "{")):
        yield Fix(said, (Edit(at(span), "{layers: "), Edit(after(span), "}")), is_safe=True)
    elif not span.before().strip():
        last = last_value(values_of(layers)[-1]).span
        yield Fix(said, below_layers(span, last, max(span.column, name.column + 2)), is_safe=True)
