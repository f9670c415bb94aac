"""How deep a network is: the longest chains of layers that are computed one after another. Enters: a result; leaves: a page.

What lies on no such chain may be computed beside it: with machines enough, the chain with the most MACs takes the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archspec.backends.table.figures import amount, count, percent
from archspec.backends.table.grid import EMPTY, Cell, Column, Grid
from archspec.checking import Result
from archspec.dims import Size, symbols
from archspec.explain.page import Line, Page, Section, count_line
from archspec.explain.way import FIRST, LAST
from archspec.facts.folds import folds_by_end
from archspec.facts.memory import depends_on
from archspec.facts.model import Facts
from archspec.facts.standing import is_in, number_of, shown
from archspec.facts.totals import for_all, times, total
from archspec.graph import Fold, Node
from archspec.words import counted


def depth_page(result: Result, is_whole: bool = False) -> Page:
    """The longest chain by layers, by those with MACs, which are what articles count, and by MACs; `is_whole`: all of each."""
    facts = result.facts
    assert facts is not None
    computed = {node.index: node for node in facts.graph.layers if node.inputs and not node.train_only}
    sizes = {index: size for index, node in computed.items() if (size := facts.of(node).macs) != 0}
    layers, wide = (sum(facts.graph.times.get(index, 1) for index in group) for group in (computed, sizes))
    deepest = _Chains(facts, computed, {}).longest()
    widest = _Chains(facts, computed, dict.fromkeys(sizes, 1)).longest()
    most = widest.weight
    is_known = None not in sizes.values()
    page = Page(f"{facts.graph.name or result.source.path} is {counted(deepest.length, 'layer', ',')} deep")
    lines = [
        count_line("layers", deepest.length, note=f"of {layers:,}"),
        count_line("with MACs", most if is_known else None, note=f"of {wide:,}" if is_known else ""),
    ]
    page.parts.append(Section("one after another, at most", lines))
    numbers = {index: size for index, size in sizes.items() if isinstance(size, int)}
    if len(numbers) < len(sizes) and most < wide:
        lines.append(Line("MACs", "?", note=_unknown(facts, sizes.values())))
        page.parts.append(_chain(facts, deepest, "the longest chain", is_whole))
        return page
    has_all = most == wide  # all of them stand on it, also those whose MACs are expressions
    longest = widest if has_all else _Chains(facts, computed, numbers).longest()
    whole = total(for_all(facts, facts.graph.nodes[index], size) for index, size in sizes.items())
    lines.append(count_line("MACs", whole if has_all else longest.weight, note=f"of {count(whole)}"))
    is_same = longest.rows == deepest.rows
    title = "the longest chain" + (", which has the most MACs too" if is_same else "")
    page.parts.append(_chain(facts, deepest, title, is_whole))
    if not is_same:
        page.parts.append(_chain(facts, longest, "the chain with the most MACs", is_whole))
    return page


class Row(NamedTuple):
    """A layer of a chain, what it is called, and for how many it stands there."""

    node: Node
    name: str
    number: int


class Chain(NamedTuple):
    """Layers that are computed one after another: their sum of weights, how many they are, and those that are written out."""

    weight: int
    length: int
    rows: list[Row]


class _Chains:
    """The longest chains of layers that are computed, by their weights; of several, one with the most layers."""

    def __init__(self, facts: Facts, computed: Mapping[int, Node], weights: Mapping[int, int]) -> None:
        self.graph = facts.graph
        self.ends = folds_by_end(facts.graph.folds)
        self.computed = computed
        self.weights = weights
        self.before: dict[int, int] = {}
        self.through: list[tuple[Fold, set[int]]] = []
        """The layers on the way from step to step."""

    def longest(self) -> Chain:
        """The longest of all."""
        far: dict[int, tuple[int, int]] = {}
        self._go(self.graph.nodes, far, self.ends)
        at: int | None = max(far, key=lambda index: far[index], default=None)
        weight, length = far[at] if at is not None else (0, 0)
        nodes: list[Node] = []
        while at is not None:
            nodes += [self.computed[at]] if at in self.computed else []
            at = self.before.get(at)
        return Chain(weight, length, [self._row(node) for node in nodes[::-1]])

    def _row(self, node: Node) -> Row:
        """What lies on no way to the next step stands on a chain in the last step alone."""
        ended = [fold for fold, nodes in self.through if node.index not in nodes]
        return Row(node, shown(self.graph, node, ended), number_of(self.graph, node, ended))

    def _go(self, nodes: Iterable[Node], far: dict[int, tuple[int, int]], ends: Mapping[int, list[Fold]]) -> None:
        """How far it is to each of the nodes and through it, by what it reads that is furthest: weight and number of layers."""
        for node in nodes:
            read = [ref.node for ref in node.inputs if ref is not None and ref.node in far]
            if node.inputs and not read:
                continue
            weight, length = 0, 0
            if read:
                self.before[node.index] = max(read, key=lambda index: far[index])
                weight, length = far[self.before[node.index]]
            far[node.index] = weight + self.weights.get(node.index, 0), length + (node.index in self.computed)
            for fold in ends.get(node.index, ()):
                self._pass(fold, far)

    def _pass(self, fold: Fold, far: dict[int, tuple[int, int]]) -> None:
        """Goes through all further steps: each adds what lies between what it reads of the step before and what it gives."""
        start, end = (refs[0] for refs in fold.outputs()[-2:])
        if start is None or end is None or end.node not in far:
            return
        step = fold.steps[-1]
        inside = {start.node: (0, 0)}
        inner = (one for one in self.graph.folds if one is not fold and is_in(one.steps[-1].path, step.path))
        nodes = [step] if isinstance(step, Node) else step.nodes()
        before, self.before = self.before, {}
        self._go((node for node in nodes if node.inputs), inside, folds_by_end(list(inner)))
        steps, at, passed = inside.get(end.node), end.node, set()
        while at in self.before:
            passed.add(at)
            at = self.before[at]
        self.before = before
        self.through.append((fold, passed))
        if steps is None:
            return
        ends = far[end.node]
        for index, own in inside.items():  # also what leads to no output, of the last step
            if index != start.node:
                far[index] = max(far[index], _sum(_sum(far[start.node], steps, fold.more), own))
        far[end.node] = max(far[end.node], _sum(ends, steps, fold.more))


def _sum(one: tuple[int, int], other: tuple[int, int], times: int = 1) -> tuple[int, int]:
    return one[0] + other[0] * times, one[1] + other[1] * times


def _unknown(facts: Facts, sizes: Iterable[Size | None]) -> str:
    """Why it is not known which chain has the most MACs."""
    names = {name for size in sizes if size is not None for name in symbols(size)}
    return depends_on(names, "which has most depends on") if names else facts.totals.unknown.get("macs", "")


def _chain(facts: Facts, chain: Chain, title: str, is_whole: bool) -> Grid:
    """Its layers, of many the first and the last."""
    rows = chain.rows
    is_cut = not is_whole and len(rows) > FIRST + LAST
    ends = rows if not is_cut else [*rows[:FIRST], *rows[len(rows) - LAST :]]
    sizes = [times(facts.of(row.node).macs, row.number) for row in ends]
    columns = {
        "layer": [Cell(row.name, row.name) for row in ends],
        "type": [Cell(row.node.type, row.node.type) for row in ends],
        "MACs": [amount(size) for size in sizes],
        "%": [percent(size, facts.totals.macs) for size in sizes],
    }
    left_out = chain.length - sum(row.number for row in ends)
    if left_out:
        for name, cells in columns.items():
            cells.insert(FIRST, Cell(None, f"… {left_out:,} more") if name == "layer" else EMPTY)
    return Grid(
        [Column(name, name, name in ("MACs", "%"), 9, cells) for name, cells in columns.items()], None, [], title
    )
