"""The peak where sizes are symbolic: an expression that is right for every size that the network takes, or why there is none.

Enters: facts whose shapes are known. Leaves: the two peaks among the totals, as the sum of bytes at the moment of the run that
has the most, or as the largest of a few: `max(384*H - 768, 288*H - 384)`. Only networks of which no size decides what is a view,
what a copy, and what a layer takes in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archspec.conditions.largest import find_largest
from archspec.dims import Size, TooComplex, evaluate, largest_of, substitute, symbols, work
from archspec.facts.memory import (
    COPIES_DEPEND,
    alive_bytes,
    call_ends,
    depends_on,
    last_reads,
    memory_sizes,
    without_law,
)
from archspec.facts.model import Facts
from archspec.facts.needs import ROUND
from archspec.facts.storage import Storage, find_storage, find_storages_alike
from archspec.graph import Node
from archspec.limits import MAX_PEAK_LAYERS

MAX_LARGEST = 6
"""Moments of which it is said that one is the largest."""
_KEYS = ("peak_activation_bytes", "module_peak_activation_bytes")


def measure_symbolic_peak(facts: Facts) -> None:
    """Fills in the peaks where they are not known because sizes are symbolic."""
    totals = facts.totals
    if not facts.symbols or totals.peak_activation_bytes is not None or len(facts.graph.nodes) > MAX_PEAK_LAYERS:
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
        large = find_storage(facts)
        if large is None or not without_law(facts, large):
            facts.totals.unknown |= dict.fromkeys(_KEYS, depends_on(facts.symbols, COPIES_DEPEND))
        return
    storage = storages[0]
    found = [_between(facts, node, storages) for node in facts.graph.nodes]
    known = [most for most in found if most is not None]
    if len(known) < len(found):
        return
    at_most = {i for i, most in enumerate(known) if most.is_less}
    last = last_reads(facts, storage)
    for key in _KEYS:
        if key == _KEYS[1] and not call_ends(facts, facts.graph.root, storage, last):
            return
        moments = alive_bytes(facts, storage, memory_sizes(facts, storage), [one.bytes for one in known], last)
        most = _most(facts, moments)
        if not set(most) <= {moment for i, moment in enumerate(moments) if i not in at_most}:
            facts.totals.unknown[key] = depends_on(facts.symbols, COPIES_DEPEND)
        elif len(most) <= MAX_LARGEST:
            facts.totals.unknown.pop(key, None)
            setattr(facts.totals, key, largest_of(most))
        elif key in facts.totals.unknown:
            why = facts.totals.unknown[key]
            facts.totals.unknown[key] = why.replace("it depends", "which layer has it may depend", 1)


class _Between(NamedTuple):
    """What a node takes in between, and whether that is less for some sizes: where PyTorch need not copy."""

    bytes: Size
    is_less: bool


def _between(facts: Facts, node: Node, storages: Sequence[Storage]) -> _Between | None:
    """None where there is no law, or where numbers decide it."""
    inputs, op = facts.of(node).inputs, node.op
    if op is None or inputs is None or node.train_only:
        return _Between(0, False)
    found = {
        op.workspace(inputs, tuple(place.laid for place in map(one.of, node.inputs) if place is not None))
        for one in storages
    }
    most = found - {0} or {0}
    size = most.pop()
    return None if most or size is None else _Between(size, len(found) > 1)


def _most(facts: Facts, moments: list[Size]) -> list[Size]:
    """Those of which always one is the largest, for all numbers that the network takes; that of large numbers first."""
    ties = facts.solution.ties if facts.solution is not None else {}
    tied = {substitute(moment, ties): moment for moment in moments}
    numbers = dict.fromkeys(set().union(*map(symbols, tied)), ROUND)
    ordered = sorted(tied, key=lambda moment: evaluate(moment, numbers), reverse=True)
    return [tied[moment] for moment in find_largest(ordered, facts.solution)]
