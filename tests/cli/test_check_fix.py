"""`archspec check --fix`, `--diff`, `--unsafe-fixes`: what is written, printed and answered."""

from __future__ import annotations

import io
import itertools
import json
import os
import shlex
import stat
import sys
from pathlib import Path

import pytest
from support import spec

from archspec.cli import main
from archspec.output import OutputError, edit

WRONG = spec("  conv: {type: nn.Conv2d, filters: 8, kernel_size: 3} # kept\n  fc: {type: Linear, out_features: 10}\n")
SAFE = WRONG.replace("nn.Conv2d, filters", "Conv2d, out_channels")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "net.yaml"
    found.write_text(WRONG, "utf-8")
    return found


def test_fixed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix", "--quiet", str(path)]) == 0
    out, err = capsys.readouterr()
    assert path.read_text("utf-8") == SAFE
    assert err.splitlines()[0] == "Fixed 1 problem:"
    assert (
        err.splitlines()[1] == "  5:16 E0104 conv: there is no op called nn.Conv2d (write Conv2d, with out_channels: 8)"
    )
    assert out.splitlines()[-1] == "1 fix available with --fix --unsafe-fixes, which may change the network"
    assert main(["check", "--fix", "--quiet", str(path)]) == 0
    assert path.read_text("utf-8") == SAFE
    assert "Fixed" not in capsys.readouterr().err


