"""How deep a network is: the longest chains of layers that are computed one after another. Enters: a result; leaves: a page.

What lies on no such chain may be computed beside it: with machines enough, the chain with the most MACs takes the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archspec.backends.table.figures import amount, count, percent
from archspec.backends.table.grid import EMPTY, Cell, Column, Grid
from archspec.checking import Result
from archspec.dims import Size, symbols
from archspec.explain.page import Line, Page, Section, count_line
from archspec.explain.way import FIRST, LAST
from archspec.facts.memory import depends_on
from archspec.facts.model import Facts
from archspec.facts.totals import total
from archspec.graph import Node
from archspec.words import counted


def depth_page(result: Result, is_whole: bool = False) -> Page:
    """The longest chain by layers, by those with MACs, which are what articles count, and by MACs; `is_whole`: all of each."""
    facts = result.facts
    assert facts is not None
    computed = {node.index: node for node in facts.graph.layers if node.inputs and not node.train_only}
    sizes = {index: size for index, node in computed.items() if (size := facts.of(node).macs) != 0}
    deepest = _longest(facts, computed, {})
    widest = _longest(facts, computed, dict.fromkeys(sizes, 1))
    most = sum(node.index in sizes for node in widest)
    is_known = None not in sizes.values()
    page = Page(f"{facts.graph.name or result.source.path} is {counted(len(deepest), 'layer', ',')} deep")
    lines = [
        count_line("layers", len(deepest), note=f"of {len(computed):,}"),
        count_line("with MACs", most if is_known else None, note=f"of {len(sizes):,}" if is_known else ""),
    ]
    page.parts.append(Section("one after another, at most", lines))
    numbers = {index: size for index, size in sizes.items() if isinstance(size, int)}
    if len(numbers) < len(sizes) and most < len(sizes):
        lines.append(Line("MACs", "?", note=_unknown(facts, sizes.values())))
        page.parts.append(_chain(facts, deepest, "the longest chain", is_whole))
        return page
    longest = _longest(facts, computed, numbers) if most < len(sizes) else widest
    share = total([sizes[node.index] for node in longest if node.index in sizes])
    lines.append(count_line("MACs", share, note=f"of {count(total(list(sizes.values())))}"))
    is_same = longest == deepest
    page.parts.append(
        _chain(facts, deepest, "the longest chain" + (", which has the most MACs too" if is_same else ""), is_whole)
    )
    if not is_same:
        page.parts.append(_chain(facts, longest, "the chain with the most MACs", is_whole))
    return page


def _longest(facts: Facts, computed: Mapping[int, Node], weights: Mapping[int, int]) -> list[Node]:
    """The chain of layers that are computed whose weights have the largest sum; of several, one with the most layers."""
    from networkx import DiGraph, dag_longest_path

    nodes = facts.graph.nodes
    graph: DiGraph[int] = DiGraph()
    graph.add_nodes_from(range(len(nodes)))
    for node in nodes:
        own = weights.get(node.index, 0) * len(nodes) + (node.index in computed)
        graph.add_edges_from((ref.node, node.index, {"weight": own}) for ref in node.inputs if ref is not None)
    return [nodes[index] for index in dag_longest_path(graph) if index in computed]


def _unknown(facts: Facts, sizes: Iterable[Size | None]) -> str:
    """Why it is not known which chain has the most MACs."""
    names = {name for size in sizes if size is not None for name in symbols(size)}
    return depends_on(names, "which has most depends on") if names else facts.totals.unknown.get("macs", "")


def _chain(facts: Facts, nodes: Sequence[Node], title: str, is_whole: bool) -> Grid:
    """Its layers, of many the first and the last."""
    left_out = 0 if is_whole else max(len(nodes) - FIRST - LAST, 0)
    shown = nodes if not left_out else [*nodes[:FIRST], *nodes[len(nodes) - LAST :]]
    whole = facts.totals.macs
    columns = {
        "layer": [Cell(node.path, node.path) for node in shown],
        "type": [Cell(node.type, node.type) for node in shown],
        "MACs": [amount(facts.of(node).macs) for node in shown],
        "%": [percent(facts.of(node).macs, whole) for node in shown],
    }
    if left_out:
        for name, cells in columns.items():
            cells.insert(FIRST, Cell(None, f"… {left_out:,} more") if name == "layer" else EMPTY)
    return Grid(
        [Column(name, name, name in ("MACs", "%"), 9, cells) for name, cells in columns.items()], None, [], title
    )
