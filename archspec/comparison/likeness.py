"""What a layer or a group is, whatever it is called, and how like two of them are.

Enters: facts. Leaves: numbers that stand for looks (equal ones are alike), and scores. What follows from a layer's input
(`in_channels`) is no part of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from archspec.comparison.model import Member
from archspec.comparison.origins import Origins
from archspec.facts.model import Facts
from archspec.graph import Node, Scope
from archspec.ops.fields import Check

NAME, NUMBER = 3.0, 0.25
"""What an equal name is worth; a place in a list hardly anything, since it shifts."""
LEAST_SHARED = 0.3
"""The part that two groups of different names have in common at least, to be the same one."""
MAX_DIGITS = 9
"""Of a place in a list that are looked at."""
_KINDS = ("activation", "dropout", "normalization", "pooling", "convolution", "linear", "recurrent")
"""Those whose ops stand in for each other."""


class Side:
    """One of the two networks. `known` is shared by both: what was looked at, and the number that stands for it."""

    def __init__(self, facts: Facts, known: dict[object, int]) -> None:
        self.facts = facts
        self.parents: dict[Member, Scope] = {}
        self._known = known
        self._looks: dict[Member, int] = {}
        self._bags: dict[Scope, tuple[Counter[int], Counter[int]]] = {}
        self._arguments: dict[int, Mapping[str, object]] = {}
        self._walk(facts.graph.root)
        self._counted = self._counted_layers()
        self.origins = Origins(facts.graph, self.parents)

    def _walk(self, scope: Scope) -> None:
        for member in scope.members:
            self.parents[member] = scope
            if isinstance(member, Scope):
                self._walk(member)
        self._looks[scope] = self._number(("group", *(self.look(member) for member in scope.members)))
        types: Counter[int] = Counter()
        looks: Counter[int] = Counter()
        for member in scope.members:
            if isinstance(member, Scope):
                types.update(self._bags[member][0])
                looks.update(self._bags[member][1])
            else:
                types[self._number(member.type)] += 1
                looks[self.look(member)] += 1
        self._bags[scope] = types, looks

    def _counted_layers(self) -> set[Member]:
        """The layers that have no weights and that names only count: `relu`, `relu_1` and `relu_2`. One in a group may be counted
        with those around it; what has no number is counted where another one of its group is."""
        plain = [node for node in self.facts.graph.layers if not self._has_state(node)]
        names = {(node.name, node.type) for node in plain}
        stems = {node: (place_of(node.name)[0], node.type) for node in plain}
        counted = {node for node, (stem, _) in stems.items() if stem != node.name and stems[node] in names}
        firsts = {(self.parents[node], *stems[node]) for node in counted}
        return {*counted, *(node for node in plain if (self.parents[node], node.name, node.type) in firsts)}

    def _has_state(self, node: Node) -> bool:
        record = self.facts.of(node)
        return bool(record.parameters or record.buffer_tensors)

    def is_place(self, member: Member) -> bool:
        """Whether a member's name is a place among others rather than a name: in a list, or of layers that are counted."""
        return member in self._counted or is_number(member.name)

    def look(self, member: Member) -> int:
        """The number that stands for what it is: a layer's type and arguments, a group's members."""
        found = self._looks.get(member)
        if found is None:
            assert isinstance(member, Node)
            found = self._looks[member] = self._number((member.type, *self.arguments(member).items()))
        return found

    def types(self, scope: Scope) -> Counter[int]:
        """How many layers of each type are in a group."""
        return self._bags[scope][0]

    def looks(self, scope: Scope) -> Counter[int]:
        """How many layers of each type and with the same arguments are in it."""
        return self._bags[scope][1]

    def arguments(self, node: Node) -> Mapping[str, object]:
        """The layer's arguments without those that its input gives; one number where all axes have the same."""
        record = self.facts.of(node)
        key = id(record.instance) if record.instance is not None else -1 - node.index
        if key not in self._arguments:
            self._arguments[key] = self._compute(node)
        return self._arguments[key]

    def _compute(self, node: Node) -> Mapping[str, object]:
        record, op = self.facts.of(node), node.op
        assert op is not None, "the spec has no errors"
        inferred = op.resolve(record.inputs) if record.inputs is not None else {}
        found: dict[str, object] = {}
        for name, info in type(op).model_fields.items():
            if name in inferred:
                continue
            value = getattr(op, name)
            is_per_axis = any(isinstance(item, Check) and item.is_per_axis for item in info.metadata)
            if (is_per_axis or name in op.one_for_all) and type(value) is tuple and len(set(value)) == 1:
                value = value[0]
            if op.kind == "value" and name == "fill" and type(value) is int:
                value = float(value)  # the tensor has its own dtype, whatever the number's
            found[name] = _hashable(value)
        return found

    def _number(self, look: object) -> int:
        return self._known.setdefault(look, len(self._known))


