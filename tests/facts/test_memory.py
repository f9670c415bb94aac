"""What is alive at once: by hand, four bytes an element."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import checked, spec

sys.path.insert(0, str(Path(__file__).parent))

from storages import reference_peak

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


def test_symbolic_sizes_have_a_sum_and_a_peak() -> None:
    found = totals("  a: Tanh\n  r: {type: ReLU, inplace: true}\n  f: Flatten\n  b: Tanh\n", "[3, H]")
    assert (str(found.activation_bytes), str(found.peak_activation_bytes)) == ("24*H", "24*H")


@pytest.mark.parametrize(
    ("layer", "input"),
    [
        ("LocalResponseNorm, size: 5", "[8, 9, 9]"),
        ("LocalResponseNorm, size: 2", "[3, 9]"),
        ("Conv2d, out_channels: 2, kernel_size: 3, padding: 1, padding_mode: circular", "[4, 9, 9]"),
        ("Conv1d, out_channels: 2, kernel_size: 5, padding: same, padding_mode: reflect", "[4, 9]"),
        ("Conv2d, out_channels: 2, kernel_size: 4, padding: same", "[4, 9, 9]"),
        ("Conv2d, out_channels: 2, kernel_size: 3, stride: 2, padding: same_upper", "[4, 8, 8]"),
        ("Conv1d, out_channels: 2, kernel_size: 3, stride: 3, padding: same_upper, padding_mode: replicate", "[4, 8]"),
        ("MaxPool2d, kernel_size: 2", "[4, 8, 8]"),
        ("Normalize, dim: 2", "[9, 8]"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
def test_what_layers_take_on_their_way(layer: str, input: str) -> None:
    assert_as_run(f"  a: {{type: {layer}}}\n  b: Tanh\n", input)


@pytest.mark.parametrize(
    ("layers", "input"),
    [
        # rows that do not lie one after the other: perhaps a copy; the bias is added in place
        ("  p: {type: Permute, dims: [0, 2, 1]}\n  f: {type: Linear, out_features: 7}\n", "[5, 6]"),
        ("  p: {type: Permute, dims: [0, 3, 2, 1]}\n  f: {type: Linear, out_features: 2, bias: false}\n", "[5, 6, 3]"),
        # matrices that are broadcast are written out
        ("  a: {type: Unsqueeze, dim: 2}\n  b: {type: Unsqueeze, dim: 1, from: input}\n  m: {type: Matmul, from: [a, b]}\n", "[3, 4, 4]"),
        # attention in steps: three axes, values of another width; a mask of truth values becomes floats
        ("  a: {type: ScaledDotProductAttention, from: [input, input, input]}\n", "[17, 4]"),
        ("  h: {type: Reshape, shape: [2, 17, 4]}\n  v: {type: Slice, dim: -1, stop: 3}\n"
         "  a: {type: ScaledDotProductAttention, from: [h, h, v]}\n", "[34, 4]"),
        ("  h: {type: Reshape, shape: [2, 7, 4]}\n  m: {type: Constant, value: [[true, false, true, true, true, true, true]]}\n"
         "  a: {type: ScaledDotProductAttention, from: [h, h, h, m]}\n", "[14, 4]"),
        ("  h: {type: Reshape, shape: [2, 7, 4]}\n  q: {type: Slice, dim: 2, stop: 1}\n"
         "  a: {type: ScaledDotProductAttention, from: [q, h, h]}\n", "[14, 4]"),
        # a normalization of what does not lie in one row
        ("  p: {type: Permute, dims: [0, 2, 1]}\n  n: {type: GroupNorm, num_groups: 2}\n", "[5, 6]"),
        ("  c: {type: Gt, value: 0.5}\n  w: {type: Where, other: 0.5, from: [c, input]}\n", "[5, 6]"),
    ],
)  # fmt: skip
def test_what_layers_copy(layers: str, input: str) -> None:
    assert_as_run(f"{layers}  end: Tanh\n", input)


def assert_as_run(layers: str, input: str) -> None:
    """The peak is that of a run of the graph by PyTorch's own storages."""
    facts = checked(spec(layers, input)).facts
    assert facts is not None
    assert facts.totals.peak_activation_bytes is not None, facts.totals.unknown
    assert facts.totals.peak_activation_bytes == reference_peak(facts)[0]
