"""W1015: even kernel with same

An even window has no middle, so that one end is padded more than the other.

To keep the size, PyTorch pads one position more at the end than at the beginning, and each output is centred half a position
off. It also copies its input to do so. An odd kernel has a middle.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts
from archspec.ops.base import Window
from archspec.ops.window import AXIS_NAMES

CODE = "W1015"
BAD = """archspec: 1
name: Example
input: [3, 32, 32]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 4, padding: same}
"""
GOOD = BAD.replace("kernel_size: 4", "kernel_size: 5")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for node in facts.graph.layers:
        op, reach = node.op, facts.of(node).reaches
        if op is None or op.kind != "convolution" or getattr(op, "padding", 0) != "same" or not reach:
            continue
        windows = [window for window in reach[0] if isinstance(window, Window)]
        axes = [AXIS_NAMES[op.rank][window.axis - 2] for window in windows if window.size % 2 == 0]
        if axes:
            yield Diagnostic(CODE, f"{node.path} pads one position more at the end than at the beginning in {' and '.join(axes)}",
                             node.place.argument("kernel_size") or node.place.type, label="an even window has no middle",
                             help=f"write kernel_size: {_odd(getattr(op, 'kernel_size', 3))}", layer=node.path)  # fmt: skip


def _odd(kernel: object) -> str:
    """The kernel with the next larger odd sizes, as it is written."""
    if isinstance(kernel, tuple):
        return f"[{', '.join(map(_odd, kernel))}]"
    return str(kernel + 1 - kernel % 2) if isinstance(kernel, int) else "3"
