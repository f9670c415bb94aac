"""What in-place layers overwrite that is needed as it was: read by a later layer, returned, or the module's own.

Enters: facts with known shapes. Leaves: findings; those that are certain are errors (E0207), the others a lint's. Order is
that of computation: a layer that comes before the in-place layer has read what it should.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Fix, Label
from archspec.facts.model import Facts
from archspec.facts.storage import Place, Storage, find_storage
from archspec.graph import Node, Ref
from archspec.limits import MAX_OVERWRITING_COMPARED
from archspec.ops.layout import may_meet


class Stale(NamedTuple):
    """A tensor that is read after an in-place layer has written into its memory. `reader` is None for the network's result."""

    ref: Ref
    reader: Node | None
    writer: Node
    is_certain: bool


def writes(node: Node) -> bool:
    """Whether a layer writes into what it reads; a dropout of nothing does not."""
    return node.op is not None and node.op.is_in_place and node.op.argument("p") != 0


def in_training(*nodes: Node | None) -> str:
    """The words for what happens in training only."""
    only = any(node is not None and (node.train_only or (node.op and node.op.kind == "dropout")) for node in nodes)
    return " in training" if only else ""


def find_stale(facts: Facts) -> list[Stale]:
    """Every read of an overwritten tensor, in the order of computation."""
    if facts.stale is None:
        storage = find_storage(facts, batch=2) if any(map(writes, facts.graph.nodes)) else None
        facts.stale = list(_stale(facts, storage)) if storage is not None else []
    return facts.stale


def _stale(facts: Facts, storage: Storage) -> Iterator[Stale]:
    nodes = facts.graph.nodes
    written: dict[int, list[int]] = {}
    left = MAX_OVERWRITING_COMPARED
    reads: list[tuple[Ref | None, Place | None, Node | None]] = [
        (ref, place, node)
        for node, places in zip(nodes, storage.read, strict=True)
        for ref, place in zip(node.inputs, places, strict=True)
    ]
    reads += [(ref, storage.of(ref), None) for ref in facts.graph.outputs.values()]
    done = -1
    for ref, read, reader in reads:
        end = reader.index if reader is not None else len(nodes)
        while done < end - 1:  # all that is computed before the reader
            done += 1
            place = storage.read[done][0] if writes(nodes[done]) else None
            if place is not None:
                written.setdefault(place.memory, []).append(done)
        after = written.get(read.memory) if read is not None else None
        if ref is None or read is None or after is None:
            continue
        for index in after[bisect_right(after, ref.node) :]:
            left -= 1
            meets = _meets(storage, read, nodes[index])
            if meets is not False:
                yield Stale(ref, reader, nodes[index], meets is True)
                break
            if left <= 0:
                return


def _meets(storage: Storage, read: Place, writer: Node) -> bool | None:
    """Whether the in-place layer writes where the tensor lies; None where that is not known."""
    place = storage.read[writer.index][0]
    assert place is not None
    return may_meet(read.laid, place.laid, storage.memories[read.memory].sizes)


# What is certain -----------------------------------------------------------------------------------------------------


def check_overwriting(facts: Facts, report: list[Diagnostic]) -> None:
    """E0207 where what an in-place layer overwrites is certain to be needed as it was."""
    for stale in find_stale(facts):
        if stale.is_certain:
            report.append(tell_stale("E0207", facts, stale))
    report.extend(_impossible(facts))


def tell_stale(code: str, facts: Facts, stale: Stale) -> Diagnostic:
    """What is to be said of a read of an overwritten tensor."""
    reader, writer, source = stale.reader, stale.writer, facts.graph.nodes[stale.ref.node]
    when = in_training(reader, writer)
    has = "has overwritten" if stale.is_certain else "may have overwritten"
    what = f"{reader.path} reads" if reader is not None else "the network returns"
    port = f".{stale.ref.port}" if stale.ref.port is not None and len(facts.of(source).outputs or {}) > 1 else ""
    message = f"{what} {source.path}{port}, which {writer.path} {has}{when}"
    span = stale.ref.span or (reader.place.name if reader is not None else writer.place.name)
    return Diagnostic(code, message, span, label=f"the result of {writer.path} stands there{when}", labels=(_written(writer),),
                      help=f"write inplace: false in {writer.path}", ways=_beside(writer),
                      layer=reader.path if reader is not None else writer.path)  # fmt: skip


def _beside(writer: Node) -> tuple[Fix, ...]:
    """The change that lets a layer write beside its input: what it computes stays, and what others read is what they name."""
    edit = writer.place.argument_edit("inplace", "false")
    return (Fix(f"write inplace: false in {writer.path}", (edit,), is_safe=True),) if edit is not None else ()


def _written(writer: Node) -> Label:
    return Label(writer.place.argument("inplace") or writer.place.name, f"{writer.name} writes into what it reads")


def _impossible(facts: Facts) -> Iterator[Diagnostic]:
    """In-place layers that overwrite the module's own tensors, or one place several times."""
    writers = [node for node in facts.graph.nodes if writes(node)]
    storage = find_storage(facts, batch=2) if writers else None
    for node in writers if storage is not None else ():
        assert storage is not None
        place = storage.read[node.index][0]
        if place is None:
            continue
        memory, when = storage.memories[place.memory], in_training(node)
        owner = facts.graph.nodes[memory.node]
        what = ""
        if memory.is_state:
            what = f"{node.path} overwrites {owner.path}, which belongs to the module{when}"
        elif place.laid.repeats:
            what = (
                f"{node.path} writes{when} into a tensor that has several elements in one place, which PyTorch refuses"
            )
        if what:
            yield Diagnostic("E0207", what, node.place.argument("inplace") or node.place.name, label="in place",
                             labels=(Label(owner.place.name, f"{owner.name} stands here"),),
                             help=f"write inplace: false in {node.path}", ways=_beside(node), layer=node.path)  # fmt: skip
