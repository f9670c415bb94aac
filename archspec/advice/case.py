"""What advice on one document works with: the facts, the places of its text, and what may still be tried."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from archspec.advice.knobs import Places, resized
from archspec.advice.rerun import Rerun
from archspec.advice.trial import Trier
from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import are_numbers_spoken_of, holder_of, layer_before
from archspec.document.model import Document
from archspec.document.tree import Mapping, Sequence
from archspec.facts.model import Facts, Trials
from archspec.graph import Node
from archspec.ops.base import Tensor


class Move(NamedTuple):
    """Other sizes of the network's inputs: the tensors by node, and the change of the text."""

    tensors: dict[int, Tensor]
    way: Fix


class Case:
    """One document with errors."""

    def __init__(self, facts: Facts, document: Document, trier: Trier) -> None:
        self.facts = facts
        self.document = document
        self.trier = trier
        self.found = trier.found
        self.trials = Trials()
        self.window_trials = self.trials.split(8)
        self._reruns: dict[int, Rerun] = {}

    @cached_property
    def places(self) -> Places:
        return Places(self.facts)

    @cached_property
    def by_path(self) -> dict[str, Node]:
        return {node.path: node for node in self.facts.graph.nodes}

    def rerun(self, node: Node) -> Rerun:
        """The layers before one, to be computed anew."""
        if node.index not in self._reruns:
            self._reruns = {node.index: Rerun(self.facts, node, self.trials)}
        return self._reruns[node.index]

    def source(self, node: Node) -> Node | None:
        """The network's input, where the layer reads that and nothing else."""
        ref = node.inputs[0] if len(node.inputs) == 1 else None
        producer = self.facts.graph.nodes[ref.node] if ref is not None else None
        return producer if producer is not None and producer.is_input else None

    def moved(self, node: Node, distance: int, axis: int | None = None) -> Move | None:
        """The inputs before a layer with sides so much longer, or the one of an axis; None where a side is no number, or would be
        none."""
        tensors: dict[int, Tensor] = {}
        edits: dict[tuple[int, int], Edit] = {}
        said: dict[str, None] = {}
        for source in self.rerun(node).sources:
            tensor = self.facts.of(source).output
            if tensor is None or tensor.rank < 3:
                continue
            sides = [size + distance * (axis in (None, place)) for place, size in enumerate(tensor.shape[2:])
                     if isinstance(size, int)]  # fmt: skip
            if len(sides) != tensor.rank - 2 or min(sides) < 1:
                return None
            tensors[source.index] = Tensor((*tensor.shape[:2], *sides), tensor.dtype)
            way = resized(self.document, source, tensor, tensors[source.index])
            if way is None:
                return None
            said[way.said] = None
            edits.update({(edit.span.line, edit.span.column): edit for edit in way.edits})
        return Move(tensors, Fix(" and ".join(said), tuple(edits.values()))) if tensors else None

    def before(self, node: Node, name: str, keys: str) -> list[tuple[Edit, ...]]:
        """The edits that put a layer before one, by its type or its keys; one for each style of writing."""
        mapping = getattr(node.place, "mapping", None)
        scope = node.path.rpartition(".")[0]
        names = (name, *(f"{name}_{i}" for i in range(1, 99)))
        free = next((n for n in names if f"{scope}.{n}".lstrip(".") not in self.by_path), name)
        whole = getattr(node.place, "whole", node.place.name)
        if node.place.name.start()[1:3] == whole[1:3]:
            layers = holder_of(self.document.root, whole)
            if isinstance(layers, Sequence) and are_numbers_spoken_of(self.document.root, layers):
                return []
        own = mapping if isinstance(mapping, Mapping) else None
        return layer_before(self.document.root, node.place.name, whole, own, free, keys)
