"""Symbolic sizes against numbers: whatever is built from symbols is worth what the same arithmetic gives for their values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from archspec.dims import (
    Size,
    TooComplex,
    ceil_div,
    evaluate,
    exact_div,
    floor_div,
    largest_of,
    minimum,
    parts_of_largest,
    prove_divides,
    prove_equal,
    substitute,
    symbol,
)
from archspec.facts.claimed_size import claimed_size
from archspec.limits import MAX_TERMS

H, W, N = symbol("H"), symbol("W"), symbol("N")


@st.composite
def sizes(draw: DrawFn, depth: int = 3) -> tuple[Size, Any]:
    """A size, and the function of (h, w) that it stands for."""
    kind = draw(st.integers(0, 7)) if depth else draw(st.integers(0, 2))
    if kind == 0:
        return H, lambda h, w: h
    if kind == 1:
        return W, lambda h, w: w
    if kind == 2:
        number = draw(st.integers(-6, 6))
        return number, lambda h, w: number
    left, f = draw(sizes(depth - 1))
    if kind in (3, 4):
        by = draw(st.sampled_from([-3, -2, 2, 3, 4, 6]))
        if kind == 3:
            return floor_div(left, by), lambda h, w: f(h, w) // by
        return ceil_div(left, by), lambda h, w: -(-f(h, w) // by)
    right, g = draw(sizes(depth - 1))
    if kind == 5:
        return left + right, lambda h, w: f(h, w) + g(h, w)
    if kind == 6:
        return left - right, lambda h, w: f(h, w) - g(h, w)
    return left * right, lambda h, w: f(h, w) * g(h, w)


@settings(max_examples=400, deadline=None)
@given(sizes(), st.integers(1, 40), st.integers(1, 40))
def test_sizes_are_worth_what_numbers_are(case: tuple[Size, Any], h: int, w: int) -> None:
    size, function = case
    assert substitute(size, {"H": h, "W": w}) == function(h, w)
    assert function(h, w) >= minimum(size)
    half = substitute(size, {"H": h})
    assert substitute(half, {"W": w}) == function(h, w)


@settings(max_examples=300, deadline=None)
@given(sizes(), sizes(), st.integers(1, 12), st.integers(1, 12))
def test_proofs_hold(left: tuple[Size, Any], right: tuple[Size, Any], h: int, w: int) -> None:
    proven = prove_equal(left[0], right[0])
    equal = left[1](h, w) == right[1](h, w)
    assert proven is None or proven == equal
    for divisor in (2, 3, 4):
        divides = prove_divides(divisor, left[0])
        assert divides is None or divides == (left[1](h, w) % divisor == 0)
    if right[0] not in (0,) and right[1](h, w) != 0:
        quotient = exact_div(left[0], right[0]) if right[0] != 0 else None
        if quotient is not None:
            assert substitute(quotient, {"H": h, "W": w}) * right[1](h, w) == left[1](h, w)


HEIGHT, WIDTH = floor_div(H - 11, 4) + 1, floor_div(W - 11, 4) + 1


@pytest.mark.parametrize(("size", "text"), [
    (floor_div(2 * H + 1, 2), "H"), (floor_div(H + 1, 2), "(H + 1)//2"), (floor_div(floor_div(H, 2), 2), "H//4"),
    (floor_div(floor_div(H + 1, 2) + 1, 2), "(H + 3)//4"), (floor_div(floor_div(H, 2) + 3, 4), "(H + 6)//8"),
    (floor_div(6 * H + 4, 4), "H + H//2 + 1"), (floor_div(4 * H + 3, 6), "(2*H + 1)//3"), (floor_div(-H, -2), "H//2"),
    (floor_div(H, -2), "(-H)//2"), (floor_div(H * W, H), "W"), (floor_div(H * H * 4, H * 2), "2*H"), (floor_div(7, H), "7//H"),
    (ceil_div(H, 2), "(H + 1)//2"), (ceil_div(ceil_div(H, 2), 2), "(H + 3)//4"), (H - floor_div(H, 2), "H - H//2"),
    (H * 2 - H - H, "0"), (3 - H, "3 - H"), (H * W * H, "H**2*W"), ((H + 1) * (W - 1), "H*W - H + W - 1"),
    (floor_div(H + W, 2), "(H + W)//2"), (floor_div(2 * floor_div(H, 3), 2), "H//3"), (exact_div(H * 6, 3), "2*H"), (exact_div(H * 6, 4), "None"),
    (HEIGHT, "(H - 7)//4"), (2 * floor_div(H + 4, 16) - 16, "2*((H - 124)//16)"), (2 * floor_div(H, 2) - 3, "2*(H//2) - 3"),
    (256 * HEIGHT * WIDTH, "256*((H - 7)//4)*((W - 7)//4)"), (HEIGHT * HEIGHT, "((H - 7)//4)**2"), ((2 - H) * (W - 3), "-(H - 2)*(W - 3)"),
    (3 * (H - 5) * (H - 2), "3*(H - 5)*(H - 2)"), (floor_div(H, 16) * floor_div(W, 16) + 1, "H//16*(W//16) + 1"), (H * W - H, "H*W - H"),
    (floor_div(5 * H + 3, 2), "(5*H + 3)//2"), (-floor_div(H, 2), "-(H//2)"), (4 - floor_div(H, 2), "4 - H//2"), (floor_div(H, 16) * floor_div(W, 16), "H//16*(W//16)"), (HEIGHT * WIDTH, "(H - 7)//4*((W - 7)//4)"),
    (1792 * floor_div(W - 9, 4) + 3240 * floor_div(W + 1, 2) + 344, "3240*((W - 1)//2) + 1792*((W - 1)//4)"),
])  # fmt: skip
def test_normal_forms(size: Size | None, text: str) -> None:
    assert str(size) == text


@settings(max_examples=400, deadline=None)
@given(sizes(4), st.integers(1, 40), st.integers(1, 40))
def test_what_is_written_is_python_and_means_the_size(case: tuple[Size, Any], h: int, w: int) -> None:
    size, function = case
    assert eval(str(size), {"H": h, "W": w}) == function(h, w) == evaluate(size, {"H": h, "W": w})
    again = claimed_size(str(size), {})
    assert again is not None
    assert prove_equal(again, size), "the same size, whatever the form"


@given(st.lists(st.tuples(st.integers(-40, 40).filter(bool), st.integers(2, 9), st.integers(-9, 9)), min_size=2, max_size=3),
       st.integers(-99, 99), st.integers(-3, 3), st.integers(1, 40))  # fmt: skip
def test_a_constant_in_floor_divisions_leaves_the_size_what_it_is(
    parts: list[tuple[int, int, int]], constant: int, slope: int, h: int
) -> None:
    size: Size = slope * H + constant
    for number, by, shift in parts:
        size = size + number * floor_div(H + shift, by)
    found = sum(number * ((h + shift) // by) for number, by, shift in parts) + slope * h + constant
    assert eval(str(size), {"H": h}) == found


def test_the_order_of_factors_and_terms_does_not_matter() -> None:
    floor = floor_div(W, 2)
    for first, *others in (
        (H * W, W * H), (H * W * floor, floor * W * H, W * floor * H), (H + W, W + H), (H * floor + 1, 1 + floor * H),
    ):  # fmt: skip
        for other in others:
            assert (first, hash(first), str(first)) == (other, hash(other), str(other))


def test_too_complex() -> None:
    def polynomial(terms: int, name: str) -> Size:
        total: Size = 1
        power: Size = 1
        for _ in range(terms - 1):
            power = power * symbol(name)
            total = total + power
        return total

    assert len((polynomial(16, "A") * polynomial(16, "B")).terms) == MAX_TERMS  # type: ignore[union-attr]
    with pytest.raises(TooComplex):
        polynomial(17, "A") * polynomial(16, "B")
    with pytest.raises(TooComplex):
        polynomial(200, "A") * (polynomial(200, "B") * polynomial(2, "C"))


@pytest.mark.parametrize(("left", "right", "proven"), [
    (H, H, True), (H, H + 1, False), (H + W, W + H, True), (2 * H, H, False), (H, W, None), (H, 3, None), (H + 3, 2, False), (H * W + 1, 1, False),
    (floor_div(H, 2), H, False), (floor_div(H + 5, 2), H, None), (2 * floor_div(H, 2), H, None), (H - W, 0, None), (3, 3, True), (3, 4, False), (floor_div(H + 1, 2), H - floor_div(H, 2), True),
])  # fmt: skip
def test_equal(left: Size, right: Size, proven: bool | None) -> None:
    assert prove_equal(left, right) is proven
    assert prove_equal(right, left) is proven


@pytest.mark.parametrize(("divisor", "size", "proven"), [
    (2, 4, True), (2, 5, False), (2, 2 * H, True), (2, 2 * H + 1, False), (3, 6 * H + 3 * W, True), (3, 6 * H + 1, False), (4, 2 * H, None), (4, 2 * H + 1, False),
    (6, 4 * H + 3, False), (2, H, None),
])  # fmt: skip
def test_divides(divisor: int, size: Size, proven: bool | None) -> None:
    assert prove_divides(divisor, size) is proven


@pytest.mark.parametrize(("size", "least"), [
    (5, 5), (H, 1), (H + 2, 3), (2 * H * W, 2), (-H, float("-inf")), (H - W, float("-inf")), (floor_div(H, 2), 0), (floor_div(H + 5, 2), 3), (H * H - 1, 0),
    (floor_div(7, H), 0), (floor_div(H - W, 2), float("-inf")), (H - floor_div(H, 3), 1), (H - 2 * floor_div(H, 2), 0),
    (floor_div(H + W, 2) - floor_div(W, 3) - W, float("-inf")), (2 * floor_div(H, 2) - H, -1),
])  # fmt: skip
def test_minimum(size: Size, least: float) -> None:
    assert minimum(size) == least


@given(st.lists(sizes(), min_size=1, max_size=3), st.integers(1, 40), st.integers(1, 40))
def test_the_largest_of_sizes_is_worth_the_largest_number(cases: list[tuple[Size, Any]], h: int, w: int) -> None:
    size, true = largest_of(size for size, _ in cases), max(function(h, w) for _, function in cases)
    assert evaluate(size, {"H": h, "W": w}) == true
    assert substitute(size, {"H": h, "W": w}) == substitute(substitute(size, {"W": w}), {"H": h}) == true
    assert minimum(size) <= true
    assert evaluate(3 * size - H, {"H": h, "W": w}) == 3 * true - h
    assert max(evaluate(part, {"H": h, "W": w}) for part in parts_of_largest(size)) == true


def test_the_largest_of_sizes_in_words() -> None:
    size = largest_of([384 * H - 768, floor_div(W, 4), 7, 7])
    assert str(size) == "max(384*H - 768, W//4, 7)"
    assert str(2 * size + H) == "H + 2*max(384*H - 768, W//4, 7)"
    assert parts_of_largest(size) == (384 * H - 768, floor_div(W, 4), 7)
    assert parts_of_largest(2 * size) == (2 * size,)
    assert (largest_of([H, H]), largest_of([3, 5]), minimum(size)) == (H, 5, 7)
    assert size != largest_of([384 * H - 768, floor_div(W, 4)])
