"""What could be done about a warning. Enters: a lint's warning and the layer that it is about; leaves: changes to be tried.

All but one change the network: a layer is taken out or put in, an argument gets another value.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.advice.case import Case
from archspec.advice.knobs import resized
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import holder_of, is_flow, put, without_entries, without_value
from archspec.document.tree import Mapping, values_of
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.lints.dropped_pixels import read_whole
from archspec.lints.feeds_nothing import find_alive, holders

_ARGUMENTS = {"W1003": ("bias", "false"), "W1006": ("batch_first", "true"), "W1007": ("inplace", "false")}
_SAFE = ("W1007",)
"""What is computed is the same, in memory of its own."""
DROPPED = "W1004"
SQUASHED = "W1002"
"""What takes out a layer that the author asked for says why in the list of fixes, too."""
_OUT = ("W1001", SQUASHED, "W1012")
ADVISED = frozenset((*_ARGUMENTS, *_OUT, DROPPED, "W1010", "W1011", "W1013", "W1014"))
"""The warnings for which there is something to try."""


def about_warning(case: Case, warning: Diagnostic, node: Node) -> list[Fix]:
    """Changes, likeliest first."""
    if warning.code in _OUT:
        held = (
            holders(case.facts.graph, find_alive(case.facts.graph)).get(node.index, [])
            if warning.code == "W1001"
            else []
        )
        ways = _in_place_of(case, node, held) if held else _without(case, warning, node)
        return [*ways, *_read(case, warning, node), *_squashed_before(case, warning, node)]
    if warning.code == "W1010":
        said = f"put a Flatten before {case.before_what(node, node.path)}"
        return [Fix(said, edits) for edits in case.before(node, "flatten", "Flatten")]
    if warning.code == "W1011":
        said = f"put a ReLU before {case.before_what(node, node.path)}"
        return [Fix(said, edits) for edits in case.before(node, "relu", "ReLU")]
    field, value = _ARGUMENTS.get(warning.code, ("", ""))
    if warning.code == "W1013":
        field, value = ("p" if node.op is not None and node.op.kind == "dropout" else "dropout"), "0.5"
    if warning.code == "W1014":
        tensor = case.facts.tensor(node.inputs[0])
        field, value = "dim", "1" if tensor is not None and tensor.rank == 2 else "-1"
    edit = node.place.argument_edit(field, value) if field else None
    return [Fix(f"write {field}: {value} in {node.path}", (edit,), warning.code in _SAFE)] if edit is not None else []


def input_help(case: Case, warning: Diagnostic, node: Node) -> str:
    """Help of W1004 where the layer reads the network's input: another one that holds, the smaller first. No fix: other sizes
    are another network all the way down."""
    source = case.source(node)
    tensor = case.facts.of(source).output if source is not None else None
    if source is None or tensor is None:
        return ""
    found = (resized(case.document, source, tensor, other) for other in read_whole(node, case.facts.of(node)))
    way = case.trier.first([way for way in found if way is not None], warning)
    return f"use {way.said}, if those pixels matter" if way is not None else ""


def _without(case: Case, warning: Diagnostic, node: Node) -> Iterator[Fix]:
    """The text without a layer, and without those that only lead to it; where all others then read what they did."""
    readers = case.facts.graph.readers()
    gone = _leading(case.facts, node, readers) if warning.code == "W1001" else [node]
    edits = _out(case, gone)
    if readers[node.index] or edits is None:
        return
    names = " and ".join(other.path for other in gone[:4]) + (", …" if len(gone) > 4 else "")
    why = f": {warning.notes[0]}" if warning.code == SQUASHED and warning.notes else ""
    yield Fix(f"take {names} out{why}", edits)


def _squashed_before(case: Case, warning: Diagnostic, node: Node) -> Iterator[Fix]:
    """The text without the first of two layers that squash, where the second then reads what the first did: both read what stands
    above them, unsaid."""
    ref = node.inputs[0] if warning.code == SQUASHED and warning.labels else None
    first = case.facts.graph.nodes[ref.node] if ref is not None else None
    if first is None or case.readers[first.index] != [node.index] or not case.places.is_single(first):
        return
    if any(layer.place.argument("from") is not None for layer in (first, node)):
        return
    whole = getattr(first.place, "whole", first.place.name)
    holder = holder_of(case.document.root, whole)
    edits = without_value(holder, whole) if isinstance(holder, Mapping) else None
    if edits is not None:
        yield Fix(f"take {first.path} out: {warning.notes[0]}", edits)


def _in_place_of(case: Case, node: Node, held: list[Node]) -> Iterator[Fix]:
    """A layer that nobody reads written where the one stands that uses it."""
    used = getattr(held[0].place, "mapping", None)
    entry = used.entries.get("use") if isinstance(used, Mapping) else None
    edits = _out(case, [node])
    if (
        not isinstance(used, Mapping)
        or len(held) != 1
        or entry is None
        or edits is None
        or held[0].shares != node.index
    ):
        return
    own = getattr(node.place, "mapping", None)
    keys = own.entries if isinstance(own, Mapping) else {}
    written = [f"{key}: {inner.value.span.text()}" for key, inner in keys.items() if key not in ("from", "doc")]
    apart = ", " if is_flow(used) else "\n" + " " * (entry.key_span.column - 1)
    first, last = entry.key_span, entry.value.span
    place = first.to(last)
    edit = Edit(place, apart.join(written or [f"type: {node.type}"]))
    yield Fix(f"write {node.path} in place of {held[0].path}, which uses it", (*edits, edit))


def _read(case: Case, warning: Diagnostic, node: Node) -> Iterator[Fix]:
    """The text in which the layer that goes around a dead end, which the warning points to, reads it."""
    for label in warning.labels if warning.code == "W1001" else ():
        readers = [other for other in case.facts.graph.layers if other.place.argument("from") == label.span]
        if len(readers) == 1 and label.span.text()[:1] not in ("[", "-"):
            yield Fix(f"let {readers[0].path} read {node.path} (from: {node.name})", (put(label.span, node.name),))


def _leading(facts: Facts, node: Node, readers: list[list[int]]) -> list[Node]:
    """A layer that nobody reads, and those that only lead to it, in order."""
    gone = {node.index}
    waiting = [node]
    returned = {ref.node for ref in facts.graph.outputs.values() if ref is not None}
    while waiting:
        for ref in waiting.pop().inputs:
            source = facts.graph.nodes[ref.node] if ref is not None else node
            is_kept = source.index in gone or source.index in returned or source.is_input
            if not is_kept and gone.issuperset(readers[source.index]):
                gone.add(source.index)
                waiting.append(source)
    return [facts.graph.nodes[index] for index in sorted(gone)]


def _out(case: Case, gone: list[Node]) -> tuple[Edit, ...] | None:
    """The edits that take layers out of the one mapping or list that they are written in; None where that is not sure to change
    nothing else."""
    scope = gone[0].path.rpartition(".")[0]
    if any(node.path.rpartition(".")[0] != scope or not case.places.is_single(node) for node in gone):
        return None
    wholes = [getattr(node.place, "whole", node.place.name) for node in gone]
    holder = holder_of(case.document.root, wholes[0])
    if holder is None or any(holder_of(case.document.root, whole) is not holder for whole in wholes):
        return None
    values = values_of(holder)
    spans = [value.span for value in values]
    places = sorted(spans.index(whole) for whole in wholes)
    if not isinstance(holder, Mapping) and places != list(range(len(spans) - len(places), len(spans))):
        return None  # those below would get other numbers
    for place in places:
        after = values[place + 1] if place + 1 < len(values) else None
        if (
            after is not None
            and place + 1 not in places
            and not (isinstance(after, Mapping) and "from" in after.entries)
        ):
            return None  # it reads what stands above it, which would be another
    return without_entries(holder, places)
