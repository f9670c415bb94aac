"""Layers written as other libraries, or other formats, write them: what is meant, and how it is written here.

Enters: what stands where a layer should; leaves: one diagnostic with the edits that put it right. Imported only for such specs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_
from itertools import takewhile
from typing import TYPE_CHECKING

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import find_near
from archspec.document.braces import AS_KEYS, CALL, has_no_colon
from archspec.document.edits import beside, dash_before, holder_of, is_flow, last_value, put, with_key, without_key
from archspec.document.kept import has_comment
from archspec.document.tree import Entry, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.expand.layer import COMMON_KEYS, CONTROL_KEYS
from archspec.expand.members import Named
from archspec.names import why_no_layer_name
from archspec.ops import registry
from archspec.ops.no_keys import is_no_part
from archspec.ops.other_names import known_as, other_key, others_meant
from archspec.ops.other_values import meant_key
from archspec.source import Span
from archspec.words import listed

if TYPE_CHECKING:
    from archspec.expand.python_layers import Known

TYPE_KEYS = (
    "class",
    "class_name",
    "classname",
    "layer",
    "layer_type",
    "op",
    "op_type",
    "kind",
    "module",
    "cls",
    "_target_",
)
"""What other formats call the key of a layer's type."""

TYPE = re.compile(r"[A-Z]\w*[a-z]\w*")
"""How types are called, known or not."""
_NO_ACTIVATION = {"linear", "identity", "none", "null", ""}
"""What others call an activation that leaves all as it is: Keras has `linear`."""

# Names in a list --------------------------------------------------------------------------------------------------


def named_items(layers: Sequence) -> Named:
    """The layers of a list with a key `name`, which no op has."""
    found: Named = {}
    for position, item in enumerate(layers.items):
        name, kind = (item.get("name"), item.get("type")) if isinstance(item, Mapping) else (None, None)
        if not isinstance(item, Mapping) or not isinstance(name, Scalar) or not isinstance(name.value, str):
            continue
        is_op = isinstance(kind, Scalar) and isinstance(kind.value, str) and registry.find(kind.value) is not None
        if is_op and why_no_layer_name(name.value) is None and name.value not in {n for n, _ in found.values()}:
            rest = {key: entry for key, entry in item.entries.items() if key != "name"}
            found[position] = name.value, Mapping(rest, item.span)
    return found


def names_in_a_list(layers: Sequence, named: Named, scope: str) -> Diagnostic:
    """E0103, once for all the names of a list."""
    position, (name, rest) = next(iter(named.items()))
    item = layers.items[position]
    assert isinstance(item, Mapping)
    entry, kind = item.entries["name"], rest.entries["type"].value
    more = ", …" if len(rest.entries) > 1 else ""
    path = f"{scope}.{name}" if scope else name
    help = f"names go into a mapping: write {name}: {{type: {kind.span.text()}{more}}}, and so for each, without the dashes"
    edits = [
        edit for i, other in enumerate(layers.items) for edit in _as_entry(other, named[i][0] if i in named else "")
    ]
    is_whole = len(named) == len(layers.items) and len(edits) == 2 * len(named)
    return Diagnostic("E0103", f"{path} has a name, but stands in a list, whose layers have none", entry.key_span,
                      label="a name in a list", help=help, layer=path,
                      ways=(Fix(help, tuple(edits), is_safe=True),) if is_whole else ())  # fmt: skip


def name_in_a_list(
    path: str, item: Mapping, named: Entry, root: Node, name_of: Callable[[Mapping], Entry | None]
) -> Diagnostic:
    """E0102 for `- conv1: {type: …}`, once for all the names of a list; `name_of` tells those of other layers."""
    layers = holder_of(root, item.span)
    items = layers.items if isinstance(layers, Sequence) else []
    found = [name_of(other) if isinstance(other, Mapping) else None for other in items]
    pairs = [(entry, other) for entry, other in zip(found, items, strict=True) if entry is not None]
    entries = [entry for entry, _ in pairs]
    names = {entry.key for entry in entries}
    column = _column(root, layers)
    edits = [
        _without_dash(entry, column, isinstance(other, Mapping) and len(other.entries) > 1) for entry, other in pairs
    ]
    is_whole = len(entries) == len(items) == len(names) and not any(map(why_no_layer_name, names))
    help = "a list's layers have no names; drop the dashes, or the names"
    is_safe = is_whole and all(edits)
    said = "drop the dashes: names go into a mapping" if is_safe else "drop the names: a list's layers have none"
    if not is_safe:
        edits = [_without_name(entry, isinstance(other, Mapping) and len(other.entries) > 1) for entry, other in pairs]
    changed = tuple(edit for edit in edits if edit is not None)
    ways = (Fix(said, changed if len(changed) == len(entries) else (), is_safe),)
    return Diagnostic("E0102", f"{path} has no type, but a name, {clip(named.key)}", named.key_span,
                      label="a name in a list", help=help, layer=path, ways=ways)  # fmt: skip


