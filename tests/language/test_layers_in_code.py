"""Code that names layers where tensors stand, and code that is more than layers."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

from archspec.document.python_text import WHOLE

ABOVE = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  d: Tanh\n"


@pytest.mark.parametrize(
    ("code", "layer"),
    [
        ("relu(c)", "{type: ReLU, from: c}"),
        ("ReLU(c)", "{type: ReLU, from: c}"),
        ("ops.relu(c)", "{type: ReLU, from: c}"),
        ("softmax(c, dim=1)", "{type: Softmax, dim: 1, from: c}"),
        ("MaxPool2d(c, 2)", "{type: MaxPool2d, kernel_size: 2, from: c}"),
        ("c[:, 0]", "{type: Select, dim: 1, index: 0, from: c}"),
        ("c[:, :, -1, :]", "{type: Select, dim: 2, index: -1, from: c}"),
    ],
)
def test_it_reads_the_layer(code: str, layer: str) -> None:
    assert fixed(spec(f"{ABOVE}  e: {code}\n"), is_unsafe=True) == spec(f"{ABOVE}  e: {layer}\n")


@pytest.mark.parametrize("code", ["c[:, 1:2]", "c[0][1]", "c[:, 0, 1]", "nowhere[:, 0]"])
def test_other_parts_are_nothing_that_is_known(code: str) -> None:
    text = spec(f"{ABOVE}  e: {code}\n")
    assert fixed(text, is_unsafe=True) == text


def test_a_whole_class_is_imported() -> None:
    assert WHOLE in helps(spec("  class Net(nn.Module):\n    def __init__(self):\n      a: ReLU\n"))
    for lines in ("  self.c = nn.Conv2d(3, 8, 3)\n  x = self.c(x)\n", "  x = self.c(x)\n  return x\n"):
        (found,) = checked(spec(lines)).diagnostics
        assert found.notes == (WHOLE,)
