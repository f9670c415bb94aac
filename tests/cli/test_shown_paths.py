"""Paths in reports: as seen from where the command runs, without the ./ that it was given, in every format."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support import spec

from archspec.cli import main
from archspec.commands.common import shown

WRONG = spec("  a: Lineer\n")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a.yaml").write_text(WRONG)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("given", ["./nets/a.yaml", "nets/./a.yaml", ".//nets//a.yaml", "./nets", "."])
@pytest.mark.parametrize("format", ["text", "json", "github", "sarif"])
def test_no_dot_before_a_path(given: str, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", given, "--format", format]) == 1
    out = capsys.readouterr().out
    assert "./" not in out
    assert "nets/a.yaml" in out
    if format == "sarif":
        (result,) = json.loads(out)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "nets/a.yaml"
    if format == "github":
        assert out.startswith("::error file=nets/a.yaml,line=5,")


@pytest.mark.parametrize("format", ["json", "sarif", "github"])
def test_nor_before_one_that_cannot_be_read(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "./nets/none.yaml", "--format", format]) == 2
    out = capsys.readouterr().out
    if format == "github":
        assert out.startswith("::error file=nets/none.yaml::")
    else:
        assert f'"{"path" if format == "json" else "uri"}": "nets/none.yaml"' in out


def test_in_other_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--diff", "./nets/a.yaml"]) == 1
    assert capsys.readouterr().out.startswith("--- nets/a.yaml\n+++ nets/a.yaml\n")
    main(["compare", "./nets/a.yaml", "nets/a.yaml", "--columns", "spec"])
    assert capsys.readouterr().out.splitlines()[2:4] == ["nets/a.yaml", "nets/a.yaml"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-", "<stdin>"),
        ("./-", "./-"),
        ("./<stdin>", "./<stdin>"),
        ("a.yaml", "a.yaml"),
        ("../a.yaml", "../a.yaml"),
        ("link/../a.yaml", "link/../a.yaml"),
        ("/x/./a.yaml", "/x/a.yaml"),
    ],
)
def test_what_stays(given: str, expected: str) -> None:
    assert shown(given) == expected.replace("/", os.sep)
