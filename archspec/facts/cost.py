"""Cost: multiply-accumulates, and operations on single elements, of one sample's forward pass.

A multiply and an add are one MAC; FLOPs are twice the MACs. Convolutions, linear maps, matrix products and attention count;
everything else is listed apart as elementwise operations. A layer that is used twice works twice.
"""

from __future__ import annotations

from collections.abc import Callable

from archspec.dims import Size, TooComplex
from archspec.facts.model import Facts
from archspec.ops.base import Inputs


def count_cost(facts: Facts) -> None:
    """Fills in `macs` and `elementwise`."""
    for node in facts.graph.nodes:
        record = facts.of(node)
        if record.outputs is not None and record.inputs is not None and node.op is not None:
            record.macs = _counted(node.op.macs, record.inputs)
            record.elementwise = _counted(node.op.elementwise, record.inputs)


def _counted(count: Callable[[Inputs], Size | None], inputs: Inputs) -> Size | None:
    """The count; unknown where symbolic sizes make it too long an expression."""
    try:
        return count(inputs)
    except TooComplex:
        return None
