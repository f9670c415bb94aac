"""Which memory each tensor of a network stands in, and how: views look at another layer's, in-place layers write into it.

Enters: facts with known shapes, and a number of samples. Leaves: for each layer's outputs, the memory by number and the layout
in it. Views that PyTorch makes only where the order in memory allows it are decided by that order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archspec.dims import BATCH, Size, TooComplex, substitute, symbols
from archspec.facts.folds import is_steady
from archspec.facts.model import Facts
from archspec.facts.needs import ROUND, numbers_that_fit
from archspec.graph import DEFAULT_PORT, Node, Ref
from archspec.ops.assumptions import Assumption
from archspec.ops.base import Tensor
from archspec.ops.layout import Laid

MAX_SYMBOLS = 4
"""Symbols that get their least numbers one by one."""


class Place(NamedTuple):
    """Where a tensor stands: in which memory, and how it lies there."""

    memory: int
    laid: Laid


class Memory(NamedTuple):
    """One stretch of memory: the layer that made it, its port, and what it holds. `is_state` where it is the module's own."""

    node: int
    tensor: Tensor
    sizes: tuple[int, ...]
    is_state: bool


@dataclass(slots=True, eq=False, repr=False)
class Storage:
    """All memories of a run, and for each node its outputs' places by port."""

    memories: list[Memory] = field(default_factory=list)
    places: list[dict[str, Place]] = field(default_factory=list)
    read: list[tuple[Place | None, ...]] = field(default_factory=list)
    """For each node's inputs, where they stand; None where there is no such tensor."""

    def memories_read(self) -> list[dict[str, int]]:
        """For each node's outputs, which memory they stand in."""
        return [{port: place.memory for port, place in places.items()} for places in self.places]

    def of(self, ref: Ref | None) -> Place | None:
        """Where a tensor stands that a layer or the network reads; None where there is no such tensor."""
        if ref is None:
            return None
        places = self.places[ref.node]
        if ref.port is None and len(places) == 1:
            return next(iter(places.values()))
        return places.get(ref.port or DEFAULT_PORT)


def find_storage(facts: Facts, batch: int = 1) -> Storage | None:
    """The memories of a run over so many samples, once shapes and parameters are known; None where a layer's are not."""
    if batch not in facts.storages:
        found = _find(facts, batch)
        if found is not None and not is_steady(facts.graph.folds, found):
            found, facts.is_unsteady = None, True
        facts.storages[batch] = found
    return facts.storages[batch]


def find_storage_around(facts: Facts, around: Mapping[str, int]) -> Storage | None:
    """Those of a run over one sample in which symbols have numbers near these, to see what sizes decide; None where it is not
    known that the network takes them.
    """
    return _find(facts, 1, around)


def find_storages_alike(facts: Facts) -> tuple[Storage, ...]:
    """Runs over one sample for large, middling and the least sizes; none where sizes decide what is a copy and what a view.

    They do so for the least if for any: an axis of 1, a slice that cuts nothing off.
    """
    if facts.storages_alike is None:
        facts.storages_alike = _find_alike(facts)
    return facts.storages_alike


def _find_alike(facts: Facts) -> tuple[Storage, ...]:
    names = facts.symbols[:MAX_SYMBOLS]
    large = find_storage_around(facts, {name: ROUND * (i + 2) for i, name in enumerate(names)})
    least = [dict.fromkeys(names, 1), *({name: 1} for name in names if len(names) > 1)]
    if large is None:
        return ()
    if all(place.laid.is_contiguous for places in large.places for place in places.values()):
        least = []  # what lies in order there does so at any size, and a view of it is one
    found = [large, find_storage(facts), *(find_storage_around(facts, around) for around in least)]
    alike = [one for one in found if one is not None and one.memories_read() == large.memories_read()]
    return tuple(alike) if len(alike) == len(found) else ()


def _find(facts: Facts, batch: int, around: Mapping[str, int] | None = None) -> Storage | None:
    numbers = _numbers(facts, batch, around or {})
    storage = Storage()
    if numbers is None or (
        around and not all(_holds(need.statement, numbers) for need in facts.needs if need.owner is None)
    ):
        return None
    known: dict[int, tuple[int, ...]] = {}
    try:
        for node in facts.graph.nodes:
            if not _add(facts, node, numbers, storage, known):
                return None
    except TooComplex:
        return None
    return storage


def _holds(statement: Assumption, numbers: Mapping[str, int]) -> bool:
    from archspec.conditions.solve import holds

    return holds(statement, dict(numbers))


def _numbers(facts: Facts, batch: int, around: Mapping[str, int]) -> dict[str, int] | None:
    """A number for each symbol; None where a shape is unknown."""
    names: set[str] = set()
    seen: set[int] = set()
    for record in facts.layers:
        if record.outputs is None:
            return None
        for tensor in record.outputs.values():
            if id(tensor) not in seen:  # tensors that are equal are mostly one
                seen.add(id(tensor))
                names = names.union(*map(symbols, tensor.shape))
    return numbers_that_fit(facts, names, {BATCH: batch}, around)


def _add(
    facts: Facts, node: Node, numbers: Mapping[str, int], storage: Storage, known: dict[int, tuple[int, ...]]
) -> bool:
    """Notes where a node's outputs stand. `known` are the sizes of tensors in numbers, by the tensor's id."""
    record, op = facts.of(node), node.op
    if op is None or record.inputs is None or record.outputs is None:
        return False
    instance = record.instance
    assert instance is not None
    inputs = tuple([storage.of(ref) for ref in node.inputs])
    storage.read.append(inputs)
    read = [place for place in inputs if place is not None]
    operands = tuple([place.laid for place in read])
    if len(read) > 1 and op.tells_one_tensor():
        if len({(ref.node, ref.port) for ref in node.inputs if ref is not None}) == 1:
            operands = operands[:1]
        elif len(set(read)) == 1:  # a layer between may give back what it got, or another tensor on the same numbers
            facts.no_order[numbers[BATCH]] = f"{node.path} {op.no_order}"
            return False
    places: dict[str, Place] = {}
    for port, tensor in record.outputs.items():
        sizes = known.get(id(tensor))
        if sizes is None:
            sizes = known[id(tensor)] = tuple(_number(size, numbers) for size in tensor.shape)
        laid, is_view = instance.lay(operands, sizes, port)
        if laid is None:
            facts.no_order[numbers[BATCH]] = f"{node.path} {op.no_order}"
            return False
        if is_view:
            places[port] = Place(read[0].memory, laid)
        else:
            is_learned = node.type == "Parameter" and not node.frozen
            places[port] = Place(len(storage.memories), laid._replace(is_learned=True) if is_learned else laid)
            storage.memories.append(Memory(node.index, tensor, sizes, op.is_state))
    storage.places.append(places)
    return True


def _number(size: Size, numbers: Mapping[str, int]) -> int:
    if isinstance(size, int):
        return size
    number = substitute(size, numbers)
    assert isinstance(number, int)
    return number
