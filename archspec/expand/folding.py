"""Repeats whose steps are all alike stand as their first steps and a number: what is the same a million times is made once.

A step of a repeat that does not read the repeat's `i` differs from the one before in what it reads alone. So once one reads
what the one before it read, sizes and all, each further one is like it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple, TypeVar

from archspec.document.tree import Mapping, Scalar, parts
from archspec.document.tree import Node as Tree
from archspec.graph import Fold, Graph, Node, Ref, Scope
from archspec.limits import MAX_ASKED_PARTS, MAX_ASKED_PATHS
from archspec.source import Span

STEPS = 3
"""How many steps are written out: the first may read other channels, and that the third is like the second shows the rest."""
LIKE = 2
"""How many of these say the same: the last reads what the one before it read."""
LONG = 64
"""Repeats of more steps are folded. Shorter ones are what people look at row by row."""
MOST_DIGITS = 9
"""Of the number of a step."""
MOST_TRIED = 16
"""How often a network is folded again, since steps turned out to differ or are meant one by one, before it is not folded."""
INDEX = "i"
_OWN = frozenset({"for", "let", "as", "when"})
"""Keys that make a step another one by where it stands, or name it."""
_PARTS = frozenset({"layers", "use"})
"""Keys of what has names, or values, of its own."""
Made = TypeVar("Made")


class Unlike(Exception):
    """Steps of a repeat that was folded differ; carries where it is written."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


class Unwritten(Exception):
    """Steps are meant that another one stands for; carries their paths."""

    def __init__(self, paths: frozenset[str]) -> None:
        super().__init__()
        self.paths = paths


class Chain(NamedTuple):
    """Where the steps of a repeat stand: the path of the scope that they are in, and the number of the first."""

    path: str
    first: int = 0


class Step(NamedTuple):
    """A step that is written out, by its place in the repeat, and how many further ones it stands for."""

    number: int
    more: int


class Cut(NamedTuple):
    """How many steps of a long repeat are written out at most, and how many layers in all, to see whether something is wrong."""

    steps: int
    layers: int


class Folding:
    """Which repeats are folded: those of more than `long` steps. `unlike` are those whose steps are known to differ.

    With `by_values` also those whose steps read their number, where all from some step on say the same of it.
    `asked` are paths of which something is said: a step at or around one of them stands for itself alone. `cut` says how far long
    repeats that are not folded are followed; None: to their end.
    """

    def __init__(
        self,
        long: int = LONG,
        unlike: frozenset[Span] = frozenset(),
        asked: frozenset[str] = frozenset(),
        cut: Cut | None = None,
        by_values: bool = False,
    ) -> None:
        self.long = max(long, STEPS)
        self.by_values = by_values
        self.unlike = unlike
        self.asked = asked
        self.cut = cut
        self._numbers, self._around = _numbers_in(asked)
        self._reads: dict[int, list[Scalar]] = {}  # by the tree's id: trees live as long as their document

    def besides(self, unlike: Iterable[Span] = (), asked: Iterable[str] = ()) -> Folding:
        """The same for what has turned out to differ, or is asked for, too."""
        return Folding(self.long, self.unlike.union(unlike), self.asked.union(asked), self.cut, self.by_values)

    def followed(self, cut: Cut) -> Folding:
        """The same with repeats followed so far."""
        return Folding(self.long, self.unlike, self.asked, cut, self.by_values)

    @property
    def how(self) -> tuple[object, ...]:
        """What it folds where nothing is asked for."""
        return self.long, self.by_values, self.unlike

    def is_folded(self, tree: Mapping, count: int) -> bool:
        """Whether not all of so many steps are written out."""
        return self._may_be_folded(tree, count) and not self._read_index(tree)

    def by_value(self, tree: Mapping, count: int) -> list[Scalar]:
        """The texts that say from which step on all are alike; none where that is not for values to say."""
        is_asked = self.by_values and not _PARTS.intersection(tree.entries) and self._may_be_folded(tree, count)
        return self._read_index(tree) if is_asked else []

    def _may_be_folded(self, tree: Mapping, count: int) -> bool:
        return count > self.long and tree.span not in self.unlike and _OWN.isdisjoint(tree.entries)

    def _read_index(self, tree: Mapping) -> list[Scalar]:
        """The texts of a step that read its number."""
        if id(tree) not in self._reads:
            self._reads[id(tree)] = [text for text in _texts(tree) if _reads_index(str(text.value))]
        return self._reads[id(tree)]

    def is_followed(self, tree: Mapping, count: int) -> bool:
        """Whether a long repeat is followed step by step, as far as something is wrong."""
        return self.cut is not None and count > self.long and not self.is_folded(tree, count)

    def last(self, tree: Mapping, count: int) -> int:
        """How many steps are written out of a repeat that is not folded."""
        return min(count, self.cut.steps) if self.cut is not None and self.is_followed(tree, count) else count

    def steps(self, count: int, chain: Chain, alike: int = 0) -> list[Step]:
        """The steps that are written out of a folded repeat, whose steps say the same from the one with the number `alike` on."""
        first = min(max(STEPS, alike + LIKE), count)
        written = set(range(first))
        for number in self._numbers.get(chain.path, ()):
            at = number - chain.first
            if first - 1 <= at < count:
                written |= {at, min(at + 1, count - 1)}  # what stands for those behind it
        return [Step(number, after - number - 1) for number, after in pairwise([*sorted(written), count])]

    def is_asked_in(self, path: str) -> bool:
        """Whether something is asked of a step in the scope of this path."""
        return path in self._around

    def need_alike(self, one: str, other: str) -> None:
        """Raises Unwritten where something is asked of a step in one of two scopes, and not of the same step in the other."""
        missing: set[str] = set()
        for path, twin in ((one, other), (other, one)):
            if self.is_asked_in(path):
                missing.update(twin + each[len(path) :] for each in self.asked if each.startswith(f"{path}."))
        if not missing <= self.asked:
            raise Unwritten(frozenset(missing - self.asked))