def has_keys_below(layer: Mapping) -> bool:
    """Whether a layer is a name and a type, and in the column of the name the keys of that type: `- pool1: MaxPool2d` above
    `kernel_size: 2`."""
    named, *keys = layer.entries.values()
    kind = type_called(named.value.text) if isinstance(named.value, Scalar) else None
    op = registry.find(kind) if kind is not None else None
    if op is None or is_flow(layer) or type_called(named.key) is not None or why_no_layer_name(named.key) is not None:
        return False
    known = {*op.model_fields, *COMMON_KEYS, *CONTROL_KEYS}
    return named.key not in known and all(
        entry.key in known or other_key(entry.key, op.model_fields) is not None for entry in keys
    )


def _column(root: Node, layers: Node | None) -> int:
    """Where the key of a list stands, which may be the column of its dashes; 0 where it has none."""
    holder = holder_of(root, layers.span) if layers is not None else None
    entries = holder.entries.values() if isinstance(holder, Mapping) else ()
    return next((entry.key_span.column for entry in entries if entry.value is layers), 0)


def _without_dash(entry: Entry, column: int, has_keys: bool) -> Edit | None:
    """The edit that makes `- conv1: …` `conv1: …`, further to the right than the key of the list, which is in `column`, and a
    type that has keys below it a key, too; None where it is written otherwise."""
    span = entry.key_span
    dash = dash_before(span)
    if dash is None or (has_keys and dash.column == column):
        return None
    if not has_keys:
        return Edit(dash, " " * (span.column - column) if dash.column == column else "")
    value = entry.value.span
    edit = Edit(dash.until(value), f"{span.text()}:\n{' ' * (span.column - 1)}type: ")
    return edit if value.line == span.line else None


def _without_name(entry: Entry, has_keys: bool) -> Edit | None:
    """The edit that makes `- conv1: {type: …}` `- {type: …}`, and a type that has keys below it a key; None where the value
    stands in another line."""
    first, value = entry.key_span, entry.value.span
    if dash_before(first) is None or first.line != value.line:
        return None
    return Edit(first.until(value), "type: " if has_keys else "")


def _as_entry(item: Node, name: str) -> list[Edit]:
    """The edits that make `- {name: a, type: T}` `a: {type: T}`; none where it is written otherwise."""
    dash = dash_before(item.span)
    out = without_key(item, "name") if isinstance(item, Mapping) and is_flow(item) else None
    return [Edit(dash, f"{name}: "), out] if dash is not None and out is not None else []


# A type as a key --------------------------------------------------------------------------------------------------


def type_as_key(tree: Mapping, path: str) -> Diagnostic | None:
    """E0102 for `Conv2D: {filters: 8}` in place of a layer; None where it is something else."""
    entry = next(iter(tree.entries.values()), None)
    kinds = kinds_called(entry.key) if entry is not None and len(tree.entries) == 1 else []
    is_name = entry is not None and len(tree.entries) == 1 and not kinds and _is_nothing(entry.value)
    kinds = _kinds_named(entry.key) if entry is not None and is_name else kinds
    ways = []
    if entry is not None and kinds and isinstance(entry.value, Scalar) and isinstance(entry.value.value, str):
        from archspec.expand.spoken import spoken_below

        ways = list(spoken_below(tree, entry))
    ways = ways or [way for kind in kinds for way in _as_types(tree, entry, kind)] if entry is not None else []
    if entry is None or not ways:
        return None
    help = ", or ".join(way.said for way in ways)
    what = f"a name, {clip(entry.key)}" if is_name else f"{clip(entry.key)} as a key, which is one"
    return Diagnostic("E0102", f"{path} has no type, but {what}", entry.key_span,
                      label="type expected" if is_name else "a type as a key", layer=path, help=help,
                      ways=tuple(ways))  # fmt: skip


