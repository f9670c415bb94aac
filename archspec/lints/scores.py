"""What several lints ask: the class scores that a network returns. Enters: facts; leaves: the layers on them. No lint itself."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.dims import Size, product
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.ops.base import Tensor


def on_scores(facts: Facts) -> Iterator[tuple[Node, Node, Size]]:
    """Each layer that the network returns right after a Linear that gives a vector a sample; the Linear; how many scores."""
    for ref in facts.graph.outputs.values():
        node = facts.graph.nodes[ref.node] if ref is not None else None
        source = node.inputs[0] if node is not None and node.inputs else None
        if node is None or source is None:
            continue
        scores, tensor = facts.graph.nodes[source.node], facts.tensor(source)
        if scores.type == "Linear" and tensor is not None and tensor.rank == 2:
            yield node, scores, tensor.shape[1]


def rebuilds_an_input(facts: Facts, tensor: Tensor) -> bool:
    """Whether it has as many numbers as an input of the network, as an autoencoder's image has."""
    inputs = (facts.of(node).output for node in facts.graph.nodes if node.is_input)
    return any(product(given.shape[1:]) == product(tensor.shape[1:]) for given in inputs if given is not None)
