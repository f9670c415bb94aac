"""W1012: scores cut off at zero

A loss wants values of either sign; a ReLU, or what is like it, leaves one.

A ReLU at the end makes all that is negative zero, and gives it no gradient: a class whose score is below zero for all samples
never learns. GELU, SiLU, Mish and Hardswish leave little of it.
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts
from archspec.lints.scores import on_scores

CODE = "W1012"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  scores: {type: Linear, out_features: 10}
  relu: ReLU
"""
GOOD = BAD.replace("  relu: ReLU\n", "")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node, _, count in on_scores(facts):
        left = node.op.leaves_of_negative if node.op is not None else ""
        if left:
            message = f"{node.path} makes {left} what is negative of the {count} values that the network returns"
            yield Diagnostic(CODE, message, node.place.type, label="not on what is returned", layer=node.path,
                             help=f"take {node.path} out, unless what is returned cannot be negative")  # fmt: skip
