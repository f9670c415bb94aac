"""W1018: batch as a size

A Reshape begins with -1, as PyTorch's `view(-1, …)` does for the batch, and gets an axis of 1.

`x.view(-1, 9216)` leaves the batch to -1. A Reshape's `shape` is that of a sample, without the batch: [-1, 9216] of 9216
numbers is 1 × 9216, with an axis more than is meant. Whoever wants that axis writes 1.
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic, Fix
from archspec.document.tree import show
from archspec.facts.model import Facts
from archspec.ops.base import show_shape

CODE = "W1018"
BAD = """archspec: 1
name: Example
input: [8, 4, 4]
layers:
  flat: {type: Reshape, shape: [-1, 128]}
  scores: {type: Linear, out_features: 10}
"""
GOOD = BAD.replace("[-1, 128]", "[128]")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        sizes = getattr(node.op, "shape", None) if node.type == "Reshape" else None
        output = facts.of(node).output
        if (
            not isinstance(sizes, tuple)
            or sizes[:1] != (-1,)
            or len(sizes) < 2
            or output is None
            or output.shape[1] != 1
        ):
            continue
        said = f"write shape: {show(sizes[1:])}"
        edit = node.place.argument_edit("shape", show(sizes[1:]))
        yield Diagnostic(CODE, f"{node.path} makes {show_shape(output.shape[1:])} of a sample: -1 stands where the batch would",
                         node.place.argument("shape") or node.place.type, label="a sample's shape, without the batch", help=said,
                         layer=node.path, ways=(Fix(said, (edit,)),) if edit is not None else ())  # fmt: skip
