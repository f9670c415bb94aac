"""Columns that are added up: memory of its own a layer, in records, in JSON and on pages; and rows in the order of what they hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec
from archspec.cli import main

SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("*.yaml"))
SYMBOLIC = """archspec: 1
name: S
input: [3, H, H]
layers:
  c: {type: Conv2d, out_channels: 8, kernel_size: 3}
  r: ReLU
  c2: {type: Conv2d, out_channels: 64, kernel_size: 3}
  r2: ReLU
"""
SEVERAL = """archspec: 1
name: Several
input: [8, 4, 4]
layers:
  parts: {type: Chunk, chunks: 2, dim: 1}
  relu: {type: ReLU, inplace: true, from: parts.0}
  mul: {type: Mul, from: [relu, parts.1]}
  flat: Flatten
  out: {type: Linear, out_features: 2}
"""


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_memory_of_all_layers_is_the_total(path: Path) -> None:
    report = archspec.analyze(archspec.load(path))
    own = [layer["allocated_bytes"] for layer in report.layers]
    if isinstance(report.totals["activation_bytes"], int):
        assert sum(own) == report.totals["activation_bytes"]
        assert sum(record["allocated_bytes"] for record in report.to_dicts()) == report.totals["activation_bytes"]


def test_views_and_what_is_written_in_place_take_none() -> None:
    report = archspec.analyze(archspec.parse(SEVERAL))
    own = {layer["path"]: layer["allocated_bytes"] for layer in report.layers}
    assert own == {"parts": 0, "relu": 0, "mul": 256, "flat": 0, "out": 8}


def test_why_memory_lists_what_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.yaml").write_text(SEVERAL)
    assert main(["explain", str(tmp_path / "net.yaml"), "--why", "memory", "--format", "json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert [row["layer"] for row in page["parts"][0]["rows"]] == ["mul", "out"]
    assert sum(row["bytes"] for row in page["parts"][0]["rows"]) == 264


@pytest.mark.parametrize("question", ["params", "macs", "memory", "depth"])
def test_all_leaves_nothing_out(tmp_path: Path, capsys: pytest.CaptureFixture[str], question: str) -> None:
    layers = "".join(f"  c{i}: {{type: Conv2d, out_channels: 4, kernel_size: 1}}\n" for i in range(60))
    (tmp_path / "net.yaml").write_text(f"archspec: 1\nname: Deep\ninput: [4, 8, 8]\nlayers:\n{layers}")
    asked = ["explain", str(tmp_path / "net.yaml"), "--why", question]
    assert main(asked) == 0
    short = capsys.readouterr().out
    assert "c40 " not in short
    assert main([*asked, "--all"]) == 0
    assert "c40 " in capsys.readouterr().out
    assert main([*asked, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["parts"][-1]["rows"]) == 60


def test_all_layers_of_a_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.yaml").write_text(
        "archspec: 1\nname: Deep\ninput: [4, 8, 8]\nlayers:\n  g:\n    layers:\n"
        + "".join(f"      c{i}: {{type: Conv2d, out_channels: 4, kernel_size: 1}}\n" for i in range(30))
    )
    assert main(["explain", str(tmp_path / "net.yaml"), "g"]) == 0
    assert "5 more layers; --all shows them" in capsys.readouterr().out
    assert main(["explain", str(tmp_path / "net.yaml"), "g", "--all"]) == 0
    assert "c29 " in capsys.readouterr().out


def test_symbolic_figures_are_sorted_as_for_large_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.yaml").write_text(SYMBOLIC)
    assert (
        main(["check", str(tmp_path / "net.yaml"), "--columns", "layer,macs", "--sort", "macs", "--format", "csv"]) == 0
    )
    rows = [line.partition(",")[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows[:2] == ["c2", "c"]


def test_sizes_of_inputs_are_what_solve_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.yaml").write_text(SYMBOLIC)
    for target in ("input=224", "input.H", "input.shape"):
        assert main(["solve", str(tmp_path / "net.yaml"), "--for", target]) == 2
        assert "its sizes are what solve answers without --for" in capsys.readouterr().err
