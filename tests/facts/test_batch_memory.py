"""Memory for a batch is that of a run over so many samples: by hand, by PyTorch's own storages, and as `check --batch` says it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import answer, checked, spec

sys.path.insert(0, str(Path(__file__).parent))

from storages import reference_peak

import archspec
from archspec.facts.memory import BatchMemory, measure_batch
from archspec.facts.storage import find_storage


def measured(layers: str, input: str, batch: int) -> BatchMemory:
    facts = checked(spec(layers, input)).facts
    assert facts is not None
    return measure_batch(facts, batch)


NETWORKS = [
    ("  a: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  r: {type: ReLU, inplace: true}\n  f: Flatten\n  b: {type: Linear, out_features: 3}\n", "[3, 9, 9]"),
    ("  p: {type: Permute, dims: [0, 2, 1]}\n  f: {type: Linear, out_features: 7}\n", "[5, 6]"),
    ("  p: {type: Permute, dims: [0, 3, 2, 1]}\n  f: {type: Linear, out_features: 2, bias: false}\n", "[5, 6, 3]"),
    ("  s: {type: Slice, dim: 1, stop: 2}\n  f: Flatten\n", "[4, 6]"),
    ("  n: {type: InstanceNorm2d, affine: true, track_running_stats: true}\n", "[8, 6, 6]"),
    ("  p: {type: Permute, dims: [0, 2, 1]}\n  n: {type: GroupNorm, num_groups: 2}\n", "[5, 6]"),
    ("  n: {type: LocalResponseNorm, size: 5}\n", "[8, 9, 9]"),
    ("  a: {type: Conv2d, out_channels: 2, kernel_size: 3, padding: 1, padding_mode: circular}\n", "[4, 9, 9]"),
    ("  c: {type: Conv2d, out_channels: 2, kernel_size: 4, padding: same}\n", "[4, 9, 9]"),
    ("  n: {type: Normalize, dim: 2}\n", "[9, 8]"),
    ("  a: {type: Unsqueeze, dim: 2}\n  b: {type: Unsqueeze, dim: 1, from: input}\n  m: {type: Matmul, from: [a, b]}\n", "[3, 4, 4]"),
    ("  a: {type: ScaledDotProductAttention, from: [input, input, input]}\n", "[17, 4]"),
    ("  c: {type: Gt, value: 0.5}\n  w: {type: Where, other: 0.5, from: [c, input]}\n", "[5, 6]"),
    ("  a: Tanh\n  b: Tanhshrink\n  c: {type: Add, from: [input, a, b]}\n", "[4, 6]"),
    ("  w: {type: Parameter, shape: [1, 9]}\n  v: {type: Expand, shape: [9], from: w}\n  y: {type: Add, from: [input, v]}\n", "[9]"),
    ("  t: {type: To, dtype: float64}\n  s: Softsign\n  l: LogSigmoid\n", "[9]"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize(("layers", "input"), NETWORKS)
def test_the_peak_is_that_of_a_run(layers: str, input: str, batch: int) -> None:
    layers += "  end: Tanh\n"
    facts = checked(spec(layers, input)).facts
    assert facts is not None
    found = measure_batch(facts, batch)
    assert found.peak_activation_bytes == reference_peak(facts, batch=batch)[0], found.unknown


@pytest.mark.parametrize(("layers", "input"), NETWORKS)
def test_a_batch_of_one_is_one_sample(layers: str, input: str) -> None:
    facts = checked(spec(layers, input)).facts
    assert facts is not None
    found = measure_batch(facts, 1)
    for key in ("activation_bytes", "peak_activation_bytes", "module_peak_activation_bytes"):
        assert getattr(found, key) == getattr(facts.totals, key)


def test_by_hand() -> None:
    found = measured("  a: {type: Linear, out_features: 20}\n  b: Tanh\n", "[10]", 64)
    assert found == BatchMemory(64, 64 * 160, 64 * 160, 64 * 200)


def test_what_is_no_batch_is_there_once() -> None:
    assert (
        measured(
            "  c: {type: Constant, value: [1.0, 2.0]}\n  a: {type: Add, from: [input, c]}\n", "[2]", 10
        ).activation_bytes
        == 80
    )


def test_what_the_module_deletes_is_decided_for_one_sample() -> None:
    """A table without a batch weighs less in a batch, so that another variable may be what is to be deleted."""
    table = "  w: {type: Parameter, shape: [20]}\n  t: {type: Tanh, from: w}\n  a: {type: Linear, from: input, out_features: 20}\n"
    found = measured(table + "  add: {type: Add, from: [a, t]}\n", "[10]", 8)
    assert found.peak_activation_bytes == 8 * 160 + 80
    assert (found.module_peak_activation_bytes, found.module_unknown) == (
        None, "t does not take 8 times as much as for one sample, for which it is decided what is deleted in it",
    )  # fmt: skip
    assert measured(table + "  add: {type: Add, from: [a, t]}\n", "[10]", 1).module_peak_activation_bytes is not None


ATTENTION = """\
  q: {type: Linear, from: input, out_features: 16}
  k: {type: Linear, from: input, out_features: 16}
  same: Identity
  attn: {type: MultiheadAttention, num_heads: 2, batch_first: true, from: [READS]}
  flat: {type: Flatten, from: attn.output}
