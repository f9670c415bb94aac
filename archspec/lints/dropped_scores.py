"""W1016: scores dropped

A dropout on what is returned changes the scores that the loss compares.

In training it makes scores of some classes zero and scales the others, so that the loss compares numbers that the network did
not mean, the right class's among them. Dropout belongs before the last linear layer. Srivastava et al., "Dropout", 2014,
section 4.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts
from archspec.lints.scores import on_scores

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
    for node, scores, count in on_scores(facts):
        if node.op is not None and node.op.kind == "dropout":
            yield Diagnostic(CODE, f"{node.path} drops some of the {count} values that the network returns",
                             node.place.type, label="not on what is returned", layer=node.path,
                             help=f"put {node.path} before {scores.path}, or take it out")  # fmt: skip
