"""Cost: multiply-accumulates, and operations on single elements, of one sample's forward pass.

A multiply and an add are one MAC; FLOPs are twice the MACs. Convolutions, linear maps, matrix products and attention count;
everything else is listed apart as elementwise operations. A layer that is used twice works twice.
"""

from __future__ import annotations

from archspec.facts.model import Facts


def count_cost(facts: Facts) -> None:
    """Fills in `macs` and `elementwise`."""
    for node in facts.graph.nodes:
        record = facts.of(node)
        if record.outputs is not None and record.instance is not None:
            record.macs, record.elementwise = record.instance.macs, record.instance.elementwise
