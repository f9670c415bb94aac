"""What commands say of files that are no specs, of codes in other forms, and of a list without its brackets."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import spec

from archspec.cli import main


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("net.py", "is Python code, and no spec: archspec import torch MODULE:CALLABLE --input SIZES"),
        ("net.pth", "is a file of weights, and no spec: archspec weights SPEC FILE takes the spec first"),
        ("net.safetensors", "is a file of weights, and no spec"),
        ("net.onnx", "is a model, and no spec: archspec import onnx FILE.onnx"),
    ],
)
def test_files_of_other_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"import torch\n")
    for command in (["check"], ["weights", str(tmp_path / name)], ["explain"]):
        assert main([command[0], str(tmp_path / name), *command[1:]]) == 2
        assert said in capsys.readouterr().err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nothing_here.py"]) == 2
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["e0301", "E301", "e301"])
def test_codes_in_other_forms(capsys: pytest.CaptureFixture[str], code: str) -> None:
    assert main(["explain", code]) == 0
    assert capsys.readouterr().out.startswith("E0301: ")


def test_codes_that_begin_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lints", "W10"]) == 0
    listed = capsys.readouterr().out
    assert main(["explain", "W10"]) == 0
    assert capsys.readouterr().out == listed
    assert main(["explain", "E999"]) == 2


def test_a_list_without_brackets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"))
    assert main(["explain", str(path), "--with", "c.kernel_size=5,3"]) == 2
    assert "a list stands in brackets: --with c.kernel_size=[5,3]" in capsys.readouterr().err
    assert main(["explain", str(path), "--with", "c.kernel_size=[5,3]"]) == 0
