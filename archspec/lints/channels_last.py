"""W1017: channels last

The input is written with its channels last, and a layer that wants them first reads it.

PyTorch's layers read images as channels, height, width. Keras and files of images have the channels last; written so, a
convolution takes the rows for channels and slides over columns and colours.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.input_order import COLORS, NOTHING, input_order
from archspec.facts.model import Facts
from archspec.words import counted

CODE = "W1017"
BAD = """archspec: 1
name: Example
input: [32, 32, 3]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
"""
GOOD = BAD.replace("[32, 32, 3]", "[3, 32, 32]")
_READS = ("convolution", "pooling", "normalization")
LEAST = 2 * max(COLORS) + 1
"""The shortest side of what is an image for certain."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    told: set[int] = set()
    for node in facts.graph.layers:
        is_for_images = node.op is not None and node.op.kind in _READS and node.op.rank == 2
        _, meant = input_order(facts, node) if is_for_images else NOTHING
        if not meant or min(meant[1:]) < LEAST:
            continue
        ref, (channels, high, wide) = node.inputs[0], meant
        assert ref is not None, "the layer reads the image"
        if ref.node in told:
            continue
        told.add(ref.node)
        source = facts.graph.nodes[ref.node]
        yield Diagnostic(CODE, f"{node.path} reads {counted(high, 'channel')} of {wide} × {channels} pixels", node.place.type,
                         label="channels come first in PyTorch", labels=(Label(source.place.name, "channels last?"),),
                         help=f"write the input as {list(meant)}", layer=node.path)  # fmt: skip
