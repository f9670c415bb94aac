"""A pooling over a whole image, written as a window of a size that is a word: `kernel_size: global`.

Enters: such a layer; leaves: the pooling that gives one position.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import put, without_keys
from archspec.document.tree import Mapping
from archspec.ops import registry
from archspec.words import listed

_ALL = {"global", "full", "all", "whole", "image", "input", "max", "none", "?", "-1"}
"""What is written in place of a size that is as large as the image, whatever that is."""
_OF_WINDOWS = (
    "kernel_size", "stride", "padding", "dilation", "ceil_mode", "count_include_pad", "divisor_override"
)  # fmt: skip


def global_ways(kind: str, key: str, value: object, node: Mapping) -> Iterator[Fix]:
    """The adaptive pooling of the same kind, without what windows alone have."""
    other = f"Adaptive{kind}"
    is_all = value is None or (isinstance(value, (str, int)) and str(value).strip().lower() in _ALL)
    type_ = node.get("type")
    if key != "kernel_size" or not is_all or type_ is None or registry.find(other) is None:
        return
    entry = node.entries[key]
    rest = [name for name in _OF_WINDOWS if name in node.entries and name != key]
    out = without_keys(node, rest)
    without = f", without {listed(rest)}" if rest else ""
    if bool(out) == bool(rest) and entry.key_span.line == entry.value.span.end_line:
        place = entry.key_span.to(entry.value.span)
        edits = (put(type_.span, other), Edit(place, "output_size: 1"), *out)
        yield Fix(f"write {{type: {other}, output_size: 1}}{without}", edits)
