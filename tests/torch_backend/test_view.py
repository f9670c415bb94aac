"""Axes folded into the batch and taken out again: what ops make of a first axis of `64 * N`, and the module at work."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from support import checked, spec
from torch import Tensor, nn
from torch.nn import functional as F
from torch_samples import built

from archspec.backends.torch import generate
from archspec.running.verify import verify

WINDOWS = """\
archspec: 1
name: Windows
input: [8, 8, 12]
blocks:
  Attention:
    args: {heads: 3}
    inputs: [x, bias]
    layers:
      qkv: {type: Linear, out_features: 36, from: x}
      split: {type: Reshape, shape: [16, 3, "${heads}", "${12 // heads}"]}
      heads: {type: Permute, dims: [2, 0, 3, 1, 4]}
      parts: {type: Unbind, dim: 0}
      attention: {type: ScaledDotProductAttention, from: [parts.0, parts.1, parts.2]}
      rows: {type: Transpose, dim0: 1, dim1: 2}
      flat: {type: Reshape, shape: [16, 12]}
      out: {type: Linear, out_features: 12}
      biased: {type: Add, from: [out, bias]}
layers:
  rows: {type: View, shape: [N, 2, 4, 2, 4, 12]}
  windows: {type: Permute, dims: [0, 1, 3, 2, 4, 5]}
  folded: {type: View, shape: ["4 * N", 16, 12]}
  norm: LayerNorm
  bias: {type: Parameter, shape: [1, 16, 12], fill: 0.5}
  attention: {type: Attention, from: [norm, bias]}
  unfolded: {type: View, shape: ["N", 2, 2, 4, 4, 12]}
  image: {type: Permute, dims: [0, 1, 3, 2, 4, 5]}
  result: {type: View, shape: [N, 8, 8, 12]}
"""


class Windows(nn.Module):
    """The same, written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(12)
        self.bias = nn.Parameter(torch.full((1, 16, 12), 0.5))
        self.attention = nn.ModuleDict({"qkv": nn.Linear(12, 36), "out": nn.Linear(12, 12)})

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[0]
        windows = self.norm(x.view(n, 2, 4, 2, 4, 12).transpose(2, 3).reshape(n * 4, 16, 12))
        q, k, v = self.attention["qkv"](windows).view(n * 4, 16, 3, 3, 4).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n * 4, 16, 12)
        out = self.attention["out"](mixed) + self.bias
        return out.view(n, 2, 2, 4, 4, 12).transpose(2, 3).reshape(n, 8, 8, 12)


def test_windows_in_the_batch() -> None:
    torch.manual_seed(0)
    mine, theirs = built(WINDOWS), Windows()
    theirs.load_state_dict(mine.state_dict())
    x = torch.randn(3, 8, 8, 12)
    torch.testing.assert_close(mine(x), theirs(x))


def test_counts_are_those_of_one_sample() -> None:
    result = checked(WINDOWS)
    assert result.facts is not None, result.diagnostics
    assert result.facts.totals.macs == 4 * 16 * (12 * 36 + 12 * 12) + 4 * 3 * 16 * 16 * 4 * 2
    assert verify(result.facts, generate(result.facts)) == []


