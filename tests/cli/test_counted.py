"""Counts and their nouns: one of a thing is never printed as several."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import ROOT, checked, spec

import archspec
from archspec.diagnostics.text import render
from archspec.dims import symbol
from archspec.words import counted

ONE = "archspec: 1\nname: One\ninput: [1]\nlayers:\n  a: {type: Linear, out_features: 1, bias: false}\n"
ONE_OF_ALL = [
    ONE, spec("  a: {type: Conv2d, out_channels: 1, kernel_size: 3}\n  n: BatchNorm2d\n"),
    spec("  a: {type: Linear, out_features: 1}\n", "[3, 8, 1]"),
    spec("  a: {type: ConstantPad1d, padding: [1]}\n", "[3, 8]"),
    spec("  a: {type: Permute, dims: [0]}\n"),
    spec("  a: {type: Repeat, repeats: [2]}\n"),
    spec("  a: {type: PReLU, num_parameters: 5}\n", "[1, 8, 8]"),
    spec("  a: {type: GRU, hidden_size: 2, batch_first: true, from: [input, input, input]}\n", "[3, 8]"),
]  # fmt: skip


def test_counted() -> None:
    assert [counted(n, "axis") for n in (0, 1, 2)] == ["0 axes", "1 axis", "2 axes"]
    assert [counted(n, "layer", ",") for n in (1, 1234, None)] == ["1 layer", "1,234 layers", "? layers"]
    assert (counted(1, "more entry"), counted(3, "more entry")) == ("1 more entry", "3 more entries")
    assert counted(symbol("H") * 2, "column", ",") == "2*H columns"


@pytest.mark.parametrize("text", ONE_OF_ALL)
def test_one_is_not_said_as_several(text: str) -> None:
    result = checked(text, select="ALL")
    shown = render(result.diagnostics)
    if result.ok:
        shown += f"{archspec.Spec.of(result)!r}\n{archspec.render(archspec.Spec.of(result)).dot}"
    assert shown
    assert re.findall(r"(?<![\d,.×*] )(?<![\d,.])\b1 (?!axis)[a-z]+s\b", shown) == []


def test_counts_are_written_in_one_place() -> None:
    """Nothing appends its own s."""
    own = re.compile(r"""(['"])\1 if [^{}]*== 1 else (['"])(s|es)\2|(['"])s\4 if [^{}]* else (['"])\5""")
    found = {
        str(path.relative_to(ROOT)): own.findall(path.read_text("utf-8"))
        for path in Path(ROOT / "archspec").rglob("*.py")
    }
    assert {path for path, several in found.items() if several} <= {
        "archspec/facts/parameters.py",
        "archspec/lints/feeds_nothing.py",
    }  # a noun that is not counted, and a verb
