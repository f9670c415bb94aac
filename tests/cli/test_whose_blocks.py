"""What is wrong in a shared block says of which spec, where each message stands alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.cli import main

BLOCKS = (
    "archspec: 1\nblocks:\n  Wide:\n    layers:\n      - {type: Linear, out_features: 4}\n      - {type: GLU, dim: 7}\n"
)
NET = "archspec: 1\nname: Net\nimport: [blocks.yaml]\ninput: [8]\nlayers:\n  a: Wide\n"


def test_github_is_told_the_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blocks.yaml").write_text(BLOCKS)
    Path("net.yaml").write_text(NET)
    assert main(["check", "net.yaml", "--format", "github"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("::error file=blocks.yaml,line=6,")
    assert "%0Aof net.yaml" in line
    Path("net.yaml").write_text(NET.replace("a: Wide", "a: {type: GLU, dim: 7}"))
    assert main(["check", "net.yaml", "--format", "github"]) == 1
    assert "of net.yaml" not in capsys.readouterr().out
