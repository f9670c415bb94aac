"""Whether layers of two networks read the same. Enters: a matching; leaves: answers about references, and what has moved.

A layer that was inserted, removed or moved is looked through: that the next one reads it, or no longer does, follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.comparison.matching import Matching
from archspec.comparison.model import Member
from archspec.facts.model import Facts, port_of
from archspec.graph import Node, Ref, Scope

MAX_SOURCES = 32
"""Layers that one reference may come down to, where many that it is looked through read several."""

Source = tuple[Node, str]


class Wiring:
    """References of both networks, as the second one has them."""

    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        crossed = [node for pair in matching.crossed for member in pair for node in _nodes(member)]
        self._origins: dict[Node, frozenset[Source]] = {}
        self._trace(set(crossed))
        self.moved = [pair for pair in matching.crossed if not self._is_where_it_was(*pair)]
        self._trace({node for pair in self.moved for member in pair for node in _nodes(member)})

    def reads_same(self, x: Node, y: Node) -> bool:
        """Whether two layers read the same tensors in the same order, apart from what was inserted, removed or moved."""
        return len(x.inputs) == len(y.inputs) and all(map(self.is_same, x.inputs, y.inputs))

    def is_same(self, x: Ref | None, y: Ref | None) -> bool:
        """Whether two references mean the same tensor."""
        if x is None or y is None:
            return x is y
        before, after = self.matching.before.facts, self.matching.after.facts
        ours, others = _source(before, x), _source(after, y)
        if self._seen(ours, True) == others:
            return True
        if self._is_fixed(ours[0]) and self._is_fixed(others[0]):
            return False
        return not self._sources(ours, True).isdisjoint(self._sources(others, False))

    def _is_fixed(self, node: Node) -> bool:
        """Whether a layer is in both networks, at the same place."""
        matching = self.matching
        return (node in matching.pairs or node in matching.backward) and node not in self.moving

    def _seen(self, source: Source, is_before: bool) -> Source | None:
        """The same tensor in the second network."""
        if not is_before:
            return source
        other = self.matching.pairs.get(source[0])
        if not isinstance(other, Node):
            return None
        outputs = self.matching.after.facts.of(other).outputs or {}
        port = next(iter(outputs)) if len(outputs) == 1 else source[1]  # a single output may be called otherwise
        return other, port

    def _sources(self, source: Source, is_before: bool) -> frozenset[Source]:
        """The tensors of layers that are where they were which a tensor is, or comes from, as the second network has them."""
        if not self._is_fixed(source[0]):
            return self._origins[source[0]]
        seen = self._seen(source, is_before)
        return frozenset() if seen is None else frozenset((seen,))

    def _trace(self, moving: set[Node]) -> None:
        """Looks through the layers that are moving, inserted or removed, in the order of computation."""
        self.moving = moving
        for facts, is_before in ((self.matching.before.facts, True), (self.matching.after.facts, False)):
            for node in facts.graph.nodes:
                if not self._is_fixed(node):
                    sources = (_source(facts, ref) for ref in node.inputs if ref is not None)
                    found = dict.fromkeys(origin for source in sources for origin in self._sources(source, is_before))
                    self._origins[node] = frozenset(list(found)[:MAX_SOURCES])

    def _is_where_it_was(self, x: Member, y: Member) -> bool:
        """Whether all that a layer or a group reads from without is the same; then only the order of the text is another."""
        inner = set(_nodes(x))
        for node in inner:
            other = self.matching.pairs.get(node)
            if not isinstance(other, Node) or len(other.inputs) != len(node.inputs):
                return False
            for ours, others in zip(node.inputs, other.inputs, strict=True):
                nodes = self.matching.before.facts.graph.nodes
                if ours is not None and nodes[ours.node] not in inner and not self.is_same(ours, others):
                    return False
        return True


def _nodes(member: Member) -> Iterator[Node]:
    return member.nodes() if isinstance(member, Scope) else iter((member,))


def _source(facts: Facts, ref: Ref) -> Source:
    node = facts.graph.nodes[ref.node]
    return node, port_of(ref, facts.of(node).outputs or {})
