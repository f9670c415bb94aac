"""The peak where sizes are symbolic: an expression that is right for every size that the network takes, or why there is none.

Enters: facts whose shapes are known. Leaves: the two peaks among the totals, where one moment of the run is proved to have the
most memory for all allowed sizes, else the moments that may have. Only networks of which no size decides what is a view, what a
copy, and what a layer takes in between.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.dims import Size, TooComplex, evaluate, minimum, substitute, symbol, symbols, work
from archspec.facts.memory import alive_bytes, call_ends, last_reads, memory_sizes
from archspec.facts.model import Facts
from archspec.facts.needs import ROUND
from archspec.facts.storage import Storage, find_storages_alike
from archspec.graph import Node
from archspec.ops.assumptions import Assumption
from archspec.words import listed

MAX_NODES = 2_000
"""Layers of a network whose sums are compared."""
MAX_MOMENTS = 200
"""Different sums that are compared."""
MAX_SAID = 3
"""Moments that are named where one of them is the largest."""
MAX_TEXT = 120
"""Characters that their sizes may take."""
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
    storages = find_storages_alike(facts)
    if not storages:
        return
    storage = storages[0]
    between = [_between(facts, node, storages) for node in facts.graph.nodes]
    known = [size for size in between if size is not None]
    if len(known) < len(between):
        return
    last = last_reads(facts, storage)
    for key in _KEYS:
        if key == _KEYS[1] and not call_ends(facts, facts.graph.root, storage, last):
            return
        moments = alive_bytes(facts, storage, memory_sizes(facts, storage), known, last)
        most = _most(facts, list(dict.fromkeys(moments)))
        if len(most) == 1:
            facts.totals.unknown.pop(key, None)
            setattr(facts.totals, key, most[0])
            continue
        why = facts.totals.unknown.get(key, "").replace("it depends", "which layer has it may depend", 1)
        said = listed(list(map(str, most[: MAX_SAID + 1])))
        is_short = len(most) <= MAX_SAID and len(said) <= MAX_TEXT
        facts.totals.unknown[key] = f"it is the largest of {said}{why[why.rfind(': ') :]}" if is_short else why


def _between(facts: Facts, node: Node, storages: Sequence[Storage]) -> Size | None:
    """What a node takes in between; None where there is no law, or where numbers decide it."""
    inputs, op = facts.of(node).inputs, node.op
    if op is None or inputs is None or node.train_only:
        return 0
    found = {
        op.workspace(inputs, tuple(place.laid for place in map(one.of, node.inputs) if place is not None))
        for one in storages
    }
    return found.pop() if len(found) == 1 else None


def _most(facts: Facts, moments: list[Size]) -> list[Size]:
    """Those of which none is proved to be at most another for all allowed sizes: the largest is one of them."""
    if len(moments) > MAX_MOMENTS:
        return moments
    numbers = dict.fromkeys(set().union(*map(symbols, moments)), ROUND)
    left: list[Size] = []
    for moment in sorted(moments, key=lambda moment: evaluate(moment, numbers), reverse=True):
        if not any(_is_at_least(facts, one, moment) for one in left):
            left = [one for one in left if not _is_at_least(facts, moment, one)] + [moment]
    return left


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
