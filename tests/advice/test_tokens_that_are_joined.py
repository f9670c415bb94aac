"""Sequences of vectors that are joined and differ: help speaks of features, and not of what images and signals have."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

A = "  a: {type: Linear, out_features: 64}\n"
K = "  k: {type: Linear, from: input, out_features: 48}\n"


@pytest.mark.parametrize(("layers", "join", "help"), [
    (A, "{type: Add, from: [a, input]}", "put {type: Linear, out_features: 64} between input and s"),
    (A + K, "{type: Add, from: [a, k]}", "write out_features: 64 in k"),
    (A + "  n: LayerNorm\n" + K, "{type: Mul, from: [n, k]}", "write out_features: 64 in k"),
    (A, "{type: Cat, dim: 1, from: [a, input]}", "write dim: 2 in s, which joins features"),
    (A + "  b: {type: Slice, dim: 1, start: 2}\n", "{type: Cat, dim: 2, from: [a, b]}", "write dim: 1 in s, which joins tokens"),
])  # fmt: skip
def test_tokens_of_other_features(layers: str, join: str, help: str) -> None:
    text = spec(f"{layers}  s: {join}\n", "[20, 128]")
    found = next(found for found in checked(text).diagnostics if found.code == "E0305")
    assert found.help == help
    assert not [note for note in found.notes if "CropLike" in note or "sides" in note or "pooling" in note]
    assert fixed(text) == text
    assert not [one for one in checked(fixed(text, is_unsafe=True)).diagnostics if one.severity == "error"]


def test_signals_have_channels() -> None:
    conv = "  a: {type: Conv1d, out_channels: 64, kernel_size: 1}\n"
    text = spec(f"{conv}  s: {{type: Add, from: [a, input]}}\n", "[32, 20]")
    (found,) = checked(text).diagnostics
    assert found.help == "put {type: Conv1d, out_channels: 64, kernel_size: 1} between input and s"
