"""Standard streams that are closed, full, cut off or ASCII-only: exit 2 with one line, or the report in escapes; never 70."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, spec

RIGHT = "doc: a × b\n" + spec("  a: {type: Linear, out_features: 2}\n", "[4]")
WRONG = spec("  a: {type: Linear, out_features: no}\n", "[4]")
COMMANDS = ["check right.yaml", "check wrong.yaml", "check right.yaml --format json", "check right.yaml --format sarif",
            "compile right.yaml", "weights right.yaml some.safetensors", "ops", "ops Linear", "lints", "--help", "--version"]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "right.yaml").write_text(RIGHT, "utf-8")
    (tmp_path / "some.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (tmp_path / "wrong.yaml").write_text(WRONG, "utf-8")
    return tmp_path


def shell(folder: Path, arguments: str, redirection: str, **more: str) -> tuple[int, str, bytes]:
    """The exit code, standard error and standard output of a command with a shell's redirection."""
    line = f'"{sys.executable}" -m archspec {arguments} {redirection}'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=folder, capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT), **more}, stdin=subprocess.DEVNULL)  # fmt: skip
    return done.returncode, done.stderr.decode(), done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_cannot_be_written(folder: Path, command: str) -> None:
    assert shell(folder, command, ">&-")[:2] == (2, "archspec: standard output cannot be written: it is closed\n")
    full = (2, "archspec: standard output cannot be written: no space left on device\n")
    assert shell(folder, command, ">/dev/full")[:2] == full
    assert shell(folder, command, ">/dev/full 2>/dev/full")[:2] == (2, "")
    assert shell(folder, command, ">&- 2>&-")[:2] == (2, "")


@pytest.mark.parametrize(("command", "code"), [("check right.yaml", 0), ("check wrong.yaml", 1), ("compile right.yaml", 0),
                                               ("compile wrong.yaml", 1), ("render nothing.yaml", 2), ("check no such", 2)])  # fmt: skip
def test_a_closed_standard_error(folder: Path, command: str, code: int) -> None:
    assert shell(folder, command, "2>&-")[0] == code


@pytest.mark.parametrize(
    "command", ["check right.yaml", "check right.yaml --format json", "ops", "lints", "compile right.yaml"]
)
def test_a_pipe_that_is_closed(folder: Path, command: str) -> None:
    code, said, _ = shell(folder, command, "| head -c 1")
    assert (code, said) == (0, "")


@pytest.mark.parametrize("command", ["check right.yaml", "check wrong.yaml", "ops", "lints"])
def test_ascii(folder: Path, command: str) -> None:
    code, said, out = shell(folder, command, "", PYTHONIOENCODING="ascii")
    whole = shell(folder, command, "", PYTHONIOENCODING="utf-8")
    assert (code, said) == whole[:2]
    assert out == whole[2].decode().encode("ascii", "backslashreplace")


def test_a_module_is_the_same_everywhere(folder: Path) -> None:
    assert shell(folder, "compile right.yaml", "", PYTHONIOENCODING="ascii") == shell(folder, "compile right.yaml", "")
    assert "a × b".encode() in shell(folder, "compile right.yaml", "", PYTHONIOENCODING="ascii")[2]


def test_a_closed_standard_input(folder: Path) -> None:
    assert shell(folder, "check -", "<&-")[:2] == (2, "archspec: standard input is closed\n")


def test_what_is_written_elsewhere_needs_no_output(folder: Path) -> None:
    assert shell(folder, "compile right.yaml -o net.py", ">&- 2>&-")[0] == 0
    assert (folder / "net.py").exists()
