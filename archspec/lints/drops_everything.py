"""W1013: everything dropped

With `p: 1` nothing is left in training, and no gradient passes.

`p` is the part that becomes zero. Evaluation hides it, since there dropout does nothing. Who means the part that is kept writes
it so in TensorFlow 1 (`keep_prob`).
https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts

CODE = "W1013"
BAD = """archspec: 1
name: Example
input: [16]
layers:
  hidden: {type: Linear, out_features: 8}
  dropout: {type: Dropout, p: 1.0}
"""
GOOD = BAD.replace("p: 1.0", "p: 0.5")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        if node.op is None:
            continue
        field = "p" if node.op.kind == "dropout" else "dropout"
        if node.op.argument(field) == 1 and (field == "p" or node.op.argument("num_layers") != 1):
            yield Diagnostic(CODE, f"{node.path} drops everything in training", node.place.argument(field) or node.place.type,
                             label="the part that becomes zero", help=f"write {field}: 0.5",
                             layer=node.path)  # fmt: skip
