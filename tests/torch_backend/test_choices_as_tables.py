"""A chain of choices among constants, by what one argument is, is a table."""

from __future__ import annotations

import pytest

import archspec
from archspec.backends.python.code import Atom, choice
from archspec.backends.python.layout import statement
from archspec.running.build import build

NET = """archspec: 1
name: Net
args: {size: {default: a, one_of: [a, b, c]}, width: {default: 4, one_of: [4, 5]}}
let: {channels: "${CHAIN}"}
input: [3, 8, 8]
layers:
  conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 1}
  more: {type: Conv2d, out_channels: "${width}", kernel_size: 1}
"""
WIDTHS = {"a": 6, "b": 8, "c": 10}


def _code(chain: str) -> str:
    return archspec.compile(archspec.parse(NET.replace("CHAIN", chain)), arguments=True)


def test_a_chain_of_constants_is_a_table() -> None:
    code = _code("6 if size == 'a' else 8 if size == 'b' else 10")
    assert '        channels = {"a": 6, "b": 8}.get(size, 10)\n' in code
    for size, width in WIDTHS.items():
        assert build(code, "Net", arguments={"size": size}).state_dict()["conv.weight"].shape[0] == width


@pytest.mark.parametrize(
    "chain",
    [
        "6 if size == 'a' else 10",
        "6 if size == 'a' else 8 if width == 5 else 10",
        "6 if size == 'a' else 2 * width if size == 'b' else 10",
    ],
)
def test_other_choices_stay_what_they_are(chain: str) -> None:
    code = _code(chain)
    assert ".get(" not in code
    assert ' if size == "a" else ' in code


def test_a_chain_that_does_not_fit_has_a_line_for_each_part() -> None:
    long = [Atom(letter * 30) for letter in "abcde"]
    code = choice(long[1], long[0], choice(long[3], long[2], long[4]))
    a, b, c, d, e = (letter * 30 for letter in "abcde")
    lines = [a, f"if {b}", f"else {c}", f"if {d}", f"else {e}"]
    assert statement(code, 0, "x = ") == ["x = (", *(f"    {line}" for line in lines), ")"]
