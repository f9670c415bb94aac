"""The command as people and programs run it: exit codes, streams, files, and what it never does."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import SPECS, spec

from archspec import checking
from archspec.cli import main
from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import Facts

GOOD = spec("  flatten: Flatten\n  dense: {type: Linear, out_features: 10}\n")
WRONG = GOOD.replace("type: Linear", "type: Linear, in_features: 7")


def run(
    *arguments: str, data: bytes = b"", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "archspec", *arguments]
    return subprocess.run(
        command, input=data, capture_output=True, cwd=cwd, env={**os.environ, **environment}, check=False, timeout=600
    )


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


def test_exit_codes(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(WRONG)
    assert main(["check", str(good)]) == 0
    assert main(["check", str(wrong)]) == 1
    assert main(["check", str(good), str(wrong)]) == 1
    assert main(["check", str(tmp_path / "nowhere.yaml")]) == 2
    assert main(["check", str(tmp_path)]) == 1
    assert main(["check", str(good), "--set", "H=3"]) == 2
    assert main(["chek", str(good)]) == 2
    assert main(["check", str(good), "--strictt"]) == 2
    capsys.readouterr()


def test_strict_lets_warnings_fail(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(SPECS / "alexnet_as_published.yaml")
    assert main(["check", path, "--strict"]) == 0  # the spec ignores its warnings
    assert main(["check", path, "--select", "ALL"]) == 0
    assert main(["check", path, "--select", "ALL", "--strict"]) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek", "x"], "did you mean check?"),
        (["check", "x", "--formt", "json"], "did you mean --format?"),
        (["check", "/"], "'/' holds more than 20,000 files; name a smaller folder, or files"),
        (["compile", "/"], "/ is a directory"),
        (["check", "nowhere\x1b[31m.yaml"], "nowhere\\x1b[31m.yaml cannot be read: no such file or directory"),
        (["check", "/dev/zero"], "/dev/zero is not a regular file"),
        (["ops", "Conv2dd"], "did you mean Conv2d?"),
    ],
)
def test_what_cannot_run_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    done = run("check", str(tmp_path / "pipe.yaml"))
    assert done.returncode == 2
    assert done.stderr.endswith(
        b"pipe.yaml is not a regular file; a pipe is read as standard input: COMMAND | archspec \xe2\x80\xa6 -\n"
    )


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
@pytest.mark.parametrize("command", [["check"], ["fmt"], ["explain"], ["compare"], ["diff", "-"], ["compile"]])
def test_standard_input_by_another_name(command: list[str], name: str) -> None:
    done = run(*command, name, data=GOOD.encode())
    said = f"archspec: {name} is not a regular file; write - for standard input\n"
    assert (done.returncode, done.stderr.decode().splitlines(True)[-1]) == (2, said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "-", "-"],
        ["check", "--fix", "-", "-"],
        ["fmt", "-", "-"],
        ["compare", "--", "-", "-@a=1"],
        ["diff", "--", "-", "-@a=1"],
        ["render", "-", "--against", "-"],
    ],
)
def test_standard_input_twice(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = "archspec: standard input can be read once, and - stands for 2 of the specs\n"
    assert capsys.readouterr() == ("", said)


def test_standard_input_and_json() -> None:
    done = run("check", "-", "--format", "json", data=GOOD.encode())
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["spec"] == {"name": "Example", "path": "<stdin>"}
    assert report["totals"]["params"] == 30730


def test_several_specs_are_one_object_a_line(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(good), str(good), "--format", "json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["ok"] for line in lines] == [True, True]


LOADED = """
import re, sys
from archspec.cli import main
main(["check", sys.argv[1]])
unneeded = {"torch", "networkx", "graphviz", "rich", "numpy", "json", "tomllib", "difflib", "shutil", "archspec.advice",
            "archspec.expressions.grammar", "archspec.document.imports", "archspec.document.python_text"}
