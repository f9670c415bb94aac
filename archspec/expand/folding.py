"""Repeats whose steps are all alike stand as their first steps and a number: what is the same a million times is made once.

A step of a repeat that does not read the repeat's `i` differs from the one before in what it reads alone. So once one reads
what the one before it read, sizes and all, each further one is like it.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.document.tree import Mapping, Scalar, Sequence
from archspec.document.tree import Node as Tree
from archspec.graph import Fold, Graph, Node, Ref, Scope
from archspec.source import Span

STEPS = 3
"""How many steps are written out: the first may read other channels, and that the third is like the second shows the rest."""
LONG = 64
"""Repeats of more steps are folded. Shorter ones are what people look at row by row."""
INDEX = "i"
_OWN = frozenset({"for", "let", "as", "when"})
"""Keys that make a step another one by where it stands, or name it."""


class Unlike(Exception):
    """Steps of a repeat that was folded differ; carries where it is written."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


class Folding:
    """Which repeats are folded: those of more than `long` steps. `unlike` are those whose steps are known to differ."""

    def __init__(self, long: int = LONG, unlike: frozenset[Span] = frozenset()) -> None:
        self.long = max(long, STEPS)
        self.unlike = unlike
        self._reads: dict[int, bool] = {}  # by the tree's id: trees live as long as their document

    def steps(self, tree: Mapping, count: int) -> int:
        """How many of so many steps are written out."""
        if count <= self.long or tree.span in self.unlike or not _OWN.isdisjoint(tree.entries):
            return count
        if id(tree) not in self._reads:
            self._reads[id(tree)] = any(_reads_index(text) for text in _texts(tree))
        return count if self._reads[id(tree)] else STEPS


def _texts(tree: Tree) -> Iterator[str]:
    """All texts in a tree that have expressions in them."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            waiting += [entry.value for entry in node.entries.values()]
        elif isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
            yield node.value


def _reads_index(text: str) -> bool:
    from archspec.expressions.evaluation import names_in
    from archspec.expressions.grammar import template
    from archspec.expressions.tree import Fault, Name

    try:
        trees = template(text).trees
    except Fault:
        return True  # which is said where the text is evaluated
    return any(isinstance(name, Name) and name.name == INDEX for tree in trees for name in names_in(tree))


def count_layers(graph: Graph) -> int:
    """Notes what of a graph is folded, and how many layers each node stands for; answers how many there are in all."""
    graph.folds, graph.times = [], {}
    _count(graph, graph.root, 1)
    return sum(graph.times.get(node.index, 1) for node in graph.nodes if not node.is_input)


def _count(graph: Graph, scope: Scope, outer: int) -> None:
    for at, slot in enumerate(scope.slots):
        member, times = slot.member, outer * (1 + slot.more)
        if member is None:
            continue
        if slot.more:
            steps = tuple(each.member for each in scope.slots[at - STEPS + 1 : at + 1] if each.member is not None)
            graph.folds.append(Fold(steps, slot.more))
        if isinstance(member, Scope):
            _count(graph, member, times)
        elif times > 1:
            graph.times[member.index] = times


def read_by(member: Node | Scope) -> list[Ref | None]:
    """The references that a step reads by."""
    return list(member.inputs) if isinstance(member, Node) else list(member.inputs.values())
