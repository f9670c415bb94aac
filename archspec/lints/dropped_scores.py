"""W1016: a dropout on the scores that a network returns.

In training it makes scores of some classes zero and scales the others, so that the loss compares numbers that the network did not
mean, the right class's among them. Dropout belongs before the last linear layer. Srivastava et al., "Dropout", 2014, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts

CODE = "W1016"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  scores: {type: Linear, out_features: 10}
  dropout: Dropout
"""
GOOD = """archspec: 1
name: Example
input: [16]
layers:
  dropout: Dropout
  scores: {type: Linear, out_features: 10}
"""


def check(facts: Facts) -> Iterator[Diagnostic]:
    for ref in facts.graph.outputs.values():
        node = facts.graph.nodes[ref.node] if ref is not None else None
        source = node.inputs[0] if node is not None and node.inputs else None
        if node is None or node.op is None or node.op.kind != "dropout" or source is None:
            continue
        scores, tensor = facts.graph.nodes[source.node], facts.tensor(source)
        if scores.type == "Linear" and tensor is not None and tensor.rank == 2:
            yield Diagnostic(CODE, f"{node.path} drops some of the {tensor.shape[1]} values that the network returns",
                             node.place.type, label="not on what is returned", layer=node.path,
                             help=f"put {node.path} before {scores.path}, or take it out")  # fmt: skip
