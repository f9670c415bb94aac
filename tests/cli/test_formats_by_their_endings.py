"""`--format md` is `--format markdown`, and `--format tex` is `--format latex`."""

from __future__ import annotations

import pytest
from support import SPECS

from archspec.cli import main

NET = str(SPECS / "alexnet.yaml")


@pytest.mark.parametrize(("short", "long"), [("md", "markdown"), ("tex", "latex")])
@pytest.mark.parametrize("command", ["check", "compare"])
def test_the_same_is_printed(command: str, short: str, long: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, NET, "--format", short]) == 0
    printed = capsys.readouterr().out
    assert main([command, NET, "--format", long]) == 0
    assert printed == capsys.readouterr().out != ""


def test_a_column_by_its_short_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", NET, "--columns", "params"]) == 2
    assert "there is no column params; did you mean parameters?" in capsys.readouterr().err
