"""The rows of the layer table: layers and groups as they are nested, or side by side in the order of a figure, or the first few.

Enters: facts. Leaves: rows, each of which knows what it comes to; columns ask them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from archspec.dims import Size
from archspec.facts.model import Facts, LayerFacts
from archspec.facts.totals import Subtotals, running_params, subtotal, times, total
from archspec.graph import Node, Scope

IN_TRAINING_ONLY = ("macs", "elementwise")
"""What a layer that is computed in training only (`mode: train`) adds nothing to."""


@dataclass(eq=False)
class About:
    """What all rows of a table share."""

    facts: Facts
    layout: str = "NCHW"
    known: Subtotals = field(default_factory=dict)

    @cached_property
    def running(self) -> dict[int, Size | None]:
        """The parameters up to each layer, by its index."""
        return running_params(self.facts)


class Row:
    """One row: what it is called, in its group and in the network, and what it comes to."""

    node: Node | None = None
    """The layer itself, or the one that gives a group's output."""

    def __init__(self, about: About, name: str, path: str) -> None:
        self.about = about
        self.name = name
        self.path = path

    @property
    def record(self) -> LayerFacts | None:
        """What is known of the node."""
        return self.about.facts.of(self.node) if self.node is not None else None

    def amount(self, key: str) -> Size | None:
        """What it adds to the total of this name."""
        raise NotImplementedError

    def nodes(self) -> Iterator[Node]:
        """The layers that it stands for; of those of a repeat that are all alike, the first few."""
        raise NotImplementedError


class LayerRow(Row):
    """A layer."""

    node: Node

    def __init__(self, about: About, node: Node, name: str) -> None:
        super().__init__(about, name, node.path)
        self.node = node

    def amount(self, key: str) -> Size | None:
        if self.node.train_only and key in IN_TRAINING_ONLY:
            return 0
        found: Size | None = getattr(self.about.facts.of(self.node), key)
        return found

    def nodes(self) -> Iterator[Node]:
        yield self.node


class GroupRow(Row):
    """A group, with the sums of what is in it."""

    def __init__(self, about: About, scope: Scope, name: str) -> None:
        super().__init__(about, name, scope.path)
        self.scope = scope
        self.sums = subtotal(about.facts, scope, about.known)
        self.node = self.sums.last

    def amount(self, key: str) -> Size | None:
        if key in ("params", "macs"):
            return self.sums.params if key == "params" else self.sums.macs
        return total(
            times(_row(self.about, member).amount(key), number) for member, number in self.scope.counted_members()
        )

    def nodes(self) -> Iterator[Node]:
        return self.scope.nodes()


class StepsRow(Row):
    """The steps of a long repeat for which its last one stands."""

    def __init__(self, about: About, step: Row, number: int, name: str) -> None:
        first, last = step.path, int(step.path.rpartition(".")[2]) + number - 1
        super().__init__(about, f"{name}…{last:,}{'' if isinstance(step, LayerRow) else '/'}", f"{first}…{last}")
        self.step = step
        self.number = number
        self.node = step.node

    def amount(self, key: str) -> Size | None:
        return times(self.step.amount(key), self.number)

    def nodes(self) -> Iterator[Node]:
        return self.step.nodes()


class RestRow(Row):
    """What is left out, in one row."""

    def __init__(self, about: About, rest: Sequence[Row]) -> None:
        super().__init__(about, f"… {len(rest):,} more", f"… {len(rest)} more")
        self.rest = rest

    def amount(self, key: str) -> Size | None:
        return total(row.amount(key) for row in self.rest)

    def nodes(self) -> Iterator[Node]:
        return (node for row in self.rest for node in row.nodes())


class TotalRow(Row):
    """The whole network."""

    def __init__(self, about: About) -> None:
        super().__init__(about, "total", "total")

    def amount(self, key: str) -> Size | None:
        found: Size | None = getattr(self.about.facts.totals, key)
        return found

    def nodes(self) -> Iterator[Node]:
        return iter(self.about.facts.graph.layers)


def nested(about: About, depth: int | None) -> list[Row]:
    """Layers and groups as the spec nests them; groups deeper than `depth` are a row each, others have their layers beneath."""
    found: list[Row] = []

    def walk(scope: Scope, level: int) -> None:
        for member, number in scope.counted_members():
            name = "  " * level + member.name
            if number > 1:
                found.append(StepsRow(about, _row(about, member), number, name))
                continue
            if isinstance(member, Node):
                found.append(LayerRow(about, member, name))
                continue
            found.append(GroupRow(about, member, f"{name}/"))
            if depth is None or level + 1 < depth:
                walk(member, level + 1)

    walk(about.facts.graph.root, 0)
    return found


def flat(about: About, depth: int | None) -> list[Row]:
    """The same without the groups that are opened, so that nothing is counted twice; each row has its whole path."""
    found: list[Row] = []

    def walk(scope: Scope, level: int) -> None:
        for member, number in scope.counted_members():
            if number > 1:
                found.append(StepsRow(about, _row(about, member), number, member.path))
            elif isinstance(member, Node):
                found.append(LayerRow(about, member, member.path))
            elif depth is None or level + 1 < depth:
                walk(member, level + 1)
            else:
                found.append(GroupRow(about, member, f"{member.path}/"))

    walk(about.facts.graph.root, 0)
    return found


def _row(about: About, member: Node | Scope) -> LayerRow | GroupRow:
    if isinstance(member, Node):
        return LayerRow(about, member, member.name)
    return GroupRow(about, member, member.name)


def first(rows: list[Row], most: int | None) -> list[Row]:
    """The first rows, and the others as one."""
    if most is None or len(rows) <= most:
        return rows
    return [*rows[:most], RestRow(rows[0].about, rows[most:])]
