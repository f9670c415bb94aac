"""MACs of a batch are those that PyTorch counts in a run over so many samples, whatever has no batch in it, or has it twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from support import SPECS, answer, checked, spec
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import archspec
from archspec.facts.cost import BatchCost, count_batch

WITHOUT_A_BATCH = """archspec: 1
name: Hyper
input: [4, 8]
layers:
  z: {type: Parameter, shape: [5, 6]}
  gen: {type: Linear, out_features: 8}
  act: ReLU
  t: {type: Transpose, from: act, dim0: 0, dim1: 1}
  mm: {type: Matmul, from: [input, t]}
  kernel: {type: Parameter, shape: [7, 4, 3]}
  conv: {type: FunctionalConv1d, from: [mm, kernel], padding: 1}
  fold: {type: View, shape: ["7 * N", 5]}
  lin: {type: Linear, out_features: 3}
  un: {type: View, shape: [N, 7, 3]}
  mha: {type: MultiheadAttention, num_heads: 1, batch_first: true, kdim: 3, vdim: 3, add_bias_kv: true, add_zero_attn: true}
  z2: {type: Parameter, shape: [3, 2]}
  ein: {type: Einsum, equation: "ntd,nsd,de->ntse", from: [mha, un, z2]}
outputs: {a: ein, b: mha.weights}
"""
EACH_WITH_EACH = """archspec: 1
name: Contrast
inputs: {a: {shape: [16]}, b: {shape: [16]}}
layers:
  t: {type: Transpose, from: b, dim0: 0, dim1: 1}
  sim: {type: Matmul, from: [a, t]}
  relu: ReLU
  back: {type: Matmul, from: [relu, b]}
  lin: {type: Linear, out_features: 3}
"""
BATCH_AS_TIME = spec("  a: {type: MultiheadAttention, num_heads: 2}\n  b: {type: Linear, out_features: 3}\n", "[5, 8]")
SAMPLES_ATTEND = spec(
    "  s: {type: Transpose, dim0: 0, dim1: 1}\n"
    "  a: {type: ScaledDotProductAttention, from: [s, s, s]}\n  b: {type: Linear, out_features: 3}\n",
    "[5, 8]",
)
WINDOWS = spec(
    '  f: {type: View, shape: ["4 * N", 5, 8]}\n  a: {type: MultiheadAttention, num_heads: 2, batch_first: true}\n'
    '  u: {type: View, shape: ["N", 20, 8]}\n',
    "[20, 8]",
)
POSITION_BIAS = spec(
    "  c: {type: Constant, value: [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]}\n  m: {type: Linear, out_features: 64}\n  r: ReLU\n"
    "  p: {type: Linear, out_features: 4}\n  x: {type: Linear, out_features: 4, from: input}\n  s: {type: Add, from: [x, p]}\n",
    "[3, 8]",
)
STEPS = spec("  a: {type: Linear, out_features: 7}\n  b: {type: GRU, hidden_size: 4, batch_first: true}\n", "[3, 8]")
NETWORKS = {
    "nothing in it": WITHOUT_A_BATCH,
    "each with each": EACH_WITH_EACH,
    "batch as time": BATCH_AS_TIME,
    "samples attend": SAMPLES_ATTEND,
    "windows": WINDOWS,
    "position bias": POSITION_BIAS,
    "steps": STEPS,
    "vit": (SPECS / "zoo" / "vit.yaml").read_text(),
    "alexnet": (SPECS / "alexnet.yaml").read_text(),
}


def counted(facts: Any, model: torch.nn.Module, batch: int) -> float:
    """Half of the FLOPs that PyTorch counts in a run over so many samples."""
    inputs = []
    for node in facts.graph.inputs:
        (tensor,) = facts.of(node).outputs.values()
        inputs.append(torch.empty((batch, *tensor.shape[1:]), device="meta"))
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        model(*inputs)
    return float(counter.get_total_flops() / 2)


def cost(text: str, batch: int) -> BatchCost:
    facts = checked(text).facts
    assert facts is not None
    return count_batch(facts, batch)


@pytest.mark.parametrize("name", NETWORKS)
def test_macs_are_those_that_pytorch_counts(name: str) -> None:
    result = archspec.parse(NETWORKS[name])
    model = archspec.build(result).to("meta").eval()
    for batch in (1, 3, 8):
        macs, flops, _ = count_batch(result.facts, batch)
        assert macs == counted(result.facts, model, batch), batch
        assert flops == 2 * macs
    totals = archspec.analyze(result).totals
    assert (totals["macs"], totals["elementwise"]) == (
        count_batch(result.facts, 1).macs,
        count_batch(result.facts, 1).elementwise,
    )


def test_other_operations() -> None:
    assert cost(EACH_WITH_EACH, 1).elementwise == 1
    assert cost(EACH_WITH_EACH, 8).elementwise == 8 * 8
    assert cost(POSITION_BIAS, 8).elementwise == 3 * 64 + 8 * 3 * 4


def test_sizes_that_are_symbols() -> None:
    text = POSITION_BIAS.replace("[3, 8]", "[T, 8]").replace("from: [x, p]", "from: [x, one]")
    text = text.replace("  s: {", "  one: {type: Slice, from: p, dim: 0, stop: 1}\n  s: {")
    assert [str(cost(text, batch).macs) for batch in (1, 64)] == ["32*T + 1152", "2048*T + 1152"]


def test_what_is_not_known_of_a_sample_is_not_of_a_batch() -> None:
    text = "archspec: 1\nname: Net\ninput: [4]\nlayers:\n  p: {type: 'python:torch.nn.Identity', output: [4]}\n"
    assert checked(text).facts is not None
    assert cost(text, 8) == BatchCost(None, None, None)


def test_what_has_errors_is_not_counted() -> None:
    assert cost(spec("  a: {type: Linear, out_features: 7}\n  b: Conv9d\n", "[3, 8]"), 8).macs is None
    assert cost(spec("  b: {type: Flatten, start_dim: 9}\n", "[3, 8]"), 8).macs is None


def test_as_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(EACH_WITH_EACH)
    assert "\n  MACs              2,432\n" in answer(["check", str(path), "--batch", "8"])[1]
    assert "\n- MACs: 2,432\n" in answer(["check", str(path), "--batch", "8", "--format", "markdown"])[1]
    found = json.loads(answer(["check", str(path), "--batch", "8", "--format", "json"])[1])["batch_totals"]
    assert (found["macs"], found["flops"], found["elementwise"]) == (2_432, 4_864, 64)
    assert archspec.analyze(archspec.load(path), batch=8).batch_totals == found


def test_explained_for_one_sample(tmp_path: Path) -> None:
    """An axis that is the batch is as long as 1 in the formula, like in the figure."""
    path = tmp_path / "net.yaml"
    path.write_text(EACH_WITH_EACH)
    assert "output·inner = 16·1 = 16\n" in answer(["explain", str(path), "back"])[1]
    path.write_text(SAMPLES_ATTEND)
    assert "heads·T·S·(d + dV) = 5·1·1·(8 + 8) = 80\n" in answer(["explain", str(path), "a"])[1]
