"""A key that is written twice with one value is safely written once; excerpts point at the right character after tabs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checked, spec

from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.text import render
from archspec.fixing import fix
from archspec.source import Source, Span


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (spec("  a: {type: Dropout, p: 0.3, p: 0.3}\n"), spec("  a: {type: Dropout, p: 0.3}\n")),
        (
            spec("  a: {type: Dropout, p: 0.3, p: 0.3, inplace: false}\n"),
            spec("  a: {type: Dropout, p: 0.3, inplace: false}\n"),
        ),
        (spec("  a: ReLU\n  b: Tanh\n  a: ReLU\n"), spec("  a: ReLU\n  b: Tanh\n")),
        (spec("  a: ReLU\n") + "name: Example\n", spec("  a: ReLU\n")),
        (spec("  a: ReLU\n") + "input: [3, 32, 32]", spec("  a: ReLU\n").rstrip()),
    ],
)
def test_the_same_twice(text: str, right: str) -> None:
    fixed = fix("a.yaml", text.encode())
    assert [problem.code for problem in fixed.made] == ["E0004"]
    assert fixed.after.decode() == right


@pytest.mark.parametrize(
    "layers", ["  a: {type: Dropout, p: 0.3, p: 0.4}\n", "  a: ReLU\n  a: Tanh\n", "  a: {type: Flatten, start_dim: 1, start_dim: true}\n",
               "  a: ReLU\n  a: ReLU # why\n"]
)  # fmt: skip
def test_what_is_not_sure_to_be_the_same_stays(layers: str) -> None:
    text = spec(layers)
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text
    assert "E0004" in [d.code for d in checked(text).diagnostics]


@given(st.text(alphabet="\t ab", max_size=30), st.text(alphabet="\tab", max_size=10))
def test_the_caret_stands_under_its_character(before: str, after: str) -> None:
    source = Source("a.yaml", f"{before}X{after}")
    column = len(before) + 1
    found = Diagnostic("E0001", "wrong", Span(source, 1, column, 1, column + 1), label="here")
    lines = render([found]).split("\n")
    shown, marked = lines[3], lines[4]
    assert shown.index("X") == marked.index("^")
    assert "\t" not in shown
