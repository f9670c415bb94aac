"""Sequences of vectors that are joined, and are no images. Leaves: whether they are, and the axis along which they may be."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.advice.case import Case
from archspec.advice.rerun import before
from archspec.diagnostics.model import Fix
from archspec.graph import Node
from archspec.ops.base import Inputs


def are_tokens(case: Case, node: Node) -> bool:
    """Whether what a layer joins are sequences of vectors, whose last axis are features, and no images or signals with channels:
    what made them last is a layer of features."""
    tensors = case.facts.of(node).inputs
    if tensors is None or any(tensor.rank != 3 for tensor in tensors):
        return False
    kinds = {
        kind for ref in node.inputs if ref is not None for kind in _kinds_before(case, case.facts.graph.nodes[ref.node])
    }
    return bool(kinds & {"linear", "attention", "embedding"}) and not kinds & {"convolution", "pooling"}


def _kinds_before(case: Case, node: Node) -> Iterator[str]:
    """The kinds of the layers on the way to one that read sequences of vectors, or give such."""
    for other in [*before(case.facts, node), node]:
        output = case.facts.of(other).output
        if other.op is not None and output is not None and output.rank == 3:
            yield "attention" if other.type == "LayerNorm" else other.op.kind


def along_another_axis(node: Node, tensors: Inputs) -> Iterator[Fix]:
    """The axis of a Cat where the only one that differs is another."""
    apart = {axis for axis, sizes in enumerate(zip(*(t.shape for t in tensors), strict=True)) if len(set(sizes)) > 1}
    edit = node.place.argument_edit("dim", str(min(apart))) if node.type == "Cat" and len(apart) == 1 else None
    if edit is not None:
        what = "features" if apart == {2} else "tokens"
        yield Fix(f"write dim: {min(apart)} in {node.path}, which joins {what}", (edit,))
