"""A call where the name of what is called is wanted: the line that gives its arguments apart, which can be run."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from archspec.cli import main

CODE = """import torch.nn as nn

class Net(nn.Module):
    def __init__(self, width=8, bias=True, name="x", sizes=(3, 3)):
        super().__init__()
        assert name in ("x", "a b, c", "yes") and len(sizes) == 2
        self.conv = nn.Conv2d(3, width, sizes, bias=bias)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "called.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The words of the line that is said."""
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert " is a call, and what is called and its arguments are given apart: archspec " in err
    return shlex.split(err[err.index(": archspec ") + 2 :])


@pytest.mark.parametrize(
    ("brackets", "arguments"),
    [
        ("()", []),
        ("(width=32)", ["width=32"]),
        ("(32)", ["width=32"]),
        ("(32, False, sizes=[1, 3])", ["width=32", "bias=false", "sizes=[1, 3]"]),
        ("(width=4, name='a b, c')", ["width=4", 'name="a b, c"']),
        ("(name='yes')", ['name="yes"']),
    ],
)
@pytest.mark.parametrize("module", ["called", "called.py"])
def test_the_line_can_be_run(
    module: str, brackets: str, arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = said(["import", "torch", f"{module}:Net{brackets}", "--input", "3,8,8", "-o", "n.yaml"], capsys)
    more = ["--arguments", *arguments] if arguments else []
    assert line == ["archspec", "import", "torch", f"{module}:Net", "--input", "3,8,8", "-o", "n.yaml", *more]
    assert main(line[1:]) == 0
    line = said(["verify", "n.yaml", f"--against={module}:Net{brackets}"], capsys)
    assert line == ["archspec", "verify", "n.yaml", f"--against={module}:Net", *more]
    assert main(line[1:]) == 0


@pytest.mark.parametrize(
    "brackets", ["(width=w)", "(**kw)", "(*a)", "(name=None)", "(sizes={1: 2})", "(width=)", "(((", "(x())"]
)
def test_what_cannot_be_written_on_the_command_line(brackets: str, capsys: pytest.CaptureFixture[str]) -> None:
    if not brackets.endswith(")"):
        assert main(["import", "torch", f"called:Net{brackets}", "--input", "3,8,8"]) == 2
        assert "called has no Net" in capsys.readouterr().err
        return
    line = said(["import", "torch", f"called:Net{brackets}", "--input", "3,8,8"], capsys)
    assert line[-2:] == ["--arguments", "NAME=VALUE"]


def test_more_values_than_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    line = said(["import", "torch", "called:Nothing(3)", "--input", "3,8,8"], capsys)
    assert line[-2:] == ["--arguments", "NAME=3"]
