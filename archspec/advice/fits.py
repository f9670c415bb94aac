"""What could be done about tensors that do not fit a layer: the way to them, and inputs that do. Leaves: notes, and changes."""

from __future__ import annotations

from archspec.advice.case import Case
from archspec.advice.elsewhere import inputs_that
from archspec.advice.knobs import integers, rewritten
from archspec.advice.walk import walk_note
from archspec.diagnostics.model import Diagnostic, Fix
from archspec.dims import TooComplex
from archspec.facts.input_order import input_order, input_rank
from archspec.graph import Node
from archspec.ops.base import Inputs, Problem

INPUTS = ("E0302", "E0303", "E0304")
"""What may come from an input whose axes are written in another order, or in another number."""
FITS = ("E0303", "E0305", "E0310")
"""A window that is too large, shapes that differ, a size that is none."""


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
    if not largest:
        return [], []
    larger = case.trier.first(list(inputs_that(case, node, fits, 1)), error)
    smaller = case.trier.first(list(inputs_that(case, node, fits, -1)), error) if error.code == "E0305" else None
    ways = [way for way in (smaller, larger) if way is not None]
    if not ways:
        return [largest] if error.code != "E0305" else [], []
    said = f"use {_inputs(ways)}" if error.code == "E0305" else f"use {ways[0].said} or more"
    return [largest], [Fix(said, ways[0].edits)]


def about_input(case: Case, error: Diagnostic, node: Node) -> list[Fix]:
    """The network's input written otherwise, where the layer reads that and a usual mistake shows."""
    source = case.source(node)
    tensor = case.facts.of(source).output if source is not None else None
    if source is None or tensor is None:
        return []
    said, sizes = input_rank(case.facts, node) if error.code == "E0302" else input_order(case.facts, node)
    edit = rewritten(case.document, source, sizes)
    return [Fix(said, (edit,))] if said and edit is not None else []


def about_flattened(case: Case, node: Node) -> list[Fix]:
    """The Flatten before a layer that merges the batch into the features, made to leave it alone."""
    tensors = case.facts.tensor
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    while ref is not None and (tensor := tensors(ref)) is not None and tensor.rank == 1:
        node = case.facts.graph.nodes[ref.node]
        ref = node.inputs[0] if len(node.inputs) == 1 else None
    edit = node.place.argument_edit("start_dim", "1") if node.type == "Flatten" else None
    said = f"write start_dim: 1 in {node.path}, which merges the batch into the features"
    return [Fix(said, (edit,))] if edit is not None else []


def about_dtype(case: Case, error: Diagnostic, node: Node) -> list[Fix]:
    """The network's input as whole numbers, where a layer that looks up by them reads it."""
    source = case.source(node)
    edit = integers(case.document, source) if source is not None and node.type.startswith("Embedding") else None
    return [Fix(error.help or "declare the input as int64", (edit,))] if edit is not None else []


def _inputs(ways: list[Fix]) -> str:
    """`an input of 296 × 296 or 304 × 304`."""
    return " or ".join([ways[0].said, *(way.said.removeprefix("an input of ") for way in ways[1:])])