"""


@pytest.mark.parametrize(
    ("reads", "copies"), [("q, q, q", False), ("q, k, k", True), ("q, k, q", True), ("k, k, same", None)]
)
def test_whether_an_attention_reads_one_tensor(reads: str, copies: bool | None) -> None:
    """One tensor is attended to in one call, whose result lies in order; of several it has the sequence first, so that what
    flattens it copies. A layer between may give back what it got, or another tensor on the same numbers: that is not known."""
    result = checked(spec(ATTENTION.replace("READS", reads), "[5, 16]"))
    facts = result.facts
    assert facts is not None, result.diagnostics
    found = measure_batch(facts, 3)
    if copies is None:
        assert (found.activation_bytes, found.sum_unknown) == (None, "attn gives an order in memory that is not known")
        return
    run = archspec.build(result).eval()
    kept: list[torch.Tensor] = []
    run.attn.register_forward_hook(lambda module, given, answer: kept.append(answer[0]))
    with torch.no_grad():
        flat = run(torch.randn(3, 5, 16))
    assert (flat.data_ptr() != kept[0].data_ptr()) is copies
    storage = find_storage(facts, 3)
    assert storage is not None
    node = next(node for node in facts.graph.layers if node.path == "flat")
    assert any(memory.node == node.index for memory in storage.memories) is copies


def test_what_is_not_known_says_why() -> None:
    found = measured("  a: Tanh\n", "[3, H]", 8)
    assert (str(found.activation_bytes), found.peak_activation_bytes) == ("96*H", None)
    assert found.unknown == "it depends on H: --set H=… gives a number"
    assert measured("  a: {type: LSTM, hidden_size: 4}\n", "[3, 4]", 8).unknown.startswith("a is computed in one call")


SPEC = spec("  a: {type: Linear, out_features: 20}\n  b: Tanh\n", "[10]")


def test_as_text(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    code, out = answer(["check", str(path), "--batch", "64"])
    assert code == 0
    said = out[out.index("batch") :].splitlines()[:4]
    assert [line.split("  ", 1)[0] for line in said] == ["batch", "", "", ""]
    assert [" ".join(line.split()) for line in said] == [
        "batch 64 samples", "MACs 12,800", "all activations 10.0 KiB", "peak activations 10.0 KiB, 12.5 KiB in the generated module",
    ]  # fmt: skip
    assert "batch" not in answer(["check", str(path)])[1]
    assert (
        "\n- batch: 64 samples\n- MACs: 12,800\n"
        in answer(["check", str(path), "--batch", "64", "--format", "markdown"])[1]
    )


def test_as_json(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    found = json.loads(answer(["check", str(path), "--batch", "64", "--format", "json"])[1])
    assert found["batch"] == 64
    assert found["batch_totals"] == {
        "macs": 12_800, "flops": 25_600, "elementwise": 64 * 20, "param_bytes": 880, "activation_bytes": 10_240,
        "peak_activation_bytes": 10_240, "module_peak_activation_bytes": 12_800, "unknown": None,
    }  # fmt: skip
    assert found["totals"]["macs"] == 200
    assert "batch" not in json.loads(answer(["check", str(path), "--format", "json"])[1])


def test_in_python(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    plain, found = (archspec.analyze(archspec.load(path), batch=batch) for batch in (None, np.int64(64)))
    printed = json.loads(answer(["check", str(path), "--batch", "64", "--format", "json"])[1])
    assert {**found, "spec": None} == {**printed, "spec": None}
    assert found.batch_totals == printed["batch_totals"]
    assert "all activations   10.0 KiB" in str(found)
    assert "\n- batch: 64 samples\n" in found.to_markdown()
    assert plain.batch_totals is None
    assert "batch" not in plain
    assert "batch" not in str(plain)


@pytest.mark.parametrize("batch", [0, -1, True, 1.5, "64"])
def test_what_is_no_batch_in_python(batch: Any) -> None:
    with pytest.raises(ValueError, match="batch takes a number of samples from 1 up, not "):
        archspec.analyze(archspec.parse(SPEC), batch=batch)


@pytest.mark.parametrize("batch", ["0", "-1", "x", "1.5", "9" * 10, "9" * 5000])
def test_what_is_no_batch(batch: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    code, out = answer(["check", str(path), "--batch", batch])
    assert code == 2
    assert len(out) < 2_000


def test_the_batch_is_no_size(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    code, out = answer(["check", str(path), "--set", "N=64"])
    assert code == 2
    assert "check --batch 64 says memory for a batch" in out


def test_why_it_is_unknown_is_what_remains_with_numbers() -> None:
    """A layer that has no law has none of numbers either, which `--set` would not help."""
    facts = checked(spec("  a: {type: GRU, hidden_size: 3}\n  b: Tanh\n", "[T, 4]")).facts
    assert facts is not None
    for unknown in (facts.totals.unknown["peak_activation_bytes"], measure_batch(facts, 4).unknown):
        assert unknown.startswith("a is computed in one call or step by step")


def test_the_sum_of_a_batch_is_unknown_where_that_of_a_sample_is() -> None:
    """At T = 1 the Flatten is a view, and else a copy."""
    layers = "  t: {type: Transpose, dim0: 1, dim1: 2}\n  f: {type: Flatten, start_dim: 1}\n"
    facts = checked(spec(layers, "[4, T]")).facts
    assert facts is not None
    found = measure_batch(facts, 5)
    assert (facts.totals.activation_bytes, found.activation_bytes) == (None, None)
    assert found.sum_unknown == "which layers copy depends on T: --set T=… gives a number"
