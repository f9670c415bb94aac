"""Repeats in lists, as long in every scope of one text as in the longest. Enters: graphs; leaves: scopes with steps left out.

A list's repeat continues the numbering, so that its steps are entries of the scope itself. Where another use of the block, or
another value of an argument, has more of them, those stand here too, as what `when` leaves out does: read through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from archspec.graph import FromInput, FromSlot, Graph, Scope, Slot, Wire
from archspec.source import Span

Most = Mapping[tuple[Span, int], int]
"""How many steps an entry has at most, by the scope's first entry and the entry's number; only where scopes differ."""


def most_turns(graphs: Iterable[Graph], is_fixed: Callable[[Span], bool]) -> Most:
    """Of all scopes of one text, the longest repeats of each entry. A layer that is `is_fixed` stays as it is."""
    counts: dict[tuple[Span, int], set[int]] = {}
    for graph in graphs:
        for scope in (graph.root, *graph.scopes.values()):
            if scope.is_repeat or not scope.slots:
                continue
            first = scope.slots[0].place.name
            for number, slots in groupby(scope.slots, key=lambda slot: slot.key[0]):
                turns = list(slots)
                if not any(slot.is_conditional for slot in turns) and not is_fixed(turns[0].place.name):
                    counts.setdefault((first, number), set()).add(len(turns))
    return {key: max(found) for key, found in counts.items() if len(found) > 1}


def lengthen(scope: Scope, most: Most) -> None:
    """Adds the steps that the scope does not have."""
    if scope.is_repeat or not scope.slots:
        return
    first = scope.slots[0].place.name
    slots: list[Slot] = []
    moved: list[int] = []  # where each slot is now
    ends: dict[int, int] = {}  # where what is read of the last step of an entry is now, by that step
    added: dict[int, list[int]] = {}  # the new steps behind it
    for number, group in groupby(scope.slots, key=lambda slot: slot.key[0]):
        turns = list(group)
        for slot in turns:
            moved.append(len(slots))
            slots.append(slot)
        last = len(moved) - 1
        for turn in range(len(turns), most.get((first, number), 0)):
            reads = (FromSlot(len(slots) - 1, None),)
            added.setdefault(last, []).append(len(slots))
            slots.append(Slot((number, turn), None, reads, turns[0].place, False, turns[0].values))
        ends[last] = len(slots) - 1
    if len(slots) == len(moved):
        return

    def wire(read: Wire | None, number: int) -> Wire | None:
        """What is read from an entry of this number, or from outside (-1)."""
        if read is None or isinstance(read, FromInput):
            return read
        is_inside = scope.slots[read.slot].key[0] == number
        return read._replace(slot=moved[read.slot] if is_inside else ends.get(read.slot, moved[read.slot]))

    for slot, at in zip(scope.slots, moved, strict=True):
        slots[at] = Slot(slot.key, slot.name, tuple(wire(read, slot.key[0]) for read in slot.reads), slot.place,
                         slot.is_conditional, slot.values, slot.member, slot.train_only)  # fmt: skip
    scope.order = [at for old in scope.order for at in (moved[old], *added.get(old, ()))]
    scope.results = {port: wire(read, -1) for port, read in scope.results.items()}
    scope.slots = slots
