"""W1011: two linear layers in a row

A linear map of a linear map is one linear map.

A single layer computes it with fewer parameters. Where the first is narrower than both its input and the second, it is a
factorization on purpose (Hu et al., "LoRA", 2021), and nothing is said. Where both are returned, the first is a result of its
own, and that the second reads it may be meant, but hardly of two that give as many numbers and stand one below the other: they
are heads, such as the mean and the variance of a variational autoencoder, and the second has no `from`.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Fix, Label
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
            if first.index in returned:
                yield _of_heads(facts, first, node)
                continue
            yield Diagnostic(CODE, f"{node.path} maps what {first.path} maps, with nothing between them", node.place.name,
                             label="together one linear map", labels=(Label(first.place.name, "the first"),),
                             help=f"put an activation such as ReLU before {node.path}, or take one of the two out",
                             layer=node.path)  # fmt: skip


def _first(facts: Facts, node: Node, readers: list[list[int]], returned: set[int]) -> Node | None:
    """The linear layer whose result the layer reads, and nobody else: directly, or through dropout, which is linear too."""
    ref = node.inputs[0]
    while ref is not None:
        before = facts.graph.nodes[ref.node]
        if len(readers[before.index]) != 1 or before.op is None:
            return None
        if before.index in returned:
            return before if _are_heads(facts, before, node, returned) else None
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


def _are_heads(facts: Facts, first: Node, second: Node, returned: set[int]) -> bool:
    """Whether two linear layers, one right below the other, both give as many numbers and are returned."""
    one, other = facts.of(first).output, facts.of(second).output
    is_below = second.inputs[0] is not None and second.inputs[0].node == first.index
    is_unsaid = is_below and second.place.argument("from") is None
    is_alike = one is not None and other is not None and one.shape == other.shape and first.type == "Linear"
    return is_unsaid and is_alike and second.index in returned


def _of_heads(facts: Facts, first: Node, second: Node) -> Diagnostic:
    ref, scope = first.inputs[0], second.path.rpartition(".")[0]
    source = facts.graph.nodes[ref.node] if ref is not None else None
    is_beside = source is not None and source.path.rpartition(".")[0] == scope
    edit = second.place.argument_edit("from", source.name) if source is not None and is_beside else None
    whence = f"from: {source.name}" if source is not None and is_beside else "from"
    help = f"let {second.path} read what {first.path} reads ({whence}), or say that it reads {first.name} (from: {first.name})"
    return Diagnostic(CODE, f"{second.path} reads {first.path}, and both are returned", second.place.name,
                      label="from is left out", labels=(Label(first.place.name, "two heads, one after the other?"),),
                      help=help, layer=second.path, ways=(Fix(help, (edit,)),) if edit is not None else ())  # fmt: skip
