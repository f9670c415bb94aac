"""Layers with several inputs that `when` leaves out: whoever reads one reads the first of what it would have read.

Enters: a graph; leaves: each of them, with the tensors that its inputs are, and how it would stand for another of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Fix
from archspec.facts.model import Facts
from archspec.graph import FromInput, FromSlot, Graph, Node, Ref, Scope, Slot, Wire

_ANY_ORDER = ("Add", "Mul", "Minimum", "Maximum")
"""Types that give the same whatever the order of what they read."""


class LeftOut(NamedTuple):
    """A layer that is left out, and what stands behind each of its inputs."""

    scope: Scope
    slot: Slot
    reads: list[Ref | None]

    @property
    def path(self) -> str:
        """Where it stands; its scope where it would have a number."""
        return ".".join(filter(None, (self.scope.path, self.slot.name)))

    @property
    def said(self) -> str:
        """What messages call it."""
        return self.path if self.slot.name is not None else f"a layer of {self.scope.path or 'the network'}"

    @property
    def short(self) -> str:
        """What messages call it where it has been told which it is."""
        return self.slot.name or "that layer"

    def name(self, position: int) -> str:
        """What its `from` calls one of its inputs."""
        return wire_name(self.scope, self.slot.reads[position])

    def turned(self, facts: Facts, position: int) -> Fix | None:
        """Another of its inputs written first, where it computes the same then, and that one has the shape of what it stands for
        now; else None."""
        tensors = facts.tensor(self.reads[0]), facts.tensor(self.reads[position])
        is_same = None not in tensors and tensors[0] == tensors[1]
        if self.slot.place.type.text().strip("\"'") not in _ANY_ORDER or not is_same:
            return None
        others = [self.name(other) for other in range(len(self.reads)) if other != position]
        written = f"[{', '.join([self.name(position), *others])}]"
        edit = self.slot.place.argument_edit("from", written)
        said = f"in {self.said}, write from: {written}; it stands for {self.name(position)} then"
        return Fix(said, (edit,) if edit is not None else ())

    def branch(self, gone: list[Node]) -> list[str]:
        """The entries beside it whose layers are all among some, and none of which has a `when` of its own."""
        paths = {node.path for node in gone}
        found = []
        for slot in self.scope.slots:
            inside = (
                [slot.member] if isinstance(slot.member, Node) else list(slot.member.nodes() if slot.member else ())
            )
            is_gone = inside and paths.issuperset(node.path for node in inside)
            if is_gone and slot.name is not None and not slot.is_conditional:
                found.append(slot.name)
        return found


def left_out(graph: Graph) -> Iterator[LeftOut]:
    """All layers with several inputs that `when` leaves out. A repeat of 0 says itself that it is not there."""
    for scope in (graph.root, *graph.scopes.values()):
        for slot in scope.slots:
            is_out = slot.member is None and slot.place.key("when") is not None
            if is_out and len(slot.reads) > 1 and None not in slot.reads:
                yield LeftOut(scope, slot, [_behind(scope, wire) for wire in slot.reads])


def wire_name(scope: Scope, wire: Wire | None) -> str:
    """What a `from` in this scope calls a tensor."""
    assert wire is not None
    if isinstance(wire, FromInput):
        return wire.input
    name = scope.slots[wire.slot].name or "the layer above it"
    return f"{name}.{wire.port}" if wire.port is not None else name


def is_from(graph: Graph, node: Node, source: Node) -> bool:
    """Whether a layer is computed from another."""
    waiting, seen = [node.index], {node.index}
    while waiting:
        before = {ref.node for ref in graph.nodes[waiting.pop()].inputs if ref is not None and ref.node >= source.index}
        if source.index in before:
            return True
        waiting += before - seen
        seen |= before
    return False


def _behind(scope: Scope, wire: Wire | None) -> Ref | None:
    """The tensor that a name in a scope stands for."""
    while isinstance(wire, FromSlot):
        slot = scope.slots[wire.slot]
        if isinstance(slot.member, Node):
            return Ref(slot.member.index, wire.port, None)
        if isinstance(slot.member, Scope):
            is_known = len(slot.member.outputs) == 1 or (wire.port or "output") in slot.member.outputs
            return slot.member.output(wire.port) if is_known else None
        wire = slot.reads[0] if slot.reads else None
    return scope.inputs.get(wire.input) if wire is not None else None
