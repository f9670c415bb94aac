"""What could be done about a claim that is not true: at the claim, and before it. Leaves: notes, and changes to be tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from archspec.advice.agreeing import agreed, agreed_note, at_the_giver, giver, instead
from archspec.advice.case import Case
from archspec.advice.directions import about_directions, one_direction
from archspec.advice.elsewhere import either, elsewhere
from archspec.advice.flattened import about_unflattened, walked
from archspec.advice.grouped import Claim, both, find_claim, grouped, groups_of, shared_note, sharing
from archspec.advice.knobs import resized, rewritten
from archspec.advice.rerun import Rerun
from archspec.advice.varied import follows, right_for_all
from archspec.advice.walk import walk_note
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.dims import Size
from archspec.document.edits import mapping_of, with_key, without_key
from archspec.document.tree import Mapping
from archspec.facts.input_order import input_order
from archspec.facts.model import Trials
from archspec.graph import Node
from archspec.ops.base import Inputs, Problem, Tensor, show_shape

_OUT = {"in_features": "out_features", "in_channels": "out_channels", "input_size": "hidden_size"}
"""What is given beside what is read."""


def about_claim(case: Case, error: Diagnostic, node: Node) -> tuple[list[str], list[Fix]]:
    """Notes, and changes for help, about E0301."""
    claim = find_claim(case, error, node)
    if claim is None:
        return [], []
    field, written, true = claim
    before = [
        *about_directions(case, node, written),
        *_rearranged(case, node, field, written),
        *_joined(case, node, written),
    ]
    way = case.trier.first(before, error)
    if way is not None:
        return walked(case, node, written), [way]
    said, flattened = about_unflattened(case, error, node, field, written, about_claim)
    if case.trier.first(flattened, error) is not None:
        return said, flattened
    notes = []
    other: list[Fix] = []
    around: list[Fix] = []
    rests_on_sides = _rests_on_sides(case, node, field, true)
    if rests_on_sides:
        walk = walk_note(case.facts, node.inputs[0])
        notes = [walk] if walk else []
    tensor = case.facts.tensor(node.inputs[0]) if node.inputs else None
    is_only = (
        tensor is None or tensor.rank < 4 or field != "in_features"
    )  # of an image, a Flatten may be what is missing
    apart = one_direction(case, node, written)
    is_only = is_only and not apart
    others = sharing(case, error, node, claim)
    found = agreed(case, error, node, claim) if not others else None
    source = at_the_giver(case, error, found) if found is not None else None
    if isinstance(true, int):

        def is_right(inputs: Inputs) -> bool:
            return _resolves(node, inputs, field, written)

        is_fixed = node.place.template(field) is None
        fits = is_right if is_fixed else lambda inputs: True
        ways, is_evident = elsewhere(case, error, node, fits, written, true, rests_on_sides)
        is_only = is_only and not is_evident
        what = str(written) if is_fixed else "the claim"
        ways = [way for way in ways if source is None or way.edits != source.edits]  # which is said in help
        notes += [f"{what} would be right with {either([way.said for way in ways])}"] if ways else []
        unsaid = ways if node.place.argument("from") is None else []
        around = [way._replace(said=f"write {way.said} in {node.path}, which reads the layer above it")
                  for way in unsaid if way.said.startswith("from: ")]  # fmt: skip
        other = [way._replace(said=f"with {way.said} {what} is right, and more of what expect says") for way in ways]
    missed = case.missed(node)
    groups = groups_of(node, claim)
    notes += [shared_note(claim, groups, others)] if others and groups is not None else []
    here = list(_alone(case, error, node, claim, is_only, bool(others), found is not None))
    notes += [apart] if apart else []
    notes += [agreed_note(found)] if found is not None else []
    here = [instead(found, source, here), *here] if found is not None and source is not None else here
    return notes, [
        *around,
        *here,
        *(other if missed else []),
    ]  # where something else that is claimed tells which one was meant


# At the claim -----------------------------------------------------------------------------------------------------


def _here(
    case: Case, error: Diagnostic, node: Node, field: str, true: Size, is_only: bool, is_agreed: bool
) -> Iterator[Fix]:
    """The true size in place of the claim; where an expression claims, another one for its argument, or no claim.

    Where nothing says that something else was meant (`is_only`), and no other claim agrees with it, it is the claim that is
    wrong.
    """
    tensor = case.facts.tensor(node.inputs[0]) if node.inputs else None
    if tensor is not None and getattr(node.op, field) in tensor.shape[2:]:
        is_only = False  # axes in another order: it may be the claim that is right
    mapping = getattr(node.place, "mapping", None)
    left_out = without_key(mapping, field) if isinstance(mapping, Mapping) else None
    out = f"leave {field} out"
    if node.place.template(field) is None:
        argument = follows(case, node, field, true) if is_only else None
        if argument is not None:
            for way in right_for_all(field, true, argument, error.span, left_out):
                yield way._replace(is_safe=way.is_safe and not is_agreed)
            return
        is_only = is_only and not is_agreed
        yield Fix(f"write {field}: {true}, or {out}", (Edit(error.span, str(true)),), is_only)
    elif left_out is not None:
        arguments = [Fix(f"{way.said}, or {out}", way.edits) for way in _arguments(case, node, field, true)]
        yield from arguments
        is_only = is_only and not arguments  # a use says it, which then would go on saying what is not so
    if left_out is not None:
        yield Fix(out, (left_out,), is_only)


def _alone(
    case: Case, error: Diagnostic, node: Node, claim: Claim, is_only: bool, is_shared: bool, is_agreed: bool
) -> Iterator[Fix]:
    """Changes of the layer alone: the claim, or the claim and what else its number may have been meant for, of which each is
    said beside the others; groups first where another layer has as many, or would be right with them. Of several, none is
    sure; nor is one where something else that is claimed is not so."""
    field, _, true = claim
    in_groups = [way for way in grouped(node, claim) if case.trier.holds(way.edits, error)]
    usual = {getattr(layer.op, "groups", None) for layer in case.facts.graph.layers if layer.type == node.type}
    is_usual = bool(in_groups) and (is_shared or groups_of(node, claim) in usual)
    turned = [] if is_usual else _turned_round(case, node, claim)
    swapped = [way for way in turned if case.trier.holds(way.edits, error)]
    is_only = is_only and not swapped and not in_groups and not case.missed(node)
    beside = "".join(f"; or {way.said}" for way in in_groups)
    here = [
        *(way._replace(said=f"{way.said}, or {field}: {true} alone{beside}") for way in swapped),
        *(
            way._replace(said=f"{way.said}{beside}")
            for way in _here(case, error, node, field, true, is_only, is_agreed)
        ),
    ]
    yield from [*in_groups, *here] if case.missed(node) or is_usual else [*here, *in_groups]


def _turned_round(case: Case, node: Node, claim: Claim) -> Iterator[Fix]:
    """What comes in and what goes out, the other way round, where what is said to go out is what comes in; not where the layer
    above has the same numbers, of which this one is then a copy."""
    field, written, true = claim
    other = _OUT.get(field, "")
    if not isinstance(true, int) or getattr(node.op, other, None) != true or node.place.template(field) is not None:
        return
    above = next((layer for layer in case.facts.graph.nodes[: node.index][::-1] if layer.type == node.type), None)
    edits = both(node, (field, true), (other, written))
    if edits and (above is None or (getattr(above.op, field), getattr(above.op, other)) != (written, true)):
        yield Fix(f"{field} and {other} may be swapped: write {field}: {true} and {other}: {written}", edits)


def _arguments(case: Case, node: Node, field: str, true: Size) -> Iterator[Fix]:
    """Another value for the block's argument that the claim reads, where the block is used: a number for a number, a name
    for a name."""
    from archspec.expressions.tree import Name

    tree = node.place.expression(field)
    name = tree.name if isinstance(tree, Name) else ""
    scope = case.use(node)
    if scope is None or scope.use is None or name not in scope.use.arguments or case.found.document is None:
        return
    used = mapping_of(case.found.document.root, scope.use.span)
    entry = used.entries.get(name) if used is not None else None
    if used is None or scope.use.span.source is not case.found.source:
        return
    where = f"where {scope.path} is made (line {scope.use.span.line})"
    if entry is None:
        edit = with_key(used, name, str(true))
        if edit is not None:
            yield Fix(f"write {name}: {true} {where}", (edit,))
        return
    span = entry.value.span
    if "$" not in span.text():
        yield Fix(f"write {name}: {true} {where}", (Edit(span, str(true)),))
        return
    outer = case.use(scope)
    names = outer.values if outer is not None else case.found.document.values
    for other in islice((key for key, value in names.items() if value == true and type(value) is int), 8):
        yield Fix(f'write {name}: "${{{other}}}" {where}', (Edit(span, f'"${{{other}}}"'),))


# Before the layer -------------------------------------------------------------------------------------------------


def _rearranged(case: Case, node: Node, field: str, written: int) -> Iterator[Fix]:
    """Two axes the other way round: in the network's input, where the layer reads that; by a Transpose elsewhere."""
    tensor = case.facts.tensor(node.inputs[0])
    if tensor is None or tensor.rank < 3 or len(node.inputs) != 1 or node.op is None:
        return
    source = case.source(node)
    said, sizes = input_order(case.facts, node, written)
    edit = rewritten(case.document, source, sizes) if source is not None and said else None
    if edit is not None:
        yield Fix(said, (edit,))
    for second in range(2, tensor.rank) if tensor.rank == 3 else ():
        for first in range(1, second):
            turned = _swapped(tensor.shape, first, second)
            if not _resolves(node, (Tensor(turned, tensor.dtype),), field, written):
                continue
            if source is not None:
                way = resized(case.document, source, tensor, Tensor(turned, tensor.dtype))
                what = "channels" if "channels" in field else "features"
                said = (
                    f"if {written} is the number of {what}, write {source.path}: [{', '.join(map(str, turned[1:]))}]; "
                    f"a Transpose with dim0: {first} and dim1: {second} turns an input that is not so"
                )
                yield from [Fix(said, way.edits)] if way is not None else []
            keys = f"type: Transpose, dim0: {first}, dim1: {second}"
            for edits in case.before(node, "transpose", keys):
                yield Fix(f"put a Transpose before {case.before_what(node)}, {{{keys}}}: {show_shape(turned)}", edits)


