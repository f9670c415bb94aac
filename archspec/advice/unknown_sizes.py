"""What could be done about a size that is no number where one is needed. Leaves: changes of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.advice.case import Case
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.dims import exact_div, product
from archspec.document.edits import mapping_of, without_key
from archspec.document.tree import Mapping, Scalar, Sequence, clip
from archspec.graph import Node
from archspec.ops.base import Tensor
from archspec.source import Span

_QUOTES = "\"'"
SIZE = re.compile(r"\$\{\s*(\w+)\.shape\[\s*(-?\d+)\s*\]\s*\}")
"""One size of an input of the scope, as it is."""
RESIZES = ("Upsample", "Interpolate")
"""Ops for which UpsampleLike may stand."""


def about_open(case: Case, error: Diagnostic, node: Node) -> Iterator[Fix]:
    """Changes for help, about E0308."""
    mapping = getattr(node.place, "mapping", None)
    tensor = case.facts.tensor(node.inputs[0]) if node.inputs else None
    if not isinstance(mapping, Mapping) or tensor is None or not tensor.rank:
        return
    if node.type == "Reshape":
        yield from _left_open(mapping, error, tensor)
    if node.type in RESIZES:
        yield from _as_another(case, mapping, error, node, tensor)


def _left_open(mapping: Mapping, error: Diagnostic, tensor: Tensor) -> Iterator[Fix]:
    """-1 in the shape of a Reshape for a size that is no number here, which the others decide."""
    shape = mapping.get("shape")
    if not isinstance(shape, Sequence):
        return
    for item in shape.items:
        others = [other.value for other in shape.items if isinstance(other, Scalar) and other is not item]
        sizes = [size for size in others if type(size) is int and size > 0]
        if not _holds(item.span, error.span) or len(sizes) < len(shape.items) - 1:
            continue
        if exact_div(product(tensor.shape[1:]), product(sizes)) is not None:
            text = clip(item.span.text().strip(_QUOTES))
            said = f"write -1 in place of {text}, which takes what the other sizes leave; or {error.help}"
            yield Fix(said, (Edit(item.span, "-1"),))


def _as_another(case: Case, mapping: Mapping, error: Diagnostic, node: Node, tensor: Tensor) -> Iterator[Fix]:
    """UpsampleLike in place of a size that is another tensor's, whose name the expressions say."""
    entry = mapping.entries.get("size")
    x = _read(case, mapping, node)
    if entry is None or x is None or mapping.entries.keys() & {"recompute_scale_factor"}:
        return
    items = entry.value.items if isinstance(entry.value, Sequence) else [entry.value]
    found = [SIZE.fullmatch(item.span.text().strip(_QUOTES)) for item in items]
    names = {match[1] for match in found if match is not None}
    axes = [int(match[2]) % tensor.rank for match in found if match is not None]
    if len(names) != 1 or axes != list(range(2, tensor.rank)) or len(found) != len(axes):
        return
    both = f"from: [{x}, {names.pop()}]"
    source, start, end = mapping.get("from"), entry.key_span, entry.value.span
    edits: list[Edit | None] = [Edit(node.place.type, "UpsampleLike")]
    if source is not None:
        edits += [Edit(source.span, both.removeprefix("from: ")), without_key(mapping, "size")]
    else:
        edits.append(Edit(start.to(end), both))
    said = f"write {{type: UpsampleLike, {both}}} in place of {node.type} and size, for any size; or {error.help}"
    if None not in edits:
        yield Fix(said, tuple(edit for edit in edits if edit is not None))


def _read(case: Case, mapping: Mapping, node: Node) -> str | None:
    """The name of what a layer reads: as `from` has it, or that of the layer above; None where it has none."""
    source = mapping.get("from")
    if source is not None:
        return source.text if isinstance(source, Scalar) and isinstance(source.value, str) else None
    holder = mapping_of(case.document.root, getattr(node.place, "whole", node.place.name))
    above = None
    for name, entry in holder.entries.items() if holder is not None else ():
        if entry.value is mapping:
            return above
        above = name
    return None


def _holds(span: Span, other: Span) -> bool:
    is_line = span.line == span.end_line == other.line
    return is_line and span.column <= other.column and other.end_column <= span.end_column
