"""Parameters with equal numbers are one in a file of ONNX, which is said."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec
from archspec.cli import main

NET = """archspec: 1
name: N
input: [8]
layers:
  a: {type: Linear, out_features: 8}
  s: {type: Parameter, shape: [8], fill: 0.1}
  m: {type: Mul, from: [a, s]}
  t: {type: Parameter, shape: [8], fill: 0.1}
  n: {type: Mul, from: [m, t]}
"""


def test_equal_parameters_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, weights = tmp_path / "net.yaml", tmp_path / "w.pt"
    path.write_text(NET)
    assert main(["export", "onnx", str(path), "-o", str(tmp_path / "a.onnx")]) == 0
    said = capsys.readouterr().err.splitlines()[0]
    assert said == "equal parameters are written once (t as s); --weights FILE gives them numbers of their own"
    state = archspec.build(archspec.load(path)).state_dict()
    torch.save({**state, "t": torch.arange(8.0)}, weights)
    assert main(["export", "onnx", str(path), "--weights", str(weights), "-o", str(tmp_path / "b.onnx")]) == 0
    assert "written once" not in capsys.readouterr().err
