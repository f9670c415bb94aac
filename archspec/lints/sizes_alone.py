"""Layers of which nothing is read but their sizes: what they compute is computed in vain, and yet they cannot just be taken out.

Enters: facts. Leaves: each of them, with a layer that reads its sizes, and the layers that lead only to it; and the groups whose
expressions read the shape of a layer that no layer reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archspec.facts.model import Facts
from archspec.graph import Graph, Node, Ref, Scope
from archspec.limits import MAX_LAYERS_TRIED
from archspec.ops.base import Problem


class SizedAlone(NamedTuple):
    """A layer whose numbers nothing reads; one that reads its sizes, at which place; and what leads to it alone, in order."""

    node: Node
    reader: Node
    position: int
    leading: list[Node]


def sizes_alone(facts: Facts, alive: set[int], counted: set[int]) -> Iterator[SizedAlone]:
    """Of layers that something reads (`alive`), and none by its numbers (`counted`), where they compute anything: views of what
    is computed anyway cost nothing."""
    graph = facts.graph
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


def other_of_the_sizes(facts: Facts, found: SizedAlone, others: set[int]) -> Node | None:
    """The last layer beside the reader, or input, of those that are computed for their numbers, which would do in place of the
    one."""
    reader = found.reader
    record = facts.of(reader)
    tensors = [facts.tensor(ref) for ref in reader.inputs]
    scope = reader.path.rpartition(".")[0]
    for index in range(reader.index - 1, max(-1, reader.index - 1 - MAX_LAYERS_TRIED), -1):
        node = facts.graph.nodes[index]
        if index not in others or node.path.rpartition(".")[0] != scope:
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


def entered_groups(graph: Graph) -> dict[int, list[tuple[Scope, str]]]:
    """The groups that each node's tensors go into, and what they call them."""
    found: dict[int, list[tuple[Scope, str]]] = {}
    for scope in graph.scopes.values():
        for name, ref in scope.inputs.items():
            if ref is not None:
                found.setdefault(ref.node, []).append((scope, name))
    return found


def groups_that_read_the_shape(entered: list[tuple[Scope, str]]) -> list[Scope]:
    """Those of the groups that have an expression of the shape of what a layer gives them (`${like.shape[2]}`)."""
    return [scope for scope, name in entered if _says_shape(scope, name)]


def _says_shape(scope: Scope, name: str) -> bool:
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}\.shape\b")
    return any(pattern.search(getattr(slot.place, "whole", slot.place.name).text()) for slot in scope.slots)


def by_numbers(facts: Facts) -> set[int]:
    """The nodes of which some output depends on the numbers, as far as it is known what is read of an input."""

    def read(node: Node) -> tuple[Ref | None, ...]:
        reaches = facts.of(node).reaches if node.op is not None else None
        return node.inputs if reaches is None else node.inputs[: len(reaches)]

    return {node.index for node in facts.graph.before(facts.graph.outputs.values(), read)}


def _leading(graph: Graph, end: int, readers: list[list[int]], vain: set[int]) -> list[Node]:
    """What leads to a layer, and nowhere else."""
    gone, waiting = {end}, [end]
    while waiting:
        for ref in graph.nodes[waiting.pop()].inputs:
            if ref is not None and ref.node in vain - gone and gone.issuperset(readers[ref.node]):
                gone.add(ref.node)
                waiting.append(ref.node)
    return [graph.nodes[index] for index in sorted(gone - {end})]
