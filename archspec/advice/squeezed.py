"""A Squeeze that leaves an axis, since its size is not 1: what is wrong with a layer behind it may be that. Leaves: notes, and
changes to be tried.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.advice.case import Case
from archspec.diagnostics.model import Edit, Fix
from archspec.document.tree import show
from archspec.graph import Node
from archspec.words import listed

SHAPES = ("E0301", "E0302", "E0303", "E0304", "E0305")
"""What may come from an axis that is still there."""
MAX_BEHIND = 8
"""Layers that may stand between."""


def about_squeezed(case: Case, node: Node) -> tuple[list[str], list[Fix]]:
    """What a Squeeze before a layer leaves, and the changes with which it leaves nothing."""
    for squeeze in _before(case, node):
        kept = left(case, squeeze)
        if kept:
            axes = [f"axis {axis} has the size {size}" for axis, size in kept.items()]
            return [f"{squeeze.path} removes only axes of size 1: {listed(axes)}"], list(removing(case, squeeze))
    return [], []


def left(case: Case, squeeze: Node) -> dict[int, int]:
    """The axes with their sizes that a Squeeze names and leaves."""
    inputs, dims = case.facts.of(squeeze).inputs, getattr(squeeze.op, "dim", None)
    dims = dims if isinstance(dims, tuple) else (dims,)
    if squeeze.type != "Squeeze" or not inputs or not all(type(dim) is int for dim in dims):
        return {}
    shape = inputs[0].shape
    sizes = {dim % len(shape): shape[dim] for dim in dims if -len(shape) <= dim < len(shape)}
    return {axis: size for axis, size in sizes.items() if axis and isinstance(size, int) and size != 1}


def removing(case: Case, squeeze: Node) -> Iterator[Fix]:
    """The axes that are of size 1 in place of those that are named; one position of all before it."""
    inputs = case.facts.of(squeeze).inputs
    shape = inputs[0].shape if inputs else ()
    ones = [axis for axis, size in enumerate(shape) if axis and size == 1]
    edit = _axes(squeeze, ones) if ones else None
    if edit is not None:
        yield Fix(f"write dim: {edit.replacement} in {squeeze.path}, whose size is 1", (edit,))
    positions = list(range(2, len(shape)))
    if not 1 <= len(positions) <= 3:
        return
    kind = f"AdaptiveAvgPool{len(positions)}d"
    said = f"put an {kind} with output_size: 1 before {squeeze.path}"
    named = {*left(case, squeeze), *(axis for axis in ones if axis in positions)}
    more = None if named == {*positions} else _axes(squeeze, positions)
    rest = f" and write dim: {more.replacement} there" if more is not None else ""
    for edits in case.before(squeeze, "pool", f"type: {kind}, output_size: 1"):
        yield Fix(f"{said}{rest}", (*edits, more) if more is not None else edits)


def _axes(squeeze: Node, axes: list[int]) -> Edit | None:
    return squeeze.place.argument_edit("dim", str(axes[0]) if len(axes) == 1 else show(axes))


def _before(case: Case, node: Node) -> Iterator[Node]:
    """The layers on the way to one, nearest first, through what has one input."""
    for first in node.inputs:
        ref = first
        for _ in range(MAX_BEHIND):
            if ref is None:
                break
            above = case.facts.graph.nodes[ref.node]
            yield above
            ref = above.inputs[0] if len(above.inputs) == 1 else None
