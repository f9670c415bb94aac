"""The sizes on the way to a layer: which window left which. Enters: facts and a layer; leaves: one line."""

from __future__ import annotations

from archspec.dims import Shape
from archspec.facts.model import Facts
from archspec.graph import Node, Ref
from archspec.limits import MAX_LAYERS_BEFORE
from archspec.ops.base import show_shape

MAX_SHOWN = 12


def walk_note(facts: Facts, ref: Ref | None, whither: str = "") -> str:
    """`the side on the way: 224 → 54 (conv1) → 26 (pool1) → …`: each layer with a window, and the sizes it left.

    Where layers are joined, the way goes on through the first. Nothing where no window stands on the way, or it is too long.
    """
    steps: list[str] = []
    start: Shape | None = None
    chain = _chain(facts, ref)
    for node in chain:
        record = facts.of(node)
        if not record.inputs or record.outputs is None or node.op is None:
            continue
        before, after = record.inputs[0].shape[2:], next(iter(record.outputs.values())).shape[2:]
        has_window = node.op.kind in ("convolution", "pooling")
        if not has_window and (not node.op.rank or before == after):
            continue
        start = before if start is None else start
        steps.append(f"{_side(after)} ({node.path})")
    if start is None:
        return ""
    if len(steps) > MAX_SHOWN:
        steps = [*steps[:5], f"… {len(steps) - 10} more …", *steps[-5:]]
    square = len(start) == 2 and start[0] == start[1]
    return f"the {'side' if square else 'size'} on the way{whither}: {' → '.join([_side(start), *steps])}"


def _chain(facts: Facts, ref: Ref | None) -> list[Node]:
    """The layers back from a tensor, through the first input of each; nearest last; none if too many."""
    chain: list[Node] = []
    while ref is not None:
        node = facts.graph.nodes[ref.node]
        chain.append(node)
        ref = node.inputs[0] if node.inputs else None
        if len(chain) > MAX_LAYERS_BEFORE:
            return []
    return chain[::-1]


def _side(sizes: Shape) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else show_shape(sizes)
