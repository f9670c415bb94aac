"""W1006: batch read as time

With `batch_first: false` the first axis is time, and here it is the batch.

PyTorch's default, `batch_first=False`, takes the first axis as time and the second as the batch; in a spec the first axis is
the batch. The shapes fit either way, so nothing else would tell.
https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.dims import BATCH, symbols
from archspec.facts.model import Facts

CODE = "W1006"
BAD = """archspec: 1
name: Example
input: [20, 16]
layers:
  lstm: {type: LSTM, hidden_size: 8}
"""
GOOD = BAD.replace("hidden_size: 8", "hidden_size: 8, batch_first: true")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        record = facts.of(node)
        if node.op is None or node.op.argument("batch_first") is not False or not record.inputs:
            continue
        shape = record.inputs[0].shape
        if len(shape) == 3 and BATCH in symbols(shape[0]):
            yield Diagnostic(CODE, f"{node.path} reads the batch as time", node.place.argument("batch_first")
                             or node.place.type, label="batch_first is false, and the first axis is the batch",
                             help="write batch_first: true", layer=node.path)  # fmt: skip
