"""Memory: the bytes of each layer's output, their sum, and the peak of what is alive at once.

The peak is that of inference on one sample, or on a batch of them, layer by layer in the order of computation: a tensor lives
from the layer that makes it to the last one that reads it (outputs of the network to the end). A view keeps alive what it looks
at, and an in-place layer writes into what it reads. Weights, buffers and constants are not part of it.

The generated module's peak is that of the same run in which each group, block and repeat is a call, and holds what it reads and
gives until it returns. That the code holds nothing else is seen to in `backends/torch/lifetimes.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from archspec.dims import Size, TooComplex, symbols
from archspec.facts.folds import NOT_FOLLOWED
from archspec.facts.model import Facts, LayerFacts
from archspec.facts.storage import Storage, find_storage, find_storages_alike
from archspec.facts.totals import TOO_LONG, for_all, total
from archspec.graph import Node, Scope
from archspec.ops.base import Problem, in_batch, tensor_bytes

MOST_NAMED = 4
COPIES_DEPEND = "which layers copy depends on"
_DECIDED = "it is decided what is deleted in it"
AnySize = TypeVar("AnySize", int, Size)
_PEAKS = ("peak_activation_bytes", "module_peak_activation_bytes")


def measure_memory(facts: Facts) -> None:
    """Fills in `activation_bytes`, and the totals of activations and peak."""
    for node in facts.graph.nodes:
        _measure(facts.of(node))
    if facts.graph.is_guessed or any(record.outputs is None for record in facts.layers):
        return
    found = measure_batch(facts, 1)
    for key in ("activation_bytes", *_PEAKS):
        setattr(facts.totals, key, getattr(found, key))
        if getattr(found, key) is None:
            own = found.module_unknown if key == _PEAKS[1] else "" if key in _PEAKS else found.sum_unknown
            facts.totals.unknown[key] = own or (found.unknown if key in _PEAKS else "") or TOO_LONG


def _measure(record: LayerFacts) -> None:
    if record.outputs is not None and record.instance is not None:
        record.activation_bytes = record.instance.output_bytes


class Needs(NamedTuple):
    """The bytes that a run on one sample needs: of each memory, and of what each node takes in between, as far as it is known."""

    memories: list[int]
    between: list[int]
    unknown: str
    """Why it is not, of the first layer for which that is so; else empty."""


class BatchMemory(NamedTuple):
    """The bytes of a run over some samples; None where a figure is not known, and then why."""

    batch: int
    activation_bytes: Size | None = None
    peak_activation_bytes: Size | None = None
    module_peak_activation_bytes: Size | None = None
    unknown: str = ""
    module_unknown: str = ""
    """Why the generated module's peak alone is not known."""
    sum_unknown: str = ""
    """Why the sum alone is not known."""


def measure_batch(facts: Facts, batch: int) -> BatchMemory:
    """What a run over so many samples needs."""
    found = BatchMemory(batch)
    if facts.graph.is_guessed or any(record.outputs is None for record in facts.layers):
        return found
    try:
        storage = find_storage(facts, batch)
        if storage is None:
            why = NOT_FOLLOWED if facts.is_unsteady else facts.no_order.get(batch, TOO_LONG)
            return found._replace(unknown=why, sum_unknown=why)
        made = [facts.graph.nodes[memory.node] for memory in storage.memories]
        sizes = memory_sizes(facts, storage, batch)
        if facts.symbols and not find_storages_alike(facts):
            found = found._replace(sum_unknown=depends_on(facts.symbols, COPIES_DEPEND))
        else:
            found = found._replace(
                activation_bytes=total(
                    [for_all(facts, node, size) for node, size in zip(made, sizes, strict=True) if not node.is_input]
                )
            )
        needs = find_needs(facts, storage, batch)
        if isinstance(needs, str) or needs.unknown:
            return found._replace(unknown=needs if isinstance(needs, str) else needs.unknown)
        found = found._replace(peak_activation_bytes=_peak(facts, storage, needs, last_reads(facts, storage)))
        why = _deletes_otherwise(facts, storage, needs, batch) if batch > 1 else ""
        module_peak = find_module_peak(facts, storage, needs) if not why else None
        if module_peak is None:
            why = why or "a repeat of several inputs that `when` is part of may be a loop in it, or a call"
        return found._replace(module_peak_activation_bytes=module_peak, module_unknown=why)
    except TooComplex:
        return found._replace(unknown=TOO_LONG)


