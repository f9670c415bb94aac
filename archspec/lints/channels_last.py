"""W1017: an image whose channels stand last.

PyTorch's layers read images as channels, height, width. Keras and files of images have the channels last; written so, a
convolution takes the rows for channels and slides over columns and colours.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.input_order import COLORS
from archspec.facts.model import Facts
from archspec.graph import Node

CODE = "W1017"
BAD = """archspec: 1
name: Example
input: [32, 32, 3]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
"""
GOOD = BAD.replace("[32, 32, 3]", "[3, 32, 32]")
_READS = ("convolution", "pooling", "normalization")


def check(facts: Facts) -> Iterator[Diagnostic]:
    told: set[int] = set()
    for node in facts.graph.layers:
        source = _image(facts, node)
        if source is None or source.index in told:
            continue
        told.add(source.index)
        high, wide, channels = facts.of(source).output.shape[1:]  # type: ignore[union-attr]
        yield Diagnostic(CODE, f"{node.path} reads {high} channels of {wide} × {channels} pixels", node.place.type,
                         label="channels come first in PyTorch", labels=(Label(source.place.name, "channels last?"),),
                         help=f"write the input as [{channels}, {high}, {wide}]", layer=node.path)  # fmt: skip


def _image(facts: Facts, node: Node) -> Node | None:
    """The input that a layer for images reads, where its last axis alone can be the colours; else None."""
    ref = (
        node.inputs[0] if node.inputs and node.op is not None and node.op.kind in _READS and node.op.rank == 2 else None
    )
    source = facts.graph.nodes[ref.node] if ref is not None else None
    tensor = facts.of(source).output if source is not None and source.is_input else None
    if tensor is None or tensor.rank != 4:
        return None
    high, wide, channels = tensor.shape[1:]
    are_sides = all(isinstance(side, int) and side > 2 * max(COLORS) for side in (high, wide))
    return source if are_sides and channels in COLORS else None
