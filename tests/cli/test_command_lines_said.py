"""What is said as a command line can be copied: a shell reads the path and the values that were given, whatever is in them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from archspec.cli import main
from archspec.document.reader import read
from archspec.document.tree import Mapping
from archspec.document.values import to_value
from archspec.expressions.value import Value
from archspec.source import Source
from archspec.templates import Template, fill

NET = """archspec: 1
name: N
args: {width: 4, names: [a]}
input: [3, H, 8]
layers:
  conv: {type: Conv2d, out_channels: "${width}", kernel_size: 3}
"""


def words(said: str, command: str) -> list[str]:
    """The words of a command line that stands in a message, as a shell takes them."""
    start = said.index(f"archspec {command}")
    return shlex.split(said[start:].splitlines()[0].partition(" says ")[0])


@pytest.mark.parametrize("name", ["net.yaml", "my net.yaml", "a$b;c.yaml", "it's.yaml", "HEAD^ net.yaml", "-net.yaml"])
@pytest.mark.parametrize("about", ["solve", "explain", "explain conv"])
def test_a_path_in_a_command_is_quoted(
    name: str, about: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(NET)
    there = f"./{name}" if name.startswith("-") else name
    target = {"solve": "H", "explain": "params", "explain conv": "conv.params"}[about]
    assert main(["solve", there, "--for", target]) == 2
    command = about.partition(" ")[0]
    said = words(capsys.readouterr().err, command)
    assert said == ["archspec", command, there, *(["--why", target] if command == "explain" else [])]
    assert main(said[1:]) == 0


def test_standard_input_is_a_hyphen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    assert main(["solve", "-", "--for", "H"]) == 2
    assert "archspec solve - says which it may have" in capsys.readouterr().err


def test_values_beside_a_path_are_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my net.yaml").write_text(NET)
    assert main(["check", "my net.yaml@width=5@names=[a, b]"]) == 2
    way = capsys.readouterr().err.rpartition(" with a value: ")[2]
    assert shlex.split(way) == ["my net.yaml", "--set", "width=5", "--set", "names=[a, b]"]
    assert main(["check", *shlex.split(way)]) == 0


def test_how_a_first_spec_was_made_can_be_run_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--like", "swin", "--set", "size=small", "--classes", "5"]) == 0
    made = capsys.readouterr().out
    line = made.splitlines()[0].partition("archspec ")[2]
    assert main(shlex.split(line)) == 0
    assert capsys.readouterr().out == made


@pytest.mark.parametrize("value", [tuple(range(12)), "x" * 50, 'a "b" c', ((1, 2), ("a", "b"))])
def test_a_value_is_written_whole_into_a_template(value: Value) -> None:
    text = "archspec: 1\nname: N\nargs: {a: 1}\ninput: [3]\nlayers: {r: ReLU}\n"
    root, _ = read(Source("t", text))
    assert isinstance(root, Mapping)
    after, _ = read(Source("t", fill(Template("t", text, root), None, None, {"a": value})))
    assert isinstance(after, Mapping)
    args = after.get("args")
    assert isinstance(args, Mapping)
    assert to_value(args.entries["a"].value) == value
