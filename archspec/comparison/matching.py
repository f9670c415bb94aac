"""Which layers and groups of two networks are the same ones. Enters: facts of both; leaves: a `Matching`.

From the outside in: the members of two groups are aligned in their order, by what they are and what they are called; what is left
over and has its name in the other network, too, has been moved. Then groups that are left over are looked for in all groups, and
last, layers that are left over, where they stand at the same place (in another group), or are the only ones of their name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from archspec.comparison.alignment import Budget, align
from archspec.comparison.likeness import NAME, Side, overlap, score
from archspec.comparison.model import Member
from archspec.facts.model import Facts
from archspec.graph import Node, Scope

AnyMember = TypeVar("AnyMember", Node, Scope, Member)
LIKELY = 2.4
"""The score of two that are left over alone in one list, to be the same one."""
ENOUGH = 0.5
"""The part of their layers that groups of one name share, which are looked for everywhere."""


@dataclass(slots=True, eq=False, repr=False)
class Matching:
    """Both networks, and what of them is the same. `crossed` are the pairs that do not stand in the order of the others."""

    before: Side
    after: Side
    pairs: dict[Member, Member] = field(default_factory=dict)
    backward: dict[Member, Member] = field(default_factory=dict)
    crossed: list[tuple[Member, Member]] = field(default_factory=list)
    is_bounded: bool = False

    def nodes(self) -> Iterator[tuple[Node, Node]]:
        """The layers and inputs that are the same."""
        return ((x, y) for x, y in self.pairs.items() if isinstance(x, Node) and isinstance(y, Node))

    def are_together(self, x: Member, y: Member) -> bool:
        """Whether the groups that they stand in are the same."""
        return self.pairs.get(self.before.parents[x]) is self.after.parents[y]


def match(before: Facts, after: Facts) -> Matching:
    """The matching of two networks without errors."""
    known: dict[object, int] = {}
    return _Matcher(Matching(Side(before, known), Side(after, known))).run()


class _Matcher:
    def __init__(self, found: Matching) -> None:
        self.found = found
        self.before, self.after = found.before, found.after
        self.budget = Budget()
        self.left: tuple[list[Member], list[Member]] = ([], [])

    def run(self) -> Matching:
        self._inputs()
        self._pair(self.before.facts.graph.root, self.after.facts.graph.root)
        self._groups_elsewhere()
        self._layers_at_their_place()
        self._layers_elsewhere()
        self.found.is_bounded = self.budget.is_met
        return self.found

    def _score(self, x: Member, y: Member) -> float:
        return score(x, y, self.before, self.after)

    def _inputs(self) -> None:
        """Inputs of one name are the same, others in the order in which they are declared."""
        ours, others = self.before.facts.graph.inputs, self.after.facts.graph.inputs
        names = {node.path: node for node in others}
        for node in ours:
            if node.path in names:
                self._note(node, names[node.path])
        left = [[x for x in nodes if not self._is_found(x)] for nodes in (ours, others)]
        for x, y in zip(*left, strict=False):
            self._note(x, y)

    def _note(self, x: Member, y: Member) -> None:
        self.found.pairs[x] = y
        self.found.backward[y] = x

    def _is_found(self, member: Member) -> bool:
        return member in self.found.pairs or member in self.found.backward

    def _pair(self, x: Member, y: Member) -> None:
        """Notes that two are the same, and what in them is."""
        waiting = [(x, y)]
        while waiting:
            x, y = waiting.pop()
            self._note(x, y)
            if isinstance(x, Scope) and isinstance(y, Scope):
                waiting += self._members(x, y)

    def _members(self, x: Scope, y: Scope) -> list[tuple[Member, Member]]:
        """The pairs among the members of two groups; what is left over is noted."""
        ours = [member for member in _opened(x, y) if not self._is_found(member)]
        others = [member for member in _opened(y, x) if not self._is_found(member)]
        weigh = self._weighing(ours, others)
        places = align(_keys(ours, self.before), _keys(others, self.after), weigh, self.budget)
        paired = self._by_name_rather([(ours[i], others[j]) for i, j in places], ours, others)
        done = {member for pair in paired for member in pair}
        left = [member for member in ours if member not in done], [member for member in others if member not in done]
        crossed = self._crossed(*left)
        done.update(member for pair in crossed for member in pair)
        self.found.crossed += crossed
        for here, there in zip(self.left, left, strict=True):
            here += [member for member in there if member not in done]
        return paired + crossed

    def _by_name_rather(
        self, pairs: list[tuple[Member, Member]], ours: list[Member], others: list[Member]
    ) -> list[tuple[Member, Member]]:
        """The pairs without those of two names of which one is that of a member left over: that is the same, and moved."""
        done = {member for pair in pairs for member in pair}
        here = {member.name: member for member in ours if member not in done and not self.before.is_place(member)}
        there = {member.name: member for member in others if member not in done and not self.after.is_place(member)}
        return [
            (x, y) for x, y in pairs
            if x.name == y.name or not (
                (y.name in here and _are_alike(here[y.name], y)) or (x.name in there and _are_alike(x, there[x.name]))
            )
        ]  # fmt: skip

    def _weighing(self, ours: Sequence[Member], others: Sequence[Member]) -> Callable[[int, int], float]:
        """The score of two places; what looks the same and is called the same is weighed once."""
        known: dict[tuple[Hashable, ...], float] = {}

        def weigh(i: int, j: int) -> float:
            x, y = ours[i], others[j]
            is_named = x.name == y.name or x.path == y.path
            key = (self.before.look(x), self.after.look(y), is_named)
            found = known.get(key)
            if found is None or is_named:
                found = known[key] = self._score(x, y)
            return found

        return weigh

    def _crossed(self, ours: list[Member], others: list[Member]) -> list[tuple[Member, Member]]:
        """Members of two groups that are the same but not in order: of one name, or, in lists, alone in what they are."""
        named = {member.name: member for member in others if not self.after.is_place(member)}
        found = [
            (x, named[x.name]) for x in ours
            if x.name in named and not self.before.is_place(x)
            and _are_alike(x, named[x.name]) and self._score(x, named[x.name]) > NAME
        ]  # fmt: skip
        done = {member for pair in found for member in pair}
        for side in (ours, others):
            side[:] = [member for member in side if member not in done]
        listed = (
            [member for member in ours if self.before.is_place(member)],
            [member for member in others if self.after.is_place(member)],
        )
        for key in (_by_look, _by_types):
            found += _alone(listed[0], listed[1], self.before, self.after, key)
            done.update(member for pair in found for member in pair)
            for side in listed:
                side[:] = [member for member in side if member not in done]
        if len(listed[0]) == len(listed[1]) == 1 and self._score(listed[0][0], listed[1][0]) > LIKELY:
            found.append((listed[0][0], listed[1][0]))
        return found

    def _groups_elsewhere(self) -> None:
        """Groups that are left over: those that look the same, or have the same types, then those of one name that have enough
        in common."""
        for key in (_by_look, _by_types, _by_name):
            left = [
                [scope for member in members for scope in _groups(member) if not self._is_found(scope)]
                for members in self.left
            ]
            for x, y in _alone(left[0], left[1], self.before, self.after, key):
                if self._is_found(x) or self._is_found(y) or self._overlap(x, y) < ENOUGH:
                    continue
                self.found.crossed.append((x, y))
                self._pair(x, y)

    def _overlap(self, x: Scope, y: Scope) -> float:
        return overlap(self.before.types(x), self.after.types(y))

    def _left_over(self) -> tuple[list[Node], list[Node]]:
        """The layers that are not found again, in their order."""
        ours = [node for node in self.before.facts.graph.layers if not self._is_found(node)]
        return ours, [node for node in self.after.facts.graph.layers if not self._is_found(node)]

    def _layers_at_their_place(self) -> None:
        """Layers that stand between the same layers, but in other groups."""
        ours, others = self._left_over()
        if not ours or not others:
            return
        here = _places(self.before.facts, self.found.pairs)
        there = _places(self.after.facts, {y: y for y in self.found.backward})

        def weigh(i: int, j: int) -> float:
            x, y = ours[i], others[j]
            if x.type != y.type or not any(a is b for a, b in zip(here[x], there[y], strict=True)):
                return 0
            is_named = x.name == y.name and not self.before.is_place(x) and not self.after.is_place(y)
            is_alike = self.before.look(x) == self.after.look(y) or is_named
            return self._score(x, y) if is_alike else 0

        for i, j in align(_keys(ours, self.before), _keys(others, self.after), weigh, self.budget):
            if weigh(i, j):
                self._note(ours[i], others[j])

    def _layers_elsewhere(self) -> None:
        """Layers that are left over and are alone in their name and in what they are."""
        ours, others = self._left_over()
        for x, y in _alone([x for x in ours if not self.before.is_place(x)], others, self.before, self.after, _by_both):
            self.found.crossed.append((x, y))
            self._note(x, y)


def _opened(scope: Scope, other: Scope) -> Iterator[Member]:
    """The members of a group; those of its groups in place of them where the other group has these by names with a dot."""
    dotted = {around for member in other.members for around in _around(member.name)}
    dotted -= {member.name for member in other.members}
    waiting = [(member, member.name) for member in reversed(scope.members)]
    while waiting:
        member, name = waiting.pop()
        if isinstance(member, Scope) and name in dotted:
            waiting += [(inner, f"{name}.{inner.name}") for inner in reversed(member.members)]
        else:
            yield member


def _around(name: str) -> Iterator[str]:
    """`a` and `a.b` of `a.b.c`."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


