"""W1018: batch as a size

A Reshape begins with -1, as PyTorch's `view(-1, …)` does for the batch, and gets an axis of 1, or rows that cut an image across.

`x.view(-1, 9216)` leaves the batch to -1. A Reshape's `shape` is that of a sample, without the batch: [-1, 9216] of 9216
numbers is 1 × 9216, with an axis more than is meant. Whoever wants that axis writes 1. Where an image has other numbers, as
16 × 8 × 8 before [-1, 256], a Linear behind reads 4 rows of each sample, and in PyTorch 4 samples come out for each.
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from archspec.diagnostics.model import Diagnostic, Fix
from archspec.document.tree import show
from archspec.facts.model import Facts
from archspec.graph import Node
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
        if not isinstance(sizes, tuple) or sizes[:1] != (-1,) or len(sizes) < 2 or output is None:
            continue
        if output.shape[1] != 1:
            yield from _across(facts, node)
            continue
        said = f"write shape: {show(sizes[1:])}"
        edit = node.place.argument_edit("shape", show(sizes[1:]))
        yield Diagnostic(CODE, f"{node.path} makes {show_shape(output.shape[1:])} of a sample: -1 stands where the batch would",
                         node.place.argument("shape") or node.place.type, label="a sample's shape, without the batch", help=said,
                         layer=node.path, ways=(Fix(said, (edit,)),) if edit is not None else ())  # fmt: skip


def _across(facts: Facts, node: Node) -> Iterator[Diagnostic]:
    """Rows of an image that end within an axis, so that none is a channel or a position, where a Linear reads them."""
    inputs, output = facts.of(node).inputs, facts.of(node).output
    shape = inputs[0].shape[1:] if inputs else ()
    sizes = [size for size in shape if isinstance(size, int)]
    if output is None or output.rank != 3 or len(sizes) < 3 or len(sizes) < len(shape):
        return
    rows, features, total = *output.shape[1:], prod(sizes)
    is_cut = rows not in {
        prod(sizes[start:end]) for start in range(len(sizes)) for end in range(start + 1, len(sizes) + 1)
    }
    readers = [
        other for other in facts.graph.layers if any(ref is not None and ref.node == node.index for ref in other.inputs)
    ]
    if not is_cut or len(readers) != 1 or readers[0].type != "Linear":
        return
    claimed = getattr(readers[0].op, "in_features", None) is not None
    edit = node.place.argument_edit("shape", f"[{total}]")
    said = f"write shape: [{total}]"
    yield Diagnostic(CODE, f"{node.path} makes {rows} rows of a sample of {show_shape(shape)}: -1 stands where the batch would",
                     node.place.argument("shape") or node.place.type, label=f"{rows} × {features}", layer=node.path,
                     notes=(f"in PyTorch, view(-1, {features}) makes {rows} samples of each",),
                     help=f"{said}, or see to it that {features} numbers arrive",
                     ways=(Fix(said, (edit,)),) if edit is not None and not claimed else ())  # fmt: skip
