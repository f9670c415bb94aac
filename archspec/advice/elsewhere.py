"""Changes before a layer that would make it right: other paddings, another input, a wider layer. Each is computed, then tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archspec.advice.case import Case
from archspec.advice.knobs import Knob, paddings, widths
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.tree import Mapping, Scalar
from archspec.graph import Node
from archspec.ops.base import Inputs

MAX_MOVE = 64
MAX_TRIED = 32
"""Inputs that are tried for one error, nearest first."""
MAX_WAYS = 3
MAX_BESIDE = 64


def elsewhere(
    case: Case, error: Diagnostic, node: Node, is_right: Callable[[Inputs], bool], written: int, true: int
) -> tuple[list[Fix], bool]:
    """Up to three changes that hold, the commonest first: paddings that keep the size, an input, other paddings, a width.

    And whether one of them is evidence of what was meant: a width can nearly always be changed so that a claim is true, and says
    nothing; that another padding, input or reference gives just this number hardly comes by chance.
    """
    rerun = case.rerun(node)

    def fits(knob: Knob) -> bool:
        inputs = rerun.inputs({}, knob.ops)
        return inputs is not None and is_right(inputs)

    found: list[Fix] = []
    knobs = [(is_common, knob) for is_common, knob in paddings(case.places, rerun.before) if fits(knob)]
    common = [knob.way for is_common, knob in knobs if is_common]
    other = [knob.way for is_common, knob in knobs if not is_common]
    wider = (knob.way for knob in widths(case.places, rerun.before, written, true) if fits(knob))
    read = _others_read(case, node, is_right)
    groups = [read, *_by_place(common), inputs_that(case, node, is_right), *_by_place(other), wider]
    is_evident = False
    for ways in groups:
        way = next((way for way in ways if case.trier.holds(way.edits, error)), None)
        found += [way] if way is not None else []
        is_evident = is_evident or (way is not None and ways is not wider)
        if len(found) == MAX_WAYS:
            break
    return found, is_evident


def _others_read(case: Case, node: Node, is_right: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """Another layer beside it in place of the one that `from` names: first those that nobody reads, then the nearest."""
    mapping, scope = getattr(node.place, "mapping", None), node.path.rpartition(".")[0]
    source = mapping.get("from") if isinstance(mapping, Mapping) else None
    if not isinstance(source, Scalar) or len(node.inputs) != 1:
        return
    graph = case.facts.graph
    read = {ref.node for other in graph.nodes for ref in other.inputs if ref is not None}
    beside = [n for n in graph.nodes[: node.index] if not n.is_input and n.path.rpartition(".")[0] == scope]
    for other in sorted(beside[-MAX_BESIDE:], key=lambda n: (n.index in read, -n.index)):
        tensor = case.facts.of(other).output
        if tensor is not None and is_right((tensor,)):
            yield Fix(f"from: {other.name}", (Edit(source.span, other.name),))


def _by_place(ways: list[Fix]) -> list[Iterator[Fix]]:
    """The changes of one place together, of which one is enough."""
    places: dict[str, list[Fix]] = {}
    for way in ways:
        places.setdefault(way.said.partition(" in ")[2], []).append(way)
    return [iter(group) for group in places.values()]


def inputs_that(
    case: Case, node: Node, is_right: Callable[[Inputs], bool], signs: tuple[int, ...] = (1, -1)
) -> Iterator[Fix]:
    """Other inputs, nearest first; `signs` say whether larger or smaller ones."""
    rerun, tried = case.rerun(node), 0
    for step in range(1, MAX_MOVE + 1):
        for sign in signs:
            move = case.moved(node, step * sign)
            inputs = rerun.inputs(move.tensors, {}) if move is not None else None
            if move is None or inputs is None or not is_right(inputs):
                continue
            tried += 1
            if tried > MAX_TRIED:
                return
            yield move.way


def either(ways: list[str]) -> str:
    """Several as a person lists them."""
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"
