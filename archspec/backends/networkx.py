"""Facts as a graph of NetworkX. Enters: facts; leaves: a MultiDiGraph, a node a layer, an edge a tensor that is read.

https://networkx.org/documentation/stable/reference/classes/multidigraph.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.dims import Size
from archspec.facts.model import Facts, port_of
from archspec.facts.plain import plain_size
from archspec.ops.base import show_shape

if TYPE_CHECKING:
    from networkx import MultiDiGraph

UNKNOWN = "?"


def to_networkx(facts: Facts) -> MultiDiGraph[str]:
    """The graph of inputs and layers, in their order. Figures are of one sample; all attributes are texts or numbers, as
    formats of files want them: `?` is unknown."""
    from networkx import MultiDiGraph

    graph: MultiDiGraph[str] = MultiDiGraph(name=facts.graph.name)
    for node in facts.graph.nodes:
        record = facts.of(node)
        graph.add_node(
            node.path, type="input" if node.is_input else node.type, shape=_shapes(facts, node.index),
            params=_figure(record.params), macs=_figure(record.macs), outputs="",
        )  # fmt: skip
    for node in facts.graph.nodes:
        for number, ref in enumerate(node.inputs):
            assert ref is not None, "the spec has no errors"
            source, tensor = facts.graph.nodes[ref.node], facts.tensor(ref)
            port = port_of(ref, facts.of(source).outputs or {})
            shape = show_shape(tensor.shape) if tensor is not None else UNKNOWN
            graph.add_edge(source.path, node.path, input=number, port=port, shape=shape)
    for name, ref in facts.graph.outputs.items():
        assert ref is not None, "the spec has no errors"
        node_of = graph.nodes[facts.graph.nodes[ref.node].path]
        node_of["outputs"] = f"{node_of['outputs']}, {name}" if node_of["outputs"] else name
    return graph


def _figure(size: Size | None) -> int | str:
    found = plain_size(size)
    return UNKNOWN if found is None else found


def _shapes(facts: Facts, index: int) -> str:
    outputs = facts.layers[index].outputs
    if outputs is None:
        return UNKNOWN
    shapes = {port: show_shape(tensor.shape) for port, tensor in outputs.items()}
    return (
        next(iter(shapes.values())) if len(shapes) == 1 else ", ".join(f"{port}: {it}" for port, it in shapes.items())
    )
