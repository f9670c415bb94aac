"""Which of several sizes may be the largest: whatever is left out is never larger than all that are kept."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from archspec.conditions import largest
from archspec.conditions.largest import find_largest
from archspec.conditions.sets import ALL, Sizes, of
from archspec.conditions.solve import Solution, solve_one
from archspec.conditions.solve import Work as Steps
from archspec.dims import Size, evaluate, floor_div, symbol
from archspec.ops.assumptions import Assumption

H, W = symbol("H"), symbol("W")


def ceil(size: Size, by: int) -> Size:
    return floor_div(size + (by - 1), by)


@st.composite
def axes(draw: DrawFn, symbol: Size) -> Size:
    """A size that comes of one symbol as layers make them, perhaps below 0."""
    by = draw(st.sampled_from([1, 2, 3, 4, 8, 32]))
    size = floor_div(symbol * draw(st.sampled_from([1, 1, 1, 2])) + draw(st.integers(-5, 31)), by)
    return floor_div(size + draw(st.integers(0, 2)), draw(st.sampled_from([1, 1, 2])))


@st.composite
def moments(draw: DrawFn) -> Size:
    terms = draw(
        st.lists(st.tuples(st.sampled_from([-64, 12, 64, 96, 512, 3072]), axes(H), axes(W)), min_size=1, max_size=3)
    )
    return sum((number * high * wide for number, high, wide in terms), start=draw(st.sampled_from([0, 0, 2688])))


@st.composite
def allowed(draw: DrawFn) -> Sizes:
    """From some number on, multiples, some numbers."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return ALL
    if kind == 1:
        return solve_one(Assumption(H, draw(st.integers(1, 60)), is_equal=False), "H", Steps())
    if kind == 2:
        by = draw(st.integers(2, 28))
        return solve_one(Assumption(floor_div(H, by) * by, H, is_equal=True), "H", Steps())
    return of(draw(st.lists(st.integers(1, 60), min_size=1, max_size=5)))


@settings(max_examples=60, deadline=None)
@given(st.lists(moments(), min_size=1, max_size=7), st.lists(st.tuples(allowed(), allowed()), min_size=1, max_size=2))
def test_no_size_exceeds_those_that_are_kept(sizes: list[Size], boxes: list[tuple[Sizes, Sizes]]) -> None:
    kept = find_largest(sizes, Solution([[{"H": high, "W": wide} for high, wide in boxes]], {}, []))
    assert kept
    tried = [*range(1, 40), 63, 64, 65, 96, 127, 224, 225, 1023, 1024, 1025, 20_160, 20_161]
    for high, wide in boxes:
        for h, w in product([h for h in tried if h in high], [w for w in tried if w in wide]):
            values = {size: evaluate(size, {"H": h, "W": w}) for size in sizes}
            assert max(values.values()) == max(values[size] for size in kept), (h, w)


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        # a floor division by a coarser one, however small the sizes are
        ([98_304 * ceil(H, 32) * ceil(W, 32), 6_144 * ceil(H, 8) * ceil(W, 8)], [0]),
        ([512 * H * W, 256 * floor_div(H, 2) * floor_div(W, 2) + 9 * H, 4 * W], [0]),
        ([4 * floor_div(H, 4), H], [1]),
        ([H - 1, floor_div(H - 1, 2) * 2, H - 2], [0]),
        # the last is between the others wherever one of them does not exceed it
        ([384 * H - 768, 288 * H - 384, 336 * H - 576], [0, 1]),
        ([H * H, 100 * H, 10 * H + 70], [0, 1]),
        ([3_072 * ceil(H, 4) * ceil(W, 4), 2_048 * ceil(H, 4) * ceil(W, 4) + 99, 24_576 * ceil(H, 32) * ceil(W, 32)], [0, 2]),
        ([7, 9, 9], [1]),
    ],
)  # fmt: skip
def test_those_that_are_needed_alone_are_kept(sizes: list[Size], kept: list[int]) -> None:
    assert find_largest(sizes, None) == [sizes[one] for one in kept]


def test_only_numbers_that_are_allowed_count() -> None:
    sizes = [384 * H - 768, 288 * H - 384]
    found: Any = [
        find_largest(sizes, Solution([[{"H": solve_one(statement, "H", Steps())}]], {}, []))
        for statement in (
            Assumption(H, 4, is_equal=False),
            Assumption(4, H, is_equal=False),
            Assumption(H, 3, is_equal=False),
        )
    ]
    assert found == [sizes[:1], sizes[1:], sizes]
    multiples = Solution(
        [[{"H": solve_one(Assumption(floor_div(H, 28) * 28, H, is_equal=True), "H", Steps())}]], {}, []
    )
    assert find_largest([4 * floor_div(H, 4), H, floor_div(H, 28) + 20], multiples) == [4 * floor_div(H, 4)]


def test_the_work_is_bounded_and_what_is_found_then_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[Size] = [floor_div(H, n) * floor_div(W, m) * n * m + n for n in range(1, 60) for m in range(1, 60)]
    begun = time.process_time()
    assert find_largest(sizes, None)
    assert time.process_time() - begun < 3
    few = [3_072 * ceil(H, 4) * ceil(W, 4), 24_576 * ceil(H, 32) * ceil(W, 32), 6_144 * ceil(H, 8) * ceil(W, 8)]
    for work in range(0, 400, 7):
        monkeypatch.setattr(largest, "MAX_LARGEST_WORK", work)
        assert set(find_largest(few, None)) >= set(few[:2])
