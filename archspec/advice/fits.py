"""What could be done about tensors that do not fit a layer: the way to them, and inputs that do. Leaves: notes, and changes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from archspec.advice.case import Case
from archspec.advice.elsewhere import inputs_that
from archspec.advice.joined import about_joined, cropped, halved, joined_inputs, padded_everywhere
from archspec.advice.knobs import rewritten
from archspec.advice.likewise import are_further_on
from archspec.advice.walk import walk_note
from archspec.diagnostics.model import Diagnostic, Fix
from archspec.dims import TooComplex
from archspec.document.edits import holder_of, without_value
from archspec.facts.input_order import input_order, input_rank
from archspec.graph import Node, Ref
from archspec.lints.joined_stand_in import stand_ins
from archspec.ops.base import Inputs, Problem

INPUTS = ("E0302", "E0303", "E0304")
"""What may come from an input whose axes are written in another order, or in another number."""
FITS = ("E0303", "E0305", "E0310")
"""A window that is too large, shapes that differ, a size that is none."""

MAX_JOINED = 8
"""Changes that are tried where tensors differ."""


def about_fit(case: Case, error: Diagnostic, node: Node) -> tuple[list[str], list[Fix]]:
    """Notes, and changes for help, where the sides of the network's input may be behind the error."""
    rerun = case.rerun(node)

    def fits(inputs: Inputs) -> bool:
        assert node.op is not None
        try:
            node.op.resolve(inputs)
            node.op.outputs(inputs)
        except (Problem, TooComplex):
            return False
        return True

    if node.op is None or not rerun.before:
        return [], []
    walks = [walk_note(case.facts, ref, f" to {case.facts.graph.nodes[ref.node].path}" if len(node.inputs) > 1 else "")
             for ref in dict.fromkeys(node.inputs) if ref is not None]  # fmt: skip
    largest = max(walks, key=len, default="")
    if error.code == "E0305":
        return _about_joined(case, error, node, fits, largest)
    if not largest:
        return [], []
    larger = case.trier.first(_larger(case, node, fits), error)
    return [largest], [Fix(f"use {larger.said} or more", larger.edits)] if larger is not None else []


def _larger(case: Case, node: Node, fits: Callable[[Inputs], bool]) -> list[Fix]:
    """Larger inputs: along one axis where the sides are not alike, and that is enough; else all sides by as much."""
    tensors = [tensor for source in case.rerun(node).sources if (tensor := case.facts.of(source).output) is not None]
    is_square = all(len(set(tensor.shape[2:])) < 2 for tensor in tensors)
    axes = range(0 if is_square else max(tensor.rank for tensor in tensors) - 2)
    alone = (way for axis in axes for way in islice(inputs_that(case, node, fits, 1, axis=axis), 1))
    return [*alone, *inputs_that(case, node, fits, 1)]


def _about_joined(
    case: Case, error: Diagnostic, node: Node, fits: Callable[[Inputs], bool], walk: str
) -> tuple[list[str], list[Fix]]:
    """The same where tensors differ that are joined. A crop of what a U-Net skips is said beside what else holds, and the next
    join may need one, too; another crop is told of. Where a layer is left out, what stands for it is told of first."""
    found = next(stand_ins(case.facts.graph, node), None)
    if found is not None:
        asked = [way for way in [found.way()] if way is not None]
        way = case.trier.first(asked, error)
        return [f"it reads {found.said}"], [way] if way is not None else []
    way = case.trier.first(list(islice(about_joined(case, node, fits), MAX_JOINED)), error)
    notes = [walk] if walk else []
    crop = cropped(case, node)
    new = case.trier.new(crop.edits, error, False) if crop is not None else None
    if crop is not None and not are_further_on(case.trier, new, error):
        crop = None
    is_usual = crop is not None and crop.is_repeated
    if way is not None:
        return notes, [
            way._replace(said=f"{way.said}, or {crop.said}" if crop is not None and is_usual and not new else way.said)
        ]
    padded = padded_everywhere(case, error)
    if crop is not None and is_usual:
        return notes, [crop._replace(said=f"{crop.said}, or {padded.said}" if padded is not None else crop.said)]
    other = [note for note in (halved(case, node), f"it would do to {crop.said}" if crop is not None else "") if note]
    sides = (case.trier.first(list(joined_inputs(case, node, fits, sign)), error) for sign in (-1, 1) if walk)
    inputs = [way for way in sides if way is not None]
    ways = [Fix(f"use {_inputs(inputs)}", inputs[0].edits)] if inputs else []
    ways += [padded] if padded is not None else []
    return [*(notes if ways else []), *other], ways


def about_input(case: Case, error: Diagnostic, node: Node) -> list[Fix]:
    """The network's input written otherwise, where the layer reads that and a usual mistake shows."""
    source = case.source(node)
    if source is None and error.code == "E0303":
        return _turned(case, node)
    tensor = case.facts.of(source).output if source is not None else None
    if source is None or tensor is None:
        return []
    said, sizes = input_rank(case.facts, node) if error.code == "E0302" else input_order(case.facts, node)
    edit = rewritten(case.document, source, sizes)
    return [Fix(said, (edit,))] if said and edit is not None else []


def _turned(case: Case, node: Node) -> list[Fix]:
    """The channels first, where the one input before a window that is too large seems to have them last."""
    sources = case.rerun(node).sources
    readers = [other for other in case.facts.graph.layers if other.inputs and case.source(other) in sources]
    if len(sources) != 1 or not readers:
        return []
    said, sizes = input_order(case.facts, readers[0])
    edit = rewritten(case.document, sources[0], sizes)
    return [Fix(said, (edit,))] if said and edit is not None else []


def about_flattened(case: Case, node: Node) -> list[Fix]:
    """The Flatten before a layer that merges the batch into the features, made to leave it alone."""
    ref = _merged(case, node)
    while ref is not None:
        node = case.facts.graph.nodes[ref.node]
        ref = _merged(case, node)
    edit = node.place.argument_edit("start_dim", "1") if node.type == "Flatten" else None
    said = f"write start_dim: 1 in {node.path}, which merges the batch into the features"
    return [Fix(said, (edit,), is_repeated=True)] if edit is not None else []


def _merged(case: Case, node: Node) -> Ref | None:
    """What a layer reads of one axis; nothing where that is none, or several."""
    found = [ref for ref in node.inputs if ref is not None and (tensor := case.facts.tensor(ref)) and tensor.rank == 1]
    return found[0] if len(found) == 1 else None


def about_flat(case: Case, node: Node) -> list[Fix]:
    """The Flatten before a layer that reads images, taken out."""
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    flat = case.facts.graph.nodes[ref.node] if ref is not None else None
    if (
        flat is None
        or flat.type != "Flatten"
        or not case.places.is_single(flat)
        or node.place.argument("from") is not None
    ):
        return []
    whole = getattr(flat.place, "whole", flat.place.name)
    holder = holder_of(case.document.root, whole)
    if holder is None:
        return []
    edits = without_value(holder, whole)
    return [Fix(f"take the Flatten before it out, or put it below {node.path}", edits)] if edits is not None else []


def _inputs(ways: list[Fix]) -> str:
    """`an input of 296 × 296 or 304 × 304`."""
    return " or ".join([ways[0].said, *(way.said.removeprefix("an input of ") for way in ways[1:])])