def test_fixed_with_what_changes_the_network(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix", "--unsafe-fixes", "--strict", "--quiet", str(path)]) == 0
    assert "  flatten: Flatten\n  fc:" in path.read_text("utf-8")
    assert "Fixed 2 problems:" in capsys.readouterr().err


def test_how_many_there_are(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--quiet", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 fix available with --fix"
    more = spec("  a: {type: Linear, in_features: 4, out_feature: 8, axis: 1}\n  b: {type: Softmax, axis: 1}\n", "[5]")
    path.write_text(more, "utf-8")
    assert main(["check", "--quiet", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 fix available with --fix (1 more with --unsafe-fixes)"
    assert path.read_text("utf-8") == more


def test_fixes_of_warnings_are_counted(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(SAFE, "utf-8")
    said = "1 fix available with --fix --unsafe-fixes"
    assert main(["check", "--quiet", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{said}, which may change the network"
    assert main(["check", "--quiet", "--unsafe-fixes", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert path.read_text("utf-8") == SAFE


def test_what_is_right_for_other_values_is_not_counted(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(SAFE.replace("[3, 32, 32]", "[3, H, 32]"), "utf-8")
    assert main(["check", "--quiet", "--set", "H=32", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{path}: 1 warning"
    assert main(["check", "--fix", "--unsafe-fixes", "--quiet", "--set", "H=32", str(path)]) == 0
    assert "Fixed" not in capsys.readouterr().err


def test_a_diff(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["check", "--diff", str(path)]) == 1
    out, err = capfdbinary.readouterr()
    lines = out.decode().splitlines()
    assert lines[:2] == [f"--- {path}", f"+++ {path}"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-  conv: {type: nn.Conv2d, filters: 8, kernel_size: 3} # kept",
        "+  conv: {type: Conv2d, out_channels: 8, kernel_size: 3} # kept",
    ]
    assert b"Would fix 1 problem" in err
    assert path.read_text("utf-8") == WRONG
    path.write_text(SAFE, "utf-8")
    assert main(["check", "--diff", str(path)]) == 0
    assert capfdbinary.readouterr().out == b""


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode())))
    assert main(["check", "--fix", "-"]) == 0
    out, err = capfdbinary.readouterr()
    assert out.decode() == SAFE
    assert b"Fixed 1 problem:" in err
    assert b"<stdin>: 1 warning" in err


def test_what_is_wrong_in_an_imported_file_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = "archspec: 1\nblocks:\n  B:\n    layers:\n      a: {type: nn.Tanh}\n"
    (tmp_path / "blocks.yaml").write_text(blocks, "utf-8")
    net = "archspec: 1\nname: Net\nimport: [blocks.yaml]\ninput: [5]\nlayers:\n  b: B\n"
    (tmp_path / "net.yaml").write_text(net, "utf-8")
    assert main(["check", "--fix", "--quiet", str(tmp_path / "net.yaml")]) == 1
    assert (tmp_path / "blocks.yaml").read_text("utf-8") == blocks
    assert (tmp_path / "net.yaml").read_text("utf-8") == net
    assert "blocks.yaml: left as it is" in capsys.readouterr().err


SHARED = "archspec: 1\nblocks:\n  B:\n    layers:\n      c: {{type: Conv2d, out_channels: 8, kernel_size: 3, {}}}\n"


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ("strid: 2", "--fix"),
        ('stride: "2"', "--fix"),
        ("stride: 0", "--fix --unsafe-fixes"),
        ("bias: None", "--fix --unsafe-fixes"),
        ("stride:2", "--fix"),
    ],
)
def test_the_command_for_an_imported_file_does_what_is_said(
    keys: str, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some blocks.yaml").write_text(SHARED.format(keys), "utf-8")
    (tmp_path / "net.yaml").write_text(spec("  b: B\n").replace("input", "import: [some blocks.yaml]\ninput"), "utf-8")
    assert main(["check", "--fix", "--quiet", "net.yaml"]) == 1
    out, err = capsys.readouterr()
    command = f"archspec check {options} 'some blocks.yaml'"
    assert f"= help: `{command}` puts it right there\n" in out
    assert err == (
        "some blocks.yaml: left as it is, since of the files of a spec only the spec itself is edited; "
        f"put right by `{command}`\n"
    )
    assert main([*shlex.split(command)[1:], "--quiet"]) == 0
    assert main(["check", "--quiet", "net.yaml"]) == 0


def test_no_command_is_said_that_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone, a block may be right for inputs of seven channels."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blocks.yaml").write_text(SHARED.format("in_channels: 7"), "utf-8")
    (tmp_path / "net.yaml").write_text(spec("  b: B\n").replace("input", "import: [blocks.yaml]\ninput"), "utf-8")
    assert main(["check", "--fix", "--quiet", "net.yaml"]) == 1
    out, err = capsys.readouterr()
    assert "archspec check" not in out + err
    assert "blocks.yaml: left as it is" in err
    assert "checked alone, it has no fix for what is wrong here" in err


DEEP = {
    "net.yaml": spec("  b: B\n").replace("input", "import: [b.yaml]\ninput"),
    "b.yaml": "archspec: 1\nimport: [c.yaml]\nblocks:\n  B:\n    layers:\n      c: {type: C, chanels: 8}\n",
    "c.yaml": "archspec: 1\nblocks:\n  C:\n    args: {channels: int}\n    layers:\n"
              '      c: {type: Conv2d, out_channel: "${channels}", kernel_size: 3}\n',
}  # fmt: skip
"""A network with a block that has a block, and mistakes in both."""


@pytest.mark.parametrize("order", [*itertools.permutations(DEEP), (".",)], ids=" ".join)
def test_files_that_import_each_other_in_any_order(
    order: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in DEEP.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert main(["check", "--diff", *order]) == 1
    assert "left as it is" not in capsys.readouterr().err
    assert main(["check", "--fix", "--quiet", *order]) == 0
    out, err = capsys.readouterr()
    assert "left as it is" not in err
    assert err.count("Fixed 1 problem in ") == 2
    assert out.splitlines()[-1] == "3 specs checked: no problems"
    texts = [(tmp_path / name).read_text("utf-8") for name in DEEP]
    assert main(["check", "--fix", "--quiet", *order]) == 0
    assert [(tmp_path / name).read_text("utf-8") for name in DEEP] == texts


def test_json_and_sarif(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(SAFE, "utf-8")
    main(["check", "--format", "json", str(path)])
    (found,) = [d for d in json.loads(capsys.readouterr().out)["diagnostics"] if d["code"] == "W1010"]
    assert found["fix"] == {
        "line": 6, "column": 3, "end_line": 6, "end_column": 3, "replacement": "flatten: Flatten\n  ", "applicability": "unsafe",
        "said": "put a Flatten before fc",
    }  # fmt: skip
    main(["check", "--format", "sarif", str(path)])
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (fix,) = next(result for result in results if result["ruleId"] == "W1010")["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"].endswith("net.yaml")
    assert change["replacements"] == [
        {"deletedRegion": {"startLine": 6, "startColumn": 3, "endLine": 6, "endColumn": 3},
         "insertedContent": {"text": "flatten: Flatten\n  "}}
    ]  # fmt: skip
    assert set(fix) <= {"description", "artifactChanges", "properties"}


def test_several_edits_are_one_range_in_json(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, activation: relu}\n  b: Tanh\n")
    path.write_text(text, "utf-8")
    main(["check", "--format", "json", str(path)])
    fix = json.loads(capsys.readouterr().out)["diagnostics"][0]["fix"]
    lines = text.split("\n")
    assert fix["line"] == fix["end_line"] == 5
    line = lines[4]
    lines[4] = line[: fix["column"] - 1] + fix["replacement"] + line[fix["end_column"] - 1 :]
    assert lines[4] == "  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  relu: ReLU"


# The file ----------------------------------------------------------------------------------------------------------------


def test_mode_and_link_stay(path: Path) -> None:
    path.chmod(0o640)
    link = path.with_name("link.yaml")
    link.symlink_to(path.name)
    assert main(["check", "--fix", "--quiet", str(link)]) == 0
    assert link.is_symlink()
    assert path.read_text("utf-8") == SAFE
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {entry.name for entry in path.parent.iterdir()} == {"net.yaml", "link.yaml"}


def test_a_file_that_has_changed_stays(path: Path) -> None:
    with pytest.raises(OutputError, match="has changed meanwhile"):
        edit(path, b"what it was", b"new")
    assert path.read_text("utf-8") == WRONG
    assert [entry.name for entry in path.parent.iterdir()] == ["net.yaml"]


def test_a_file_that_may_not_be_written_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path.chmod(0o440)
    if os.geteuid() == 0:  # who may write everything
        monkeypatch.setattr(os, "access", lambda *given: False)
    assert main(["check", "--fix", str(path)]) == 2
    assert "permission denied" in capsys.readouterr().err
    assert path.read_text("utf-8") == WRONG


def test_what_is_no_file_stays(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a directory"):
        edit(tmp_path, b"", b"new")


def test_why_a_softmax_is_taken_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("archspec: 1\nname: A\ninput: [8]\nlayers:\n  fc: Dense(10, activation='softmax')\n")
    assert main(["check", "--quiet", "--fix", "--unsafe-fixes", str(path)]) == 0
    assert (
        "(take softmax out: nn.CrossEntropyLoss applies a softmax of its own to the 10 scores)"
        in capsys.readouterr().err
    )


def test_problems_that_nobody_asked_about_are_not_in_another_file(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(spec("".join(f"  relu {i}: ReLU\n" for i in range(25))), "utf-8")
    assert main(["check", "--fix", "--quiet", str(path)]) == 1
    assert capsys.readouterr().err == ""
