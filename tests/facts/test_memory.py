"""What is alive at once: by hand, four bytes an element."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.facts.model import Totals


def totals(layers: str, input: str) -> Totals:
    result = checked(spec(layers, input))
    assert result.facts is not None, result.diagnostics
    return result.facts.totals


@pytest.mark.parametrize(
    ("layers", "input", "activations", "peak"),
    [
        # in place: the input is 40, a 80, and r, d and h write into it; while e is made both are alive
        ("  a: {type: Linear, out_features: 20}\n  r: {type: ReLU, inplace: true}\n  d: {type: SiLU, inplace: true}\n"
         "  h: {type: Dropout, inplace: true}\n  e: {type: Linear, out_features: 20}\n", "[10]", 160, 160),
        # in place on a view: all of it is one memory
        ("  a: Tanh\n  v: Flatten\n  r: {type: ReLU, inplace: true}\n  b: Tanh\n", "[2, 3]", 48, 48),
        # in place on the input itself
        ("  r: {type: ReLU, inplace: true}\n", "[2, 3]", 0, 24),
        # a repeat of layers in place
        ("  a: Tanh\n  r: {type: Hardtanh, inplace: true, repeat: 4}\n", "[10]", 40, 80),
        # axes in another order are a view; made one, they have to be copied
        ("  p: {type: Permute, dims: [0, 2, 1]}\n  f: Flatten\n", "[2, 3]", 24, 48),
        ("  p: {type: Permute, dims: [0, 2, 1]}\n  c: Contiguous\n  f: Flatten\n", "[2, 3]", 24, 48),
        ("  c: Contiguous\n  f: Flatten\n", "[2, 3]", 0, 24),
        # the first half of the channels lies in one piece, the last half of the columns does not
        ("  s: {type: Slice, dim: 1, stop: 2}\n  f: Flatten\n", "[4, 6]", 0, 96),
        ("  s: {type: Slice, dim: 2, start: 3}\n  f: Flatten\n", "[4, 6]", 48, 144),
        # expanded axes lie in one place until they are written out
        ("  e: {type: Expand, shape: [5, 3]}\n  r: Tanh\n", "[1, 3]", 60, 72),
        # arithmetic keeps the order of the axes, so that a flattened result is a copy here as well
        ("  p: {type: Permute, dims: [0, 2, 1]}\n  t: Tanh\n  f: Flatten\n", "[2, 3]", 48, 48),
        # the module's own tensors stand beside what is computed, looked at or not
        ("  w: {type: Parameter, shape: [1, 3]}\n  b: {type: Buffer, shape: [3]}\n  c: {type: Constant, value: [1.0, 2.0, 3.0]}\n"
         "  v: {type: Expand, shape: [3], from: w}\n  y: {type: Add, from: [input, v]}\n  z: {type: Add, from: [y, b]}\n"
         "  o: {type: Add, from: [z, c]}\n", "[3]", 36, 24),
        # a cast to what a tensor is already costs nothing
        ("  t: {type: To, dtype: float32}\n  h: {type: To, dtype: float64}\n", "[3]", 24, 36),
    ],
)  # fmt: skip
def test_by_hand(layers: str, input: str, activations: int, peak: int) -> None:
    found = totals(layers, input)
    assert (found.activation_bytes, found.peak_activation_bytes) == (activations, peak)


def test_symbolic_sizes_have_a_sum_and_no_peak() -> None:
    found = totals("  a: Tanh\n  r: {type: ReLU, inplace: true}\n  f: Flatten\n  b: Tanh\n", "[3, H]")
    assert (str(found.activation_bytes), found.peak_activation_bytes) == ("24*H", None)
