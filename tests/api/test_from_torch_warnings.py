"""What a spec has otherwise than the model it was made of: each line that `archspec import torch` prints is a warning here."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

import archspec


class Drawn(nn.Module):
    """Has a parameter that is drawn, its layers in another order, answers by name, and computes more in training."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(8, 8)
        self.first = nn.Linear(8, 64)
        self.middle = nn.Linear(64, 8)
        self.scale = nn.Parameter(torch.randn(8))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        y: Tensor = self.last(self.middle(torch.relu(self.first(x)))) * self.scale
        return {"scores": y + torch.randn_like(y) if self.training else y}


def said(call: object) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert callable(call)
        call()
    assert all(one.category is UserWarning and one.filename == __file__ for one in caught)
    return [str(one.message) for one in caught]


def test_all_that_the_command_prints_is_a_warning(tmp_path: Path) -> None:
    lines = said(lambda: archspec.from_torch(Drawn(), [8]))
    assert lines == said(lambda: archspec.Spec.from_torch(Drawn(), [8]))
    command = [sys.executable, "-m", "archspec", "import", "torch", "test_from_torch_warnings:Drawn", "--input", "8"]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "a.yaml")],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = [line for line in done.stderr.splitlines() if not line.startswith(("verified: ", "wrote "))]
    assert lines == printed
    for kind in ("start values of scale", "returns a mapping", "training only", "another order"):
        assert [line for line in lines if kind in line] != [], (kind, lines)


def test_what_is_said_stands_in_the_spec_but_for_the_order_of_parameters() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec = archspec.from_torch(Drawn(), [8])
    assert spec.document is not None
    lines = said(lambda: archspec.from_torch(Drawn(), [8]))
    apart = [line for line in lines if Path(__file__).name not in line and line not in spec.document.doc.splitlines()]
    assert [line.startswith("parameters() has another order") for line in apart] == [True]


def test_a_model_of_which_nothing_is_to_be_said() -> None:
    assert said(lambda: archspec.from_torch(nn.Sequential(nn.Linear(8, 4), nn.ReLU()), [8])) == []


def test_an_onnx_file_whose_sizes_stay_numbers(tmp_path: Path) -> None:
    given, answer = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, *size])
        for name, size in (("x", (8, 8)), ("y", (16, 16)))
    )
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [4], [1, 3, 16, 16])
    kind = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], **kind)
    model = helper.make_model(
        helper.make_graph([node], "resize", [given], [answer], [sizes]), opset_imports=[helper.make_opsetid("", 17)]
    )
    onnx.save(model, tmp_path / "a.onnx")
    (line,) = said(lambda: archspec.Spec.from_onnx(tmp_path / "a.onnx"))
    assert "16" in line
