"""A Flatten that is missing before a layer that claims how many features it reads. Leaves: notes, and changes to be tried.

What the claim was meant for is asked of the text with the Flatten in it, as if it had been there: two slips come together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archspec.advice.case import Case
from archspec.advice.standing import edits_before, is_same, rewrites
from archspec.advice.walk import walk_note
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.dims import product
from archspec.graph import Node
from archspec.ops.base import show_shape

AboutClaim = Callable[[Case, Diagnostic, Node], tuple[list[str], list[Fix]]]
"""What is said of a claim: notes, and changes."""


def about_unflattened(
    case: Case, error: Diagnostic, node: Node, field: str, written: int, about_claim: AboutClaim
) -> tuple[list[str], list[Fix]]:
    """A Flatten before the layer, or first one position of all. Where the claim is not true then either, the number that is goes
    with it only if nothing says that something else was meant; else the claim stays, with what makes it true."""
    tensor = case.facts.tensor(node.inputs[0])
    if tensor is None or tensor.rank < 3 or len(node.inputs) != 1 or node.op is None or field != "in_features":
        return [], []
    total = product(tensor.shape[1:])
    if not isinstance(total, int) or not (tensor.rank > 3 or total == written):
        return [], []
    said = f"put a Flatten before {case.before_what(node)}: {show_shape(tensor.shape[1:])} = {total}"
    ways = [Fix(said, edits) for edits in case.before(node, "flatten", "Flatten")]
    if total == written or node.place.argument(field) is None:
        return walked(case, node, written), ways
    rank = tensor.rank - 2
    if written == tensor.shape[1] and rank <= 3 and node.place.template(field) is None:
        pooled = case.trier.first(list(_pooled(case, node, rank)), error)
        if pooled is not None:
            return walked(case, node, written), [pooled]
    what = str(written) if node.place.template(field) is None else "the claim"
    for way in ways:
        found = _then(case, error, way, what, about_claim)
        if found is not None:
            return found
    return [], []


def walked(case: Case, node: Node, written: int) -> list[str]:
    """The way of the sides, where an image is read and not as many numbers are in it as are claimed."""
    tensor = case.facts.tensor(node.inputs[0])
    if tensor is None or tensor.rank < 4 or product(tensor.shape[1:]) == written:
        return []
    walk = walk_note(case.facts, node.inputs[0])
    return [walk] if walk else []


def _then(
    case: Case, error: Diagnostic, flatten: Fix, what: str, about_claim: AboutClaim
) -> tuple[list[str], list[Fix]] | None:
    """The Flatten, and what is said of the claim once it is there; None where that cannot be tried."""
    trier = case.trier.after(flatten.edits)
    found = trier.found if trier is not None else None
    told = found.diagnostics if found is not None else []
    claim = next((after for after in told if is_same(after, error, flatten.edits)), None)
    if trier is None or found is None or claim is None or found.facts is None or found.document is None:
        return None
    behind = Case(found.facts, found.document, trier)
    notes, ways = about_claim(behind, claim, behind.by_path[claim.layer or ""])
    way = trier.best(ways, claim)
    case.trier.left = trier.left
    notes = [f"after a Flatten, {note}" if " would be right with " in note else note for note in notes]
    if way is None:
        return notes, [flatten]
    edits = edits_before(case.found.source, way.edits, flatten.edits)
    if way.is_safe and edits is not None:
        return notes, [Fix(f"{flatten.said}; and {way.said}", (*flatten.edits, *edits))]
    rest = f"{way.said}, only if {what} is what is wrong" if rewrites(way, claim) else f"then {way.said}"
    return notes, [Fix(f"{flatten.said}; {rest}", flatten.edits)]


def _pooled(case: Case, node: Node, rank: int) -> Iterator[Fix]:
    """One position of all, and a Flatten: what leaves as many features as there are channels."""
    pool = f"AdaptiveAvgPool{rank}d"
    pooled = case.before(node, "pool", f"type: {pool}, output_size: 1")
    flattened = case.before(node, "flatten", "Flatten")
    for first, second in zip(pooled, flattened, strict=True):
        inserted = Edit(first[0].span, first[0].replacement + second[0].replacement)
        said = f"put an {pool} with output_size: 1 and a Flatten before {case.before_what(node)}"
        yield Fix(said, (inserted, *first[1:]))
