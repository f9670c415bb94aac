"""Shapes that a spec claims in symbols hold however they are written, and for the numbers that symbols are given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.backends.table.totals import lines
from archspec.checking import check
from archspec.dims import symbol
from archspec.facts.claimed_size import claimed_size

SPEC = """archspec: 1
name: Halves
input: [3, H, W]
layers: {{c: {{type: Conv2d, out_channels: 4, kernel_size: 3, stride: 2}}}}
expect: {{output: [4, "{0}", "{1}"], layers: {{c: {{output: [4, "{0}", "{1}"]}}}}}}
"""


def claims(high: str, wide: str, **values: int) -> list[str]:
    found = check("spec.yaml", SPEC.format(high, wide).encode(), values).diagnostics
    return [diagnostic.code for diagnostic in found if diagnostic.severity == "error"]


@pytest.mark.parametrize("high", ["(H - 3)//2 + 1", "floor((H - 3)/2) + 1", "floor((H + 1)/2) - 1", "(H-1)//2"])
def test_a_claim_holds_however_it_is_written(high: str) -> None:
    assert claims(high, "(W - 1)//2") == []
    assert claims(high, "(W - 1)//2", H=9) == []
    assert claims(high, "(W - 1)//2", H=9, W=12) == []


@pytest.mark.parametrize("wrong", ["H", "(H - 2)//2", "floor(H/2)", "H //", "import os", "H ** 2", "floor(H)", "x"])
def test_another_size_is_an_error(wrong: str) -> None:
    assert claims(wrong, "(W - 1)//2") == ["E0401", "E0401"]
    assert ["E0401", "E0401"] in (claims(wrong, "(W - 1)//2", H=10**6), claims(wrong, "(W - 1)//2", H=10**6 + 1))


@pytest.mark.parametrize(("claim", "accepts"), [
    ("[4, 5, 5]", "expect holds      for H and W from 11 to 12"), ("[4, 5, \"(W - 1)//2\"]", "expect holds      for H from 11 to 12 with W ≥ 3"),
    ("[4, \"(H - 1)//2\", \"(W + 1)//2 - 1\"]", None),
])  # fmt: skip
def test_a_number_for_a_symbolic_size_says_for_which_inputs_it_is(claim: str, accepts: str | None) -> None:
    text = SPEC[: SPEC.index("expect")].format() + f"expect: {{layers: {{c: {{output: {claim}}}}}}}\n"
    result = check("spec.yaml", text.encode())
    assert result.ok
    assert result.facts is not None
    said = lines(result.facts)
    assert "accepts           H and W ≥ 3" in said
    assert accepts in said if accepts is not None else not any("expect" in line for line in said)


@pytest.mark.parametrize(("claims", "message"), [
    ("{c: {output: [4, 0, 5]}}", "expect claims an output of 4 × 0 × 5 of c, but c needs H >= 3"),
    ("{c: {output: [4, 5, 5], macs: 999}}", "expect claims 999 MACs of c, which no size is"),
    ("{c: {output: [4, 5, 5]}, d: {output: [4, 7, 7]}}",
     "expect claims an output of 4 × 7 × 7 of d, but expect claims an output of 4 × 5 × 5 of c"),
    ("{e: {output: [4, 1, 1]}, f: {output: [4, 2, 2]}}", "expect claims an output of 4 × 2 × 2 of f, but expect claims an output of 4 × 1 × 1 of e"),
])  # fmt: skip
def test_claims_that_no_size_fulfils(claims: str, message: str) -> None:
    text = SPEC[: SPEC.index("layers")].format() + (
        "layers:\n  c: {type: Conv2d, out_channels: 4, kernel_size: 3, stride: 2}\n  d: ReLU\n"
        "  e: {type: MaxPool2d, kernel_size: 2, stride: 1}\n  f: {type: MaxPool2d, kernel_size: 2, stride: 1, from: d}\n"
        f"outputs: {{e: e, f: f}}\nexpect: {{layers: {claims}}}\n"
    )
    found = [
        diagnostic for diagnostic in check("spec.yaml", text.encode()).diagnostics if diagnostic.severity == "error"
    ]
    assert [(diagnostic.code, diagnostic.message) for diagnostic in found] == [("E0401", message)]


def test_texts_that_write_no_size() -> None:
    for text in ("", "H +", "H / 2", "1.5", "H // 0", "(" * 900, "floor(H // 2)", "[1][0]", "H" * 2_000):
        assert claimed_size(text, {}) is None


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 9), st.integers(1, 50))
def test_what_is_computed_is_what_the_text_says(a: int, b: int, c: int, number: int) -> None:
    text = f"floor(({a}*H + {b})/{c}) - (H + {b})//{c}"
    assert claimed_size(text, {"H": number}) == (a * number + b) // c - (number + b) // c
    H = symbol("H")
    assert claimed_size(text, {}) == (a * H + b) // c - (H + b) // c
