"""W1024: joined in place of what is left out

A layer that `when` leaves out stands for what it would have read, and a Cat of branches joins that in its place.

An optional branch of `from: [a, b, c]` is not gone with its layer: the Cat has as many inputs as before, and the tensor that all
branches start from is one of them. Where the branch's start is nothing that the others read, such as a pooling whose projection
alone is optional, it is what was meant, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Fix, Label
from archspec.facts.model import Facts
from archspec.graph import FromSlot, Graph, Node, Scope, Slot, Wire
from archspec.limits import MAX_LOOKED_AT
from archspec.lints.left_out import wire_name

CODE = "W1024"
BAD = """archspec: 1
name: Example
args: {pooled: false}
input: [3, 32, 32]
layers:
  a: {type: Conv2d, out_channels: 8, kernel_size: 1, from: input}
  b: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, from: input}
  c: {type: MaxPool2d, kernel_size: 3, stride: 1, padding: 1, from: input, when: "${pooled}"}
  cat: {type: Cat, from: [a, b, c], dim: 1}
"""
GOOD = BAD.replace("from: [a, b, c]", "from: \"${['a', 'b', 'c'] if pooled else ['a', 'b']}\"")


class StandIn(NamedTuple):
    """An input of a Cat that stands for a layer which `when` leaves out, where other branches start from that tensor too."""

    scope: Scope
    slot: Slot
    position: int
    out: Slot

    @property
    def start(self) -> str:
        """What the `from` of the layer that is left out calls it."""
        return wire_name(self.scope, self.out.reads[0])

    @property
    def names(self) -> list[str]:
        """What the `from` of the Cat calls all that it joins."""
        return [wire_name(self.scope, wire) for wire in self.slot.reads]

    @property
    def said(self) -> str:
        """That it does, as part of a sentence."""
        return f"{self.start}, which stands for {self.names[self.position]}: when leaves that out here"

    def way(self) -> Fix | None:
        """The `from` that asks the condition, where two tensors are left and the condition is an expression."""
        condition = self.out.place.argument("when")
        text = condition.text().strip("\"'") if condition is not None else ""
        rest = [name for position, name in enumerate(self.names) if position != self.position]
        if not (text.startswith("${") and text.endswith("}")) or len(rest) < 2 or self.out.name is None:
            return None
        written = f'"${{{_listed(self.names)} if {text[2:-1].strip()} else {_listed(rest)}}}"'
        edit = self.slot.place.argument_edit("from", written)
        return Fix(f"write from: {written}", (edit,)) if edit is not None else None


def check(facts: Facts) -> Iterator[Diagnostic]:
    for scope in (facts.graph.root, *facts.graph.scopes.values()):
        for slot in scope.slots:
            if isinstance(slot.member, Node) and slot.member.type == "Cat":
                for found in _stand_ins(scope, slot):
                    yield _warn(found, slot.member)


def stand_ins(graph: Graph, cat: Node) -> Iterator[StandIn]:
    """Those among the inputs of one Cat."""
    scope = graph.around(cat.path)
    for slot in scope.slots:
        if slot.member is cat and cat.type == "Cat":
            yield from _stand_ins(scope, slot)


def _stand_ins(scope: Scope, slot: Slot) -> Iterator[StandIn]:
    gone = {position: out for position, wire in enumerate(slot.reads) if (out := left_out(scope, wire)) is not None}
    if gone:
        read = _read_on_the_way(scope, [wire for position, wire in enumerate(slot.reads) if position not in gone])
        yield from (StandIn(scope, slot, position, out) for position, out in gone.items() if out.reads[0] in read)


def left_out(scope: Scope, wire: Wire | None) -> Slot | None:
    """The layer that `when` leaves out which a tensor is named after; None where it is there."""
    slot = scope.slots[wire.slot] if isinstance(wire, FromSlot) else None
    is_out = slot is not None and slot.member is None and slot.reads and slot.place.key("when") is not None
    return slot if is_out else None


def _read_on_the_way(scope: Scope, wires: list[Wire | None]) -> set[Wire | None]:
    """These, and what is read by the layers of the scope that they come from."""
    found, waiting = set(wires), [*wires]
    while waiting and len(found) < MAX_LOOKED_AT:
        wire = waiting.pop()
        if isinstance(wire, FromSlot) and scope.slots[wire.slot].member is not None:
            new = [other for other in scope.slots[wire.slot].reads if other not in found]
            found.update(new)
            waiting += new
    return found


def _warn(found: StandIn, cat: Node) -> Diagnostic:
    name, condition, way = found.names[found.position], found.out.place.argument("when"), found.way()
    help = f"let {found.slot.name or 'it'} read {name} where that is there alone, or give it the when of {name} too"
    labels = (Label(condition, f"{name} is left out"),) if condition is not None else ()
    return Diagnostic(CODE, f"{cat.path} joins {found.said}", found.slot.place.argument("from") or found.slot.place.name,
                      label=f"{len(found.names)} tensors, {found.start} one of them", labels=labels,
                      help=way.said if way is not None else help, layer=cat.path,
                      ways=(way,) if way is not None else ())  # fmt: skip


def _listed(names: list[str]) -> str:
    return f"[{', '.join(repr(name) for name in names)}]"
