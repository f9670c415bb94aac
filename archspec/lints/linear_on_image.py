"""W1010: linear layer on an image

A linear layer maps the last axis; on an image that is its width alone.

Right after a convolution, a pooling layer or the input, the last axis is the width of an image (or the length of a signal's
features), with one and the same map for each row and each channel; a Flatten before it was meant.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.input_order import COLORS
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import show_shape
from archspec.words import counted

CODE = "W1010"
BAD = """archspec: 1
name: Example
input: [3, 32, 32]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  relu: ReLU
  dense: {type: Linear, out_features: 10}
"""
GOOD = BAD.replace("  dense:", "  flatten: Flatten\n  dense:")
_KEEPS = ("activation", "dropout", "normalization")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        tensor = facts.tensor(node.inputs[0]) if node.type == "Linear" and node.inputs else None
        if tensor is None or tensor.rank < 4:
            continue
        source = _source(facts, node)
        if source is None:
            continue
        yield Diagnostic(CODE, f"{node.path} maps the last axis of an image, its {counted(tensor.shape[-1], 'column')}",
                         node.place.type,
                         label=f"reads {show_shape(tensor.shape)}", labels=(Label(source.place.name, "leaves an image"),),
                         help=f"put a Flatten before {node.path}", layer=node.path)  # fmt: skip


def _source(facts: Facts, node: Node) -> Node | None:
    """What the image comes from, through layers that leave each position where it is; None where it is no image."""
    ref = node.inputs[0]
    while ref is not None:
        node = facts.graph.nodes[ref.node]
        if node.op is None or node.is_input:
            return node if node.op is not None and _is_image(facts, node) else None
        if node.op.kind in ("convolution", "pooling"):
            return node if node.op.rank > 1 else None
        ref = node.inputs[0] if node.op.kind in _KEEPS and len(node.inputs) == 1 else None
    return None


def _is_image(facts: Facts, node: Node) -> bool:
    """Whether an input is written as images are: few channels first."""
    tensor = facts.of(node).output
    if tensor is None or tensor.rank != 4:
        return False
    channels, *sides = tensor.shape[1:]
    return channels in COLORS and all(isinstance(side, int) and side > max(COLORS) for side in sides)
