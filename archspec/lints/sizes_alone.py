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
from archspec.ops.base import Problem


class SizedAlone(NamedTuple):
    """A layer whose numbers nothing reads; one that reads its sizes, at which place; and what leads to it alone, in order."""

    node: Node
    reader: Node
    position: int
    leading: list[Node]


def sizes_alone(facts: Facts, alive: set[int]) -> Iterator[SizedAlone]:
    """Of layers that something reads (`alive`), where they compute anything: views of what is computed anyway cost nothing."""
    graph = facts.graph
    counted = _by_numbers(facts)
    vain = {index for index in alive - counted if not graph.nodes[index].is_input}
    if not vain:
        return
    readers = graph.readers()
    found: set[int] = set()
    for reader in graph.nodes:
        for position, ref in enumerate(reader.inputs if reader.index in counted else ()):
            if ref is None or ref.node not in vain or ref.node in found:
                continue
            found.add(ref.node)
            leading = _leading(graph, ref.node, readers, vain)
            if any(facts.of(node).macs or facts.of(node).parameters for node in (graph.nodes[ref.node], *leading)):
                yield SizedAlone(graph.nodes[ref.node], reader, position, leading)


def other_of_the_sizes(facts: Facts, found: SizedAlone, alive: set[int]) -> Node | None:
    """The last layer beside the reader, or input, that is computed for its numbers and would do in place of the one."""
    reader, counted = found.reader, _by_numbers(facts)
    record = facts.of(reader)
    tensors = [facts.tensor(ref) for ref in reader.inputs]
    scope = reader.path.rpartition(".")[0]
    for node in reversed(facts.graph.nodes[: reader.index]):
        if node.index not in counted & alive or node.path.rpartition(".")[0] != scope:
            continue
        tried = [*tensors]
        tried[found.position] = facts.of(node).output
        present = tuple(tensor for tensor in tried if tensor is not None)
        if reader.op is not None and len(present) == len(tensors):
            try:
                if present[found.position].shape[1:] and reader.op.outputs(present) == record.outputs:
                    return node
            except Problem:
                continue
    return None


def groups_that_read_the_shape(graph: Graph, node: Node) -> list[Scope]:
    """The groups that have an expression of the shape of what this layer gives them (`${like.shape[2]}`)."""
    return [
        scope
        for scope in graph.scopes.values()
        if any(
            ref is not None and ref.node == node.index and _says_shape(scope, name)
            for name, ref in scope.inputs.items()
        )
    ]


def _says_shape(scope: Scope, name: str) -> bool:
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}\.shape\b")
    return any(pattern.search(getattr(slot.place, "whole", slot.place.name).text()) for slot in scope.slots)


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
