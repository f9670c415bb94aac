"""Which values of one argument a network could have. Enters: a result, a layer and an argument; leaves: the values that fit.

Each value is tried: the changed text is checked, in memory. What was not tried is not said. Of an argument that follows from what
the layer reads, that value alone is tried, since it is the only one that can be.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.checking import Result
from archspec.explain.changes import CannotChange, change, changed
from archspec.graph import Node
from archspec.ops.base import Problem
from archspec.solving.inputs import first_error

MAX_LAYERS = 12_000
"""Layers that all trials together may check."""
MOST = 64
"""Values that are tried at most."""
_FROM_ZERO = ("padding", "output_padding")


class Fitting(NamedTuple):
    """Values of an argument."""

    name: str
    first: int
    last: int
    """All from the first to the last were tried."""
    fits: list[int]
    """Those for which the network has no error, its claims left aside."""
    true: list[int]
    """Those of them for which all claims are true as well."""
    why_not: str
    """What is wrong for the value after the largest that fits, or for the first."""
    is_inferred: bool = False
    """Whether what the layer reads gives it, so that no other value needs to be tried."""


def fitting(result: Result, node: Node, field: str) -> Fitting:
    """The whole numbers that an argument may have. Raises CannotChange."""
    value = getattr(node.op, field, None)
    if isinstance(value, tuple):
        value = value[0] if len(set(value)) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise CannotChange(f"{node.path}.{field} is no whole number")
    assert result.graph is not None
    count = max(2, min(MOST, MAX_LAYERS // len(result.graph.nodes)))
    inferred = _inferred(result, node, field)
    first = 0 if field in _FROM_ZERO else 1
    if value is not None and value > first + count:
        first = value - count // 2
    numbers = range(first, first + count) if inferred is None else range(inferred, inferred + 1)
    fits, true, wrong = [], [], {}
    for number in numbers:
        tried = changed(result, [change(result, node, field, str(number))])
        error = first_error(tried)
        if error is not None:
            wrong[number] = f"{number}: {error.code}, {error.message}"
            continue
        fits.append(number)
        if tried.ok:
            true.append(number)
    after = max(fits, default=numbers[0] - 1) + 1
    name = f"{node.path}.{field}"
    return Fitting(name, numbers[0], numbers[-1], fits, true, wrong.get(after, ""), inferred is not None)


def _inferred(result: Result, node: Node, field: str) -> int | None:
    """What the layer's input gives for an argument; None where it gives none, or no number."""
    record = result.facts.of(node) if result.facts is not None else None
    if record is None or record.inputs is None or node.op is None:
        return None
    try:
        value = node.op.resolve(record.inputs).get(field)
    except Problem:
        return None
    return value if isinstance(value, int) and value > 0 else None
