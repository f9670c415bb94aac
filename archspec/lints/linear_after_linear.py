"""W1011: two linear layers with nothing between them.

A linear map of a linear map is one linear map, which a single layer computes with fewer parameters. Where the first is narrower
than both its input and the second, it is a factorization on purpose (Hu et al., "LoRA", 2021), and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Label
from archspec.facts.model import Facts
from archspec.graph import Node
from archspec.source import Span

CODE = "W1011"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  hidden: {type: Linear, out_features: 64}
  scores: {type: Linear, out_features: 10}
"""
GOOD = BAD.replace("  scores:", "  relu: ReLU\n  scores:")


def check(facts: Facts) -> Iterator[Diagnostic]:
    graph = facts.graph
    readers = graph.readers()
    returned = {ref.node for ref in graph.outputs.values() if ref is not None}
    told: set[Span] = set()
    for node in graph.layers:
        is_own = node.type == "Linear" and not node.ties and node.shares is None and node.place.name not in told
        first = _first(facts, node, readers, returned) if is_own else None
        if first is not None and not _is_narrow(facts, first, node):
            told.add(node.place.name)
            yield Diagnostic(CODE, f"{node.path} maps what {first.path} maps, with nothing between them", node.place.name,
                             label="together one linear map", labels=(Label(first.place.name, "the first"),),
                             help=f"put an activation such as ReLU before {node.path}, or take one of the two out",
                             layer=node.path)  # fmt: skip


def _first(facts: Facts, node: Node, readers: list[list[int]], returned: set[int]) -> Node | None:
    """The linear layer whose result the layer reads, and nobody else: directly, or through dropout, which is linear too."""
    ref = node.inputs[0]
    while ref is not None:
        before = facts.graph.nodes[ref.node]
        if len(readers[before.index]) != 1 or before.index in returned or before.op is None:
            return None
        if before.op.kind != "dropout":
            return before if before.type == "Linear" else None
        ref = before.inputs[0]
    return None


def _is_narrow(facts: Facts, first: Node, second: Node) -> bool:
    """Whether the size between two layers is less than those around them."""
    before, between = facts.of(first).inputs, facts.of(second).inputs
    after = facts.of(second).output
    if before is None or between is None or after is None:
        return True
    sizes = before[0].shape[-1], between[0].shape[-1], after.shape[-1]
    known = [size for size in sizes if isinstance(size, int)]
    return len(known) < 3 or known[1] < min(known[0], known[2])
