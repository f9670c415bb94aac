"""The arguments and symbolic sizes that a report is of, so that variants are told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.cli import main

TEXT = """archspec: 1
name: A
args: {width: 4, sides: [1, 2], kind: "small", bias: true, rate: 0.5}
input: [4, H, W]
layers: {a: {type: Conv2d, out_channels: "${width}", kernel_size: 1, bias: "${bias}"}}
"""


def reported(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["check", str(path), "--format", "json", *arguments])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_values_that_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT)
    found = reported(path, capsys)
    assert found["arguments"] == {"width": 4, "sides": [1, 2], "kind": "small", "bias": True, "rate": 0.5}
    assert found["symbols"] == {"H": None, "W": None}
    found = reported(path, capsys, "--set", "width=8", "--set", "W=7", "--set", "sides=[3, 4]")
    assert (found["arguments"]["width"], found["arguments"]["sides"]) == (8, [3, 4])
    assert found["symbols"] == {"H": None, "W": 7}
    in_python = archspec.analyze(archspec.load(path, width=8, W=7))
    assert (in_python["arguments"]["width"], in_python["symbols"]) == (8, {"H": None, "W": 7})


def test_a_value_in_error_is_null_and_without_a_document_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT.replace("width: 4", "width: {type: int}"))
    assert reported(path, capsys)["arguments"]["width"] is None
    path.write_text("[")
    found = reported(path, capsys)
    assert (found["arguments"], found["symbols"], found["ok"]) == ({}, {}, False)
    path.unlink()
    found = reported(path, capsys)
    assert (found["arguments"], found["symbols"], found["ok"]) == ({}, {}, False)


def test_the_table_says_what_was_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT)
    assert main(["check", str(path), "--set", "width=8", "--set", 'kind="x\\e[2J"']) == 0
    assert capsys.readouterr().out.startswith(f'{path} with width = 8, kind = "x\\x1b[2J"\n')
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.startswith("layer ")
