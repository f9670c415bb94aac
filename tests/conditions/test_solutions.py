"""Sets of sizes and solutions against trying every number."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from archspec.conditions.sets import ALL, NONE, Sizes, TooLong, from_runs
from archspec.conditions.solve import Solver, Unsolved, Work, holds, solve_one
from archspec.conditions.words import sizes_in_words, solution_in_words
from archspec.dims import Size, floor_div, symbol
from archspec.ops.assumptions import Assumption

H, W, S, T = (symbol(name) for name in "HWST")

some_sets = st.builds(
    lambda head, tail: Sizes(b"\0" + bytes(head), bytes(tail)),
    st.lists(st.booleans(), max_size=12), st.lists(st.booleans(), min_size=1, max_size=6),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(some_sets, some_sets)
def test_what_is_in_both(one: Sizes, other: Sizes) -> None:
    both = one & other
    assert [n for n in range(1, 100) if n in both] == [n for n in range(1, 100) if n in one and n in other]
    assert [n for n in range(1, 100) if n in ~one] == [n for n in range(1, 100) if n not in one]
    assert (0 in ~one, ~~one == one) == (False, True)
    assert list(islice(both, 20)) == [n for n in range(1, 200) if n in both][:20]
    assert (one == other) == ([n in one for n in range(60)] == [n in other for n in range(60)])
    assert bool(both) == any(n in both for n in range(1, 60))
    assert both.is_finite == (not any(n in both for n in range(60, 120)))
    for first, last in both.runs or ():
        assert all(n in both for n in range(first, (last or first + 50) + 1))
        assert first - 1 not in both
        assert last is None or last + 1 not in both


def test_the_ends() -> None:
    assert (ALL.is_all, bool(NONE), 0 in ALL, 1 in ALL) == (True, False, False, True)
    assert from_runs(2, {1: [(0, 3)], 2: [(1, None)]}).head == b"\0\1\0\1\1\1\1\1"
    with pytest.raises(TooLong):
        from_runs(1, {1: [(0, 2_000_000)]})
    with pytest.raises(TooLong):
        _ = from_runs(127, {1: [(0, None)]}) & from_runs(131, {1: [(0, None)]})


@st.composite
def lines(draw: DrawFn, name: str = "H") -> Size:
    """What strides, poolings and upsamplings make of a size."""
    size: Size = symbol(name)
    for _ in range(draw(st.integers(1, 4))):
        size = floor_div(size + draw(st.integers(-5, 5)), draw(st.integers(1, 4))) * draw(st.integers(1, 3)) + draw(
            st.integers(-3, 3)
        )
    return size


@settings(max_examples=300, deadline=None)
@given(lines(), lines(), st.integers(-3, 40), st.booleans(), st.sampled_from(["number", "line", "square", "product"]))
def test_one_symbol(left: Size, right: Size, number: int, is_equal: bool, kind: str) -> None:
    sizes = {
        "number": (left, number),
        "line": (left, right),
        "square": (left * left, number),
        "product": (left * right, left + number),
    }
    statement = Assumption(*sizes[kind], is_equal)
    try:
        found = solve_one(statement, "H", Work())
    except Unsolved:
        assert kind in ("square", "product"), "lines are always solved"
        return
    assert [n for n in range(1, 400) if n in found] == [n for n in range(1, 400) if holds(statement, {"H": n})]


@settings(max_examples=200, deadline=None)
@given(lines(), lines("W"), st.integers(1, 60), st.integers(1, 4), st.data())
def test_two_symbols(height: Size, width: Size, total: int, number: int, data: st.DataObject) -> None:
    others = [
        Assumption(number * height * width, number * total, is_equal=True), Assumption(H, W + total, is_equal=True),
        Assumption(height, 1, is_equal=False), Assumption(width, 2, is_equal=False), Assumption(H, 7, is_equal=False),
        Assumption(4 * floor_div(H, 2) * floor_div(W, 2), H * W, is_equal=True), Assumption(height, width, is_equal=True),
        Assumption(49 * floor_div(H, 14) * floor_div(W, 14), floor_div(H, 2) * floor_div(W, 2), is_equal=True),
        Assumption(H * W + H, 300, is_equal=False), Assumption(height * width, 1, is_equal=False),
    ]  # fmt: skip
    statements = data.draw(st.lists(st.sampled_from(others), min_size=1, max_size=3))
    solution = Solver().solve(statements)
    for h in range(1, 40):
        for w in range(1, 40):
            numbers = {"H": h, "W": w}
            fits = all(holds(one, numbers) for one in statements)
            said = all(
                any(all(numbers[name] in sizes for name, sizes in box.items()) for box in group)
                for group in solution.groups
            )
            said = said and all(
                holds(Assumption(symbol(name), size, is_equal=True), numbers) for name, size in solution.ties.items()
            )
            assert fits == (said and all(holds(one, numbers) for one in solution.open)), (h, w, solution)


def alexnet(size: Size) -> Size:
    for kernel, stride, padding in ((11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 2, 0)):
        size = floor_div(size + 2 * padding - kernel, stride) + 1
    return size


HEIGHT, WIDTH = alexnet(H), alexnet(W)
EVEN = [Assumption(2 * floor_div(H, 2 * n), floor_div(H, n), is_equal=True) for n in (1, 2, 4, 8)]


@pytest.mark.parametrize(("statements", "text"), [
    ([Assumption(HEIGHT, 6, is_equal=True), Assumption(WIDTH, 6, is_equal=True)], "H and W from 227 to 258"),
    ([Assumption(HEIGHT, 1, is_equal=False), Assumption(WIDTH, 1, is_equal=False)], "H and W ≥ 67"),
    ([Assumption(256 * HEIGHT * WIDTH, 9216, is_equal=True)],
     "H and W from 227 to 258; or H from 67 to 98 with W from 1187 to 1218; or in 7 more ways"),
    (EVEN, "H multiples of 16"), ([*EVEN, Assumption(floor_div(H, 16), 3, is_equal=False)], "H multiples of 16 from 48"),
    ([*EVEN, Assumption(100, H, is_equal=False)], "H multiples of 16 from 16 to 96"),
    ([Assumption(S, T, is_equal=True), Assumption(T, 5, is_equal=False)], "S = T, T ≥ 5"),
    ([Assumption(4 * floor_div(H, 2) * floor_div(W, 2), H * W, is_equal=True)], "H and W multiples of 2"),
    ([Assumption(49 * floor_div(H, 14) * floor_div(W, 14), floor_div(H, 2) * floor_div(W, 2), is_equal=True), *(Assumption(size, 9, is_equal=False) for size in (H, W))],
     "H and W from 14 to 15, 28 to 29, 42 to 43, … (again every 14)"),
    ([Assumption(H * W, 1, is_equal=False)], "any H and W"), ([Assumption(H, 0, is_equal=True)], "no sizes"),
    ([Assumption(2 * floor_div(H - 1, 2) + 1, H, is_equal=True)], "H = 1, 3, 5, … (in steps of 2)"),
    ([Assumption(H, 224, is_equal=True)], "H = 224"),
    ([Assumption(H * H, 9 * H - 18, is_equal=False)], "H from 1 to 3, or ≥ 6"), ([Assumption(H * H, 9 * H - 20, is_equal=False)], "any H"),
])  # fmt: skip
def test_in_words(statements: list[Assumption], text: str) -> None:
    names = sorted(set().union(*(one.symbols for one in statements)))
    assert solution_in_words(Solver().solve(statements), names) == text


@settings(max_examples=200, deadline=None)
@given(some_sets)
def test_words_for_any_set(sizes: Sizes) -> None:
    text = sizes_in_words(sizes, "H")
    if text.startswith("H multiples of") and "to" not in text.split():
        step, _, first = text.removeprefix("H multiples of ").partition(" from ")
        assert [n for n in range(1, 99) if n in sizes] == [
            n for n in range(int(first or step), 99) if n % int(step) == 0
        ]
    elif "in steps of" in text and "…" in text:
        first, step = int(text.split()[2].strip(",")), int(text.rstrip(")").rpartition(" ")[2])
        assert [n for n in range(1, 99) if n in sizes] == list(range(first, 99, step))
