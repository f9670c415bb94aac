"""Sets of positions as intervals, and boxes of them through ops' laws, against plain sets."""

from __future__ import annotations

from itertools import pairwise, product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.facts.law import Law, joined, through
from archspec.ops import intervals, reading
from archspec.ops.axes import groups
from archspec.ops.intervals import Positions, TooMany, collected, each
from archspec.ops.reach import Periodic, Window, put_out, shares
from archspec.ops.reading import Box, Lost, divided_among, folded, regrouped, rolled, together, windows

SETS = st.frozensets(st.integers(0, 23), max_size=12)
STEPS = st.builds(lambda k, s, p, d: Window(0, d * (k - 1) + 1, s, p, d), st.integers(1, 4), st.integers(1, 4), st.integers(-2, 4),
                  st.integers(1, 3))  # fmt: skip


def plain(positions: Positions) -> set[int]:
    return set(each(positions))


def taps(step: Window, unit: int) -> set[int]:
    return {unit * step.stride - step.padding + tap * step.dilation for tap in range(step.taps)}


@given(SETS, SETS, st.integers(1, 6), st.integers(1, 5))
def test_sets(left: frozenset[int], right: frozenset[int], step: int, times: int) -> None:
    a, b = collected(left), collected(right)
    assert plain(intervals.union((*a, *b))) == left | right
    assert intervals.holds(a, b) == (left >= right)
    assert plain(intervals.spread(a, step, times)) == {i + step * tap for i in left for tap in range(times)}
    assert plain(intervals.scaled(a, step, 3)) == {i * step + 3 for i in left}
    assert plain(intervals.sums(a, b)) == {i + j for i in left for j in right}
    assert plain(intervals.divided(a, step)) == {i // step for i in left}
    assert plain(intervals.mirrored(a, 24)) == {23 - i for i in left}
    assert intervals.count(a) == len(left)
    assert intervals.gaps(a) == (max(left) - min(left) + 1 - len(left) if left else 0)
    assert all(first[1] + 1 < second[0] for first, second in pairwise(a)), "apart, and in order"


@given(SETS.filter(bool), STEPS, st.integers(1, 60))
def test_windows(units: frozenset[int], step: Window, size: int) -> None:
    assert plain(windows(collected(units), step, size)) == {i for u in units for i in taps(step, u) if 0 <= i < size}


@given(SETS.filter(bool), STEPS, st.integers(1, 40))
def test_windows_turned_around(units: frozenset[int], step: Window, size: int) -> None:
    """Output o has a part of input i where it is one of the taps that i puts out to."""
    law = put_out(step, True, "")
    assert isinstance(law, Periodic)
    assert plain(reading.by_period(collected(units), law, size)) == {i for i in range(size) if taps(step, i) & units}


@given(st.integers(1, 40), st.integers(1, 40))
def test_parts_of_equal_length(before: int, after: int) -> None:
    law = shares(0, before, after, "")
    assert isinstance(law, Periodic)
    for unit in range(after):
        expected = {i for i in range(before) if i * after < (unit + 1) * before and (i + 1) * after > unit * before}
        assert plain(reading.by_period(((unit, unit),), law, before)) == expected
    assert reading.by_period(((0, after - 1),), law, before) == ((0, before - 1),)


@given(SETS.filter(bool), st.integers(9, 12), st.sampled_from(["reflect", "replicate", "circular", "constant"]))
def test_borders(padded: frozenset[int], size: int, mode: str) -> None:
    """24 positions of an axis with as many in front as fit."""
    before = min(8, size - 1)
    asked = {i for i in padded if -size < i - before < 2 * size - 1 and (mode != "circular" or i - before < 2 * size)}
    found = plain(folded(collected(asked), (before, 0), size, mode))
    law = {"replicate": lambda i: min(max(i, 0), size - 1), "circular": lambda i: i % size, "constant": lambda i: i,
           "reflect": lambda i: -i if i < 0 else 2 * size - 2 - i if i >= size else i}[mode]  # fmt: skip
    assert found == {law(i - before) for i in asked if 0 <= law(i - before) < size}


@given(st.frozensets(st.integers(-40, 60), min_size=1), st.integers(1, 20))
def test_rolled(positions: frozenset[int], size: int) -> None:
    assert plain(rolled(collected(positions), size)) == {i % size for i in positions}


SHAPES = st.sampled_from(
    [
        ((24,), (4, 6)),
        ((4, 6), (24,)),
        ((4, 6), (8, 3)),
        ((2, 3, 4), (6, 4)),
        ((2, 12), (2, 1, 3, 4)),
        ((2, 3, 4), (4, 3, 2)),
    ]
)


@given(SHAPES, st.data())
def test_a_reshape_reads_what_lies_in_the_same_places(
    shapes: tuple[tuple[int, ...], tuple[int, ...]], data: st.DataObject
) -> None:
    before, after = shapes
    chosen = [data.draw(st.frozensets(st.integers(0, size - 1), min_size=1)) for size in after]
    boxes = regrouped(tuple(map(collected, chosen)), after, before, groups(before, after))
    flat = {_flat(places, after) for places in product(*chosen)}
    held = [_flat(places, before) for box in boxes for places in product(*map(plain, _numbers(box)))]
    assert set(held) == flat
    assert len(held) == len(flat), "no place is in two boxes"


@given(SETS)
def test_rows_and_columns(flat: frozenset[int]) -> None:
    boxes = divided_among(collected(flat), [4, 6]) if flat else []
    assert {
        row * 6 + column for rows, columns in map(_numbers, boxes) for row in plain(rows) for column in plain(columns)
    } == flat


@given(st.lists(st.tuples(*(st.frozensets(st.integers(0, 5), min_size=1),) * 2), max_size=6))
def test_boxes_together(chosen: list[tuple[frozenset[int], frozenset[int]]]) -> None:
    boxes = [(collected(rows), collected(columns)) for rows, columns in chosen]
    found = together(boxes)
    assert len(found) <= len(boxes)
    expected = {places for box in chosen for places in product(*box)}
    assert {places for box in found for places in product(*map(plain, _numbers(box)))} == expected


def _flat(places: tuple[int, ...], shape: tuple[int, ...]) -> int:
    return sum(place * prod(shape[i + 1 :]) for i, place in enumerate(places))


def _numbers(box: Box) -> list[Positions]:
    assert not any(isinstance(along, Lost) for along in box)
    return [along for along in box if not isinstance(along, Lost)]


def test_what_falls_into_too_many_pieces_is_not_followed() -> None:
    comb = tuple((i, i) for i in range(0, 2 * intervals.MAX_INTERVALS, 2))
    with pytest.raises(TooMany):
        intervals.union((*comb, (10**9, 10**9)))
    with pytest.raises(TooMany):
        list(each(((0, 10**9),)))
    with pytest.raises(TooMany):
        together((((i, i),), ((i, i),)) for i in range(reading.MAX_BOXES + 1))
    assert windows(((0, 10**12),), Window(0, 10**9, 10**6, 5), 10**19) == ((0, 10**18 + 10**9 - 6),), (
        "dense ones are one piece"
    )


# Laws -------------------------------------------------------------------------------------------------------------------


@st.composite
def laws(draw: st.DrawFn) -> Law:
    """A law that repeats itself, made of steps."""
    law: Law | None = Law(1, (((0, 0),),))
    for _ in range(draw(st.integers(0, 3))):
        step = draw(STEPS)
        turned = put_out(step, True, "why")
        assert isinstance(turned, Periodic)
        law = through(law, draw(st.sampled_from([step, turned])))  # type: ignore[arg-type]
        assert law is not None
    assert law is not None
    return law


@given(laws(), STEPS, st.integers(0, 12))
def test_a_law_behind_a_window(law: Law, step: Window, unit: int) -> None:
    found = through(law, step)
    assert found is not None
    assert plain(found.at(unit)) == {i for read in taps(step, unit) for i in plain(law.at(read))}
    sizes = [
        len(range(own[0][0], own[-1][1] + 1)) if own else 0 for own in (found.at(i) for i in range(len(found.sets)))
    ]
    assert (found.at_least, found.at_most) == (min(sizes), max(sizes))


@given(laws(), laws(), st.integers(0, 12))
def test_two_laws_together(left: Law, right: Law, unit: int) -> None:
    found = joined(left, right)
    if found is None:
        assert left.stride * len(right.sets) != right.stride * len(left.sets)
    else:
        assert plain(found.at(unit)) == plain(left.at(unit)) | plain(right.at(unit))