def _as_types(tree: Mapping, entry: Entry, known: str) -> Iterator[Fix]:
    """The layers of an op that a key stands for, with the keys below it, or values in one of the orders that they may have; none
    where one is not known."""
    op = registry.find(known)
    if op is None:
        return
    if isinstance(entry.value, Sequence):
        from archspec.expand.listed_values import keys_of_list

        found = list(keys_of_list(entry.value, known, op))
        yield from (as_type(tree, entry, known, keys, "", [])._replace(is_reading=len(found) > 1) for keys in found)
        return
    keys, activation, lost = _keys(entry, list(op.model_fields), op.positional or tuple(op.model_fields))
    if keys is not None:
        yield as_type(tree, entry, known, keys, activation, lost)


def as_type(tree: Mapping, entry: Entry, known: str, keys: list[str], activation: str, lost: list[str]) -> Fix:
    """The layer of an op, with its keys, in place of a mapping with its name as the key."""
    op = registry.find(known)
    assert op is not None
    written = flow_layer(known, keys)
    rest = (f", and {activation} below it" if activation else "") + (f", without {listed(lost)}" if lost else "")
    said = f"write {written}{rest}"
    if activation and isinstance(entry.value, Mapping):  # which gets a line of its own in its turn
        written = f"{written[:-1]}, activation: {entry.value.entries['activation'].value.span.text()}}}"
    span = entry.value.span
    start = tree.span if is_flow(tree) else entry.key_span
    is_nothing = _is_nothing(entry.value)
    is_empty = is_nothing and not span.text()
    end = tree.span if is_flow(tree) else entry.key_span if is_empty else last_value(entry.value).span
    column = end.end_column + (1 if is_empty and not is_flow(tree) else 0)
    edit = Edit(Span(span.source, start.line, start.column, end.end_line, column), written)
    edits = beside(entry, "type", known) if has_comment(edit.span) else (edit,)
    is_plain = (
        entry.key == known
        and not activation
        and edits == (edit,)
        and (
            is_nothing
            or (isinstance(entry.value, Mapping) and all(key in op.model_fields for key in entry.value.entries))
        )
    )
    return Fix(said, edits, is_plain)


def missing_type(tree: Mapping, name: str, path: str, place: Span, known: Known) -> Diagnostic:
    """E0102 for a layer without a type: the key that was meant to be it, or the type that its name and its keys tell. `known` is
    what code may name."""
    for key, entry in tree.entries.items():
        kind = type_called(entry.value.text) if isinstance(entry.value, Scalar) and key.lower() in TYPE_KEYS else None
        if kind is not None:
            said = f"write type: {kind}"
            edits = put(entry.key_span, "type"), put(entry.value.span, kind)
            return Diagnostic("E0102", f"{path} has no type, but {clip(key)}", entry.key_span, label="type expected", help=said,
                              layer=path, ways=(Fix(said, edits, is_safe=True),))  # fmt: skip
    first = next(iter(tree.entries.values()), None)
    kind = type_called(first.key) if first is not None and is_flow(tree) and has_no_colon(first.key_span) else None
    if first is not None and kind is not None:
        ways = (Fix(f"write type: {kind}", (Edit(first.key_span, f"type: {kind}"),), is_safe=kind == first.key),)
        return Diagnostic("E0102", f"{path} has no type, but {clip(first.key)} without a key", first.key_span, layer=path,
                          label="type: is missing before this", help=ways[0].said, ways=ways)  # fmt: skip
    code = next((entry for entry in tree.entries.values() if "(" in entry.key), None)
    if code is not None and is_flow(tree) and has_no_colon(code.key_span):
        return _call_as_key(path, tree, code, known)
    misspelt = misspelt_type(tree)
    if misspelt is not None:
        ways = (Fix("write type", (put(misspelt.key_span, "type"),), is_safe=True),)
        return Diagnostic("E0102", f"{path} has no type, but {clip(misspelt.key)}", misspelt.key_span, layer=path,
                          label="did you mean type?", help="write type", ways=ways)  # fmt: skip
    from archspec.expand.python_calls import are_layers, as_group

    if are_layers(tree):
        return Diagnostic("E0102", f"{path} has no type, but layers", place, label="a group has its layers under layers:",
                          layer=path, help="put the layers under layers: of a group",
                          ways=tuple(as_group(tree, place)))  # fmt: skip
    named = tuple(_by_name(name.rstrip("0123456789_"), tree))
    help = f"write {_before(name, tree, place)} {{type: …}}, or layers: for a group; `archspec ops` lists the types"
    return Diagnostic("E0102", f"{path} has no type", place, label="type is missing", layer=path, help=help, ways=named)


