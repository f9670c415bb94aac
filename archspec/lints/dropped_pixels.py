"""W1004: pixels dropped at the edge

The stride does not divide what is left to walk, so the last rows or columns are never read.

Where the steps of a window do not come out even, the rest at the right and lower edge is never looked at. Networks do with it,
but the sizes were hardly meant: a 224-pixel input under AlexNet's first layer loses one row and one column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts, LayerFacts
from archspec.graph import Node
from archspec.ops.base import Tensor, Window, show_shape
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
ALARMS = "true, and harmless: published so; 224 pixels lose one row and one column"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.nodes:
        dropped = _dropped(node, facts.of(node))
        if not dropped:
            continue
        names = " and ".join(one.name for one in dropped)
        sides = {"height": "row", "width": "column"}
        lost = " and ".join(counted(one.lost, sides.get(one.name, "position")) for one in dropped)
        yield Diagnostic(CODE, f"{node.path} never reads the last {lost} of its input", _place(node),
                         label=f"the steps do not come out even in {names}",
                         notes=tuple(_note(node, facts.of(node))),
                         help=f"if those pixels matter: {node.path} reads all of {_shown(read_whole(node, facts.of(node)))}",
                         layer=node.path)  # fmt: skip


def read_whole(node: Node, record: LayerFacts) -> list[Tensor]:
    """The nearest inputs of which the layer reads all: with the sides that lose something smaller, and larger. Their steps come
    out even: what is left, padding included, is taken away, or another step is made of it."""
    assert record.inputs
    tensor, dropped = record.inputs[0], _dropped(node, record)
    found = []
    for place in (0, 1):
        sides = {one.axis: one.even[place] for one in dropped}
        shape = tuple(sides.get(axis, size) for axis, size in enumerate(tensor.shape))
        found.append(tensor._replace(shape=shape))
    return found


def _shown(tensors: list[Tensor]) -> str:
    return " or ".join(show_shape(tensor.shape[2:]) for tensor in tensors)


def _place(node: Node) -> Span:
    return node.place.argument("stride") or node.place.type


class _Dropped(NamedTuple):
    """An axis with unread positions at its end, and how many."""

    axis: int
    name: str
    lost: int
    even: tuple[int, int]
    """The sizes of the axis, the next smaller and larger, of which all is read."""


def _dropped(node: Node, record: LayerFacts) -> list[_Dropped]:
    if node.op is None or node.op.kind not in ("convolution", "pooling") or not record.inputs or record.outputs is None:
        return []
    reach = record.reaches
    output = next(iter(record.outputs.values()))
    found: list[_Dropped] = []
    for axis, window in enumerate(reach[0] if reach else ()):
        if not isinstance(window, Window) or window.size < window.stride:
            continue
        size, count = record.inputs[0].shape[axis], output.shape[window.axis]
        if isinstance(size, int) and isinstance(count, int):
            last = -window.padding + (count - 1) * window.stride + window.size - 1
            if last < size - 1:
                even = (last + 1, last + 1 + window.stride - window.padding)
                found.append(_Dropped(axis, AXIS_NAMES[node.op.rank][axis - 2], size - 1 - last, even))
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
