"""Layers that join tensors and name none: `from` was forgotten. Leaves: lists of what they may join, to be tried.

First what nobody reads, which is what a forgotten `from` leaves behind; then what stands across a change of size, as a U-Net's
skip does; and whatever makes the claim of a reader true.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.advice.case import Case
from archspec.diagnostics.model import Edit, Fix
from archspec.graph import Node
from archspec.ops.base import Tensor

MAX_BESIDE = 64
MAX_TRIED = 12
_CLAIMED = ("in_channels", "in_features", "num_features", "normalized_shape")


def about_unnamed(case: Case, node: Node) -> list[Fix]:
    """Changes for help, about E0203 of a layer that joins the one above alone."""
    above = (
        case.facts.graph.nodes[node.inputs[0].node] if len(node.inputs) == 1 and node.inputs[0] is not None else None
    )
    tensor = case.facts.tensor(node.inputs[0]) if above is not None else None
    if above is None or tensor is None or node.op is not None or node.place.argument("from") is not None:
        return []
    scope = node.path.rpartition(".")[0]
    own = above.path.removeprefix(f"{scope}.").partition(".")[0]
    ways: list[Fix] = []
    for names in _joined(case, node, above, tensor, own):
        written = f"[{', '.join(names)}]"
        edit = node.place.argument_edit("from", written)
        if edit is None and getattr(node.place, "mapping", None) is None:
            edit = Edit(node.place.type, f"{{type: {node.type}, from: {written}}}")
        ways += [Fix(f"write from: {written} in {node.path}", (edit,))] if edit is not None else []
    return ways[:MAX_TRIED]


def _joined(case: Case, node: Node, above: Node, tensor: Tensor, own: str) -> Iterator[list[str]]:
    """The names that `from` may list."""
    graph, scope = case.facts.graph, node.path.rpartition(".")[0]
    readers = graph.readers()
    returned = {ref.node for ref in graph.outputs.values() if ref is not None}
    beside = [n for n in graph.nodes[: above.index] if n.path.rpartition(".")[0] == scope][-MAX_BESIDE:]
    near = [n for n in reversed(beside) if _fits(case.facts.of(n).output, tensor)]
    unread = [n for n in near if not readers[n.index] and n.index not in returned]
    if unread:
        yield [*(n.name for n in reversed(unread)), own]
    yield from ([n.name, own] for n in unread if len(unread) > 1)
    is_claimed = any(graph.nodes[i].place.argument(field) for i in readers[node.index] for field in _CLAIMED)
    across = [n for n in near if n not in unread and _is_across(case, n, above, tensor)]
    yield from ([own, n.name] for n in across)
    yield from ([own, n.name] for n in near if is_claimed and n not in unread and n not in across)


def _fits(other: Tensor | None, tensor: Tensor) -> bool:
    """Whether two tensors can be joined along some axis."""
    if other is None or other.rank != tensor.rank:
        return False
    return sum(a != b for a, b in zip(other.shape, tensor.shape, strict=True)) <= 1


def _is_across(case: Case, other: Node, above: Node, tensor: Tensor) -> bool:
    """Whether an image has another size between the two."""
    between = (case.facts.of(n).output for n in case.facts.graph.nodes[other.index + 1 : above.index])
    return tensor.rank > 2 and any(t is not None and t.shape[2:] != tensor.shape[2:] for t in between)