def _by_name(name: str, tree: Mapping) -> Iterator[Fix]:
    """The type that a layer's name tells, where its keys are those of that op, or what others call them."""
    from archspec.expand.other_layers import with_other_keys

    for kind in kinds_called(name):
        op = registry.find(kind)
        keys = tree.entries.keys() - {*COMMON_KEYS, *CONTROL_KEYS}
        edit = with_key(tree, "type", kind)
        if op is None or edit is None:
            continue
        way = Fix(f"add type: {kind}", (edit,))
        if keys <= op.model_fields.keys():
            yield way
        elif all(
            key in op.model_fields or other_key(key, op.model_fields) is not None or is_no_part(key) for key in keys
        ):
            yield from with_other_keys(way, kind, name, tree)


def _call_as_key(path: str, tree: Mapping, code: Entry, known: Known) -> Diagnostic:
    """E0102 for `{nn.Conv2d(3, 8, 3), from: a}`."""
    from archspec.expand.python_calls import call_ways

    ways = tuple(call_ways(code.key, tree, code.key_span, known))
    return Diagnostic("E0102", f"{path} has no type, but {clip(code.key)}, {CALL}", code.key_span, layer=path,
                      label="a call without a key", help=ways[0].said if ways else AS_KEYS, ways=ways)  # fmt: skip


def misspelt_type(tree: Mapping) -> Entry | None:
    """The key that is `type` misspelt: one near it, whose value is an op."""
    for key, entry in tree.entries.items():
        is_near = sorted(key.lower()) == sorted("type") or find_near(key, ["type"]) is not None
        if is_near and isinstance(entry.value, Scalar) and type_called(entry.value.text) is not None:
            return entry
    return None


def no_layer(tree: Node, name: str, path: str, place: Span) -> Diagnostic:
    """E0100 for what is neither a type nor a mapping; `place` is where its name stands."""
    from archspec.expand.python_calls import is_group, list_ways

    ways = tuple(list_ways(tree, place)) if isinstance(tree, Sequence) else tuple(_of_its_name(tree, name))
    if isinstance(tree, Sequence) and is_group(tree):
        help = f"layers in a row are a group: write {_before(name, tree, place)} {{layers: […]}}"
    else:
        help = f"write {_before(name, tree, place)} {{type: …}}; `archspec ops` lists the types"
    return Diagnostic("E0100", f"{path} takes a type or a mapping, not {describe(tree)}", tree.span, layer=path, help=help,
                      ways=ways)  # fmt: skip


def _of_its_name(tree: Node, name: str) -> Iterator[Fix]:
    """The type that a layer's name tells, where nothing is written behind it: `relu1:`, `flatten:`."""
    span, line = tree.span, tree.span.source.lines[tree.span.line - 1]
    apart = " " if not span.text() and line[: span.column - 1].endswith(":") else ""
    for kind in _kinds_named(name) if _is_nothing(tree) else ():
        yield Fix(f"write {name}: {kind}", (Edit(span, f"{apart}{kind}"),))


def _kinds_named(name: str) -> list[str]:
    """The types that a layer's name tells alone; of one that needs keys it is not known which they are."""
    from archspec.expand.written_layer import is_right

    return [kind for kind in kinds_called(name.rstrip("0123456789_")) if is_right(kind, {})]


def _is_nothing(tree: Node) -> bool:
    return isinstance(tree, Scalar) and tree.value is None


def _before(name: str, tree: Node, place: Span) -> str:
    """What stands before a layer: its name, whose place this is, or the dash of a list, which has none."""
    return "-" if place == tree.span.start() else f"{name}:"


