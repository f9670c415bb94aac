"""W1003: bias before a normalization

The normalization subtracts the mean, and the bias with it.

The bias costs parameters and changes nothing. That holds for a network as it trains: the running mean of one that was trained
has the bias in it, so whoever loads such weights without the bias subtracts it from `running_mean`.
Ioffe and Szegedy, "Batch Normalization", 2015, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.model import Facts
from archspec.words import counted

CODE = "W1003"
BAD = """archspec: 1
name: Example
input: [3, 32, 32]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  norm: BatchNorm2d
"""
GOOD = BAD.replace("kernel_size: 3", "kernel_size: 3, bias: false")
ALARMS = "true, and harmless: published with a bias that the batch norm takes away"


def check(facts: Facts) -> Iterator[Diagnostic]:
    readers = facts.graph.readers()
    returned = {ref.node for ref in facts.graph.outputs.values() if ref is not None}
    for node in facts.graph.nodes:
        if node.op is None or node.op.kind not in ("convolution", "linear") or node.index in returned:
            continue
        if getattr(node.op, "bias", False) is not True or node.shares is not None:
            continue
        after = [facts.graph.nodes[index] for index in readers[node.index]]
        tensor = facts.of(node).output
        if not after or tensor is None or any(reader.op is None or not reader.op.takes_means_away for reader in after):
            continue
        if node.op.kind == "linear" and tensor.rank != 2:
            continue  # the features are not the channels that are normalized
        norm = after[0]
        yield Diagnostic(CODE, f"{node.path} has a bias, which {norm.path} takes away again",
                         node.place.argument("bias") or node.place.name,
                         label=f"{counted(tensor.shape[1], 'parameter')} without effect",
                         labels=(Label(norm.place.name, "subtracts the mean of each channel"),),
                         notes=(f"of trained weights, subtract it from {norm.path}.running_mean",),
                         help=f"write bias: false in {node.path}", layer=node.path)  # fmt: skip