def _deletes_otherwise(facts: Facts, storage: Storage, needs: Needs, batch: int) -> str:
    """Why what the generated module deletes, decided for one sample, may not do for a batch; empty where all that is alive grows
    with the batch."""
    one = find_storage(facts)
    alone = find_needs(facts, one) if one is not None else ""
    if one is None or isinstance(alone, str) or _memories_read(one) != _memories_read(storage):
        return f"other layers copy than for one sample, for which {_DECIDED}"
    makers = [memory.node for memory in storage.memories]
    figures = [*zip(makers, alone.memories, needs.memories, strict=True),
               *zip(range(len(needs.between)), alone.between, needs.between, strict=True)]  # fmt: skip
    node = next((node for node, before, after in figures if after != batch * before), None)
    if node is None:
        return ""
    return (
        f"{facts.graph.nodes[node].path} does not take {batch:,} times as much as for one sample, for which {_DECIDED}"
    )


def _memories_read(storage: Storage) -> list[list[int | None]]:
    """The memories that each layer reads."""
    return [[place.memory if place is not None else None for place in read] for read in storage.read]


def find_module_peak(facts: Facts, storage: Storage, needs: Needs) -> int | None:
    """The peak of the generated module; None where it is not known what a call is in it."""
    last = last_reads(facts, storage)
    is_known = call_ends(facts, facts.graph.root, storage, last)
    return _peak(facts, storage, needs, last) if is_known else None


def find_needs(facts: Facts, storage: Storage, batch: int = 1) -> Needs | str:
    """What a run over so many samples needs in numbers, or why its tensors have none."""
    sizes_of = memory_sizes(facts, storage, batch)
    sizes = [size for size in sizes_of if isinstance(size, int)]
    if len(sizes) < len(sizes_of):
        return without_law(facts, storage) or depends_on(
            {name for size in sizes_of if not isinstance(size, int) for name in symbols(size)}
        )
    between = [_between(facts, node, storage, batch) for node in facts.graph.nodes]
    unknown = next((size for size in between if isinstance(size, str)), "")
    return Needs(sizes, [size if isinstance(size, int) else 0 for size in between], unknown)


def without_law(facts: Facts, storage: Storage) -> str:
    """Why numbers would give no peak either: the first layer that has no law for them; else empty."""
    for node in facts.graph.nodes:
        laid = tuple(place.laid for place in map(storage.of, node.inputs) if place is not None)
        inputs, op = facts.of(node).inputs, node.op
        if op is None or inputs is None or node.train_only:
            continue
        numbers = tuple(tensor._replace(shape=one.sizes) for tensor, one in zip(inputs, laid, strict=True))
        try:
            if op.workspace(numbers, laid) is None:
                return f"{node.path} {op.no_law}"
        except Problem:  # numbers of which it is not known that they fit
            continue
    return ""


def depends_on(names: Iterable[str], what: str = "it depends on") -> str:
    """Why there is no number: the sizes that it depends on, and how they get one."""
    named = sorted(names)
    if len(named) == 1:
        return f"{what} {named[0]}: --set {named[0]}=… gives a number"
    return f"{what} {', '.join(named[:MOST_NAMED])}: --set gives them numbers"


def _between(facts: Facts, node: Node, storage: Storage, batch: int) -> int | str:
    """The bytes that a node takes in between, or why that is not known."""
    instance, op = facts.of(node).instance, node.op
    if op is None or instance is None or node.train_only:
        return 0
    needed = instance.workspace(tuple([place.laid for place in storage.read[node.index] if place is not None]), batch)
    if isinstance(needed, int):
        return needed
    return f"{node.path} {op.no_law}" if needed is None else f"{node.path} takes {needed} bytes in between"


def memory_sizes(facts: Facts, storage: Storage, batch: int = 1) -> list[Size]:
    """The bytes of each memory that inference over so many samples needs; 0 for what stands there anyway."""
    known = {id(tensor): tensor for tensor in (memory.tensor for memory in storage.memories)}
    bytes_of = {key: tensor_bytes(in_batch(tensor, batch) if batch > 1 else tensor) for key, tensor in known.items()}
    return [
        0 if memory.is_state or facts.graph.nodes[memory.node].train_only else bytes_of[id(memory.tensor)]
        for memory in storage.memories
    ]


def allocated(facts: Facts) -> list[Size | None]:
    """The bytes that each node's output takes of its own, by the node's index: 0 for a view, and for what is written in place.

    Those of all layers are the total of `activation_bytes`. None where it is not known what shares memory.
    """
    unknown: list[Size | None] = [None for _ in facts.graph.nodes]
    if facts.totals.activation_bytes is None or any(record.outputs is None for record in facts.layers):
        return unknown
    try:
        storage = find_storage(facts, 1)
        if storage is None:
            return unknown
        parts: list[list[Size]] = [[] for _ in facts.graph.nodes]
        for memory, size in zip(storage.memories, memory_sizes(facts, storage), strict=True):
            parts[memory.node].append(size)
        return [total(sizes) for sizes in parts]
    except TooComplex:
        return unknown