def _joined(case: Case, node: Node, written: int) -> Iterator[Fix]:
    """The channels of a Cat before it joined in place of another axis, where that makes as many as are claimed."""
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    cat = giver(case, case.facts.graph.nodes[ref.node], 1)[0] if ref is not None else None
    if cat is None or cat.type != "Cat" or getattr(cat.op, "dim", None) == 1:
        return
    joined = [tensor for tensor in map(case.facts.tensor, cat.inputs) if tensor is not None and tensor.rank > 1]
    edit = cat.place.argument_edit("dim", "1")
    if edit is not None and sum(tensor.shape[1] for tensor in joined) == written:
        yield Fix(f"write dim: 1 in {cat.path}, which joins channels: {written}", (edit,))


def _swapped(shape: tuple[Size, ...], first: int, second: int) -> tuple[Size, ...]:
    sizes = list(shape)
    sizes[first], sizes[second] = sizes[second], sizes[first]
    return tuple(sizes)


def _resolves(node: Node, inputs: Inputs, field: str, written: int) -> bool:
    assert node.op is not None
    try:
        return node.op.resolve(inputs).get(field) == written
    except Problem:
        return False


def _rests_on_sides(case: Case, node: Node, field: str, true: Size) -> bool:
    """Whether the size that is claimed comes from the sides of the input, so that the way there explains it."""
    if not isinstance(true, int):
        return True
    rerun = Rerun(case.facts, node, Trials())
    doubled = {
        source.index: Tensor((*tensor.shape[:2], *(size * 2 for size in tensor.shape[2:])), tensor.dtype)
        for source in rerun.sources
        if (tensor := case.facts.of(source).output) is not None and tensor.rank > 2
    }
    inputs = rerun.inputs(doubled, {})
    return inputs is not None and not _resolves(node, inputs, field, true)
