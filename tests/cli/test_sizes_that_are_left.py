"""What a change leaves of the sizes that fit, and which sizes fit the weights that there are: held against PyTorch."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from support import answer, checked

from archspec import build
from archspec.api import Spec
from archspec.explain.accepted import sizes_left
from archspec.solving.inputs import freed, tried

SYMBOLIC = """\
archspec: 1
name: Net
input: [3, H, H]
layers:
  a: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  b: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  sum: {type: Add, from: [a, b]}
"""
HEADS = """\
archspec: 1
name: Heads
inputs: {x: [V, 4]}
layers:
  h: {type: Parameter, shape: [4], fill: 1.0}
  e: {type: Einsum, equation: "nvh,h->nhv", from: [x, h]}
  back: {type: Transpose, dim0: 1, dim1: 2}
  sum: {type: Add, from: [x, back]}
"""


def write(folder: Path, text: str) -> str:
    file = folder / "net.yaml"
    file.write_text(text)
    return str(file)


def test_a_change_that_leaves_one_size_says_so(tmp_path: Path) -> None:
    file = write(tmp_path, SYMBOLIC)
    assert answer(["explain", file, "--with", "b.stride=2"])[1].endswith("\nfits for H = 1 only (before: any H)\n")
    _, page = answer(["explain", file, "b"])
    assert "fits for H = 1 only (before: any H)" in " ".join(page.partition("stride 1 → 2")[2].splitlines()[1].split())
    _, page = answer(["explain", file, "--with", "a.bias=false"])
    assert page.endswith("\nfits\n")


def test_a_symbol_that_becomes_a_number_is_said(tmp_path: Path) -> None:
    _, page = answer(["explain", write(tmp_path, HEADS), "--with", "e.equation=nvh,h->nvh"])
    assert page.endswith("\nfits for V = 4 only (before: any V)\n")


@pytest.mark.parametrize(("before", "after", "said"), [
    ("kernel_size: 3", "kernel_size: 5", "for H ≥ 5 (before: H ≥ 3)"),
    ("kernel_size: 3", "kernel_size: 1", "for any H (before: H ≥ 3)"),
    ("kernel_size: 3", "kernel_size: 3, bias: false", ""),
])  # fmt: skip
def test_other_sizes_that_are_left(before: str, after: str, said: str) -> None:
    text = "archspec: 1\nname: Net\ninput: [3, H, H]\nlayers:\n  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
    assert sizes_left(checked(text).facts, checked(text.replace(before, after)).facts) == said


def test_sizes_that_a_claim_is_left_with(tmp_path: Path) -> None:
    text = SYMBOLIC.replace("[a, b]", "[b, b]") + "expect: {layers: {b: {output: [8, 14, 14]}}}\n"
    _, page = answer(["explain", write(tmp_path, text), "--with", "b.stride=2"])
    assert page.endswith("\nfits; expect holds for H from 27 to 28 (before: H = 14)\n")


def test_values_that_leave_one_size_are_apart(tmp_path: Path) -> None:
    code, out = answer(["solve", write(tmp_path, SYMBOLIC), "--for", "b.stride"])
    assert (code, out.splitlines()[0]) == (0, "b.stride may be 1; or 2 to 64 for H = 1 only")


FOLLOWS = """\
archspec: 1
name: Net
input: [3, 24, 24]
blocks:
  Mlp:
    layers:
      fc1: {type: Linear, out_features: 6}
      fc2: {type: Linear, out_features: "${input.shape[2]}"}
  Deep:
    layers:
      a: {type: Conv2d, out_channels: 4, kernel_size: 3}
      b: {type: Conv2d, out_channels: 4, kernel_size: 3, when: "${input.shape[2] > 16}"}
  Table:
    layers:
      table: {type: Parameter, shape: ["${input.shape[2]}"]}
      sum: {type: Add, from: [input, table]}
layers:
"""
FLAT = "  stem: {type: Conv2d, out_channels: 8, kernel_size: 8, stride: 8}\n  f: {type: Flatten, start_dim: 2}\n"


@pytest.mark.parametrize(("layers", "said"), [
    (f"{FLAT}  m: Mlp\n", "H and W alike from 24 to 31"), ("  m: Deep\n", "H and W alike from 17 to 174"),
    (f"{FLAT}  m: Table\n", "H and W alike from 24 to 31"),
])  # fmt: skip
def test_sizes_that_were_tried_fit_the_weights(layers: str, said: str, tmp_path: Path) -> None:
    """The state of the written network loads into the one for another size, and that runs, exactly where a size is said to fit."""
    text = FOLLOWS + layers
    assert answer(["solve", write(tmp_path, text)])[1].splitlines()[0] == f"Net accepts {said}, as far as was tried"
    found = tried(checked(text), freed(checked(text)).kept)
    assert found is not None
    state = build(Spec.of(checked(text))).state_dict()

    def fits(size: int) -> bool:
        other = checked(text.replace("[3, 24, 24]", f"[3, {size}, {size}]"))
        if not other.ok:
            return False
        module = build(Spec.of(other))
        try:
            module.load_state_dict(state)
        except RuntimeError:
            return False
        module(torch.zeros(2, 3, size, size))
        return True

    numbers = range(1, 48)
    assert [n for n in numbers if fits(n)] == list(itertools.takewhile(lambda n: n < 48, found.fits))
