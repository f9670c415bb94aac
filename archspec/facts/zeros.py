"""Where a tensor is 0 whatever the input, since a constant that multiplies it is 0 there: nothing is seen through it.

Enters: facts whose shapes are known; leaves: boxes of positions without those zeros, and the layers at which zeros that come of
earlier layers hide what they are multiplied with.
"""

from __future__ import annotations

from collections.abc import Container
from math import prod
from typing import Any

from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.limits import MAX_ZEROS_LOOKED_AT
from archspec.ops.intervals import Positions, TooMany, collected, count, each
from archspec.ops.reading import Box, Lost

HIDES = "a factor is 0 at some positions, and nothing is seen of what it is multiplied with there"
_MIXING = ("convolution", "linear", "embedding", "recurrent", "normalization", "external")
"""Kinds of ops whose results are no zeros where an input is, but for parameters that nobody knows."""

_Axes = tuple[tuple[int, ...], ...]


def factors(facts: Facts, node: Node) -> list[Any]:
    """The numbers of the constants that a product has among its factors: nested, as the spec gives them."""
    if node.op is None or node.op.operator != "*":
        return []
    sources = [facts.graph.nodes[ref.node] for ref in node.inputs if ref is not None]
    return [getattr(source.op, "value", None) for source in sources if source.type == "Constant"]


def without_zeros(facts: Facts, node: Node, boxes: list[Box], rank: int) -> list[Box]:
    """Boxes of a product's positions, of so many axes, without those where a constant factor is 0. Raises TooMany."""
    for value in filter(_has_zero, factors(facts, node)):
        sizes, looked_at = _sizes(value), 0
        found: list[Box] = []
        for box in boxes:
            axes = zip(sizes, box[rank - len(sizes) :], strict=True)
            looked_at += prod(count(along) for size, along in axes if size > 1 and not isinstance(along, Lost))
            if looked_at > MAX_ZEROS_LOOKED_AT:
                raise TooMany
            found += _parts(value, box, rank)
        boxes = found
    return boxes


def _parts(value: Any, box: Box, rank: int) -> list[Box]:
    sizes = _sizes(value)
    start = rank - len(sizes)
    own = box[start:]
    wanted: list[tuple[int, ...]] = []
    for size, along in zip(sizes, own, strict=True):
        if isinstance(along, Lost):  # it is not known which of them are read
            return [box]
        wanted.append((0,) if size == 1 else tuple(each(along)))
    found = []
    for part in _nonzero(value, tuple(wanted)):
        kept = (along if size == 1 else positions for size, along, positions in zip(sizes, own, part, strict=True))
        found.append((*box[:start], *kept))
    return found


def _nonzero(value: Any, wanted: _Axes) -> tuple[tuple[Positions, ...], ...]:
    """Boxes of the wanted positions at which nested lists are not 0: positions with the same behind them stand in one."""
    if not wanted:
        return ((),) if value != 0 else ()
    alike: dict[tuple[tuple[Positions, ...], ...], list[int]] = {}
    for position in wanted[0]:
        alike.setdefault(_nonzero(value[position], wanted[1:]), []).append(position)
    return tuple((collected(positions), *rest) for behind, positions in alike.items() for rest in behind)


def _sizes(value: Any) -> list[int]:
    found = []
    while isinstance(value, (tuple, list)):
        found.append(len(value))
        value = value[0]
    return found


def _has_zero(value: Any) -> bool:
    return any(map(_has_zero, value)) if isinstance(value, (tuple, list)) else value is not None and value == 0


def hidden_by_zeros(facts: Facts, followed: Container[int] = ()) -> dict[int, str]:
    """By layer, that zeros hide some of what it reads. Of products that are `followed`, those of their constants are known."""
    found: dict[int, str] = {}
    zeros: set[int] = set()  # tensors that have zeros whatever the input
    for node in facts.graph.nodes:
        if node.op is None or node.is_input:
            continue
        read = [ref.node for ref in node.inputs if ref is not None]
        having = [source for source in read if source in zeros]
        if node.op.kind == "value":
            if _has_zero(vars(node.op).get("value")):
                zeros.add(node.index)
            continue
        is_sum = node.op.operator in ("+", "-")
        if not having or (is_sum and len(set(having)) < len(set(read))):
            continue
        if node.op.kind not in _MIXING:
            zeros.add(node.index)
        if _multiplies(facts, node, zeros) and not (node.index in followed and not _has_more(facts, node, zeros)):
            found[node.index] = HIDES
    return found


def _multiplies(facts: Facts, node: Node, zeros: Container[int]) -> bool:
    """Whether zeros that a layer reads may hide what else it reads: not in sums, joins and masks, and not alone."""
    assert node.op is not None
    kind, operator = node.op.kind, node.op.operator
    read = [ref.node for ref in node.inputs if ref is not None]
    if kind == "attention":
        return any(source in zeros for source in read[:3])
    if node.type in ("GLU", "Matmul") or operator in ("*", "/"):
        return len(read) > 1 or node.type == "GLU"
    if operator in ("+", "-") or kind == "shape" or _joins(facts, node):
        return False
    layers = [source for source in read if facts.graph.nodes[source].type != "Constant"]
    return len(read) > 1 and any(source in zeros for source in layers)


def _has_more(facts: Facts, node: Node, zeros: Container[int]) -> bool:
    """Whether a product has zeros of other layers, beside those of its constants, that hide something."""
    others = [ref.node for ref in node.inputs if ref is not None and facts.graph.nodes[ref.node].type != "Constant"]
    return len(others) > 1 and any(source in zeros for source in others)


def _joins(facts: Facts, node: Node) -> bool:
    inputs = facts.of(node).inputs
    return inputs is not None and node.op is not None and node.op.joins(inputs) is not None
