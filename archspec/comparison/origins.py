"""What the value of an expression rests on. Enters: a layer and an expression of it; leaves: what is written behind its names.

Two values that rest on the same differ only for what is said elsewhere: an argument of the network, a shape, a place in a repeat.
Where a `let`, a block's default or an argument of a block's use was edited, they do not rest on the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archspec.comparison.model import Member
from archspec.expressions.evaluation import names_in
from archspec.expressions.grammar import Name, parse
from archspec.graph import Graph, Scope, Slot

Origin = tuple[str, ...]
_OF_A_REPEAT = ("i", "n")


class _Place(NamedTuple):
    """Where an expression stands: in a scope, as an entry of it; None for what the scope itself says."""

    scope: Scope
    slot: Slot | None


class Origins:
    """Those of one network."""

    def __init__(self, graph: Graph, parents: dict[Member, Scope]) -> None:
        self._graph = graph
        self._parents = parents
        self._slots: dict[Scope, dict[Member, Slot]] = {}
        self._known: dict[tuple[Scope, str], frozenset[Origin]] = {}

    def of(self, member: Member, text: str) -> frozenset[Origin]:
        """What an expression of a layer rests on: each name that it reads, directly or through others, with what stands behind
        it."""
        place = self._around(member)
        if place.slot is not None and place.slot.values:
            return self._find(place, text)
        key = place.scope, text
        if key not in self._known:
            self._known[key] = self._find(place, text)
        return self._known[key]

    def _find(self, place: _Place, text: str) -> frozenset[Origin]:
        found: set[Origin] = set()
        seen: set[tuple[Scope, int, str]] = set()
        waiting = [(place, text)]
        while waiting:
            place, text = waiting.pop()
            for name in _names(text):
                key = place.scope, id(place.slot), name
                if key in seen:
                    continue
                seen.add(key)
                origin, following = self._behind(place, name)
                found.add((name, *origin))
                waiting += [] if following is None else [following]
        return frozenset(found)

    def _behind(self, place: _Place, name: str) -> tuple[Origin, tuple[_Place, str] | None]:
        """What is written for a name where it is given, and the expression there that is to be looked at in its turn."""
        while True:
            scope, slot = place
            if slot is not None and name in slot.values:
                if name in _OF_A_REPEAT:
                    return ("repeat",), None
                return _written(slot.place.behind(name), slot.values[name], place)
            if name in scope.let:
                return _written(scope.let[name], None, _Place(scope, None))
            if scope.use is not None:
                around = self._around(scope)
                text = around.slot.place.expression(name) if around.slot is not None else None
                return _written(text, scope.values.get(name), around)
            if scope not in self._parents:
                is_told = name in self._graph.arguments
                return (("argument",), None) if is_told else _written(None, scope.values.get(name), place)
            place = self._around(scope)

    def _around(self, member: Member) -> _Place:
        """Where a layer or a group is written: that of a group that is used again, where it stands first."""
        if isinstance(member, Scope) and member.shares is not None:
            member = member.shares
        scope = self._parents[member]
        if scope not in self._slots:
            self._slots[scope] = {slot.member: slot for slot in scope.slots if slot.member is not None}
        return _Place(scope, self._slots[scope].get(member))


def _written(text: str | None, value: object, place: _Place) -> tuple[Origin, tuple[_Place, str] | None]:
    return (("expression", text), (place, text)) if text is not None else (("value", repr(value)), None)


def _names(text: str) -> Iterator[str]:
    return (name.name for name in names_in(parse(text)) if isinstance(name, Name))
