"""Layers that stand beside `layers:` instead of under it. Enters: a key that is none of a document's; leaves: what is said of it,
with the indentation that is missing. Imported only where such a key is.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import at, is_flow
from archspec.document.tree import Entry, Mapping, Node, Scalar, clip
from archspec.ops import registry
from archspec.source import Span

MAX_LINES = 100
"""Lines that one change moves to the right."""


def layer_outside(root: Mapping, entry: Entry) -> Diagnostic | None:
    """E0103 for a layer among the document's keys; None where it seems to be none."""
    layers = root.get("layers")
    if not isinstance(layers, Mapping) or not layers.entries or is_flow(layers) or not _is_layer(entry.value):
        return None
    first = next(iter(layers.entries.values()))
    depth = first.key_span.column - entry.key_span.column
    start, end = entry.key_span, _end(entry.value)
    if depth <= 0 or start.line < first.key_span.line or end.end_line - start.line >= MAX_LINES:
        return None
    lines = [number for number in range(start.line, end.end_line + 1) if start.source.lines[number - 1].strip()]
    edits = tuple(Edit(at(Span(start.source, number, 1, number, 1)), " " * depth) for number in lines)
    said = f"indent it by {first.key_span.column - 1}, like {clip(first.key, 40)}"
    return Diagnostic("E0103", f"{clip(entry.key)} stands beside layers, and is a layer", start, help=said,
                      label="not under layers", ways=(Fix(said, edits),))  # fmt: skip


def _is_layer(node: Node) -> bool:
    kind = node.get("type") if isinstance(node, Mapping) else node
    return isinstance(kind, Scalar) and isinstance(kind.value, str) and registry.find(kind.value) is not None


def _end(node: Node) -> Span:
    """Where a value ends: a mapping of lines with its last one."""
    while isinstance(node, Mapping) and node.entries and not is_flow(node):
        node = list(node.entries.values())[-1].value
    return node.span
