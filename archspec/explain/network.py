"""The page of a network: every layer's arithmetic in a few lines, running totals, totals. Enters: a result; leaves: a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.backends.table.figures import amount, count, in_bytes, percent
from archspec.backends.table.grid import Cell, Column, Grid
from archspec.checking import Result
from archspec.dims import Size, evaluate
from archspec.explain import arithmetic
from archspec.explain.field import field
from archspec.explain.layer import input_line
from archspec.explain.page import Line, Page, Section, count_line
from archspec.facts.memory import allocated, find_peak
from archspec.facts.model import Facts
from archspec.facts.needs import numbers_that_fit
from archspec.facts.standing import read, shown
from archspec.facts.totals import for_all, running_params
from archspec.graph import Graph, Node
from archspec.ops.formula import Formula

MAX_LAYERS = 200
"""Layers that the page of a network has, unless all are asked for."""
MAX_ROWS = 25
MAX_ALIVE = 6
"""Tensors that are named of those that are alive at the peak."""


def network_page(result: Result, has_all: bool = False) -> Page:
    """Every layer, or the first of them, with what a reader of an article would work out."""
    facts = result.facts
    assert facts is not None
    graph = facts.graph
    page = Page(f"{graph.name or 'network'}: {result.source.path}", is_brief=True)
    page.parts.append(Section("inputs", [input_line(facts, node) for node in graph.inputs]))
    running = running_params(facts)
    layers = graph.layers if has_all else graph.layers[:MAX_LAYERS]
    before: Size | None = 0
    for node in layers:
        page.parts.append(_layer(facts, node, before, running[node.index]))
        before = running[node.index]
    if graph.folds:
        page.notes.append(
            "a layer of steps that are alike stands for all of them: LAYER may be any, such as " + _last(graph)
        )
    page.parts.append(totals(facts))
    if len(layers) < len(graph.layers):
        page.notes.append(f"{len(graph.layers) - len(layers):,} more layers are left out; --all shows them")
    return page


def _layer(facts: Facts, node: Node, before: Size | None, after: Size | None) -> Section:
    lines = _brief(arithmetic.output(facts, node).lines)
    parameters = arithmetic.parameters(facts, node).lines
    if parameters:
        number = facts.graph.times.get(node.index, 1)
        own = facts.of(node).params
        lines += [*parameters, arithmetic.added(before, own, after) if number == 1 else arithmetic.of_all(own, number)]
    lines += [line for line in arithmetic.work(facts, node).lines if line.name == "MACs"]
    lines += [line for line in field(facts, node).lines if line.name.startswith("field") and line.filled]
    return Section(f"{shown(facts.graph, node)}: {node.type}", lines)


def _last(graph: Graph) -> str:
    """The last layer of those that the first folded repeat is for."""
    step = graph.folds[0].steps[-1]
    return read(graph, step if isinstance(step, Node) else next(step.nodes()))


def _brief(lines: Sequence[Line]) -> list[Line]:
    """The shape, and the sizes that are computed from others."""
    return [line for i, line in enumerate(lines) if i == 0 or line.is_computed]


def totals(facts: Facts) -> Section:
    """The sums."""
    found = facts.totals
    lines = [count_line("layers", found.layers)]
    for key, name in (
        ("params", "parameters"),
        ("trainable_params", "trainable"),
        ("buffers", "buffers"),
        ("macs", "MACs"),
    ):
        value = getattr(found, key)
        if value == 0 or (key == "trainable_params" and value == found.params):
            continue
        lines.append(count_line(name, value, note=found.unknown.get(key, "")))
    doubled = Formula("FLOPs", f"2·{found.macs:,}") if isinstance(found.macs, int) and found.macs else None
    if doubled is not None:
        lines.append(count_line("FLOPs", found.flops, doubled))
    if isinstance(found.params, int) and found.params:
        bytes_of = Formula("parameter memory", f"{found.params:,}·4")
        said = f"{in_bytes(found.param_bytes)} " if found.params * 4 >= 1024 else ""
        lines.append(count_line("memory", found.param_bytes, bytes_of, f"{said}of the parameters", "bytes"))
    return Section("totals", lines)


# Where a total comes from -----------------------------------------------------------------------------------------------


def share_page(result: Result, key: str, is_whole: bool = False) -> Page:
    """The layers with the most of `params`, `macs` or `activation_bytes`, with their shares; of bytes also the peak.

    `is_whole`: all that have some, not the first.
    """
    facts = result.facts
    assert facts is not None
    title = {"params": "parameters", "macs": "MACs", "activation_bytes": "bytes"}[key]
    whole = getattr(facts.totals, key)
    what = "bytes of activations, of one sample and all layers" if key == "activation_bytes" else title
    page = Page(f"{facts.graph.name or result.source.path} has {count(whole)} {what}")
    page.about += _peak(facts) if key == "activation_bytes" else []
    size_of = _sizes(facts, key)
    nodes = [
        node for node in facts.graph.layers if size_of[node.index] != 0 and not (key == "macs" and node.train_only)
    ]
    numbers = numbers_that_fit(facts, facts.symbols, {})  # of symbolic sizes, large ones
    amounts = {node.index: for_all(facts, node, size_of[node.index]) for node in nodes}
    nodes.sort(key=lambda node: _order(amounts[node.index], numbers))
    first = nodes if is_whole else nodes[:MAX_ROWS]
    sizes = [amounts[node.index] for node in first]
    paths = [shown(facts.graph, node) for node in first]
    cells = {
        "layer": [Cell(path, path) for path in paths],
        "how": [Cell(how, how) for how in (_how(facts, node, key) for node in first)],
        title: [amount(size) for size in sizes],
        "%": [percent(size, whole) for size in sizes],
    }
    left = sum(facts.graph.times.get(node.index, 1) for node in nodes[len(first) :])
    notes = [f"{left:,} more layers have some; --all shows them"] if left else []
    grid = Grid([Column(name, name, name in (title, "%"), 9, column) for name, column in cells.items()], None, notes)
    page.parts.append(grid)
    return page


def _sizes(facts: Facts, key: str) -> list[Size | None]:
    """A figure of each node; of bytes those that it takes of its own, where that is known, for views take none."""
    given: list[Size | None] = [getattr(facts.of(node), key) for node in facts.graph.nodes]
    own = allocated(facts) if key == "activation_bytes" else given
    return given if None in own else own


_PARTS = {
    "params": (arithmetic.parameters, "parameters"),
    "macs": (arithmetic.work, "MACs"),
    "activation_bytes": (arithmetic.memory, "activations"),
}
"""Where the arithmetic of a figure stands, and what it is called there."""


def _peak(facts: Facts) -> list[str]:
    """When the most bytes are alive, and what they are."""
    peak = find_peak(facts)
    if peak is None:
        return []
    nodes = facts.graph.nodes
    largest = sorted(peak.alive, key=lambda one: -one[1])
    kept = ", ".join(
        f"{shown(facts.graph, nodes[node])} {in_bytes(size)}" for node, size in largest[:MAX_ALIVE] if size
    )
    more = f" and {len(largest) - MAX_ALIVE} more" if len(largest) > MAX_ALIVE else ""
    between = f", and {in_bytes(peak.between)} in between" if peak.between else ""
    return [
        f"the most at once are {in_bytes(peak.bytes)}, in {shown(facts.graph, nodes[peak.node])}: {kept}{more}{between}"
    ]


def _order(size: Size | None, numbers: Mapping[str, int]) -> int:
    """The largest first, what is not known last."""
    return 1 if size is None else -evaluate(size, numbers)


def _how(facts: Facts, node: Node, key: str) -> str:
    part, name = _PARTS[key]
    section = part(facts, node)
    how = next((line.filled or line.note for line in section.lines if line.name == name), "")
    number = facts.graph.times.get(node.index, 1)
    return how if number == 1 else f"{number:,}·({how or count(getattr(facts.of(node), key))})"
