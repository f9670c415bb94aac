"""Help: what is printed without arguments, and examples that are true."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from support import spec

from archspec import commands
from archspec.cli import _parser, main
from archspec.commands.examples import EXAMPLES, examples

PARSED_ONLY = ("import", "weights", "verify", "export", "diff")
"""Their examples read models, weights and revisions that are not here."""
LINES = sorted({line for lines in EXAMPLES.values() for line in lines})


def test_every_command_has_examples_and_every_example_a_command() -> None:
    assert {name.split()[0] for name in EXAMPLES if name} == set(commands.NAMES)


@pytest.mark.parametrize("line", LINES)
def test_examples_are_of_the_command_as_it_is(line: str) -> None:
    program, *arguments = shlex.split(line)
    assert program == "archspec"
    assert _parser(arguments).parse_args(arguments).run


@pytest.mark.parametrize("line", [line for line in LINES if line.split()[1] not in PARSED_ONLY])
def test_examples_run(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if "-o NET.yaml" not in line:
        assert main(["new", "--like", "cnn", "-o", "NET.yaml"]) == 0
    assert main(shlex.split(line)[1:]) == 0


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_help_ends_with_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*name.split(), "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.endswith(examples(f"archspec {name}"))


def test_the_program_alone_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 0
    found = capsys.readouterr()
    assert found.out.startswith("usage: archspec")
    assert all(f"  {line}\n" in found.out for line in EXAMPLES[""])
    assert found.err == ""


@pytest.mark.parametrize(
    "name", ["check", "diff", "render", "compile", "import", "import torch", "weights", "verify", "export"]
)
def test_a_command_that_needs_arguments_prints_its_help_without(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(name.split())
    assert end.value.code == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith(f"usage: archspec {name}")
    assert f"  {EXAMPLES[name][0]}\n" in found.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("compare a.yaml --dept 3", "unrecognized arguments: --dept 3 (see archspec compare --help)"),
        ("check a.yaml --colums x", "unrecognized arguments: --colums x; did you mean --columns? (see archspec check --help)"),
        ("import onnx a.onnx --weight b", "unrecognized arguments: --weight b; did you mean --weights? (see archspec import onnx --help)"),
        ("verify a.yaml net.py:Net", "unrecognized arguments: net.py:Net; did you mean --against net.py:Net? (see archspec verify --help)"),
        ("verify a.yaml --agianst net.py:Net",
         "unrecognized arguments: --agianst net.py:Net; did you mean --against? (see archspec verify --help)"),
        ("new alexnet", "unrecognized arguments: alexnet; did you mean --like alexnet? (see archspec new --help)"),
        ("new alexnt --input 3,32,32", "unrecognized arguments: alexnt; did you mean --like alexnet? (see archspec new --help)"),
        ("new like ResNet50", "unrecognized arguments: like ResNet50; did you mean --like resnet? (see archspec new --help)"),
        ("new my_net.yaml", "unrecognized arguments: my_net.yaml; did you mean -o my_net.yaml? (see archspec new --help)"),
        ("new zzz", "unrecognized arguments: zzz (see archspec new --help)"),
        ("render a.yaml a.svg", "unrecognized arguments: a.svg; did you mean -o a.svg? (see archspec render --help)"),
        ("compile a.yaml net.py", "unrecognized arguments: net.py; did you mean -o net.py? (see archspec compile --help)"),
        ("compile a.yaml b.yaml", "unrecognized arguments: b.yaml (see archspec compile --help)"),
        ("import onnx a.onnx b.yaml", "unrecognized arguments: b.yaml; did you mean -o b.yaml? (see archspec import onnx --help)"),
        ("export onnx a.yaml b.onnx", "unrecognized arguments: b.onnx; did you mean -o b.onnx? (see archspec export --help)"),
        ("explain a.yaml --all b c", "unrecognized arguments: c (see archspec explain --help)"),
        ("lints W1003 more", "unrecognized arguments: more (see archspec lints --help)"),
        ("import toch x", "choose from 'torch', 'onnx', 'keras'); did you mean torch? (see archspec import --help)"),
        ("check --format txt a.yaml", "did you mean text? (see archspec check --help)"),
        ("--zz check a.yaml", "unrecognized arguments: --zz (see archspec --help)"),
    ],
)  # fmt: skip
def test_errors_name_the_help_of_their_command(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    assert capsys.readouterr().err.endswith(f"{said}\n")


@pytest.mark.parametrize("name", commands.NAMES)
def test_every_command_names_its_own_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--no-such-option"]) == 2
    assert f"(see archspec {name} --help)" in capsys.readouterr().err


@pytest.mark.parametrize("given", [
    "explain {spec} --format markdown a", "explain --format markdown {spec} a", "explain {spec} a --format markdown",
    "check {spec} --quiet {spec}", "diff {spec} --format markdown {spec}", "compare {spec} --format csv {spec}",
])  # fmt: skip
def test_options_may_stand_between_arguments(given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(spec("  a: ReLU\n"))
    assert main(given.format(spec=tmp_path / "a.yaml").split()) == 0
    assert "a" in capsys.readouterr().out
