"""Memory: the bytes of each layer's output, their sum, and the peak of what is alive at once.

The peak is that of inference on one sample, layer by layer in the order of computation: a tensor lives from the layer that
makes it to the last one that reads it (outputs of the network to the end). A view keeps alive what it looks at, and an in-place
layer writes into what it reads. Weights, buffers and constants are not part of it.
"""

from __future__ import annotations

from contextlib import suppress

from archspec.dims import Size, TooComplex, symbols
from archspec.facts.model import Facts, LayerFacts
from archspec.facts.storage import Storage, find_storage
from archspec.facts.totals import TOO_LONG, total
from archspec.ops.base import tensor_bytes

MOST_NAMED = 4


def measure_memory(facts: Facts) -> None:
    """Fills in `activation_bytes`, and the totals of activations and peak."""
    for node in facts.graph.nodes:
        _measure(facts.of(node))
    if any(record.outputs is None for record in facts.layers):
        return
    with suppress(TooComplex):
        _add_up(facts)
    for key in ("activation_bytes", "peak_activation_bytes"):
        if getattr(facts.totals, key) is None:
            facts.totals.unknown.setdefault(key, TOO_LONG)


def _measure(record: LayerFacts) -> None:
    if record.outputs is not None and record.instance is not None:
        record.activation_bytes = record.instance.output_bytes


def _add_up(facts: Facts) -> None:
    """The totals. Raises TooComplex."""
    storage = find_storage(facts)
    if storage is None:
        return
    sizes = _sizes(facts, storage)
    made = [facts.graph.nodes[memory.node] for memory in storage.memories]
    facts.totals.activation_bytes = total([
        size for node, size in zip(made, sizes, strict=True) if not node.is_input])  # fmt: skip
    facts.totals.peak_activation_bytes = _peak(facts, storage, sizes)


def _sizes(facts: Facts, storage: Storage) -> list[Size]:
    """The bytes of each memory that inference needs; 0 for what stands there anyway."""
    known = {id(tensor): tensor for tensor in (memory.tensor for memory in storage.memories)}
    bytes_of = {key: tensor_bytes(tensor) for key, tensor in known.items()}
    return [
        0 if memory.is_state or facts.graph.nodes[memory.node].train_only else bytes_of[id(memory.tensor)]
        for memory in storage.memories
    ]


def _peak(facts: Facts, storage: Storage, sizes_of: list[Size]) -> int | None:
    """The greatest sum of bytes alive at once; None where sizes are symbolic."""
    nodes = facts.graph.nodes
    last = [memory.node for memory in storage.memories]  # the last node that reads a memory
    for node in nodes:
        for ref in node.inputs if not node.train_only else ():
            place = storage.of(ref)
            if place is not None:
                last[place.memory] = node.index
    for ref in facts.graph.outputs.values():
        place = storage.of(ref)
        if place is not None:
            last[place.memory] = len(nodes)
    sizes = [size for size in sizes_of if isinstance(size, int)]
    if len(sizes) < len(sizes_of):
        named = sorted({name for size in sizes_of if not isinstance(size, int) for name in symbols(size)})
        facts.totals.unknown["peak_activation_bytes"] = (
            f"it depends on {named[0]}: --set {named[0]}=… gives a number"
            if len(named) == 1
            else f"it depends on {', '.join(named[:MOST_NAMED])}: --set gives them numbers"
        )
        return None
    between: list[int] = []
    for node in nodes:
        instance = facts.of(node).instance
        size = instance.workspace if instance is not None and not node.train_only else 0
        if not isinstance(size, int):
            facts.totals.unknown["peak_activation_bytes"] = f"what {node.path} takes in between has no law"
            return None
        between.append(size)
    begins = [0] * len(nodes)
    ends = [0] * (len(nodes) + 1)
    for memory, size, end in zip(storage.memories, sizes, last, strict=True):
        begins[memory.node] += size
        ends[end] += size
    alive = sum(begins[node.index] for node in facts.graph.inputs)
    peak = alive
    for node in nodes:
        if not node.is_input:
            alive += begins[node.index]
        peak = max(peak, alive + between[node.index])
        alive -= ends[node.index]
    return peak
