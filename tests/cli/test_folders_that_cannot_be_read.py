"""What cannot be read below a folder may be a spec, or hold some: it is an error as if it had been named, and never left out."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support import spec

from archspec.cli import main
from archspec.commands import formats

DENIED = "cannot be read: permission denied"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, and with a file and a folder that are denied; simulated, since root may read everything."""
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    for name in ("a.yaml", "b.yaml", "sub/c.yaml"):
        (root / name).write_text(spec("  a: ReLU\n"))
    denied = {str(root / "b.yaml"), str(root / "sub")}
    for name in ("open", "scandir"):
        _deny(monkeypatch, name, denied)
    return root


def _deny(monkeypatch: pytest.MonkeyPatch, name: str, denied: set[str]) -> None:
    real = getattr(os, name)

    def guarded(path: Any, *rest: Any, **options: Any) -> Any:
        if str(path) in denied:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path, *rest, **options)

    monkeypatch.setattr(os, name, guarded)


@pytest.mark.parametrize(
    "command",
    [
        ["check", "--quiet"],
        ["check", "--quiet", "--fix"],
        ["check", "--diff"],
        *(["check", "--format", name] for name in formats.names()),
        ["fmt", "--check"],
        ["compare"],
        ["compare", "--format", "json"],
    ],
    ids=" ".join,
)
def test_every_command_and_format(tree: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, str(tree)]) == 2
    said = capsys.readouterr().err
    for name in ("b.yaml", "sub"):
        assert said.count(f"{tree / name} {DENIED}") == 1 or said.count(f"'{tree / name}' {DENIED}") == 1
    assert "left out" not in said


def test_what_programs_read(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(tree / "b.yaml"), str(tree / "sub")]

    def out(name: str) -> str:
        main(["check", "--format", name, str(tree)])
        return capsys.readouterr().out

    assert all(f"{name} {DENIED}" in line for name, line in zip(names, out("github").splitlines(), strict=True))
    assert out("junit").count("<error ") == 2
    run = json.loads(out("sarif"))["runs"][0]["invocations"][0]
    assert not run["executionSuccessful"]
    assert len(run["toolExecutionNotifications"]) == 2
    assert [bool(json.loads(line).get("error")) for line in out("json").splitlines()] == [False, True, True]
    assert out("text").splitlines()[-1] == "1 spec checked: no problems; 2 could not be checked"


def test_a_folder_of_nothing_else(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tree / "sub")]) == 2
    assert DENIED in capsys.readouterr().err
