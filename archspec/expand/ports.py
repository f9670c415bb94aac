"""What stands behind a reference: the node and the port. Groups, inputs and what `when` leaves out are seen through.

Enters: references of a scope's members, as far as the members are built. Leaves: `Ref`s, and diagnostics for outputs that do not
exist or are not said, at the reference, or at whoever reads where none is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from archspec.diagnostics.model import Diagnostic, Fix, Label
from archspec.diagnostics.nearest import Near, find_near
from archspec.document.edits import put
from archspec.document.tree import clip
from archspec.expand.inside import Inside
from archspec.expand.members import Member, Written
from archspec.graph import DEFAULT_PORT, Node, Ref, Scope
from archspec.source import Span

MOST_LISTED = 8
_OTHERS = {
    "h": ("hidden", "hidden_state", "h_n", "hn", "state", "state_h", "last_hidden"),
    "c": ("cell", "cell_state", "c_n", "cn", "state_c"),
    "output": ("out", "outputs", "sequence", "sequences", "y", "x"),
    "weights": ("attention", "attn", "attention_weights", "attn_weights", "scores"),
}
"""What outputs are called elsewhere."""


class Reader(NamedTuple):
    """Who reads: what messages call it, and where it stands. `layer` is the path of the layer concerned."""

    name: str
    place: Span
    layer: str | None
    key: str = "from"
    """The key that says what is read: from, outputs, or repeat, whose steps read each other."""


class Known(Protocol):
    """What is known of the nodes that are made."""

    def ports_without(self, ref: Ref) -> Collection[str] | None:
        """The outputs of a reference's node where none of them is the one meant; None where it is, or they are not known."""


class Ports:
    """Finds what references mean."""

    def __init__(self, known: Known, nodes: list[Node], report: list[Diagnostic],
                 inside: Callable[[Member], Inside | None]) -> None:  # fmt: skip
        self.known = known
        self.nodes = nodes
        self.report = report
        self.inside = inside
        self.told: set[tuple[Span, str]] = set()

    def resolve(self, scope: Scope, members: list[Member], read: Written | None, reader: Reader) -> Ref | None:
        """The node and port; None where there are none, which has been said."""
        if read is None:
            return None
        if read.member is None:
            found = scope.inputs[read.name]
            if read.port in (None, DEFAULT_PORT):
                return Ref(found.node, found.port, read.span) if found else None
            return self._refuse(port_error(reader, read.name, (DEFAULT_PORT,), read.port, read.span))
        member = members[read.member]
        if not member.is_kept:
            return self._in_place_of(member, read, reader)
        if isinstance(member.built, Node):
            return self._checked(Ref(member.built.index, read.port, read.span), read, member, reader)
        if member.built is None or not member.built.outputs:
            return None
        outputs, port = member.built.outputs, read.port
        if member.built.is_repeat and port not in (None, DEFAULT_PORT):
            return self._refuse(Diagnostic(
                "E0204", f"{reader.name} reads {clip(f'{read.name}.{port}')}, but {read.name} is a repeat, which gives only what "
                "its last step gives", read.span or reader.place, layer=reader.layer,
                help=f"write {read.name}; the steps of a repeat, and their other outputs, cannot be read"))  # fmt: skip
        if port is None:
            port = next(iter(outputs)) if len(outputs) == 1 else DEFAULT_PORT
        if port not in outputs:
            if outputs == {DEFAULT_PORT: None}:  # what it gives is not known, which has been said
                return None
            return self._refuse(
                port_error(reader, read.name, outputs, read.port, read.span, member.span, self.inside(member))
            )
        inner = outputs[port]
        return self._checked(Ref(inner.node, inner.port, read.span), read, member, reader) if inner else None

    def _in_place_of(self, member: Member, read: Written, reader: Reader) -> Ref | None:
        """What is read in place of a layer that `when` leaves out: one tensor, which has no further outputs."""
        if read.port not in (None, DEFAULT_PORT):
            return self._refuse(Diagnostic(
                "E0204", f"{reader.name} reads {clip(f'{read.name}.{read.port}')}, but when leaves {clip(read.name)} out here",
                read.span or reader.place, layer=reader.layer, label="what stands for it has no such output",
                labels=(Label(member.span, f"{clip(read.name)} stands here"),),
                help=f"give the reader the same when, or read {clip(read.name)}"))  # fmt: skip
        if member.alias is not None:
            return Ref(member.alias.node, member.alias.port, read.span)
        if member.reads:  # what it would have read is in error
            return None
        return self._refuse(Diagnostic(
            "E0201", f"{reader.name} {'refers to' if read.span else 'reads'} {clip(read.name)}, which when leaves out here, and "
            "which reads nothing to stand for it", read.span or reader.place, layer=reader.layer,
            help="let it read something that is always there"))  # fmt: skip

    def _checked(self, ref: Ref, read: Written, member: Member, reader: Reader) -> Ref | None:
        ports = self.known.ports_without(ref)
        if ports is None:
            return ref
        producer = self.nodes[ref.node]
        is_member = producer is member.built
        name = read.name if is_member else producer.path
        return self._refuse(
            port_error(reader, name, ports, ref.port, read.span, member.span if is_member else producer.place.name)
        )

    def _refuse(self, found: Diagnostic) -> Ref | None:
        """Says what is wrong, once: all steps of a repeat read alike. There is no reference then."""
        if (found.span, found.message) not in self.told:
            self.told.add((found.span, found.message))
            self.report.append(found)
        return None


