"""Memory: the bytes of each layer's output, their sum, and the peak of what is alive at once.

The peak is that of inference on one sample, layer by layer in the order of computation, without in-place operations: a
tensor lives from the layer that makes it to the last one that reads it (outputs of the network to the end), and a view
keeps alive what it looks at. Weights are not part of it.
"""

from __future__ import annotations

from archspec.dims import Size, TooComplex, sum_of
from archspec.facts.model import Facts
from archspec.facts.totals import total
from archspec.ops.base import ITEM_BYTES, Tensor, count


def tensor_bytes(tensor: Tensor) -> Size:
    """The bytes of one sample of a tensor."""
    return count(tensor) * ITEM_BYTES[tensor.dtype]


def measure_memory(facts: Facts) -> None:
    """Fills in `activation_bytes`, and the totals of activations and peak."""
    known = True
    made: list[Size | None] = []
    for node in facts.graph.nodes:
        record = facts.of(node)
        if record.outputs is None:
            known = False
            continue
        try:
            distinct = {id(tensor): tensor for tensor in record.outputs.values()}  # often one tensor at all ports
            sizes = {key: tensor_bytes(tensor) for key, tensor in distinct.items()}
            record.activation_bytes = sum_of(sizes[id(tensor)] for tensor in record.outputs.values())
        except TooComplex:
            known = False
        if not node.is_input and not node.train_only and not (node.op and node.op.is_view):
            made.append(record.activation_bytes)
    if known:
        facts.totals.activation_bytes = total(made)
        facts.totals.peak_activation_bytes = _peak(facts)


def _peak(facts: Facts) -> int | None:
    """The greatest sum of bytes alive at once; None where sizes are symbolic."""
    nodes = facts.graph.nodes
    owner = list(range(len(nodes)))  # whose memory a node's output stands in
    last = list(range(len(nodes)))  # the last node that reads a memory
    for node in nodes:
        for ref in node.inputs if not node.train_only else ():
            if ref is not None:
                last[owner[ref.node]] = node.index
        if node.op is not None and node.op.is_view and node.inputs and node.inputs[0] is not None:
            owner[node.index] = owner[node.inputs[0].node]
    for ref in facts.graph.outputs.values():
        if ref is not None:
            last[owner[ref.node]] = len(nodes)
    sizes: list[int] = []
    for node in nodes:
        size = facts.of(node).activation_bytes
        if not isinstance(size, int):
            return None
        sizes.append(size if owner[node.index] == node.index and not node.train_only else 0)
    ends: list[list[int]] = [[] for _ in range(len(nodes) + 1)]
    for i, end in enumerate(last):
        ends[end].append(i)
    alive = sum(sizes[node.index] for node in facts.graph.inputs)
    peak = alive
    for node in nodes:
        if not node.is_input:
            alive += sizes[node.index]
        peak = max(peak, alive)
        alive -= sum(sizes[i] for i in ends[node.index])
    return peak