def refolded(make: Callable[[Folding | None], Made], folding: Folding | None) -> Made:
    """What is made with the first folding whose steps are alike and that writes out each step that is meant by itself."""
    for _ in range(MOST_TRIED):
        try:
            return make(folding)
        except Unlike as unlike:
            folding = folding and folding.besides(unlike=[unlike.span])
        except Unwritten as unwritten:
            folding = folding and with_asked(folding, unwritten.paths)
    return make(None)


def with_asked(folding: Folding, paths: Collection[str]) -> Folding | None:
    """With these steps apart; None where that is not worth its while."""
    return folding.besides(asked=paths) if may_be_asked([*folding.asked, *paths]) else None


def may_be_asked(paths: Collection[str]) -> bool:
    """Whether paths are few and short enough to be looked at step by step; else no repeat is folded."""
    return len(paths) <= MAX_ASKED_PATHS and all(path.count(".") < MAX_ASKED_PARTS for path in paths)


def _numbers_in(paths: Iterable[str]) -> tuple[dict[str, set[int]], set[str]]:
    """The numbers that paths have in them, by what comes before each, and all scopes around these."""
    numbers: dict[str, set[int]] = {}
    around: set[str] = set()
    for path in paths:
        parts = path.split(".")
        for at, part in enumerate(parts):
            if is_number(part):
                numbers.setdefault(".".join(parts[:at]), set()).add(int(part))
                around.update(".".join(parts[:end]) for end in range(1, at + 1))
    return numbers, around


def is_number(name: str) -> bool:
    """Whether a name is the number of a step."""
    return name.isascii() and name.isdecimal() and len(name) <= MOST_DIGITS and name == str(int(name))


def _texts(tree: Tree) -> Iterator[Scalar]:
    """All texts in a tree that have expressions in them."""
    for node in parts(tree):
        if isinstance(node, Scalar) and isinstance(node.value, str) and "${" in node.value:
            yield node


def _reads_index(text: str) -> bool:
    from archspec.expressions.evaluation import names_in
    from archspec.expressions.grammar import readable
    from archspec.expressions.tree import Name

    found = readable(text)
    if found is None:
        return True
    return any(isinstance(name, Name) and name.name == INDEX for tree in found.trees for name in names_in(tree))


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
            before = (each for each in scope.slots[max(at - STEPS + 1, 0) : at + 1] if each.key[0] == slot.key[0])
            steps = tuple(each.member for each in before if each.member is not None)
            graph.folds.append(Fold(steps, slot.more))
        if isinstance(member, Scope):
            _count(graph, member, times)
        elif times > 1:
            graph.times[member.index] = times


def leads_into_others(graph: Graph, path: str) -> bool:
    """Whether a path is that of, or leads into, a step that another one stands for."""
    parts = path.split(".", MAX_ASKED_PARTS)
    for at, part in enumerate(parts):
        scope = graph.scopes.get(".".join(parts[:at])) if at else graph.root
        slots = scope.slots if scope is not None and is_number(part) else ()
        long = ((int(slot.name), slot.more) for slot in slots if slot.more and slot.name is not None)
        if any(last < int(part) <= last + more for last, more in long):
            return True
    return False


def read_by(member: Node | Scope) -> list[Ref | None]:
    """The references that a step reads by."""
    return list(member.inputs) if isinstance(member, Node) else list(member.inputs.values())
