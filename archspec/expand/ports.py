"""What stands behind a reference: the node and the port. Groups, inputs and what `when` leaves out are seen through.

Enters: references of a scope's members, as far as the members are built. Leaves: `Ref`s, and diagnostics for outputs that do not
exist or are not said, at the reference, or at whoever reads where none is written.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from archspec.diagnostics.model import Diagnostic, Fix, Label
from archspec.diagnostics.nearest import find_near
from archspec.document.edits import put
from archspec.document.tree import clip
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

    def __init__(self, known: Known, nodes: list[Node], report: list[Diagnostic]) -> None:
        self.known = known
        self.nodes = nodes
        self.report = report
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
            return self._refuse(port_error(reader, read.name, outputs, read.port, read.span, member.span))
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
               stands: Span | None = None) -> Diagnostic:  # fmt: skip
    """E0204: the producer has no output of the name that was asked for, or several where none is named."""
    shown = clip(producer)
    if reader.key == "repeat":
        message = f"{reader.name} is a chain, but each step has several outputs, and the next reads one"
        help = "write the steps one by one, and say what each reads"
    else:
        asked = clip(f"{producer}.{port}")
        message = f"{reader.name} reads {shown}, which has several outputs" if port is None else (
            f"{reader.name} reads {asked}, but there is no such output")  # fmt: skip
        which = shown if len(ports) == 1 else f"{shown}.{_meant(port, ports) or next(iter(ports), DEFAULT_PORT)}"
        help = "say which: outputs: {output: " + which + "}" if reader.key == "outputs" else f"say which: from: {which}"
        help = f"write {which}" if len(ports) == 1 else help
    if reader.key == "repeat":
        stands = None  # the steps have numbers, which nobody wrote
    ways = _ways(producer, ports, port, span, help) if reader.key != "repeat" and span is not None else ()
    before = "" if reader.key == "repeat" else f"{shown}."
    listed = ", ".join(before + name for name in list(ports)[:MOST_LISTED]) + (
        ", …" if len(ports) > MOST_LISTED else ""
    )
    return Diagnostic("E0204", message, span or reader.place, help=help, layer=reader.layer, ways=ways,
                      label=f"{shown} has one output" if len(ports) == 1 else f"the outputs are {listed}",
                      labels=(Label(stands, f"{shown} stands here"),) if stands and stands != reader.place else ())  # fmt: skip


def _meant(port: str | None, ports: Collection[str]) -> str | None:
    """The output that others call so."""
    return next(
        (own for own, others in _OTHERS.items() if own in ports and port is not None and port.lower() in others), None
    )


def _ways(producer: str, ports: Collection[str], port: str | None, span: Span, help: str) -> tuple[Fix, ...]:
    """Another output in place of one that there is not: the one of nearly that name, or else the first."""
    written = producer if port is None else f"{producer}.{port}"
    if span.text().strip("\"'") != written or not ports:
        return ()
    near = find_near(port, ports) if port is not None else None
    meant = near.name if near is not None else _meant(port, ports) or next(iter(ports))
    first = producer if len(ports) == 1 else f"{producer}.{meant}"
    is_safe = near is not None and near.is_only and len(ports) > 1
    return (Fix(f"write {first}" if near is not None else help, (put(span, first),), is_safe),)