def port_error(reader: Reader, producer: str, ports: Collection[str], port: str | None, span: Span | None,
               stands: Span | None = None, inside: Inside | None = None) -> Diagnostic:  # fmt: skip
    """E0204: the producer has no output of the name that was asked for, or several where none is named."""
    shown = clip(producer)
    meant = _meant(port, ports, inside)
    ways: tuple[Fix, ...] = ()
    if reader.key == "repeat":
        message = f"{reader.name} is a chain, but each step has several outputs, and the next reads one"
        help = "write the steps one by one, and say what each reads"
    else:
        asked = clip(f"{producer}.{port}")
        message = f"{reader.name} reads {shown}, which has several outputs" if port is None else (
            f"{reader.name} reads {asked}, but there is no such output")  # fmt: skip
        which = shown if len(ports) == 1 else f"{shown}.{meant.name if meant else next(iter(ports), DEFAULT_PORT)}"
        help = "say which: outputs: {output: " + which + "}" if reader.key == "outputs" else f"say which: from: {which}"
        help = f"write {which}" if len(ports) == 1 or meant is not None else help
        if meant is None and port is not None and inside is not None and port in inside.layers:
            help = f"{clip(port)} is a layer in it: {inside.to_name(producer, port)}"
        elif span is not None:
            ways = _ways(producer, ports, port, span, meant, help)
    if reader.key == "repeat":
        stands = None  # the steps have numbers, which nobody wrote
    before = "" if reader.key == "repeat" else f"{shown}."
    listed = ", ".join(before + name for name in list(ports)[:MOST_LISTED]) + (
        ", …" if len(ports) > MOST_LISTED else ""
    )
    return Diagnostic("E0204", message, span or reader.place, help=help, layer=reader.layer, ways=ways,
                      label=f"{shown} has one output" if len(ports) == 1 else f"the outputs are {listed}",
                      labels=(Label(stands, f"{shown} stands here"),) if stands and stands != reader.place else ())  # fmt: skip


def _meant(port: str | None, ports: Collection[str], inside: Inside | None) -> Near | None:
    """The output that is meant by a name that none has, and whether surely: it is the layer of that name, or nearly called so, or
    others call it so, or it alone has that number (`4`, of c2, c3 and c4)."""
    if port is None:
        return None
    own = inside.port(port) if inside is not None else None
    near = Near(own, True) if own is not None else find_near(port, ports)
    if near is not None:
        return near
    other = next((own for own, others in _OTHERS.items() if own in ports and port.lower() in others), None)
    number = "".join(filter(str.isdecimal, port))
    numbered = [name for name in ports if number and "".join(filter(str.isdecimal, name)) == number]
    other = other or (numbered[0] if len(numbered) == 1 else None)
    return Near(other, False) if other is not None else None


def _ways(
    producer: str, ports: Collection[str], port: str | None, span: Span, meant: Near | None, help: str
) -> tuple[Fix, ...]:
    """Another output in place of one that there is not, or of none: the one that is meant; the only one; where none is named, the
    first of several. Of a wrong name that is like none of several there is nothing to say."""
    written = producer if port is None else f"{producer}.{port}"
    is_guess = port is not None and meant is None and len(ports) > 1
    if span.text().strip("\"'") != written or not ports or is_guess:
        return ()
    first = producer if len(ports) == 1 else f"{producer}.{meant.name if meant else next(iter(ports))}"
    is_safe = meant is not None and meant.is_only and len(ports) > 1
    return (Fix(help, (put(span, first),), is_safe),)
