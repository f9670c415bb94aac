"""The peak where sizes are symbolic: an expression that is right for every size that the network takes, or why there is none.

Enters: facts whose shapes are known. Leaves: the two peaks among the totals, where one moment of the run is proved to have the
most memory for all allowed sizes. Only networks whose tensors all lie in the order of their axes: then no view, no copy and no
workspace is decided by a size.
"""

from __future__ import annotations

from archspec.dims import BATCH, Size, TooComplex, evaluate, minimum, substitute, symbol, symbols, work
from archspec.facts.memory import alive_bytes, call_ends, last_reads, memory_sizes
from archspec.facts.model import Facts
from archspec.facts.needs import ROUND
from archspec.facts.storage import Storage, find_storage, find_storage_around
from archspec.graph import Node
from archspec.ops.assumptions import Assumption

MAX_NODES = 2_000
"""Layers of a network whose sums are compared."""
MAX_MOMENTS = 200
"""Different sums that are compared."""
_KEYS = ("peak_activation_bytes", "module_peak_activation_bytes")


def measure_symbolic_peak(facts: Facts) -> None:
    """Fills in the peaks where they are not known because sizes are symbolic."""
    totals = facts.totals
    if not facts.symbols or totals.peak_activation_bytes is not None or len(facts.graph.nodes) > MAX_NODES:
        return
    if any(record.outputs is None for record in facts.layers) or (facts.solution and facts.solution.is_empty):
        return
    token = work.set([0])  # what is tried here takes nothing from what the document may work out
    try:
        _measure(facts)
    except (TooComplex, ZeroDivisionError):
        return
    finally:
        work.reset(token)


def _measure(facts: Facts) -> None:
    storage = find_storage(facts)
    others = find_storage_around(facts, {name: ROUND * (i + 2) for i, name in enumerate(facts.symbols)})
    if storage is None or others is None or not (_is_plain(facts, storage) and _is_plain(facts, others)):
        return
    if [places.keys() for places in storage.places] != [places.keys() for places in others.places]:
        return
    between = [_between(facts, node, storage, others) for node in facts.graph.nodes]
    known = [size for size in between if size is not None]
    if len(known) < len(between):
        return
    last = last_reads(facts, storage)
    for key in _KEYS:
        if key == _KEYS[1] and not call_ends(facts, facts.graph.root, storage, last):
            return
        moments = alive_bytes(facts, storage, memory_sizes(facts, storage), known, last)
        peak = _most(facts, list(dict.fromkeys(moments)))
        why = facts.totals.unknown.pop(key, "")
        if peak is not None:
            setattr(facts.totals, key, peak)
        else:
            facts.totals.unknown[key] = why.replace("it depends", "which layer has it may depend", 1)


def _is_plain(facts: Facts, storage: Storage) -> bool:
    """Whether every tensor lies in the order of its axes, and no axis of a symbolic size has one position here by chance."""
    for node, places in zip(facts.graph.nodes, storage.places, strict=True):
        for port, tensor in (facts.of(node).outputs or {}).items():
            laid = places[port].laid
            if not laid.is_contiguous:
                return False
            if any(
                number < 2 and symbols(size) - {BATCH} for size, number in zip(tensor.shape, laid.sizes, strict=True)
            ):
                return False
    return True


def _between(facts: Facts, node: Node, storage: Storage, others: Storage) -> Size | None:
    """What a node takes in between; None where there is no law, or where numbers decide it."""
    inputs, op = facts.of(node).inputs, node.op
    if op is None or inputs is None or node.train_only:
        return 0
    found = [
        op.workspace(inputs, tuple(place.laid for place in map(one.of, node.inputs) if place is not None))
        for one in (storage, others)
    ]
    return found[0] if found[0] == found[1] else None


def _most(facts: Facts, moments: list[Size]) -> Size | None:
    """The one that is at least each other for all allowed sizes; None where none is proved to be."""
    numbers = dict.fromkeys(set().union(*map(symbols, moments)), ROUND)
    most = max(moments, key=lambda moment: evaluate(moment, numbers))
    if len(moments) > MAX_MOMENTS:
        return None
    return most if all(_is_at_least(facts, most, moment) for moment in moments) else None


def _is_at_least(facts: Facts, one: Size, other: Size) -> bool:
    """Whether that is proved for all sizes that the network takes."""
    gap = one - other
    if minimum(gap) >= 0:
        return True
    solution = facts.solution
    if solution is not None:
        gap = substitute(gap, solution.ties)
    names = sorted(symbols(gap))
    if len(names) == 1:
        return _holds(facts, Assumption(gap, 0, is_equal=False), names[0])
    return minimum(_from_least(facts, gap, names)) >= 0


def _holds(facts: Facts, statement: Assumption, name: str) -> bool:
    """Whether a statement of one symbol holds for all its allowed numbers, decided exactly."""
    from archspec.conditions.sets import ALL
    from archspec.conditions.solve import Unsolved, Work, solve_one

    try:
        holds = solve_one(statement, name, Work())
    except Unsolved:
        return False
    groups = facts.solution.groups if facts.solution is not None else []
    own = next((group for group in groups if any(name in box for box in group)), None)
    allowed = [ALL] if own is None else [box.get(name, ALL) for box in own]
    return all(sizes & holds == sizes for sizes in allowed)


def _from_least(facts: Facts, gap: Size, names: list[str]) -> Size:
    """The same with each symbol counted from the least number that it may have."""
    found = gap
    for name in names:
        least = [
            min((next(iter(box[name])) if name in box else 1) for box in group)
            for group in (facts.solution.groups if facts.solution else ())
        ]
        found = substitute(found, {name: symbol(name) + (max([1, *least]) - 1)})
    return found
