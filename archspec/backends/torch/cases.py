"""A network for several values of its arguments, side by side in one graph, so that its class can take them.

Enters: the facts of a document as it is, and those with other values of single arguments. Leaves: `Cases`, in which the roots are
like the uses of one block. What only the first case has (totals, sources, the memories of a run) stays that of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from archspec.backends.torch.lengths import Most, lengthen, most_turns
from archspec.backends.torch.uses import HOLE, Values, same
from archspec.expressions.value import Value
from archspec.facts.model import Facts
from archspec.graph import Graph, Node, Ref, Scope, Slot
from archspec.source import Span


class Other(NamedTuple):
    """The network with other values of some of its document's arguments."""

    values: Mapping[str, Value]
    """Those that are others than in the document as it is."""
    facts: Facts


class Taken(NamedTuple):
    """An argument of the document that its class may take."""

    value: object
    """The one that the network has, which is the default."""
    one_of: tuple[object, ...] = ()
    """The only values that it can have; nothing where there are others."""
    is_limited: bool = False
    """Whether it has been looked at with all values that it can have."""


class Held(NamedTuple):
    """An argument of the document that its class cannot take."""

    value: object
    """The one that it keeps."""
    why: str


class Arguments(NamedTuple):
    """What a class may take, and how it is seen that it is right with other values."""

    others: Sequence[Other] = ()
    taken: Mapping[str, Taken] = MappingProxyType({})
    held: Mapping[str, Held] = MappingProxyType({})
    """Arguments of the document of which nothing is known with other values."""


class Bound(Exception):
    """Not all cases are one class; carries the numbers of those that have to go, and why."""

    def __init__(self, cases: frozenset[int], why: str) -> None:
        self.cases = cases
        self.why = why


@dataclass(slots=True, eq=False, repr=False)
class Cases:
    """The network as it is, and with other values of its arguments."""

    facts: Facts
    """All that is known of all of them: the first one's layers come first."""
    first: Facts
    roots: tuple[Scope, ...]
    layers: tuple[list[Node], ...]
    """Those of each case."""
    values: tuple[Mapping[str, Value], ...] = (MappingProxyType({}),)
    """The arguments that have another value in each, with these."""
    taken: Mapping[str, Taken] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    """The arguments that no constructor can take."""
    numbers: Mapping[int, int] = field(default_factory=dict)
    """Which case a scope is of, by the scope's id; those of the first are not in it."""

    def case_of(self, scope: Scope) -> int:
        """The number of the case that a scope is of."""
        return self.numbers.get(id(scope), 0)

    def is_first(self, scope: Scope) -> bool:
        """Whether a scope belongs to the network as it is."""
        return id(scope) not in self.numbers

    def bound(self, values: Values, why: str) -> Bound:
        """That something with these values in the cases cannot be written."""
        return self.unlike({number for number, value in enumerate(values)
                            if value is not HOLE and not same(value, values[0])}, why)  # fmt: skip

    def unlike(self, numbers: Collection[int], why: str) -> Bound:
        """That these cases cannot be one class with the first: those that change one argument tell which it is."""
        single = {number for number in numbers if len(self.values[number]) == 1}
        return Bound(frozenset(single or numbers or range(1, len(self.roots))), why)


class Freedom:
    """Which arguments a class may take, and with what other values it is compared; those that turn out to be unlike go."""

    def __init__(self, arguments: Arguments) -> None:
        self.others = list(arguments.others)
        self.taken = dict(arguments.taken)
        self.held = dict(arguments.held)

    def without(self, cases: Collection[int], why: str) -> None:
        """Leaves these out: a value where the argument has only some, else the argument; `why` is said of it."""
        gone: set[tuple[str, object]] = set()
        for other in [self.others[number - 1] for number in cases]:
            for name, value in other.values.items():
                taken = self.taken.get(name)
                if taken is None:
                    continue
                left = tuple(one for one in taken.one_of if not same(one, value))
                if len(other.values) == 1 and len(left) > 1:
                    self.taken[name] = taken._replace(one_of=left)
                    gone.add((name, value))
                else:
                    del self.taken[name]
                    self.held[name] = Held(taken.value, why)
        self.others = [other for other in self.others
                       if not other.values.keys() & self.held.keys() and not gone & set(other.values.items())]  # fmt: skip


