"""Channels that are claimed as one of several groups reads them. Enters: claims that are not true; leaves: changes to be tried.

Papers give the depth of a kernel, which is the channels of one group: 48 of 96 in the two towers of AlexNet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.advice.case import Case
from archspec.advice.trial import WRONG_CLAIM
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.dims import Size
from archspec.graph import Node
from archspec.ops.base import Problem
from archspec.words import listed

Claim = tuple[str, int, Size]
"""The argument that is claimed, what is written and what is true."""


def find_claim(case: Case, error: Diagnostic, node: Node) -> Claim | None:
    """The claim that an error is of."""
    inputs = case.facts.of(node).inputs
    if node.op is None or inputs is None:
        return None
    try:
        resolved = node.op.resolve(inputs)
    except Problem:
        return None
    wrong = [(f, getattr(node.op, f), true) for f, true in resolved.items() if getattr(node.op, f) not in (None, true)]
    return next((found for found in wrong if (node.place.argument(found[0]) or node.place.name) == error.span), None)


def grouped(node: Node, claim: Claim) -> Iterator[Fix]:
    """Groups, each of which reads as many channels as are claimed."""
    field, written, true = claim
    groups = groups_of(node, claim)
    if groups is not None:
        said = f"write {field}: {true} and groups: {groups}, if each group is to read {written} of them"
        yield from [Fix(said, edits)] if (edits := _edits(node, claim)) else []


def groups_of(node: Node, claim: Claim) -> int | None:
    """How many groups read as many channels each as are claimed; None where they leave some, or there are groups."""
    field, written, true = claim
    out = getattr(node.op, "out_channels", None)
    if field != "in_channels" or getattr(node.op, "groups", None) != 1 or node.place.template(field) is not None:
        return None
    if not isinstance(true, int) or not isinstance(out, int) or not 0 < written < true or true % written:
        return None
    return true // written if out % (true // written) == 0 else None


def sharing(case: Case, error: Diagnostic, node: Node, claim: Claim) -> list[str]:
    """The other layers whose claims the same number of groups makes right, all at once. None where no layer of the type claims
    what it reads rightly: then it may be all that gives channels that has another width than was meant."""
    groups = groups_of(node, claim)
    if groups is None or not _is_one_right(case, node):
        return []
    edits: dict[Edit, None] = dict.fromkeys(_edits(node, claim))
    places, found = {error.span}, []
    for other in case.found.diagnostics:
        layer = case.by_path.get(other.layer or "") if other.code == WRONG_CLAIM and other.span not in places else None
        theirs = find_claim(case, other, layer) if layer is not None and layer.type == node.type else None
        if layer is not None and theirs is not None and groups_of(layer, theirs) == groups:
            edits |= dict.fromkeys(_edits(layer, theirs))
            places.add(other.span)
            found.append(layer.path)
    return found if found and case.trier.holds(tuple(edits), error) else []


def shared_note(claim: Claim, groups: int, others: Sequence[str]) -> str:
    """That one cause makes several claims right."""
    shown = [*others[:4], f"{len(others) - 4} more"] if len(others) > 5 else others
    claims = "claims" if len(others) == 1 else "claim"
    return f"{claim[1]} is right as what one of {groups} groups reads, and so is what {listed(shown)} {claims}"


def both(node: Node, *values: tuple[str, int]) -> tuple[Edit, ...]:
    """The edits of a layer's arguments; nothing where one cannot be written."""
    edits = [node.place.argument_edit(field, str(value)) for field, value in values]
    return tuple(edit for edit in edits if edit is not None) if all(edits) else ()


def _edits(node: Node, claim: Claim) -> tuple[Edit, ...]:
    field, _, true = claim
    groups = groups_of(node, claim)
    return both(node, (field, true), ("groups", groups)) if isinstance(true, int) and groups is not None else ()


def _is_one_right(case: Case, node: Node) -> bool:
    """Whether a layer of the type that reads what another layer gives claims its channels, and rightly."""
    wrong = {error.layer for error in case.found.diagnostics if error.code == WRONG_CLAIM}
    alike = [layer for layer in case.facts.graph.layers if layer.type == node.type and layer.path not in wrong]
    return any(getattr(layer.op, "in_channels", None) is not None and case.source(layer) is None for layer in alike)
