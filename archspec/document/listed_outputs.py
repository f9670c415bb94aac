"""`outputs` of a network, a block or a group. Enters: the value of the key; leaves: the mapping, and E0105 where none is written.

A list of layers, or the name of one, is read as the mapping that is meant, so that nothing more is said of what reads them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence as Sequence_

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import dash_before
from archspec.document.tree import Entry, Invalid, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.source import Span

_LISTED = r"[\w.\s,;&()\[\]]+"


def read_outputs(
    node: Node | None, what: str, report: list[Diagnostic], layer: str | None = None
) -> Mapping | Invalid | None:
    """The outputs by their names, None where the key is not written, and Invalid where they are not known. `what` is what the
    message calls the key."""
    if node is None or isinstance(node, (Mapping, Invalid)):
        return node
    named = _named(node)
    ways = _ways(node, named)
    help = ways[0].said if ways else "write the layer of each output under its name: outputs: {output: …}"
    report.append(Diagnostic("E0105", f"{what} takes a mapping, not {describe(node)}", node.span, label="a mapping expected",
                             help=help, layer=layer, ways=ways))  # fmt: skip
    if not named:
        return Invalid(node.span)
    return Mapping({name: Entry(name, item.span, item) for name, item in named.items()}, node.span)


def _named(node: Node) -> dict[str, Scalar]:
    """Each layer of a list under its name, the group's for an output of one; nothing where something else stands there."""
    items = node.items if isinstance(node, Sequence) else _words(node)
    layers = [item for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
    if len(layers) < len(items) or "$" in node.span.text():
        return {}
    first = [layer.text.partition(".")[0] for layer in layers]
    counted = Counter(first)
    names = [
        own if counted[own] == 1 else layer.text.replace(".", "_") for own, layer in zip(first, layers, strict=True)
    ]
    return dict(zip(names, layers, strict=True)) if len(set(names)) == len(names) else {}


def _words(node: Node) -> Sequence_[Node]:
    """The names of a text that lists some, `a, b` or `(a, b)`; any other value as it is."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not re.fullmatch(_LISTED, node.text):
        return [node]
    names = [name for name in re.findall(r"[\w.]+", node.text) if name != "and"]
    return [Scalar(name, name, node.quoted, node.span) for name in names] or [node]


def _ways(node: Node, named: dict[str, Scalar]) -> tuple[Fix, ...]:
    """The mapping in place of the list: on one line, or a name in place of each dash."""
    pairs = {name: f"{name}: {layer.text}" for name, layer in named.items()}
    listed = f"{{{', '.join(pairs.values())}}}"
    said = f"write outputs: {clip(listed)}"
    if not named:
        return ()
    if node.span.line == node.span.end_line and node.span.start().text()[:1] != "-":
        return (Fix(said, (Edit(node.span, listed),)),)
    edits = [edit for name, layer in named.items() if (edit := _in_place_of_dash(layer.span, pairs[name])) is not None]
    return (Fix(said, tuple(edits)),) if len(edits) == len(named) else ()


def _in_place_of_dash(item: Span, pair: str) -> Edit | None:
    dash = dash_before(item)
    return Edit(dash.to(item), pair) if dash is not None and item.line == item.end_line else None
