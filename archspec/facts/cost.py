"""Cost: multiply-accumulates, and operations on single elements, of a forward pass: of one sample, or of a batch.

A multiply and an add are one MAC; FLOPs are twice the MACs. Convolutions, linear maps, matrix products and attention count;
everything else is listed apart as elementwise operations. A layer that is used twice works twice.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import Size
from archspec.facts.model import Facts
from archspec.facts.totals import for_all, times, total


def count_cost(facts: Facts) -> None:
    """Fills in `macs` and `elementwise`."""
    for node in facts.graph.nodes:
        record = facts.of(node)
        if record.outputs is not None and record.instance is not None:
            record.macs, record.elementwise = record.instance.macs, record.instance.elementwise


class BatchCost(NamedTuple):
    """The totals of a forward pass over a batch; None where the same of one sample is not known, or is too long for a batch."""

    macs: Size | None
    flops: Size | None
    elementwise: Size | None


def count_batch(facts: Facts, batch: int) -> BatchCost:
    """What so many samples take at once.

    That is not so many times one sample's: what has no batch in it is computed once, and a product of one sample with every
    other is computed for each pair.
    """
    nodes = [node for node in facts.graph.layers if not node.train_only]
    records = [facts.of(node) for node in nodes]
    instances = [record.instance if record.outputs is not None else None for record in records]
    known = {id(instance): instance.cost_of(batch) for instance in instances if instance is not None}
    costs = [
        (None, None) if instance is None else tuple(for_all(facts, node, cost) for cost in known[id(instance)])
        for node, instance in zip(nodes, instances, strict=True)
    ]
    macs, elementwise = total(macs for macs, _ in costs), total(elementwise for _, elementwise in costs)
    return BatchCost(macs, times(macs, 2), elementwise)
