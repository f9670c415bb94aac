"""W1014: softmax over the batch

Axis 0 is the batch, not the classes.

Along the batch a softmax makes the samples of a batch sum to 1, each class by itself, so that a sample's result depends on
which others are computed with it. The classes are axis 1, or the last one.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.dims import BATCH, Shape, symbols
from archspec.facts.model import Facts

CODE = "W1014"
BAD = """archspec: 1
name: Example
input: [8, 16]
layers:
  softmax: {type: Softmax, dim: 0}
"""
GOOD = BAD.replace("dim: 0", "dim: -1")
ALARMS = (
    "true: the attention of timm's csatv2 multiplies without an axis for heads, and compares the samples of a batch"
)
_TYPES = ("Softmax", "Softmin", "LogSoftmax")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        tensor = facts.tensor(node.inputs[0]) if node.type in _TYPES else None
        if tensor is None or not tensor.rank:
            continue
        axis = getattr(node.op, "dim", None)
        if isinstance(axis, int) and BATCH in symbols(tensor.shape[axis]):
            yield Diagnostic(CODE, f"{node.path} is computed over the samples of a batch", node.place.argument("dim")
                             or node.place.type, label=f"axis {axis % tensor.rank} is the batch",
                             help=_help(tensor.shape), layer=node.path)  # fmt: skip


def _help(shape: Shape) -> str:
    others = [axis for axis, size in enumerate(shape) if BATCH not in symbols(size)]
    if not others:
        return "give it a tensor that has the batch in its first axis alone"
    return f"write dim: {others[-1] if len(shape) == 2 else others[-1] - len(shape)}"
