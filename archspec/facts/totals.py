"""Totals over all layers. A sum with an unknown summand is unknown. What is computed in training only costs nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archspec.dims import Size, TooComplex, sum_of
from archspec.facts.model import Facts
from archspec.graph import Node, Scope

PARAMETER_BYTES = 4  # generated modules have float32 parameters


def add_up(facts: Facts) -> None:
    """Fills in the totals that the analyses themselves do not."""
    layers = facts.graph.layers
    totals = facts.totals
    records = [facts.of(node) for node in layers]
    totals.layers = len(layers)
    totals.params = total([record.params for record in records])
    totals.trainable_params = total([record.trainable_params for record in records])
    totals.buffers = total([record.buffers for record in records])
    computed = [facts.of(node) for node in layers if not node.train_only]
    totals.macs = total([record.macs for record in computed])
    totals.flops = total([totals.macs] * 2)
    totals.elementwise = total([record.elementwise for record in computed])
    totals.param_bytes = total([totals.params] * PARAMETER_BYTES)


class Subtotal(NamedTuple):
    """The sums over a group, and the layer that gives its output, if there is one."""

    params: Size | None
    macs: Size | None
    last: Node | None


Subtotals = dict[str, Subtotal]
"""Those of a graph's groups, by path, as far as they were asked for."""


def subtotal(facts: Facts, scope: Scope, known: Subtotals) -> Subtotal:
    """What a group's layers come to; what is computed in training only costs nothing.

    `known` keeps it, and that of each group inside, so that groups in groups are walked once.
    """
    if scope.path not in known:
        params: list[Size | None] = []
        macs: list[Size | None] = []
        for member in scope.members:
            if isinstance(member, Node):
                params.append(facts.of(member).params)
                macs.append(0 if member.train_only else facts.of(member).macs)
            else:
                inner = subtotal(facts, member, known)
                params.append(inner.params)
                macs.append(inner.macs)
        known[scope.path] = Subtotal(total(params), total(macs), _last(facts, scope))
    return known[scope.path]


def _last(facts: Facts, scope: Scope) -> Node | None:
    """The layer in a group that gives its only output; None where there are several, or it passes on what it reads."""
    refs = list(scope.outputs.values())
    ref = refs[0] if len(refs) == 1 else None
    node = facts.graph.nodes[ref.node] if ref is not None else None
    return node if node is not None and node.path.startswith(f"{scope.path}.") else None


def running_params(facts: Facts) -> dict[int, Size | None]:
    """The parameters of each layer and of all before it, by the layer's index."""
    so_far: Size | None = 0
    found: dict[int, Size | None] = {}
    for node in facts.graph.layers:
        so_far = total([so_far, facts.of(node).params])
        found[node.index] = so_far
    return found


def total(sizes: Iterable[Size | None]) -> Size | None:
    """The sum; None where a summand is unknown, or where symbolic sizes make it too long an expression."""
    known: list[Size] = []
    for size in sizes:
        if size is None:
            return None
        known.append(size)
    try:
        return sum_of(known)
    except TooComplex:
        return None
