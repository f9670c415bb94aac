"""Fixes of warnings: of a network that misses a claim too, and what is said where there was no time to try them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import answer, fixed

CONV = "conv: {type: Conv2d, out_channels: 8, kernel_size: 3}"
NET = f"archspec: 1\nname: Net\ninput: [3, 8, 8]\nlayers:\n  {CONV}\n  bn: BatchNorm2d\n"
LONG = "  block:\n    repeat: 1500\n    layers:\n      conv: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n      bn: BatchNorm2d\n"


@pytest.mark.parametrize("claim", ["budget: {params: {max: 10}}", "budget: {macs: {max: 1}}"])
def test_a_missed_claim_hides_no_fix(claim: str, tmp_path: Path) -> None:
    text = f"{NET}{claim}\n"
    (tmp_path / "net.yaml").write_text(text)
    code, said = answer(["check", "--quiet", str(tmp_path / "net.yaml")])
    assert code == 1
    assert said.endswith("1 fix available with --fix --unsafe-fixes, which may change the network\n")
    assert fixed(text, is_unsafe=True) == text.replace("Conv2d,", "Conv2d, bias: false,")


def test_a_fix_that_would_miss_another_claim_is_none() -> None:
    text = f"{NET}expect: {{params: 240, output: [9]}}\n"
    assert "bias: false" not in fixed(text, is_unsafe=True)


def test_an_error_hides_them() -> None:
    text = f"{NET}  fc: {{type: Linear, in_features: 3, out_features: 2}}\n"
    assert "bias: false" not in fixed(text, is_unsafe=False)


def test_what_was_not_tried_is_said(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(NET.split(f"  {CONV}", maxsplit=1)[0] + LONG)
    assert answer(["check", "--quiet", str(path)])[1].endswith(
        "a fix may be found with --fix --unsafe-fixes, which tries for longer\n"
    )
    assert "Fixed 1 problem" in answer(["check", "--quiet", "--fix", "--unsafe-fixes", str(path)])[1]


def test_a_table_gets_the_rows_that_are_missing() -> None:
    layers = [
        "words: {type: Embedding, num_embeddings: 90, embedding_dim: 4}",
        'at: {type: Constant, value: "${range(8)}"}',
        "places: {type: Embedding, num_embeddings: 7, embedding_dim: 4}",
        "sum: {type: Add, from: [words, places]}",
    ]
    text = "\n  ".join(["archspec: 1\nname: Net\ninput: {shape: [8], dtype: int64}\nlayers:", *layers]) + "\n"
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace("num_embeddings: 7", "num_embeddings: 8")
