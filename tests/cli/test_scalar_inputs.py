"""Inputs without axes, as a time step: every command takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import answer

ONE = """\
archspec: 1
name: Scalar
inputs: {t: {shape: []}}
layers:
  u: {type: Unsqueeze, dim: 1}
  dense: {type: Linear, out_features: 4}
"""
BESIDE = """\
archspec: 1
name: Scalar
inputs: {x: [3, 8, 8], t: {shape: []}}
layers:
  conv: {type: Conv2d, out_channels: 4, kernel_size: 3, from: x}
  u: {type: Unsqueeze, dim: 1, from: t}
  dense: {type: Linear, out_features: 4}
  maps: {type: Unflatten, dim: 1, unflattened_size: [4, 1, 1]}
  sum: {type: Add, from: [conv, maps]}
"""
TWO = (
    "archspec: 1\nname: Scalar\ninputs: {t: {shape: []}, s: {shape: []}}\nlayers:\n  dense: {type: Add, from: [t, s]}\n"
)
COMMANDS = (
    "check SPEC", "check SPEC --batch 4", "check SPEC --format json", "explain SPEC", "explain SPEC dense", "explain SPEC --why memory",
    "explain SPEC --why dense.field", "solve SPEC", "render SPEC -o OUT.svg", "render SPEC -o OUT.dot", "compile SPEC --verify -o OUT.py",
    "compile SPEC --arguments -o OUT2.py", "diff SPEC SPEC", "compare SPEC SPEC", "export onnx SPEC -o OUT.onnx", "fmt SPEC",
)  # fmt: skip


@pytest.mark.parametrize("text", [ONE, BESIDE, TWO], ids=["one", "beside an image", "two"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_them(command: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(text)
    words = [word.replace("SPEC", str(file)).replace("OUT", str(tmp_path / "out")) for word in command.split()]
    assert answer(words)[0] == 0


@pytest.mark.parametrize(
    ("text", "said"), [(ONE, "has no size of an input that could be another"), (BESIDE, "accepts H and W ≥ 3")]
)
def test_a_scalar_has_no_size_to_solve_for(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(text)
    code, out = answer(["solve", str(file)])
    assert (code, out.splitlines()[0]) == (0, f"Scalar {said}")
    assert "  t: a single number\n" in out