# What members are found by -------------------------------------------------------------------------------------------


def _keys(members: Sequence[Member], side: Side) -> list[Hashable]:
    return [_by_both(side, member) for member in members]


def _by_both(side: Side, member: Member) -> Hashable:
    return member.name, side.look(member)


def _by_look(side: Side, member: Member) -> Hashable:
    return side.look(member)


def _by_types(side: Side, member: Member) -> Hashable:
    return frozenset(side.types(member).items()) if isinstance(member, Scope) else None


def _by_name(side: Side, member: Member) -> Hashable:
    return None if side.is_place(member) else member.name


def _alone(
    ours: Sequence[AnyMember], others: Sequence[AnyMember], before: Side, after: Side,
    key: Callable[[Side, Member], Hashable],
) -> list[tuple[AnyMember, AnyMember]]:  # fmt: skip
    """Pairs of what is the only one of its key on both sides; None is no key."""
    here = Counter(key(before, member) for member in ours)
    there = Counter(key(after, member) for member in others)
    by_key = {key(after, member): member for member in others}
    found = [(member, key(before, member)) for member in ours]
    return [
        (member, by_key[own]) for member, own in found if own is not None and here[own] == 1 and there.get(own) == 1
    ]


def _groups(member: Member) -> Iterator[Scope]:
    """A group and all groups in it, none of them empty."""
    if isinstance(member, Scope) and member.members:
        yield member
        for inner in member.members:
            yield from _groups(inner)


def _are_alike(x: Member, y: Member) -> bool:
    """Whether both are layers of one type, or both are groups."""
    return type(x) is type(y) and (not isinstance(x, Node) or not isinstance(y, Node) or x.type == y.type)


def _places(facts: Facts, found: Mapping[Member, Member]) -> dict[Node, tuple[Member | None, Member | None]]:
    """Between which layers that are found again each layer stands, as the second network has them."""
    before: dict[Node, Member | None] = {}
    last: Member | None = None
    for node in facts.graph.nodes:
        before[node] = last
        last = found.get(node, last)
    places: dict[Node, tuple[Member | None, Member | None]] = {}
    following: Member | None = None
    for node in reversed(facts.graph.nodes):
        places[node] = (before[node], following)
        following = found.get(node, following)
    return places
