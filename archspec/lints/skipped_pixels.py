"""W1022: pixels skipped between windows

The stride is larger than the window, so that what lies between is never read.

A window of 2 that moves 3 at a time never reads every third row. A window of 1 is meant so: it is how ResNet's shortcuts make
an image smaller (He et al., "Deep Residual Learning", 2015, section 3.3), and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts, LayerFacts
from archspec.graph import Node
from archspec.ops.base import Window
from archspec.ops.window import AXIS_NAMES
from archspec.words import counted, listed

CODE = "W1022"
BAD = """archspec: 1
name: Example
input: [3, 32, 32]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 2, stride: 3}
"""
GOOD = BAD.replace("stride: 3", "stride: 2")
ALARMS = "true, and harmless: MViTv2 pools its keys and values so, with a kernel of 3 and a stride of 4"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        windows = _windows(node, facts.of(node))
        skipping = [window for window in windows if 1 < window.size < window.stride]
        if node.op is None or not skipping:
            continue
        names = [AXIS_NAMES[node.op.rank][window.axis - 2] for window in skipping]
        sides = {"height": "row", "width": "column"}
        skipped = [counted(each.stride - each.size, sides.get(name, "position"))
                   for each, name in zip(skipping, names, strict=True)]  # fmt: skip
        yield Diagnostic(CODE, f"{node.path} skips {listed(skipped)} between one window and the next",
                         node.place.argument("stride") or node.place.type, label=f"larger than the window in {listed(names)}",
                         help=f"a stride of {_closer(windows)}, or a larger kernel_size, would read them all",
                         layer=node.path)  # fmt: skip


def _windows(node: Node, record: LayerFacts) -> list[Window]:
    """Those of each axis along which there are several."""
    if (
        node.op is None
        or node.op.kind not in ("convolution", "pooling")
        or not record.reaches
        or record.outputs is None
    ):
        return []
    sizes = next(iter(record.outputs.values())).shape
    return [step for step in record.reaches[0] if isinstance(step, Window) and sizes[step.axis] != 1]


def _closer(windows: list[Window]) -> str:
    """The largest stride that skips nothing, as it is written."""
    strides = [min(window.stride, window.size) for window in windows]
    return str(strides[0]) if len(set(strides)) == 1 else str(strides)
