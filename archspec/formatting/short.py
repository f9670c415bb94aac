"""Layers whose only key is their type, written as that type. Enters and leaves: a text."""

from __future__ import annotations

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.document.reader import read
from archspec.document.tree import Mapping, Node, Scalar, Sequence
from archspec.source import Source


def shortened(text: str) -> str:
    """`relu: {type: ReLU}` as `relu: ReLU`."""
    source = Source("", text)
    root, _ = read(source)
    edits: dict[tuple[int, int], Edit] = {}
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, is_layers = waiting.pop()
        if isinstance(node, Sequence):
            inner = [(item, False) for item in node.items]
        elif isinstance(node, Mapping):
            inner = [(entry.value, not is_layers and key == "layers") for key, entry in node.entries.items()]
        else:
            continue
        for value, _ in inner if is_layers else ():
            edit = _short(value)
            if edit is not None:
                edits[edit.span.line, edit.span.column] = edit
        waiting += inner
    return apply(source, list(edits.values()))


def _short(layer: Node) -> Edit | None:
    kind = layer.get("type") if isinstance(layer, Mapping) and len(layer.entries) == 1 else None
    if not isinstance(kind, Scalar) or not isinstance(kind.value, str) or kind.span.line != kind.span.end_line:
        return None
    span = layer.span
    written = span.text()
    is_plain = span.line == span.end_line and written.startswith("{") and written.endswith("}")
    return Edit(span, kind.span.text()) if is_plain else None
