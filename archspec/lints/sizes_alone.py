"""Layers of which nothing is read but their sizes: what they compute is computed in vain, and yet they cannot just be taken out.

Enters: facts. Leaves: each of them, with a layer that reads its sizes, and the layers that lead only to it; and the groups whose
expressions read the shape of a layer that no layer reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archspec.facts.model import Facts
from archspec.graph import Graph, Node, Scope
from archspec.limits import MAX_LOOKED_AT
from archspec.ops.base import Problem

_MEASURED = r"(?<![\w.])(\w+)\.shape\b"


class SizedAlone(NamedTuple):
    """A layer whose numbers nothing reads; one that reads its sizes; what leads to it alone, in order; and the last layer beside
    the reader, or input, that is computed for its numbers and would do in its place."""

    node: Node
    reader: Node
    leading: list[Node]
    other: Node | None


def sizes_alone(facts: Facts, alive: set[int], readers: list[list[int]]) -> Iterator[SizedAlone]:
    """Of layers that something reads (`alive`), where they compute anything: views of what is computed anyway cost nothing."""
    graph = facts.graph
    counted = _by_numbers(facts)
    vain = {index for index in alive - counted if not graph.nodes[index].is_input}
    if not vain:
        return
    found: set[int] = set()
    for reader in graph.nodes:
        for position, ref in enumerate(reader.inputs if reader.index in counted else ()):
            if ref is None or ref.node not in vain or ref.node in found:
                continue
            found.add(ref.node)
            leading = _leading(graph, ref.node, readers, vain)
            if any(facts.of(node).macs or facts.of(node).parameters for node in (graph.nodes[ref.node], *leading)):
                yield SizedAlone(graph.nodes[ref.node], reader, leading, _other(facts, reader, position, counted))


def _other(facts: Facts, reader: Node, position: int, counted: set[int]) -> Node | None:
    record = facts.of(reader)
    tensors = [facts.tensor(ref) for ref in reader.inputs]
    scope = reader.path.rpartition(".")[0]
    for index in range(reader.index - 1, max(reader.index - MAX_LOOKED_AT, 0) - 1, -1):
        node = facts.graph.nodes[index]
        if index not in counted or node.path.rpartition(".")[0] != scope:
            continue
        tried = [*tensors]
        tried[position] = facts.of(node).output
        present = tuple(tensor for tensor in tried if tensor is not None)
        if reader.op is not None and len(present) == len(tensors):
            try:
                if present[position].shape[1:] and reader.op.outputs(present) == record.outputs:
                    return node
            except Problem:
                continue
    return None


def groups_by_what_they_measure(graph: Graph) -> dict[int, list[Scope]]:
    """The groups that have an expression of a shape of what they read (`${like.shape[2]}`), by the node that this is."""
    found: dict[int, list[Scope]] = {}
    for scope in graph.scopes.values():
        names = _measured(scope) if scope.inputs else set()
        for index in {ref.node for name, ref in scope.inputs.items() if ref is not None and name in names}:
            found.setdefault(index, []).append(scope)
    return found


def _measured(scope: Scope) -> set[str]:
    """The names whose `.shape` its layers' texts have."""
    texts = (getattr(slot.place, "whole", slot.place.name).text() for slot in scope.slots)
    return {name for text in texts if ".shape" in text for name in re.findall(_MEASURED, text)}


def _by_numbers(facts: Facts) -> set[int]:
    """The nodes of which some output depends on the numbers, as far as it is known what is read of an input."""
    graph = facts.graph
    waiting = [ref.node for ref in graph.outputs.values() if ref is not None]
    counted: set[int] = set()
    while waiting:
        node = graph.nodes[waiting.pop()]
        if node.index not in counted:
            counted.add(node.index)
            reaches = facts.of(node).reaches if node.op is not None else None
            read = node.inputs if reaches is None else node.inputs[: len(reaches)]
            waiting.extend(ref.node for ref in read if ref is not None)
    return counted


def _leading(graph: Graph, end: int, readers: list[list[int]], vain: set[int]) -> list[Node]:
    """What leads to a layer, and nowhere else."""
    gone, waiting = {end}, [end]
    while waiting:
        for ref in graph.nodes[waiting.pop()].inputs:
            if ref is not None and ref.node in vain - gone and gone.issuperset(readers[ref.node]):
                gone.add(ref.node)
                waiting.append(ref.node)
    return [graph.nodes[index] for index in sorted(gone - {end})]
