"""Totals over all layers. A sum with an unknown summand is unknown. What is computed in training only costs nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archspec.dims import Size, TooComplex, sum_of
from archspec.facts.model import Facts
from archspec.graph import Node, Scope

TOO_LONG = "the sum is too long an expression of the symbolic sizes"
PARAMETER_BYTES = 4  # generated modules have float32 parameters


def add_up(facts: Facts) -> None:
    """Fills in the totals that the analyses themselves do not."""
    layers = facts.graph.layers
    totals = facts.totals
    graph = facts.graph
    if graph.is_guessed:
        return  # an error, which has been told, hides what all is there
    totals.layers = sum(graph.times.get(node.index, 1) for node in layers)
    computed = [node for node in layers if not node.train_only]
    for key, nodes in (("params", layers), ("trainable_params", layers), ("buffers", layers),
                       ("macs", computed), ("elementwise", computed)):  # fmt: skip
        sizes = [for_all(facts, node, getattr(facts.of(node), key)) for node in nodes]
        setattr(totals, key, total(sizes))
        _explain(facts, key, nodes, sizes)
    for key, of, factor in (("flops", "macs", 2), ("param_bytes", "params", PARAMETER_BYTES)):
        setattr(totals, key, total([getattr(totals, of)] * factor))
        if getattr(totals, key) is None and (getattr(totals, of) is not None or of in totals.unknown):
            totals.unknown[key] = totals.unknown.get(of, TOO_LONG)


def for_all(facts: Facts, node: Node, size: Size | None) -> Size | None:
    """A node's figure, for all layers that the node stands for."""
    number = facts.graph.times.get(node.index, 1)
    return size if number == 1 else times(size, number)


def _explain(facts: Facts, key: str, nodes: list[Node], sizes: list[Size | None]) -> None:
    """Why a total is not known: the first layer whose figure is not, unless an error has said so, or the sum itself."""
    if getattr(facts.totals, key) is not None:
        return
    node = next((node for node, size in zip(nodes, sizes, strict=True) if size is None), None)
    if node is None:
        facts.totals.unknown[key] = TOO_LONG
    elif facts.of(node).outputs is not None and node.op is not None:
        facts.totals.unknown[key] = (
            f"what {node.path} takes is only known to its own module"
            if node.op.kind == "external"
            else f"what {node.path} takes is no short expression of its sizes"
        )


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
        for member, steps in scope.counted_members():
            if isinstance(member, Node):
                params.append(times(facts.of(member).params, steps))
                macs.append(0 if member.train_only else times(facts.of(member).macs, steps))
            else:
                inner = subtotal(facts, member, known)
                params.append(times(inner.params, steps))
                macs.append(times(inner.macs, steps))
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
        so_far = total([so_far, for_all(facts, node, facts.of(node).params)])
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


def times(size: Size | None, number: int) -> Size | None:
    """So many times a count; None where it is not known, or is too long an expression then."""
    try:
        return None if size is None else size * number
    except TooComplex:
        return None
