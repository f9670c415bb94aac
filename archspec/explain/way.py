"""The way to a layer, and what reads it. Enters: facts and a node; leaves: a table, and words.

Where layers join several tensors, the way goes on through the first.
"""

from __future__ import annotations

from archspec.backends.table.figures import shape
from archspec.backends.table.grid import EMPTY, Cell, Column, Grid
from archspec.explain.arithmetic import known
from archspec.facts.model import Facts
from archspec.facts.standing import is_in, shown
from archspec.graph import Graph, Node
from archspec.ops.formula import Formula

FIRST, LAST = 4, 16
"""Layers that are shown of a long way: from its beginning, and before its end."""
MAX_READERS = 6
MAX_SIDES = 12


def nodes_to(facts: Facts, node: Node) -> list[Node]:
    """The layers from an input of the network to a layer, itself included."""
    found = [node]
    while found[-1].inputs and found[-1].inputs[0] is not None:
        found.append(facts.graph.nodes[found[-1].inputs[0].node])
    return found[::-1]


def way(facts: Facts, node: Node, is_whole: bool = False) -> Grid:
    """Each layer on the way with its output, and how its first side comes about where it is another than before."""
    nodes = nodes_to(facts, node)
    is_cut = not is_whole and len(nodes) > FIRST + LAST
    ends = nodes if not is_cut else [*nodes[:FIRST], *nodes[len(nodes) - LAST :]]
    names = [shown(facts.graph, one) for one in ends]
    columns = {
        "layer": [Cell(name, name) for name in names],
        "output": [_output(facts, one) for one in ends],
        "how": [_side(facts, one) for one in ends],
    }
    if is_cut:
        left_out = sum(facts.graph.times.get(one.index, 1) for one in nodes[FIRST : len(nodes) - LAST])
        columns["layer"].insert(FIRST, Cell(None, f"… {left_out:,} more"))
        columns["output"].insert(FIRST, EMPTY)
        columns["how"].insert(FIRST, EMPTY)
    joined = sum(len(one.inputs) > 1 for one in nodes)
    notes = ["where layers join several tensors, the way goes through the first"] if joined else []
    return Grid([Column(key, key, False, 9, cells) for key, cells in columns.items()], None, notes,
                "the way from the input")  # fmt: skip


def _reader(graph: Graph, reader: Node, node: Node) -> str:
    """A layer that reads another: the first of those that it stands for, where each reads the step before it, or all of them."""
    for fold in graph.folds:
        step, before = (step.path for step in fold.steps[-1:-3:-1])
        if is_in(reader.path, step) and (is_in(node.path, step) or is_in(node.path, before)):
            return reader.path
    return shown(graph, reader)


def _output(facts: Facts, node: Node) -> Cell:
    outputs = facts.of(node).outputs
    return shape(next(iter(outputs.values())).shape) if outputs else Cell(None, "?")


def _side(facts: Facts, node: Node) -> Cell:
    """The last of the sizes that the layer computes from others."""
    record = facts.of(node)
    if node.op is None or record.inputs is None or not record.outputs:
        return EMPTY
    formulas: dict[int, Formula] = known(node.op.size_formulas, record.inputs, {})
    made = next(iter(record.outputs.values())).shape
    computed = {axis: formula for axis, formula in formulas.items() if formula.filled != str(made[axis])}
    axis = next((axis for axis in computed if axis >= 2), next(iter(computed), None))
    return Cell(computed[axis].filled, f"{computed[axis].filled} = {made[axis]}") if axis is not None else EMPTY


def readers(facts: Facts, node: Node) -> str:
    """`read by relu1 and pool2; gives the network's output`."""
    graph = facts.graph
    readers = (other for other in graph.nodes if any(ref and ref.node == node.index for ref in other.inputs))
    found = [_reader(graph, other, node) for other in readers]
    named = [name for name, ref in facts.graph.outputs.items() if ref is not None and ref.node == node.index]
    parts = []
    if found:
        more = f" and {len(found) - MAX_READERS} more" if len(found) > MAX_READERS else ""
        parts.append(f"read by {', '.join(found[:MAX_READERS])}{more}")
    if named:
        parts.append(
            f"gives the network's {'outputs' if len(named) > 1 else 'output'}"
            + ("" if named == ["output"] else f" {', '.join(named[:MAX_READERS])}")
        )
    return "; ".join(parts) or "nothing reads it"
