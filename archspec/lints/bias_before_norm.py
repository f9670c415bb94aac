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
from archspec.words import counted, listed

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
    uses = facts.graph.uses()
    tied = {facts.graph.tied_to(tie) for node in facts.graph.nodes for tie in node.ties}
    for node in facts.graph.nodes:
        if (
            node.op is None
            or node.op.kind not in ("convolution", "linear")
            or getattr(node.op, "bias", False) is not True
        ):
            continue
        if node.shares is not None or (node, "bias") in tied or any(tie.parameter == "bias" for tie in node.ties):
            continue
        after = [[facts.graph.nodes[index] for index in readers[use.index]] for use in uses[node.index]]
        tensor = facts.of(node).output
        is_all = all(found and use.index not in returned for use, found in zip(uses[node.index], after, strict=True))
        norms = list(dict.fromkeys(norm for found in after for norm in found))
        if not is_all or tensor is None or any(norm.op is None or not norm.op.takes_means_away for norm in norms):
            continue
        if node.op.kind == "linear" and tensor.rank != 2:
            continue  # the features are not the channels that are normalized
        means = listed(list(dict.fromkeys(f"{norm.path}.running_mean" for norm in norms if norm.shares is None)))
        yield Diagnostic(CODE, f"{node.path} has a bias, which {norms[0].path} takes away again",
                         node.place.argument("bias") or node.place.name,
                         label=f"{counted(tensor.shape[1], 'parameter')} without effect",
                         labels=(Label(norms[0].place.name, "subtracts the mean of each channel"),),
                         notes=(f"of trained weights, subtract it from {means}",) if means else (),
                         help=f"write bias: false in {node.path}", layer=node.path)  # fmt: skip
