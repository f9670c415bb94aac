"""Arithmetic of layers where a type should stand: it is what it computes, and never the op whose name one of its words is like."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

ABOVE = "  identity: Tanh\n  x: ReLU\n"


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("x + identity", "{type: Add, from: [x, identity]}"),
        ("identity + x", "{type: Add, from: [identity, x]}"),
        ("x += identity", "{type: Add, from: [x, identity]}"),
        ("x *= identity", "{type: Mul, from: [x, identity]}"),
    ],
)
def test_it_is_what_it_computes(written: str, right: str) -> None:
    assert fixed(spec(f"{ABOVE}  out: {written}\n"), is_unsafe=True) == spec(f"{ABOVE}  out: {right}\n")


@pytest.mark.parametrize(
    "written", ["out + identity", "x + Dropout", "identiy + x", "out += identity", "x * sigmod", "relu - x"]
)
def test_no_word_of_it_is_the_type(written: str) -> None:
    text = spec(f"{ABOVE}  out: {written}\n")
    assert "did you mean" not in checked(text).diagnostics[0].label
    assert fixed(text, is_unsafe=True) == text
