"""W1004: a stride that leaves the last rows or columns unread.

Where the steps of a window do not come out even, the rest at the right and lower edge is never looked at. Networks do with
it, but the sizes were hardly meant: a 224-pixel input under AlexNet's first layer loses one row and one column.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts, LayerFacts
from archspec.graph import Node
from archspec.ops.base import Window
from archspec.ops.window import AXIS_NAMES
from archspec.source import Span
from archspec.words import counted

CODE = "W1004"
BAD = """archspec: 1
name: Example
input: [3, 224, 224]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 11, stride: 4}
"""
GOOD = BAD.replace("224, 224", "227, 227")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.nodes:
        dropped = _dropped(node, facts.of(node))
        if not dropped:
            continue
        count = max(count for _, count in dropped)
        names = " and ".join(axis for axis, _ in dropped)
        sides = {"height": "row", "width": "column"}
        lost = " and ".join(counted(n, sides.get(axis, "position")) for axis, n in dropped)
        yield Diagnostic(CODE, f"{node.path} never reads the last {lost} of its input", _place(node),
                         label=f"the steps do not come out even in {names}",
                         notes=tuple(_note(node, facts.of(node))),
                         help=f"make {_read(facts, node)} {count} smaller or pad it, if those pixels matter",
                         layer=node.path)  # fmt: skip


def _read(facts: Facts, node: Node) -> str:
    """What the layer reads: the network's input itself, or what comes before the layer."""
    ref = node.inputs[0]
    is_first = ref is not None and facts.graph.nodes[ref.node].is_input
    return "the network's input" if is_first else f"what {node.path} reads"


def _place(node: Node) -> Span:
    return node.place.argument("stride") or node.place.type


def _dropped(node: Node, record: LayerFacts) -> list[tuple[str, int]]:
    """The axes with unread positions at the end, and how many."""
    if node.op is None or node.op.kind not in ("convolution", "pooling") or not record.inputs or record.outputs is None:
        return []
    reach = record.reaches
    output = next(iter(record.outputs.values()))
    found: list[tuple[str, int]] = []
    for axis, window in enumerate(reach[0] if reach else ()):
        if not isinstance(window, Window) or window.size < window.stride:
            continue
        size, count = record.inputs[0].shape[axis], output.shape[window.axis]
        if isinstance(size, int) and isinstance(count, int):
            last = -window.padding + (count - 1) * window.stride + window.size - 1
            if last < size - 1:
                found.append((AXIS_NAMES[node.op.rank][axis - 2], size - 1 - last))
    return found


def _note(node: Node, record: LayerFacts) -> Iterator[str]:
    """The arithmetic of the first axis that does not come out even."""
    assert node.op is not None
    assert record.inputs
    reach = record.reaches
    for axis, window in enumerate(reach[0] if reach else ()):
        size = record.inputs[0].shape[axis]
        if isinstance(window, Window) and isinstance(size, int) and window.size >= window.stride:
            padded = f"{size} + {2 * window.padding}" if window.padding else f"{size}"
            rest = (size + 2 * window.padding - window.size) % window.stride
            if rest:
                yield f"({padded} − {window.size}) / {window.stride} leaves {rest}"
                return
