"""Memory: the bytes of each layer's output, their sum, and the peak of what is alive at once.

The peak is that of inference on one sample, layer by layer in the order of computation: a tensor lives from the layer that
makes it to the last one that reads it (outputs of the network to the end). A view keeps alive what it looks at, and an in-place
layer writes into what it reads. Weights, buffers and constants are not part of it.

The generated module's peak is that of the same run in which each group, block and repeat is a call, and holds what it reads and
gives until it returns. That the code holds nothing else is seen to in `backends/torch/lifetimes.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import Size, TooComplex, sum_of
from archspec.facts.model import Facts, LayerFacts, PeakUnknown
from archspec.facts.storage import Storage, find_storage
from archspec.facts.totals import total
from archspec.graph import Scope
from archspec.ops.base import tensor_bytes


def measure_memory(facts: Facts) -> None:
    """Fills in `activation_bytes`, and the totals of activations and peak."""
    try:
        for node in facts.graph.nodes:
            _measure(facts.of(node))
        _add_up(facts)
    except TooComplex:
        facts.totals.peak_unknown = PeakUnknown(facts.graph.name, "has sizes too complex to add up")


def _measure(record: LayerFacts) -> None:
    if record.outputs is not None:
        distinct = {id(tensor): tensor for tensor in record.outputs.values()}  # often one tensor at all ports
        sizes = {key: tensor_bytes(tensor) for key, tensor in distinct.items()}
        record.activation_bytes = sum_of(sizes[id(tensor)] for tensor in record.outputs.values())


class Needs(NamedTuple):
    """The bytes that a run on one sample needs: of each memory, and of what each node takes in between, as far as it is known."""

    memories: list[int]
    between: list[int]
    unknown: PeakUnknown | None
    """The first layer for which it is not."""


def _add_up(facts: Facts) -> None:
    """The totals. Raises TooComplex."""
    storage = find_storage(facts)
    if storage is None:
        facts.totals.peak_unknown = _unknown_shape(facts)
        return
    made = [facts.graph.nodes[memory.node] for memory in storage.memories]
    facts.totals.activation_bytes = total([
        size for node, size in zip(made, _sizes(facts, storage), strict=True) if not node.is_input])  # fmt: skip
    needs = find_needs(facts, storage)
    facts.totals.peak_unknown = needs if isinstance(needs, PeakUnknown) else needs.unknown
    if isinstance(needs, Needs) and needs.unknown is None:
        facts.totals.peak_activation_bytes = _peak(facts, storage, needs, _last_reads(facts, storage))
        facts.totals.module_peak_activation_bytes = find_module_peak(facts, storage, needs)


def find_module_peak(facts: Facts, storage: Storage, needs: Needs) -> int | None:
    """The peak of the generated module; None where it is not known what a call is in it."""
    last = _last_reads(facts, storage)
    is_known = _extend_by_calls(facts, facts.graph.root, storage, last)
    return _peak(facts, storage, needs, last) if is_known else None


def find_needs(facts: Facts, storage: Storage) -> Needs | PeakUnknown:
    """What a run needs in numbers, or the first layer whose outputs have none."""
    sizes: list[int] = []
    for memory, size in zip(storage.memories, _sizes(facts, storage), strict=True):
        if not isinstance(size, int):
            return PeakUnknown(facts.graph.nodes[memory.node].path, f"gives {size} bytes")
        sizes.append(size)
    between: list[int] = []
    unknown: PeakUnknown | None = None
    for node in facts.graph.nodes:
        inputs, op = facts.of(node).inputs, node.op
        places = [place for place in map(storage.of, node.inputs) if place is not None]
        laid = tuple(place.laid for place in places)
        needed = op.workspace(inputs, laid) if op is not None and inputs is not None and not node.train_only else 0
        if not isinstance(needed, int):
            what = op.no_law if op is not None and needed is None else f"takes {needed} bytes in between"
            unknown = unknown or PeakUnknown(node.path, what)
        between.append(needed if isinstance(needed, int) else 0)
    return Needs(sizes, between, unknown)


def _unknown_shape(facts: Facts) -> PeakUnknown:
    """The first layer whose outputs are not known; where there is none, their sizes are too complex."""
    unknown = (node.path for node in facts.graph.nodes if facts.of(node).outputs is None)
    found = (PeakUnknown(path, "gives no shape that is known") for path in unknown)
    return next(found, PeakUnknown(facts.graph.name, "has sizes too complex to add up"))


def _sizes(facts: Facts, storage: Storage) -> list[Size]:
    """The bytes of each memory that inference needs; 0 for what stands there anyway."""
    return [
        0 if memory.is_state or facts.graph.nodes[memory.node].train_only else tensor_bytes(memory.tensor)
        for memory in storage.memories
    ]


def _last_reads(facts: Facts, storage: Storage) -> list[int]:
    """The last node that reads each memory; the network's results are read after all nodes."""
    nodes = facts.graph.nodes
    last = [memory.node for memory in storage.memories]
    for node in nodes:
        for ref in node.inputs if not node.train_only else ():
            place = storage.of(ref)
            if place is not None:
                last[place.memory] = node.index
    for ref in facts.graph.outputs.values():
        place = storage.of(ref)
        if place is not None:
            last[place.memory] = len(nodes)
    return last


def _extend_by_calls(facts: Facts, scope: Scope, storage: Storage, last: list[int]) -> bool:
    """Keeps what a call reads and gives until it returns. Answers whether it is known what the generated module calls."""
    inner = (member for member in scope.members if isinstance(member, Scope))
    if not all(_extend_by_calls(facts, member, storage, last) for member in inner):
        return False
    ends = [node.index for node in scope.nodes() if not node.train_only]
    if not ends:
        return True
    is_loop = scope.is_repeat and len(scope.inputs) > 1
    if is_loop:
        return _is_plain_loop(scope)
    end = max(ends) if scope is not facts.graph.root else len(facts.graph.nodes)
    for ref in (*scope.inputs.values(), *scope.outputs.values()):
        place = storage.of(ref)
        if place is not None:
            last[place.memory] = max(last[place.memory], end)
    return True


def _is_plain_loop(scope: Scope) -> bool:
    """Whether a repeat that hands on one tensor, and reads further ones in each turn, is a loop for certain."""
    blocks = all(
        isinstance(member, Scope) and member.use is not None and len(member.outputs) == 1 for member in scope.members
    )
    return blocks and [member.name for member in scope.members] == [str(i) for i in range(len(scope.slots))]


def _peak(facts: Facts, storage: Storage, needs: Needs, last: list[int]) -> int:
    """The greatest sum of bytes alive at once, where each memory lives until a node."""
    nodes = facts.graph.nodes
    begins = [0] * len(nodes)
    ends = [0] * (len(nodes) + 1)
    for memory, size, end in zip(storage.memories, needs.memories, last, strict=True):
        begins[memory.node] += size
        ends[end] += size
    alive = sum(begins[node.index] for node in facts.graph.inputs)
    peak = alive
    for node in nodes:
        if not node.is_input:
            alive += begins[node.index]
        peak = max(peak, alive + needs.between[node.index])
        alive -= ends[node.index]
    return peak
