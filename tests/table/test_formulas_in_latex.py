"""Formulas of symbolic sizes in LaTeX: math, of the same value, with nothing in it that the formula does not have."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import checked, spec

from archspec.backends.table import formulas
from archspec.backends.table.formats import latex
from archspec.backends.table.grid import Cell, Column, Grid
from archspec.backends.table.layers import Options, grid
from archspec.dims import Size, evaluate, floor_div, symbol
from archspec.limits import MAX_SET_FORMULA

COMMANDS = {"cdot", "times", "lfloor", "rfloor", "max", "mathit"}
WORDS = {
    r"\cdot": "*", r"\times": "*", r"\lfloor": "floor(Fraction(1)*(", r"\rfloor": "))", r"\max": "max", "{,}": "", "^": "**", "{": "(",
    "}": ")", r"\_": "_",
}  # fmt: skip


def value(text: str, **sizes: int) -> Any:
    """What LaTeX's math comes to, worked out by Python: a stand-in for reading it."""
    assert text.startswith("$")
    assert text.endswith("$")
    text = re.sub(r"\\mathit\{([A-Za-z0-9\\_]+)\}", r"\1", text[1:-1])
    for word, other in WORDS.items():
        text = text.replace(word, other)
    names = {name: Fraction(size) for name, size in sizes.items()}
    return eval(text, {"floor": math.floor, "Fraction": Fraction, "max": max}, names)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("216*H*W", r"$216 \cdot H \cdot W$"),
        ("216*(H - 2)*(W - 2)", r"$216 \cdot (H - 2) \cdot (W - 2)$"),
        ("32*((S + 1)//2)**2 - 64*((S + 1)//2) + 32",
         r"$32 \cdot \lfloor (S + 1) / 2 \rfloor^{2} - 64 \cdot \lfloor (S + 1) / 2 \rfloor + 32$"),
        ("(H - 7)//4", r"$\lfloor (H - 7) / 4 \rfloor$"),
        ("(H + 2)**2", "$(H + 2)^{2}$"),
        ("-64*H + 12345", r"$-64 \cdot H + 12{,}345$"),
        ("H//(2*k)", r"$\lfloor H / (2 \cdot k) \rfloor$"),
        ("max(4*T, T**2)", r"$\max(4 \cdot T, T^{2})$"),
        ("seq_len*2", r"$\mathit{seq\_len} \cdot 2$"),
        ("44*H*W bytes", r"$44 \cdot H \cdot W$ bytes"),
        ("a - (b - c)", "$a - (b - c)$"),
    ],
)  # fmt: skip
def test_a_formula_is_math(text: str, shown: str) -> None:
    assert formulas.figure(text) == shown


SIZES = st.recursive(
    st.sampled_from([symbol("H"), symbol("seq_len"), symbol("T")]) | st.integers(1, 2000),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, st.integers(-9, 9)).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, st.integers(2, 9)).map(lambda pair: floor_div(*pair)),
    ),
    max_leaves=5,
)


@given(SIZES, st.integers(1, 300), st.integers(1, 300), st.integers(1, 300))
def test_it_comes_to_the_same(size: Size, height: int, length: int, time: int) -> None:
    sizes = {"H": height, "seq_len": length, "T": time}
    shown = formulas.figure(str(size))
    assert shown is not None
    assert value(shown, **sizes) == (size if isinstance(size, int) else evaluate(size, sizes))
    assert set(re.findall(r"\\([A-Za-z]+)", shown)) <= COMMANDS


@pytest.mark.parametrize("text", [
    "$x$", "\\input{/etc/passwd}", "a b", "a; b", "x.shape", "[1, 2]", "'a'", "a if b else c", "a < b", "a % b", "日本", "é", "conv(1)", "1.5",
    "true", "H" * (MAX_SET_FORMULA + 1), "", "a_{b}", "__import__", "-",
])  # fmt: skip
def test_what_is_no_formula_stays_text(text: str) -> None:
    shown = formulas.figure(text)
    assert shown is None or shown == r"$\mathit{\_\_import\_\_}$"


def test_names_stay_text_and_sizes_are_math() -> None:
    """A layer may be called like a formula; only what is a size is set as one."""
    hostile = ["a*b", "H", "$H$", "H**2", "8 × H"]
    column = Column("layer", "layer", False, 1, [Cell(name, name) for name in hostile])
    text = latex.write([Grid([column])])
    assert [line for line in text.splitlines() if line.endswith(r"\\")][1:] == [
        r"a{*}b \\", r"H \\", r"\$H\$ \\", r"H{*}{*}2 \\", r"8 $\times$ H \\",
    ]  # fmt: skip


def test_a_table_of_symbolic_sizes() -> None:
    found = checked(spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}\n", "[3, H, W]")).facts
    assert found is not None
    text = latex.write([grid(found, Options())])
    area = r"\lfloor (H - 1) / 2 \rfloor \cdot \lfloor (W - 1) / 2 \rfloor"
    assert r"& $8 \times \lfloor (H - 1) / 2 \rfloor \times \lfloor (W - 1) / 2 \rfloor$ & 224 &" in text
    assert rf"$216 \cdot {area}$" in text
    assert "{*}" not in text  # no formula is text any more
    numbers = checked(spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", "[3, 9, 9]")).facts
    assert numbers is not None
    assert r"8 $\times$ 7 $\times$ 7" in latex.write([grid(numbers, Options())])
    for line in text.splitlines():  # what begins as math ends as math, and brackets of floors are pairs
        assert line.replace(r"\$", "").count("$") % 2 == 0
        assert all(a != b for a, b in pairwise(re.findall(r"\\[lr]floor", line))) or line.count("lfloor") == line.count(
            "rfloor"
        )
