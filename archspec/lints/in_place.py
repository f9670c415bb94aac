"""W1007: in-place layer

It overwrites what belongs to the caller, or what a gradient is computed from.

Whoever calls the network finds another tensor than the one that was passed. In training PyTorch refuses to go backwards through
a layer whose gradient needs a tensor that was overwritten.
https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-correctness-checks
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.model import Facts
from archspec.facts.overwriting import find_stale, in_training, tell_stale, writes
from archspec.facts.storage import Storage, find_storage
from archspec.graph import Node

CODE = "W1007"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  dense: {type: Linear, out_features: 8}
  gate: Sigmoid
  relu: {type: ReLU, inplace: true}
"""
GOOD = BAD.replace(", inplace: true", "")


def check(facts: Facts) -> Iterator[Diagnostic]:
    writers = [node for node in facts.graph.nodes if writes(node)]
    storage = find_storage(facts, batch=2) if writers else None
    if storage is None:
        return
    for stale in find_stale(facts):
        yield tell_stale(CODE, facts, stale)  # where it is certain it is an error, and no lint is asked
    needed, learns = _needed(facts, storage)
    for node in writers:
        place = storage.read[node.index][0]
        assert place is not None
        owner = facts.graph.nodes[storage.memories[place.memory].node]
        if owner.is_input:
            yield _warn(node, f"{node.path} overwrites{in_training(node)} {owner.path}, which belongs to the caller", owner,
                        f"{owner.name} comes from outside")  # fmt: skip
        several = _several(facts, storage, node) if learns[node.index] else None
        if several is not None:
            yield _warn(node, f"{node.path} overwrites one of several views that {several.path} gives at once, so that training "
                        "stops", several, "PyTorch refuses to write into one of them")  # fmt: skip
        for what, reader in needed.get(place.memory, []):
            if reader.index < node.index:
                yield _warn(node, f"{node.path} overwrites what {reader.path} needs for its gradient, so that training stops",
                            reader, f"its gradient is computed from its {what}")  # fmt: skip
                break


def _warn(node: Node, message: str, other: Node, label: str) -> Diagnostic:
    return Diagnostic(CODE, message, node.place.argument("inplace") or node.place.name, label="in place",
                      labels=(Label(other.place.name, label),), help=f"write inplace: false in {node.path}",
                      layer=node.path)  # fmt: skip


def _several(facts: Facts, storage: Storage, writer: Node) -> Node | None:
    """The layer that gives what is overwritten as one of several views of one memory."""
    node = writer
    while node.inputs and node.inputs[0] is not None:
        node = facts.graph.nodes[node.inputs[0].node]
        place, source = next(iter(storage.places[node.index].values()), None), storage.of(next(iter(node.inputs), None))
        if place is None or source is None or place.memory != source.memory:
            return None
        if len(storage.places[node.index]) > 1:
            return node
    return None


def _needed(facts: Facts, storage: Storage) -> tuple[dict[int, list[tuple[str, Node]]], list[bool]]:
    """For each memory, the layers whose gradient is computed from what stands there, and whether that is their input or output.

    And for each layer whether a gradient comes through it.
    """
    found: dict[int, list[tuple[str, Node]]] = {}
    learns: list[bool] = []
    for node in facts.graph.nodes:
        has_weights = facts.of(node).trainable and bool(facts.of(node).parameters)
        learns.append(has_weights or any(ref is not None and learns[ref.node] for ref in node.inputs))
        if node.op is None or not learns[-1] or not node.inputs:
            continue
        for what in node.op.gradient_reads_in_place if writes(node) else node.op.gradient_reads:
            place = storage.read[node.index][0] if what == "input" else storage.places[node.index].get("output")
            if place is not None:
                found.setdefault(place.memory, []).append((what, node))
    return found, learns
