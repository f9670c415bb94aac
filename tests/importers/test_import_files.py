"""The file that an import writes: its name, whose it is, and that this is said before the work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec
from archspec.cli import main

FEW = ["import", "torch", "small_modules:SharedWeights", "--input", "3,8,8"]
NARROW = ["import", "torch", "torch.nn:Linear", "--arguments", "in_features=3", "out_features=2", "--input", "3"]


def test_what_it_wrote_it_replaces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    assert main([*FEW, "-o", str(path)]) == 0
    assert main([*NARROW, "-o", str(path)]) == 0
    assert archspec.load(path).name == "Linear"
    path.write_text(path.read_text().replace("name: Linear", "name: Mine"))
    capsys.readouterr()
    assert main([*FEW, "-o", str(path)]) == 2
    said = f"archspec: {path} exists, and has been edited since archspec wrote it; --force replaces it\n"
    assert capsys.readouterr().err == said  # and nothing was verified
    assert archspec.load(path).name == "Mine"
    assert main([*FEW, "-o", str(path), "--force"]) == 0


def test_a_file_of_others_and_a_missing_folder_are_told_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("mine\n")
    assert main([*FEW, "-o", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"archspec: {path} exists, and does not say that archspec generated it; --force replaces it\n"
    )
    path = tmp_path / "none" / "net.yaml"
    assert main([*FEW, "-o", str(path)]) == 2
    assert capsys.readouterr().err == (f"archspec: {path} cannot be written: there is no folder {path.parent}\n")


def test_json_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    assert main([*FEW, "-o", str(path)]) == 0
    assert json.loads(path.read_text())["name"] == "SharedWeights"
    assert main(["check", str(path)]) == 0


@pytest.mark.parametrize("name", ["net.onnx", "net.txt"])
def test_other_endings_are_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FEW, "-o", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err == f"archspec: a spec is a .yaml or a .json file: -o {tmp_path}/net.yaml\n"
    assert not (tmp_path / name).exists()


def test_a_name_without_an_ending_is_one_of_yaml(tmp_path: Path) -> None:
    assert main([*FEW, "-o", str(tmp_path / "net")]) == 0
    assert (tmp_path / "net").read_text().startswith("archspec: 1\n")


def test_a_number_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scaled.py").write_text(
        "from torch import nn\n\n\nclass Scaled(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.c = nn.Linear(3, 3)\n\n    def forward(self, x, t):\n        return self.c(x) * t[:, None]\n"
    )
    for given in ("t=", "t=:float32"):
        assert main(["import", "torch", f"{tmp_path}/scaled.py:Scaled", "--input", "x=3", "--input", given]) == 0
        assert "t: {shape: []}" in capsys.readouterr().out
    assert main(["import", "torch", f"{tmp_path}/scaled.py:Scaled", "--input", ""]) == 2
