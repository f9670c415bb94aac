"""An activation written as a key, or spoken of along with a layer, as a layer of its own below.

Enters: the document, and the place of the key; leaves: changes. Whoever read the layer reads the new one from then on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import after, are_numbers_spoken_of, between_layers, is_flow, last_value, put, without_key
from archspec.document.tree import Mapping, Node, Scalar, Sequence, parts, values_of
from archspec.expand.other_styles import layer_of, names_below
from archspec.source import Span

if TYPE_CHECKING:
    from archspec.expand.python_layers import Known

_TIMES = ("repeat", "for", "as", "use", "layers")
"""Keys of a layer that is there several times, each of which would need the new one."""
_SHARED = ("when", "mode")
"""Keys that hold for the new layer as they do for the old one."""


def is_activation(problem: Diagnostic) -> bool:
    """Whether a problem is such a key."""
    return problem.code == "E0103" and problem.span.text().strip("'\"") == "activation"


def about_activation(root: Node, key: Span) -> list[Fix]:
    """The ways to put a layer below the one that has the key; none where it is not sure who reads which."""
    found = _holders(root, lambda layer: isinstance(layer, Mapping) and _has(layer, key))
    if len(found) != 1:  # written once, and meant several times
        return []
    scope, layers, layer = found[0]
    assert isinstance(layer, Mapping)
    text = layer_of(layer.get("activation"))
    out = without_key(layer, "activation")
    if not text or out is None or any(name in layer.entries for name in _TIMES):
        return []
    shared = [layer.entries[name] for name in _SHARED if name in layer.entries]
    if any(entry.value.span.line != entry.value.span.end_line for entry in shared):
        return []
    keys = text.strip("{}") if text.startswith("{") else f"type: {text}"
    keys = ", ".join([keys, *(f"{entry.key}: {entry.value.span.text()}" for entry in shared)])
    text = f"{{{keys}}}" if shared else text
    return _put_below(root, scope, layers, layer, [text], out, "add a line below:")


def is_called(problem: Diagnostic) -> bool:
    """Whether a problem is a call with an activation in it, where a layer should stand."""
    return problem.code == "E0104" and "activation" in problem.span.text()


def about_called(root: Node, call: Span, known: Known) -> list[Fix] | None:
    """The same for `Conv2D(8, 3, activation="relu")`, which is two layers; None where it is none such."""
    from archspec.expand.python_code import read
    from archspec.expand.python_layers import Layer

    found = _holders(root, lambda layer: isinstance(layer, Scalar) and layer.span == call)
    inner = found[0][1] if len(found) == 1 else None
    known = known._replace(layers=[*known.layers, *inner.entries]) if isinstance(inner, Mapping) else known
    made = read(found[0][2].text, known) if len(found) == 1 and isinstance(found[0][2], Scalar) else None
    if not isinstance(made, Layer) or not made.activation:
        return None
    rest = f", without {' and '.join(made.lost)}" if made.lost else ""
    said = f"write {made.text}{rest}, and below it"
    return _put_below(root, *found[0], [made.activation], Edit(call, made.text), said)


def is_spoken(problem: Diagnostic) -> bool:
    """Whether a problem is a type that is no name, of which nothing was found to be tried."""
    return (
        problem.code == "E0104"
        and not problem.ways
        and re.search(r"[\w.] |[a-z]-[a-z]", problem.span.text().lower()) is not None
    )


def about_spoken(root: Node, text: Span) -> list[Fix]:
    """The same for `conv 32 3x3 relu`, and for what else is spoken of along with a layer."""
    from archspec.expand.spoken import MOST_READINGS, readings, with_commas, words, written

    found = _holders(root, lambda layer: _type_of(layer) == text)
    if len(found) != 1:
        return []
    scope, layers, layer = found[0]
    kind = layer.get("type") if isinstance(layer, Mapping) else layer
    ways: list[Fix] = []
    if not isinstance(kind, Scalar):
        return []
    whole, span, keys = with_commas(kind.text, layer, text)
    if any(name in keys for name in (*_TIMES, *_SHARED)):
        return []
    for one in islice(readings(whole, keys), MOST_READINGS):
        if one.is_whole and one.below:
            out = Edit(span, written(one, layer))
            said = f"{words(one._replace(below=[]), layer)}, and below it"
            ways += _put_below(root, scope, layers, layer, one.below, out, said)
    return [way._replace(is_reading=len(ways) > 1) for way in ways]


def _type_of(layer: Node) -> Span | None:
    """Where the type of a layer stands."""
    kind = layer.get("type") if isinstance(layer, Mapping) else layer
    return kind.span if isinstance(kind, Scalar) else None


def _put_below(
    root: Node, scope: Mapping, layers: Mapping | Sequence, layer: Node, texts: list[str], out: Edit, said: str
) -> list[Fix]:
    if isinstance(layers, Sequence):
        return [] if are_numbers_spoken_of(root, layers) else _in_a_list(layers, layer, texts, out, said)
    return list(_in_a_mapping(scope, layers, layer, texts, out, said))


def _in_a_list(layers: Sequence, layer: Node, texts: list[str], out: Edit, said: str) -> list[Fix]:
    apart = between_layers(layers, layer.span)
    lines = " and ".join(f"- {text}" for text in texts)
    return [Fix(f"{said} {lines}", _moved(layer, "".join(f"{apart}{text}" for text in texts), out))]


def _in_a_mapping(
    scope: Mapping, layers: Mapping, layer: Node, texts: list[str], out: Edit, said: str
) -> Iterator[Fix]:
    entry = next(entry for entry in layers.entries.values() if entry.value is layer)
    readers = [read for other in layers.entries.values() for read in _readers(other.value)] + _texts(
        scope.get("outputs")
    )
    own = (entry.key, f"{entry.key}.output")
    if any("${" in read.text for read in readers) or entry.key in _used(layers):
        return
    start = between_layers(layers, entry.key_span)
    for names in zip(*(names_below(entry.key, text) for text in texts), strict=True):
        renamed = [put(read.span, names[-1]) for read in readers if read.text in own]
        rest = f", and read it in {', '.join(_reading(scope, layers, own))}" if renamed else ""
        lines = [f"{free}: {text}" for free, text in zip(names, texts, strict=True)]
        edits = (*_moved(layer, "".join(f"{start}{line}" for line in lines), out), *renamed)
        if layers.entries.keys().isdisjoint(names) and len(set(names)) == len(names):
            yield Fix(f"{said} {' and '.join(lines)}{rest}", edits)


def _reading(scope: Mapping, layers: Mapping, own: tuple[str, ...]) -> list[str]:
    """What refers to a layer by its name."""
    found = [name for name, other in layers.entries.items() if any(read.text in own for read in _readers(other.value))]
    return [*found, *(["outputs"] if any(read.text in own for read in _texts(scope.get("outputs"))) else [])]


def _holders(root: Node, is_meant: Callable[[Node], bool]) -> list[tuple[Mapping, Mapping | Sequence, Node]]:
    """The scopes, the layers in them, and the layer among these that is meant."""
    found: list[tuple[Mapping, Mapping | Sequence, Node]] = []
    for node in parts(root):
        layers = node.get("layers") if isinstance(node, Mapping) else None
        if isinstance(node, Mapping) and isinstance(layers, (Mapping, Sequence)):
            found += [(node, layers, layer) for layer in values_of(layers) if is_meant(layer)]
    return found


def _has(layer: Mapping, key: Span) -> bool:
    entry = layer.entries.get("activation")
    return entry is not None and entry.key_span == key


def _readers(layer: Node) -> list[Scalar]:
    """What a layer refers to."""
    return _texts(layer.get("from")) if isinstance(layer, Mapping) else []


def _texts(node: Node | None) -> list[Scalar]:
    return [part for part in parts(node) if isinstance(part, Scalar)] if node is not None else []


def _used(layers: Mapping) -> set[str]:
    """The layers that are applied again, with what belongs to them."""
    uses = [layer.get("use") for layer in values_of(layers) if isinstance(layer, Mapping)]
    return {use.text for use in uses if isinstance(use, Scalar)}


def _moved(layer: Node, text: str, out: Edit) -> tuple[Edit, ...]:
    """The edits that put a line below a layer, and below the comment at its end, and write what it is without the activation: in
    the key's place, where that is the last line of the layer."""
    last = list(layer.entries.values())[-1] if isinstance(layer, Mapping) else None
    if (
        isinstance(layer, Mapping)
        and last is not None
        and not is_flow(layer)
        and last.key == "activation"
        and text.startswith("\n")
    ):
        first, end = last.key_span, last.value.span
        return (Edit(Span(end.source, first.line, 1, end.end_line, end.end_column), text[1:]),)
    end = after(last_value(layer).span)
    rest = end.source.lines[end.line - 1][end.column - 1 :]
    if text.startswith("\n") and rest.lstrip().startswith("#"):
        column = end.column + len(rest.rstrip())
        end = Span(end.source, end.line, column, end.line, column)
    if (out.span.end_line, out.span.end_column) == (end.line, end.column):
        return (Edit(out.span, out.replacement + text),)
    return out, Edit(end, text)