def score(x: Member, y: Member, before: Side, after: Side) -> float:
    """How much speaks for two members of one group, or of two that are alike, to be the same; 0: nothing."""
    if isinstance(x, Node) and isinstance(y, Node):
        return _score_layers(x, y, before, after)
    if isinstance(x, Scope) and isinstance(y, Scope):
        return _score_groups(x, y, before, after)
    return 0


def _score_layers(x: Node, y: Node, before: Side, after: Side) -> float:
    name = _of_name(x, y, before, after)
    if x.type != y.type:
        kind = x.op.kind if x.op is not None else ""
        is_alike = y.op is not None and y.op.kind == kind and kind in _KINDS
        return 1.5 if name == NAME else 0.5 if is_alike else 0
    if before.look(x) == after.look(y):
        return 4 + name
    ours, others = before.arguments(x), after.arguments(y)
    same = sum(others.get(key, _hashable) == value for key, value in ours.items())
    return 2 + same / (len(ours) + 1) + name


def _score_groups(x: Scope, y: Scope, before: Side, after: Side) -> float:
    name = _of_name(x, y, before, after)
    if before.look(x) == after.look(y):
        return 4 + name
    shared = overlap(before.types(x), after.types(y))
    if shared < LEAST_SHARED and name != NAME:
        ours, others = before.types(x), after.types(y)
        is_part = bool(ours and others) and (ours <= others or others <= ours)
        return name if is_part else 0
    return 1 + shared + overlap(before.looks(x), after.looks(y)) + name


def overlap(ours: Counter[int], others: Counter[int]) -> float:
    """The part that two groups have in common, from 0 to 1."""
    most = max(ours.total(), others.total())
    return (ours & others).total() / most if most else 0


def is_number(name: str) -> bool:
    """Whether it is a place in a list rather than a name."""
    return name.rpartition(".")[2].isdecimal()


def place_of(name: str) -> tuple[str, int]:
    """What a name that is a place counts, and the place: `norms.2`, `2`, `relu_2`; the first that is counted has no number."""
    outer, dot, last = name.rpartition(".")
    if last.isdecimal():
        return outer, int(last[:MAX_DIGITS])
    stem, _, number = last.rpartition("_")
    return (f"{outer}{dot}{stem}", int(number[:MAX_DIGITS])) if stem and number.isdecimal() else (name, 0)


def _of_name(x: Member, y: Member, before: Side, after: Side) -> float:
    if x.name != y.name and x.path != y.path:  # a name with a dot may be that of a group
        return 0
    return NUMBER if before.is_place(x) or after.is_place(y) else NAME


def _hashable(value: object) -> object:
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, (list, tuple)) else _told(value)


def _told(value: object) -> object:
    """True is not 1, and 1.0 is not 1: what Python takes for equal is told apart."""
    return (type(value).__name__, repr(value)) if isinstance(value, (bool, float)) else value
