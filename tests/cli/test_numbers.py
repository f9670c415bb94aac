"""Numbers and values on the command line: what is no number as it is written says how it is, and a name has one value."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.cli import main

NET = """archspec: 1
name: N
args: {width: 4, size: {default: tiny, one_of: [tiny, small]}}
input: [3, H, 8]
layers:
  conv: {type: Conv2d, out_channels: "${width}", kernel_size: 3}
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "n.yaml"
    path.write_text(NET)
    return str(path)


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


@pytest.mark.parametrize(
    "option",
    [
        ["check", "SPEC", "--batch"],
        ["check", "SPEC", "--depth"],
        ["compare", "SPEC", "--top"],
        ["export", "onnx", "SPEC", "--opset"],
        ["new", "--like", "cnn", "--classes"],
        ["verify", "SPEC", "--against", "m:Net", "--seed"],
    ],
)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *[(text, "1000") for text in ("1_000", "1e3", "1,000", "1 000", "1k", "1000.0", "1'000", "10^3")],
        ("3.0", "3"),
        *[(text, None) for text in ("1.5", "many", "-3", "1e400", "nan", "[1, 2]", "", "true", "1.000")],
    ],
)
def test_a_number_is_written_plainly(
    option: list[str], written: str, meant: str | None, spec: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.replace("SPEC", spec) for word in option]
    found = said([*given[:-1], f"{given[-1]}={written}"], capsys)
    assert f"argument {option[-1]}: {written} is not a number from " in found
    assert (f"; write {meant} (see" in found) == (meant is not None)
    assert ("write" in found) == (meant is not None)


@pytest.mark.parametrize(
    ("value", "way"),
    [
        ("width=1_000", "the argument width takes a whole number, not \"1_000\"; write 1000"),
        ("width=1e1", "the argument width takes a whole number, not 10.0; write 10"),
        ("width=1.5", "the argument width takes a whole number, not 1.5\n"),
        ("H=1,000", 'the size H takes a whole number from 1 up, not "1,000"; write 1000'),
        ("H=64.0", "the size H takes a whole number from 1 up, not 64.0; write 64"),
        ("H=wide", 'the size H takes a whole number from 1 up, not "wide"\n'),
        ("size=Tiny", "not \"Tiny\"; write tiny"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_says_one_that_does(
    value: str, way: str, spec: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert way in said(["check", spec, "--set", value], capsys)


def test_sizes_of_an_input(capsys: pytest.CaptureFixture[str]) -> None:
    for written in ("3x32x32", "[3, 32, 32]", "(3, 32, 32)", "3 32 32", "3×32×32"):
        assert "is no list of sizes; write 3,32,32" in said(["new", "--input", written], capsys).partition("\n")[0]
    for written in ("3,32,wide", "3,0,32", "3,-1,4", "CxHxW"):
        assert "is no list of sizes such as 3,32,32" in said(["new", "--input", written], capsys)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["check", "SPEC", "--set", "width=1", "--set", "width=2"], "--set gives width twice"),
        (["check", "SPEC", "--set", "width=2", "--set", "width=2"], "--set gives width twice"),
        (["compile", "SPEC", "--set", "H=8", "--set", "H=9"], "--set gives H twice"),
        (["compare", "SPEC@width=1@width=2"], "n.yaml gives width twice"),
        (["diff", "SPEC", "SPEC@H=1@H=2"], "n.yaml gives H twice"),
        (["new", "--like", "resnet", "--set", "depth=18", "--set", "depth=34"], "--set gives depth twice"),
        (["verify", "SPEC", "--against", "m:N", "--arguments", "a=1", "a=2"], "--arguments gives a twice"),
        (["verify", "SPEC", "--against", "m:N", "--arguments", "a=1", "--arguments", "a=2"], "--arguments gives a twice"),
        (["import", "onnx", "SPEC", "--set", "H=1", "--set", "H=2"], "--set gives H twice"),
    ],
)  # fmt: skip
def test_a_name_has_one_value(arguments: list[str], what: str, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = said([word.replace("SPEC", spec) for word in arguments], capsys)
    assert f"{what}, and it has one value" in found


def test_values_beside_a_path_go_before_those_for_all(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", f"{spec}@width=2", spec, "--set", "width=3", "--set", "H=8"]) == 0
    assert "n.yaml with width = 2, H = 8" in capsys.readouterr().out
