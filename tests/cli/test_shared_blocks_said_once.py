"""A warning in a file of blocks that many specs import: one annotation, one result of a code scan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import BLOCKS, NET

from archspec.cli import main

PLACE = "file=blocks/conv.yaml,line=6,"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five specs with one block, which each calls by a name of its own."""
    monkeypatch.chdir(tmp_path)
    for name in (".git", "blocks", "specs"):
        (tmp_path / name).mkdir()
    (tmp_path / "archspec.toml").write_text('roots = ["blocks"]\n')
    (tmp_path / "blocks" / "conv.yaml").write_text(BLOCKS)
    for number in range(5):
        (tmp_path / "specs" / f"n{number}.yaml").write_text(NET.replace("  a:", f"  a{number}:"))
    return tmp_path


def test_annotations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "github", "specs"]) == 0
    (said,) = capsys.readouterr().out.splitlines()
    assert PLACE in said
    assert "a0.conv has a bias, which a0.norm takes away again" in said
    assert "%0Athe same of 5 specs: specs/n0.yaml, specs/n1.yaml, specs/n2.yaml and 2 more%0A" in said
    assert said.endswith("help: write bias: false in conv")


def test_of_one_spec_it_is_said_which(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "github", "specs/n3.yaml"]) == 0
    assert "takes away again%0Aof specs/n3.yaml%0A" in capsys.readouterr().out


@pytest.mark.parametrize("is_ignored", [False, True])
def test_sarif(folder: Path, capsys: pytest.CaptureFixture[str], is_ignored: bool) -> None:
    if is_ignored:
        text = BLOCKS.replace("kernel_size: 3}", "kernel_size: 3}  # archspec: ignore[W1003] as published")
        (folder / "blocks" / "conv.yaml").write_text(text)
    assert main(["check", "--format", "sarif", "specs"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert "the same of 5 specs: specs/n0.yaml" in found["message"]["text"]
    assert ("suppressions" in found) == is_ignored


def test_the_help_follows_the_file_that_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--quiet", "specs/n0.yaml"]) == 0
    assert "= help: write bias: false in conv\n" in capsys.readouterr().out
    (folder / "blocks" / "conv.yaml").write_text(BLOCKS.replace("kernel_size: 3", "kernel_size: 3, bias: false"))
    assert main(["check", "--format", "github", "--strict", "specs"]) == 0
    assert capsys.readouterr().out == ""


def test_what_is_another_at_the_same_place_is_said_for_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = (folder / "specs" / "n1.yaml").read_text().replace("[3,", "[4,").replace("input: 3", "input: 4")
    text = BLOCKS.replace("kernel_size: 3", "kernel_size: 3, in_channels: 5")
    (folder / "specs" / "n1.yaml").write_text(wide)
    (folder / "blocks" / "conv.yaml").write_text(text)
    assert main(["check", "--format", "github", "specs"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert "the same of 4 specs: specs/n0.yaml, specs/n2.yaml" in said[0]
    assert "%0Aof specs/n1.yaml" in said[1]
