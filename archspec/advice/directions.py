"""What could be done about a layer that reads the last states of a recurrent layer in both directions, which stand apart, layers
and directions in front of the batch, and claims the size of both. Leaves: changes to be tried."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.advice.case import Case
from archspec.diagnostics.model import Edit, Fix
from archspec.graph import Node

STATES = "h"
_NAMES = ("forwards", "backwards", "both")


def about_directions(case: Case, node: Node, written: int) -> Iterator[Fix]:
    """The last layer's state of each direction, and both side by side."""
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    producer = case.facts.graph.nodes[ref.node] if ref is not None else None
    tensor = case.facts.tensor(ref)
    scope = node.path.rpartition(".")[0]
    if ref is None or producer is None or tensor is None or ref.port != STATES:
        return
    is_both = getattr(producer.op, "bidirectional", False) and tensor.shape[-1] * 2 == written
    names_taken = any(f"{scope}.{name}".lstrip(".") in case.by_path for name in _NAMES)
    stacked, read = tensor.shape[0], node.place.argument("from")
    if not is_both or names_taken or not isinstance(stacked, int) or read is None:
        return
    source = read.text()
    keys = [f"type: Select, dim: 0, index: {stacked - 2 + direction}" for direction in (0, 1)]
    ways = [case.before(node, name, key) for name, key in zip(_NAMES, [*keys, "type: Cat, dim: 1"], strict=True)]
    said = (
        f"{source} has the directions apart: before {node.path}, put a Select with dim: 0 and index: {stacked - 2}, another "
        f"with index: {stacked - 1}, and a Cat of both with dim: 1"
    )
    for one, other, both in zip(*ways, strict=False):  # each reads what the layer read, which then reads the last
        text = both[0].replacement.replace(f"from: {source}", f"from: [{_NAMES[0]}, {_NAMES[1]}]")
        inserted = Edit(both[0].span, one[0].replacement + other[0].replacement + text)
        yield Fix(said, (inserted, *both[1:]))


def one_direction(case: Case, node: Node, written: int) -> str:
    """A note on a Select of one direction, where the size of both is claimed; nothing where that is not so."""
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    picked = case.facts.graph.nodes[ref.node] if ref is not None else None
    states = picked.inputs[0] if picked is not None and picked.type == "Select" else None
    tensor, stacked = case.facts.tensor(ref), case.facts.tensor(states)
    if states is None or picked is None or states.port != STATES or tensor is None or stacked is None:
        return ""
    index = getattr(picked.op, "index", None)
    recurrent, count = case.facts.graph.nodes[states.node], stacked.shape[0]
    is_both = getattr(recurrent.op, "bidirectional", False) and tensor.shape[-1] * 2 == written
    if not is_both or getattr(picked.op, "dim", None) != 0 or not isinstance(count, int) or not isinstance(index, int):
        return ""
    other = index % count ^ 1
    return (
        f"{picked.path} is one direction of {recurrent.path}: a Select with index: {other} has the other, and a Cat of both "
        f"with dim: 1 has {written}"
    )