def last_reads(facts: Facts, storage: Storage) -> list[int]:
    """The last node that reads each memory; the network's results are read after all nodes."""
    nodes = facts.graph.nodes
    last = [memory.node for memory in storage.memories]
    for node, read in zip(nodes, storage.read, strict=True):
        for place in read if not node.train_only else ():
            if place is not None:
                last[place.memory] = node.index
    for ref in facts.graph.outputs.values():
        place = storage.of(ref)
        if place is not None:
            last[place.memory] = len(nodes)
    return last


def call_ends(facts: Facts, scope: Scope, storage: Storage, last: list[int]) -> bool:
    """Keeps what a call reads and gives until it returns. Answers whether it is known what the generated module calls."""
    inner = (member for member in scope.members if isinstance(member, Scope))
    if not all(call_ends(facts, member, storage, last) for member in inner):
        return False
    ends = [node.index for node in scope.nodes() if not node.train_only]
    if not ends:
        return True
    is_loop = _is_loop(facts, scope)
    if is_loop is not False:
        return is_loop is True
    end = max(ends) if scope is not facts.graph.root else len(facts.graph.nodes)
    for ref in (*scope.inputs.values(), *scope.outputs.values()):
        place = storage.of(ref)
        if place is not None:
            last[place.memory] = max(last[place.memory], end)
    return True


def _is_loop(facts: Facts, scope: Scope) -> bool | None:
    """Whether a scope is a repeat that reads further tensors in each turn, so that the generated `forward` loops over it and
    holds no more of it than a turn; None where that is not known: other uses of the block may have the turns that one lacks.
    """
    if not scope.is_repeat or len(scope.inputs) < 2:
        return False
    if any(slot.is_conditional for slot in scope.slots):
        return None
    return scope.is_numbered and all(_is_turn(facts, member, len(scope.inputs)) for member in scope.members)


def _is_turn(facts: Facts, member: Node | Scope, inputs: int) -> bool:
    """Whether a member is a module that a loop can call."""
    if isinstance(member, Scope):
        return len(member.outputs) == 1
    try:
        return member.op is not None and member.op.emission(facts.of(member).inputs or ()).is_call(inputs)
    except Problem:  # there is no code for it
        return False


class Peak(NamedTuple):
    """The moment of a run at which the most bytes are alive."""

    bytes: int
    node: int
    """The layer that is computed then."""
    alive: list[tuple[int, int]]
    """The memories that are alive: the layer that made each, and its bytes."""
    between: int
    """The bytes that the layer takes in between."""


def find_peak(facts: Facts) -> Peak | None:
    """The peak on one sample, and what is alive at it; None where it is not known."""
    storage = find_storage(facts)
    needs = find_needs(facts, storage) if storage is not None else ""
    if storage is None or isinstance(needs, str) or needs.unknown:
        return None
    last = last_reads(facts, storage)
    sums = alive_bytes(facts, storage, needs.memories, needs.between, last)
    node = sums.index(max(sums))
    alive = [
        (memory.node, size)
        for memory, size, end in zip(storage.memories, needs.memories, last, strict=True)
        if end >= node and (memory.node <= node or facts.graph.nodes[memory.node].is_input)
    ]
    return Peak(sums[node], node, alive, needs.between[node])


def _peak(facts: Facts, storage: Storage, needs: Needs, last: list[int]) -> int:
    """The greatest sum of bytes alive at once, where each memory lives until a node."""
    return max(alive_bytes(facts, storage, needs.memories, needs.between, last), default=0)


def alive_bytes(
    facts: Facts, storage: Storage, memories: Sequence[AnySize], between: Sequence[AnySize], last: list[int]
) -> list[AnySize]:
    """The bytes alive while each node is computed: `memories` has those of each memory, which lives until the `last` node that
    reads it, and `between` what each node takes in between. Numbers of numbers, expressions of expressions."""
    nodes = facts.graph.nodes
    begins: list[Any] = [0] * len(nodes)
    ends: list[Any] = [0] * (len(nodes) + 1)
    for memory, size, end in zip(storage.memories, memories, last, strict=True):
        begins[memory.node] += size
        ends[end] += size
    alive: Any = sum(begins[node.index] for node in facts.graph.inputs)
    found = []
    for node in nodes:
        if not node.is_input:
            alive += begins[node.index]
        found.append(alive + between[node.index])
        alive -= ends[node.index]
    return found
