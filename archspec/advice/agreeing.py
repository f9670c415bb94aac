"""Claims that agree with each other, and not with the layer before them: the one number there may be the slip, and not each of
theirs. Enters: a claim that is not true; leaves: the others that say the same, and the change with which all of them are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from archspec.advice.case import Case
from archspec.advice.grouped import Claim, find_claim
from archspec.advice.knobs import WIDTHS, literal, resized
from archspec.advice.trial import WRONG_CLAIM
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.tree import Mapping
from archspec.graph import Node
from archspec.limits import MAX_ADVISED
from archspec.ops.base import Tensor
from archspec.words import listed

MAX_WALKED = 256
"""Layers that what a layer gives is followed through."""


class Agreed(NamedTuple):
    """Claims of what one layer gives: the layer, which axis of it, by how much more it would have to be, and where the others
    stand."""

    giver: Node
    axis: int
    more: Fraction
    others: list[Diagnostic]


def agreed(case: Case, error: Diagnostic, node: Node, claim: Claim) -> Agreed | None:
    """The other claims that are right once a claim is, by what one layer before them gives; None where there are none."""
    given = _given(case, node, claim)
    if given is None:
        return None
    places, others = {error.span}, []
    wrong = (problem for problem in case.found.diagnostics if problem.code == WRONG_CLAIM)
    for other in islice(wrong, MAX_ADVISED):
        layer = case.by_path.get(other.layer or "") if other.span not in places else None
        theirs = find_claim(case, other, layer) if layer is not None else None
        if layer is not None and theirs is not None and _given(case, layer, theirs) == given:
            places.add(other.span)
            others.append(other)
    return Agreed(case.facts.graph.nodes[given[0]], *given[1:], others) if others else None


def agreed_note(found: Agreed) -> str:
    """Which layers claim the same."""
    return f"{_claimants(found)} the same of what {found.giver.path} gives"


def at_the_giver(case: Case, error: Diagnostic, found: Agreed) -> Fix | None:
    """The change of what the layer gives with which all of the claims are right, and nothing else is wrong; None where there is
    none, or it cannot be written."""
    way = _changed(case, found)
    holds = way is not None and case.trier.holds(way.edits, error) and case.trier.are_gone(way.edits, found.others)
    return way if holds else None


def instead(found: Agreed, source: Fix, here: Sequence[Fix]) -> Fix:
    """That change, with what there is to do at the claim said beside it."""
    beside = f"; or {here[0].said}" if here else ""
    return source._replace(said=f"write {source.said}, as {_claimants(found)}{beside}")


def _claimants(found: Agreed) -> str:
    layers = list(dict.fromkeys(other.layer or "" for other in found.others))
    shown = [*layers[:4], f"{len(layers) - 4} more"] if len(layers) > 5 else layers
    return f"{listed(shown)} {'claims' if len(layers) == 1 else 'claim'}"


def _given(case: Case, node: Node, claim: Claim) -> tuple[int, int, Fraction] | None:
    """The layer that gives what is claimed, followed through layers that keep it, with the axis, and by how much more than is
    there the claim says."""
    _, written, true = claim
    tensor = case.facts.tensor(node.inputs[0]) if node.inputs else None
    if tensor is None or not isinstance(true, int) or true < 1:
        return None
    axis = next((axis for axis in (1, tensor.rank - 1) if 0 < axis < tensor.rank and tensor.shape[axis] == true), None)
    ref = node.inputs[0]
    if axis is None or ref is None:
        return None
    node, axis = giver(case, case.facts.graph.nodes[ref.node], axis)
    return node.index, axis, Fraction(written, true)


def giver(case: Case, node: Node, axis: int) -> tuple[Node, int]:
    """The layer that what a layer gives has its size of an axis from, and the axis there."""
    for _ in range(MAX_WALKED):
        before = _before(case, node, axis)
        if before is None:
            break
        node, axis = before
    return node, axis


def _before(case: Case, node: Node, axis: int) -> tuple[Node, int] | None:
    """The layer that a layer has a size of an axis from, where it keeps it, or makes a vector of an image."""
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    read, given = case.facts.tensor(ref), case.facts.of(node).output
    if ref is None or read is None or given is None or any(hasattr(node.op, field) for field in WIDTHS):
        return None
    before = case.facts.graph.nodes[ref.node]
    if node.type == "Flatten" and given.rank == 2 and read.rank > 2:
        return before, 1
    is_kept = read.rank == given.rank and read.shape[axis] == given.shape[axis]
    return (before, axis) if is_kept else None


def _changed(case: Case, found: Agreed) -> Fix | None:
    """As much more of what the layer gives."""
    node, tensor = found.giver, case.facts.of(found.giver).output
    if tensor is None:
        return None
    if node.is_input:
        size = _more(tensor.shape[found.axis], found.more)
        sizes = (*tensor.shape[: found.axis], size or 0, *tensor.shape[found.axis + 1 :])
        way = resized(case.document, node, tensor, Tensor(sizes, tensor.dtype)) if size is not None else None
        said = f"{node.path}: [{', '.join(map(str, sizes[1:]))}]"
        return way._replace(said=said) if way is not None else None
    for field in WIDTHS:
        size = _more(getattr(node.op, field, None), found.more)
        knob = case.places.knob(node, field, size) if size is not None else None
        if knob is not None:
            return knob.way._replace(said=f"{field}: {size} in {knob.way.said.partition(' in ')[2]}")
        if size is not None:
            return _argument(case, node, field, size)
    return None


def _argument(case: Case, node: Node, field: str, size: int) -> Fix | None:
    """Another default for the document's argument that a layer's key is."""
    mapping = getattr(node.place, "mapping", None)
    item = mapping.get(field) if isinstance(mapping, Mapping) else None
    found = literal(item, case.document) if item is not None and case.use(node) is None else None
    return Fix(f"{found[0]}: {size} in args", (Edit(found[1].span, str(size)),)) if found is not None else None


def _more(size: object, more: Fraction) -> int | None:
    """A size so many times; None where that is no whole number."""
    made = size * more if type(size) is int else None
    return made.numerator if made is not None and made.denominator == 1 and made > 0 else None