def type_called(name: str) -> str | None:
    """The op that another library calls so, where there is one: its own name in any case, or another."""
    known = known_as(name)
    return known if registry.find(known) is not None else None


def kinds_called(name: str) -> list[str]:
    """The op that another library calls so, or those of which one may be meant."""
    known = type_called(name)
    return [known] if known is not None else others_meant(name)


def is_nearly_a_type(text: str) -> bool:
    """Whether a text is an op misspelt, another library's name for one, or a call of one: `ReLu`, `nn.ReLU(inplace=True)`."""
    name = text.partition("(")[0].strip().rpartition(".")[2] if text.endswith(")") or "." in text else text
    if not name.isidentifier():
        return False
    near = find_near(name, registry.names())
    return type_called(name) is not None or (near is not None and near.is_only)


def _keys(entry: Entry, fields: list[str], positional: tuple[str, ...]) -> tuple[list[str] | None, str, list[str]]:
    """The keys as they are called here, with their values as written, an activation, and keys that are none here; None where
    one is not known."""
    value = entry.value
    if isinstance(value, Scalar):
        from archspec.expand.listed_values import is_factor

        first = next((name for name in positional if not name.startswith("in_")), None)
        if is_factor(fields, value.text):
            first = "scale_factor"
        written = [] if value.value is None or first is None else [f"{first}: {value.span.text()}"]
        return written, "", []
    if not isinstance(value, Mapping):
        return None, "", []
    found: list[str] = []
    lost: list[str] = []
    activation = ""
    for key, inner in value.entries.items():
        if inner.value.span.line != inner.value.span.end_line:
            return None, "", []
        if key == "activation":
            activation = layer_of(inner.value) or activation
            continue
        own = meant_key(entry.key, key) or (key if key in fields else other_key(key, fields))
        if own is not None:
            found.append(f"{own}: {inner.value.span.text()}")
        else:
            lost.append(key)
    return found, activation, lost


# An activation as a key -------------------------------------------------------------------------------------------


def layer_of(value: Node | None) -> str:
    """The layer that an activation's name stands for; nothing where there is none."""
    return activation_in(value) or ""


def activation_in(value: Node | None) -> str | None:
    """The layer that an activation is, however it is written; nothing where it changes nothing, None where it is not known."""
    if isinstance(value, Mapping):
        return _written_out(value)
    if not isinstance(value, Scalar) or not (value.value is None or isinstance(value.value, str)):
        return None
    from archspec.expand.python_calls import called

    name = (value.value or "none").strip().rpartition(" = ")[2]
    if name.lower().removesuffix("()").rpartition(".")[2] in _NO_ACTIVATION:
        return ""
    known = type_called(name.rpartition(".")[2]) if "(" not in name else None
    if known == "Softmax":
        return "{type: Softmax, dim: 1}"
    layer = called(f"{known}()" if known is not None else name)
    return layer if layer and not any(key in layer for key in ("from:", "layers:")) else None


def _written_out(value: Mapping) -> str | None:
    """The same for `{type: ReLU, inplace: true}`."""
    kind = value.get("type")
    known = (
        type_called(kind.value.rpartition(".")[2]) if isinstance(kind, Scalar) and isinstance(kind.value, str) else None
    )
    op = registry.find(known) if known is not None else None
    rest = {key: entry.value.span for key, entry in value.entries.items() if key != "type"}
    if op is None or not rest.keys() <= op.model_fields.keys() or any(s.line != s.end_line for s in rest.values()):
        return None
    return flow_layer(str(known), [f"{key}: {span.text()}" for key, span in rest.items()])


def flow_layer(kind: str, keys: Sequence_[str]) -> str:
    """A layer on a line: its type, or a mapping where it has keys."""
    return f"{{{', '.join([f'type: {kind}', *keys])}}}" if keys else kind


def names_below(name: str, layer: str) -> tuple[str, str]:
    """What a layer below another one may be called: `relu6` below `fc6`, or else `fc6_relu`."""
    plain = name_for(layer)
    return f"{plain}{name[len(name.rstrip('0123456789')) :]}", f"{name}_{plain}"


def name_for(layer: str) -> str:
    """What a layer that has no name may be called."""
    return "".join(takewhile(str.isalnum, layer.removeprefix("{type: "))).lower()