LAYERS: list[tuple[str, str]] = [
    ("{type: Conv2d, out_channels: 5, kernel_size: 3}", "6*N × 5 × 2 × 2"),
    ("BatchNorm2d", "6*N × 8 × 4 × 4"),
    ("{type: GroupNorm, num_groups: 2}", "6*N × 8 × 4 × 4"),
    ("LayerNorm", "6*N × 8 × 4 × 4"),
    ("{type: Linear, out_features: 3}", "6*N × 8 × 4 × 3"),
    ("{type: Softmax, dim: -1}", "6*N × 8 × 4 × 4"),
    ("{type: AdaptiveAvgPool2d, output_size: 1}", "6*N × 8 × 1 × 1"),
    ("Flatten", "6*N × 128"),
    ("{type: Reshape, shape: [4, -1]}", "6*N × 4 × 32"),
    ("{type: Permute, dims: [0, 2, 3, 1]}", "6*N × 4 × 4 × 8"),
    ("{type: Expand, shape: [-1, 4, 4]}", "6*N × 8 × 4 × 4"),
    ("{type: Select, dim: 1, index: 0}", "6*N × 4 × 4"),
    ("{type: Slice, dim: 2, start: 1}", "6*N × 8 × 3 × 4"),
    ("{type: Mean, dim: [2, 3]}", "6*N × 8"),
    ("{type: Matmul, from: [a, a]}", "6*N × 8 × 4 × 4"),
    ("{type: Add, from: [a, a]}", "6*N × 8 × 4 × 4"),
    ("{type: ScaledDotProductAttention, from: [a, a, a]}", "6*N × 8 × 4 × 4"),
    ("{type: Flatten, start_dim: 0, end_dim: 1}", "48*N × 4 × 4"),
    ("{type: StochasticDepth, p: 0.1}", "6*N × 8 × 4 × 4"),
    ("{type: Repeat, repeats: [1, 2, 1, 1]}", "6*N × 16 × 4 × 4"),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_ops_take_a_multiple_of_the_batch(layer: str, shape: str) -> None:
    result = checked(spec(f"  a: {{type: View, shape: [6 * N, 8, 4, 4]}}\n  b: {layer}\n", "[6, 8, 4, 4]"))
    assert result.facts is not None, result.diagnostics
    record: Any = result.facts.layers[-1]
    assert " × ".join(map(str, record.output.shape)) == shape
    assert all("N" not in str(number) for number in (record.macs, record.elementwise, record.activation_bytes))
    assert verify(result.facts, generate(result.facts)) == []


REFUSED: list[tuple[str, str, str, str]] = [
    ("[N, N]", "E0106", "names the batch 2 times", "one axis alone"),
    ("[96, 4, 4]", "E0106", "which has a batch", "the shape is whole"),
    ("[5 * N, 8, 4, 4]", "E0305", "makes (5*N) × 8 × 4 × 4 of N × 6 × 8 × 4 × 4", "write 6 * N"),
    ("[N, 7]", "E0305", "of N × 6 × 8 × 4 × 4", ""),
    ("[N, -1]", "E0105", "shape takes", ""),
    ("[N * H, 3]", "E0105", "shape takes", ""),
    ("[0 * N, 3]", "E0105", "shape takes", ""),
]


@pytest.mark.parametrize(("shape", "code", "message", "help"), REFUSED)
def test_refused(shape: str, code: str, message: str, help: str) -> None:
    (found,) = checked(spec(f"  a: {{type: View, shape: {shape}}}\n", "[6, 8, 4, 4]")).diagnostics
    assert found.code == code
    assert message in found.message.replace("5*N ×", "(5*N) ×")
    assert help in found.help


def test_a_parameter_has_no_batch() -> None:
    layers = """\
  w: {type: Parameter, shape: [6, 4]}
  flat: {type: View, shape: [24], from: w}
  sum: {type: Add, from: [input, flat]}
"""
    result = checked(spec(layers, "[24]"))
    assert result.facts is not None, result.diagnostics
    assert verify(result.facts, generate(result.facts)) == []
    wrong = checked(
        spec("  w: {type: Parameter, shape: [6, 4]}\n  flat: {type: View, shape: [N, 24], from: w}\n", "[24]")
    )
    assert "has no batch" in wrong.diagnostics[0].message


def test_shapes_of_a_sample_keep_the_multiple() -> None:
    claim = "expect: {layers: {a: {output: [6, 2, 4]}}}\n"
    result = checked(spec("  a: {type: View, shape: [6 * N, 2, 4]}\n", "[6, 8]", claim))
    assert [d.message for d in result.diagnostics if d.severity == "error"] == []


STAGES = """\
archspec: 1
name: Stages
input: [16, 16, 4]
blocks:
  Stage:
    args: {side: 4}
    let: {windows: "${(side // 4) ** 2}"}
    layers:
      rows: {type: View, shape: [N, "${side // 4}", 4, "${side // 4}", 4, 4]}
      order: {type: Permute, dims: [0, 1, 3, 2, 4, 5]}
      folded: {type: View, shape: ["${windows} * N", 16, 4]}
      mixed: {type: Linear, out_features: 4}
      back: {type: View, shape: [N, "${side // 4}", "${side // 4}", 4, 4, 4]}
      order2: {type: Permute, dims: [0, 1, 3, 2, 4, 5]}
      image: {type: View, shape: [N, "${side}", "${side}", 4]}
layers:
  one: {type: Stage, side: 16}
  odd: {type: Slice, dim: 1, step: 2}
  few: {type: Slice, dim: 2, step: 2}
  two: {type: Stage, side: 8}
"""


def test_one_class_for_windows_of_several_numbers() -> None:
    result = checked(STAGES)
    assert result.facts is not None, result.diagnostics
    code = generate(result.facts)
    assert code.text.count("class Stage(") == 1
    assert verify(result.facts, code) == []
    assert built(STAGES)(torch.randn(2, 16, 16, 4)).shape == (2, 8, 8, 4)