def side_by_side(facts: Facts, freedom: Freedom, is_fixed: Callable[[Span], bool]) -> Cases:
    """The cases in one graph. The facts' own graph is left as it is: what changes is a copy.

    Repeats in lists have as many steps in all scopes of one text as in the longest, some of them left out, but for the layers
    that are `is_fixed`.
    """
    first, others = facts.graph, freedom.others
    most = most_turns([first, *(other.facts.graph for other in others)], is_fixed)
    if most:
        own = _Moved(first, 0, most)
        first = replace(first, nodes=own.nodes, root=own.root, scopes=own.scopes)
    if not others:
        together = replace(facts, graph=first) if most else facts
        return Cases(together, facts, (first.root,), (first.layers,), held=freedom.held)
    numbers: dict[int, int] = {}
    nodes, scopes, layers, roots = list(first.nodes), dict(first.scopes), list(facts.layers), [first.root]
    by_case = [first.layers]
    for number, other in enumerate(others, 1):
        moved = _Moved(other.facts.graph, len(nodes), most)
        by_case.append([node for node in moved.nodes if not node.is_input])
        nodes += moved.nodes
        layers += other.facts.layers
        roots.append(moved.root)
        numbers.update((key, number) for key in moved.ids())
        scopes.update((f"{number} {path}", scope) for path, scope in moved.scopes.items())
    graph = replace(first, nodes=nodes, scopes=scopes)
    together = replace(facts, graph=graph, layers=layers)
    values = (MappingProxyType[str, Value]({}), *(other.values for other in others))
    return Cases(together, facts, tuple(roots), tuple(by_case), values, freedom.taken, freedom.held, numbers)


class _Moved:
    """A graph again, its nodes counted from a number on, its lists with as many steps as `most` says."""

    def __init__(self, graph: Graph, start: int, most: Most) -> None:
        self.start = start
        self.most = most
        self.nodes = [self._node(node) for node in graph.nodes]
        self.known: dict[int, Scope] = {}
        self.root = self._scope(graph.root)
        self.scopes = {path: self.known[id(scope)] for path, scope in graph.scopes.items()}

    def ids(self) -> Iterator[int]:
        """The ids of all scopes, which the graph keeps alive."""
        return (id(scope) for scope in self.known.values())

    def _ref(self, ref: Ref | None) -> Ref | None:
        return ref and ref._replace(node=ref.node + self.start)

    def _node(self, node: Node) -> Node:
        return replace(
            node,
            index=node.index + self.start,
            inputs=tuple(map(self._ref, node.inputs)),
            shares=None if node.shares is None else node.shares + self.start,
            ties=tuple(tie._replace(node=tie.node + self.start) for tie in node.ties),
        )

    def _scope(self, scope: Scope) -> Scope:
        if id(scope) in self.known:
            return self.known[id(scope)]
        members: dict[int, Node | Scope] = {}
        for member in scope.members:
            members[id(member)] = self.nodes[member.index] if isinstance(member, Node) else self._scope(member)
        moved = replace(
            scope,
            members=list(members.values()),
            inputs={name: self._ref(ref) for name, ref in scope.inputs.items()},
            outputs={name: self._ref(ref) for name, ref in scope.outputs.items()},
            shares=None if scope.shares is None else self._scope(scope.shares),
            slots=[self._slot(slot, members) for slot in scope.slots],
        )
        self.known[id(scope)] = moved
        lengthen(moved, self.most)
        return moved

    def _slot(self, slot: Slot, members: Mapping[int, Node | Scope]) -> Slot:
        return replace(slot, member=None if slot.member is None else members[id(slot.member)])