print(sorted(unneeded & set(sys.modules)))
own = [(name, module) for name, module in sys.modules.items() if name.startswith("archspec.")]
print(sorted(f"{name[9:]}.{key}" for name, module in own for key, value in vars(module).items() if isinstance(value, re.Pattern)))
"""


def test_check_loads_only_what_a_right_spec_needs(good: Path) -> None:
    """No library, part of archspec or pattern that only other specs need, also where the project has a file of settings."""
    (good.parent / "pyproject.toml").write_text('[project]\ndependencies = ["archspec-nn"]\n')
    done = subprocess.run([sys.executable, "-c", LOADED, str(good)], capture_output=True, text=True, check=True)
    unneeded, patterns = done.stdout.splitlines()[-2:]
    assert unneeded == "[]"
    assert ast.literal_eval(patterns) == [
        "document.blocks._NAME", "document.quantity._QUANTITY", "document.reader._DIRECTIVE", "document.reader._FLOAT",
        "document.reader._INTEGER", "document.reader._NOT_FINITE", "document.reader._SURROGATES", "names._HYPHENATED",
        "names._IDENTIFIER", "names._NUMBER", "ops.registry._CLASS", "source._BREAKS",
    ]  # fmt: skip


def test_render_imports_no_torch(good: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from archspec.cli import main; main(['render', sys.argv[1], '-o', sys.argv[2]]); "
        "print(sorted({'torch', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(good), str(tmp_path / "x.dot")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_piped_output_has_no_colour_and_is_not_cut(good: Path) -> None:
    text = GOOD.replace("dense", "a_layer_with_a_name_that_is_rather_long_but_allowed")
    done = run("check", "-", data=text.encode(), COLUMNS="40")
    assert b"\x1b" not in done.stdout
    assert b"a_layer_with_a_name_that_is_rather_long_but_allowed" in done.stdout


def test_control_characters_are_shown_as_escapes() -> None:
    done = run("check", "-", data=b'archspec: 1\nname: "a\\e[31m"\ninput: [3]\nlayers: {"x\\e[2J": ReLU}\n')
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout
    assert b"\\x1b[2J" in done.stdout


def test_at_most_twenty_errors_unless_asked() -> None:
    text = spec("".join(f"  a{i}: {{type: Nothing{i}}}\n" for i in range(30)))
    assert run("check", "-", data=text.encode()).stdout.count(b"error[") == 20
    assert b"and 10 more; --all shows them" in run("check", "-", data=text.encode()).stdout
    assert run("check", "-", "--all", data=text.encode()).stdout.count(b"error[") == 30


def test_no_traceback_for_an_internal_error(
    monkeypatch: pytest.MonkeyPatch, good: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: object, **more: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("archspec.checking.check", broken)
    assert main(["check", str(good)]) == 70
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "RuntimeError: a bug" in err
    with pytest.raises(RuntimeError):
        main(["check", str(good), "--debug"])


def test_compile_to_a_file_and_again(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "net.py"
    assert main(["compile", str(good), "-o", str(target)]) == 0
    first = target.read_bytes()
    assert main(["compile", str(good), "-o", str(target)]) == 0
    assert target.read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.yaml", "net.py"]
    capsys.readouterr()


@pytest.mark.parametrize("name", ["net.py", "net.svg", "net.png", "net.dot", "net.md"])
def test_a_file_of_somebody_else_is_kept(
    name: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / name
    target.write_text("mine")
    command = ["compile" if name.endswith(".py") else "render", str(good), "-o", str(target)]
    assert main(command) == 2
    assert target.read_text() == "mine"
    assert "--force replaces it" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0
    assert main(command) == 0, "what archspec wrote it may replace"
    capsys.readouterr()


def test_an_unwritable_place_leaves_nothing(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", str(good), "-o", str(tmp_path / "no" / "net.py")]) == 2
    assert main(["compile", str(good), "-o", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["good.yaml"]
    capsys.readouterr()


def test_compile_writes_nothing_for_a_spec_with_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, target = tmp_path / "wrong.yaml", tmp_path / "net.py"
    wrong.write_text(WRONG)
    assert main(["compile", str(wrong), "-o", str(target)]) == 1
    assert not target.exists()
    assert "E0301" in capsys.readouterr().err


def test_compile_verifies(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", str(good), "--verify"]) == 0
    assert "verified with PyTorch" in capsys.readouterr().err


def test_a_python_layer_is_imported_only_where_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(spec('  a: {type: "python:os.system", output: [3], params: 1}\n'))
    assert main(["check", str(path)]) == 0
    assert main(["compile", str(path)]) == 1
    assert "--allow-python" in capsys.readouterr().err


def test_symbolic_sizes_are_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["check", str(SPECS / "receptive_field.yaml"), "--set", "H=32", "--set", "W=32", "--format", "json"]) == 0
    )
    report = json.loads(capsys.readouterr().out)
    assert report["outputs"][0]["shape"] == ["N", 1, 13, 13]
    assert report["totals"]["macs"] == 27 * 27 * 16 + 30 * 30 * 9 - 27 * 27 * 16 + 27 * 27 * 16


@pytest.mark.parametrize("value", ["H", "H=", "H=x", "H=0", "H=-1", "H=1.5", "=3", "H=99999999999999999999", "H=３"])
def test_values_that_are_none(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(SPECS / "receptive_field.yaml"), "--set", value]) == 2
    capsys.readouterr()


def test_output_is_the_same_everywhere(good: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    texts = {
        run("compile", str(good), PYTHONHASHSEED=seed, LC_ALL=locale, TZ=zone, cwd=place).stdout
        for seed, locale, zone, place in (("0", "C", "UTC", tmp_path), ("1", "C.UTF-8", "Asia/Tokyo", other))
    }
    assert len(texts) == 1


def test_a_closed_pipe_is_no_error() -> None:
    text = spec("".join(f"  a{i}: ReLU\n" for i in range(5000)))
    command = f"{sys.executable} -m archspec check - | head -1"
    done = subprocess.run(["bash", "-c", command], input=text.encode(), capture_output=True, check=False)
    assert done.stderr == b""


BIG = {
    "a bomb of brackets": "[" * 4_000_000,
    "a bomb of braces": "{a: " * 1_000_000,
    "100,000 layers": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: ReLU\n" for i in range(100_000)),
    "one long line": "a: " + "x" * 4_000_000,
    "digits": "a: " + "9" * 4_000_000,
    "keys": "\n".join(f"k{i}: 1" for i in range(190_000)),
    "the same key": "a: 1\n" * 190_000,
    "unknown types": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: Nothing{i}\n" for i in range(60_000)),
    "unknown arguments": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: {{type: ReLU, x{i}: 1}}\n" for i in range(60_000)),
    "references to nothing": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: {{type: ReLU, from: x{i}}}\n" for i in range(60_000)),
    "a long cycle": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: {{type: ReLU, from: a{i + 1}}}\n" for i in range(60_000))
    + "  a60000: {type: ReLU, from: a0}\n",
    "many cycles": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: {{type: ReLU, from: b{i}}}\n  b{i}: {{type: ReLU, from: a{i}}}\n" for i in range(25_000)),
    "wrong claims": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: {{type: Linear, in_features: 7, out_features: 8}}\n" for i in range(40_000)),
    "dead ends": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + "".join(f"  a{i}: {{type: ReLU, from: input}}\n" for i in range(60_000)),
    "a name twice in a repeat": "archspec: 1\nname: A\ninput: [8]\nlayers:\n"
    + '  a: {type: ReLU, repeat: 60000, as: "a${min(i, 59998)}"}\n',
    "anchors": "\n".join(f"k{i}: &a{i} 1" for i in range(150_000)),
}


@pytest.mark.parametrize("name", BIG)
def test_whatever_comes_in_ends_in_time_and_memory(name: str, tmp_path: Path) -> None:
    """1 GB, as the operating system enforces it, and an end: the promise is 5 s; 40 s of CPU time leave room for slow machines
    that do two things at once, and still catch what takes a step for each pair of so many lines (tests/fuzz/test_growth.py counts)."""
    path = tmp_path / "big.yaml"
    path.write_text(BIG[name])
    limits = "ulimit -t 40 -v 1048576"
    done = subprocess.run(
        ["bash", "-c", f"{limits}; {sys.executable} -m archspec check --quiet {path}"], capture_output=True, check=False
    )
    assert done.returncode == (0 if name in ("dead ends", "100,000 layers") else 1), done.stderr[-300:]
    assert b"Traceback" not in done.stderr
    assert len(done.stdout) < 100_000


def test_of_several_specs_the_one_without_the_argument_is_named(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(GOOD.replace("[3, 32, 32]", "[3, H, 32]"))
    assert main(["check", "--quiet", str(good), str(other), "--set", "H=32"]) == 0
    assert capsys.readouterr().err == f"{good}: H not set: it has no argument or size of that name\n"
    assert main(["check", "--quiet", "--diff", str(good), str(other), "--set", "H=32"]) == 0
    assert "H not set" in capsys.readouterr().err
    assert main(["check", "--quiet", str(good), str(other), "--set", "W=32"]) == 2
    assert (
        f"archspec: {good}: the spec has no argument or symbolic size called W (it has none)\n"
        in capsys.readouterr().err
    )
    assert main(["check", "--quiet", "--fix", str(good), str(other), "--set", "W=32"]) == 2
    assert "Fixed" not in capsys.readouterr().err
    assert main(["check", "--quiet", str(good), "--set", "H=32"]) == 2
    assert capsys.readouterr().err == "archspec: the spec has no argument or symbolic size called H (it has none)\n"


def test_of_several_specs_each_is_analyzed_once(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analyzed: list[Facts] = []
    plain = checking.analyze_facts

    def counting(facts: Facts, report: list[Diagnostic]) -> None:
        analyzed.append(facts)
        plain(facts, report)

    monkeypatch.setattr(checking, "analyze_facts", counting)
    paths = [str(good)]
    for name in ("one", "two"):
        paths.append(str(tmp_path / f"{name}.yaml"))
        Path(paths[-1]).write_text(GOOD.replace("[3, 32, 32]", "[3, H, 32]"))
    assert main(["check", "--quiet", *paths, "--set", "H=32"]) == 0
    assert len(analyzed) == 3
    assert main(["compare", *paths, "--set", "H=32"]) == 0
    assert len(analyzed) == 6
