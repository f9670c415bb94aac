"""What advice on one document works with: the facts, the places of its text, and what may still be tried."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from archspec.advice.knobs import Places, resized
from archspec.advice.rerun import Rerun
from archspec.advice.trial import Trier
from archspec.diagnostics.model import MISSED, Diagnostic, Edit, Fix
from archspec.document.edits import are_numbers_spoken_of, holder_of, layer_before
from archspec.document.model import Document
from archspec.document.tree import Mapping, Sequence
from archspec.facts.model import Facts, Trials
from archspec.graph import Node, Place, Scope, Slot
from archspec.ops.base import Tensor
from archspec.ops.reach import Same


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

    def missed(self, node: Node) -> list[Diagnostic]:
        """What is claimed of a layer, or of the whole network, and is not so."""
        missed = [found for found in self.found.diagnostics if found.code == MISSED]
        return [found for found in missed if found.layer in (None, node.path)]

    def source(self, node: Node) -> Node | None:
        """The network's input, where the layer reads that and nothing else."""
        ref = node.inputs[0] if len(node.inputs) == 1 else None
        producer = self.facts.graph.nodes[ref.node] if ref is not None else None
        return producer if producer is not None and producer.is_input else None

    def use(self, member: Node | Scope) -> Scope | None:
        """The innermost use of a block that a layer, or a use, stands in."""
        path = member.path
        while "." in path:
            path = path.rpartition(".")[0]
            scope = self.facts.graph.scopes.get(path)
            if scope is not None and scope.use is not None:
                return scope
        return None

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
        """The edits that put a layer before one, by its type or its keys; one for each style of writing. Before the group that it
        begins, where it would shift the keys of weights in a list: a Sequential lists all that it does, so what is missing comes
        before it."""
        group = self._begun(node)
        slot = self._slot(group) if group is not None else None
        ways = self._before(group.path, slot.place, name, keys) if group is not None and slot is not None else []
        return ways or self._before(node.path, node.place, name, keys)

    def before_what(self, node: Node, it: str = "it") -> str:
        """Whom that layer comes before, in words."""
        group = self._begun(node)
        return it if group is None else f"{group.path}, so that its keys stay"

    def _before(self, path: str, place: Place, name: str, keys: str) -> list[tuple[Edit, ...]]:
        mapping = getattr(place, "mapping", None)
        scope = path.rpartition(".")[0]
        names = (name, *(f"{name}_{i}" for i in range(1, 99)))
        taken = {*self.by_path, *self.facts.graph.scopes}
        free = next((n for n in names if f"{scope}.{n}".lstrip(".") not in taken), name)
        whole = getattr(place, "whole", place.name)
        if place.name.start()[1:3] == whole[1:3]:
            layers = holder_of(self.document.root, whole)
            if isinstance(layers, Sequence) and are_numbers_spoken_of(self.document.root, layers):
                return []
        own = mapping if isinstance(mapping, Mapping) else None
        return layer_before(self.document.root, place.name, whole, own, free, keys)

    def _begun(self, node: Node) -> Scope | None:
        """The outermost group whose layers stand in a list that begins with this layer, or with some before it that treat each
        number by itself, and has weights."""
        found = None
        first = self._first(node)
        member: Node | Scope = first
        while (scope := self.facts.graph.scopes.get(member.path.rpartition(".")[0])) is not None:
            place = first.place if member is first else getattr(self._slot(member), "place", None)
            is_listed = place is not None and place.name.start()[1:3] == getattr(place, "whole", place.name)[1:3]
            is_once = scope.use is None or self.places.is_single(node)
            is_plain = is_once and not scope.is_repeat and len(scope.inputs) == 1
            if not (is_listed and is_plain and scope.members[0] is member and self._reads_input(scope, first)):
                break
            if not any(self.facts.of(inner).params for inner in scope.nodes()):
                break
            found = member = scope
        return found

    def _first(self, node: Node) -> Node:
        """The first of the layers right before one in its group, which only it reads, that may as well stand behind what is put
        before it: of a Dropout a Flatten may be on either side."""
        scope = node.path.rpartition(".")[0]
        while len(node.inputs) == 1 and node.inputs[0] is not None:
            above = self.facts.graph.nodes[node.inputs[0].node]
            is_alone = self.readers[above.index] == [node.index] and above.path.rpartition(".")[0] == scope
            if not is_alone or not self._is_by_number(above):
                break
            node = above
        return node

    def _is_by_number(self, node: Node) -> bool:
        """Whether a layer treats each number by itself, and has no weights."""
        inputs, op = self.facts.of(node).inputs, node.op
        if op is None or inputs is None or len(inputs) != 1 or op.kind not in ("activation", "dropout"):
            return False
        reaches = op.reach(inputs)
        is_same = reaches is not None and list(reaches[0]) == [Same(axis) for axis in range(inputs[0].rank)]
        return is_same and op.rank == 0 and not op.parameters(inputs)

    @cached_property
    def readers(self) -> list[list[int]]:
        """For each layer, those that read it."""
        return self.facts.graph.readers()

    @staticmethod
    def _reads_input(scope: Scope, node: Node) -> bool:
        """Whether nothing else in the group reads what the group does, and this layer does."""
        (own,) = scope.inputs.values()
        readers = [inner for inner in scope.nodes() if own is not None and any(
            ref is not None and ref[:2] == own[:2] for ref in inner.inputs)]  # fmt: skip
        return readers == [node]

    def _slot(self, member: Node | Scope) -> Slot | None:
        """The entry that a group is written as."""
        parent = self.facts.graph.around(member.path)
        return next((slot for slot in parent.slots if slot.member is member), None)
