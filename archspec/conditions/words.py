"""Solutions in words: `H and W from 227 to 258`, `H and W multiples of 16`, `S = T`. Enters: a solution; leaves: its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from archspec.conditions.sets import ALL, Sizes
from archspec.conditions.solve import Box, Solution
from archspec.ops.intervals import collected
from archspec.words import counted, listed

MAX_RUNS = 3
"""Stretches that are listed; where there are more, the first numbers are."""
MAX_BOXES = 2
SHOWN = 4


def solution_in_words(solution: Solution | None, names: Iterable[str], also: str = "") -> str:
    """Which numbers the symbols may have; any where nothing is needed of them. `also` is what has to hold and is not solved:
    where nothing else is needed, they are `H and W where …`, for they are not any."""
    solved = _solved(solution, names)
    if not also:
        return solved
    return (
        f"{solved.removeprefix('any ')} where {also}" if solved.startswith("any ") else f"{solved}, where also {also}"
    )


def _solved(solution: Solution | None, names: Iterable[str]) -> str:
    if solution is None:
        solution = Solution([], {}, [])
    if solution.is_empty:
        return "no sizes"
    left = [name for name in names if name not in solution.ties]
    ties = ", ".join(f"{name} = {size}" for name, size in sorted(solution.ties.items()))
    parts = []
    for group in sorted(solution.groups, key=len):
        own = [name for name in left if any(name in box for box in group)]
        left = [name for name in left if name not in own]
        parts.append(_ways(group, own))
    if left:
        parts.append(box_in_words({}, left))
    return ", ".join(filter(None, (ties, "; and ".join(parts))))


def _ways(group: list[Box], names: list[str]) -> str:
    ways = list(dict.fromkeys(box_in_words(box, names) for box in group))
    more = [f"in {counted(len(ways) - MAX_BOXES, 'more way')}"] if len(ways) > MAX_BOXES else []
    return "; or ".join([*ways[:MAX_BOXES], *more])


def box_in_words(box: Box, names: Iterable[str]) -> str:
    """The numbers of one box: symbols that may have the same are named together."""
    alike: dict[Sizes, list[str]] = {}
    for name in names:
        alike.setdefault(box.get(name, ALL), []).append(name)
    return " with ".join(sizes_in_words(sizes, listed(same)) for sizes, same in alike.items())


def sizes_in_words(sizes: Sizes, of: str) -> str:
    """`H from 227 to 258`, `H ≥ 67`, `any H`, `H multiples of 16`."""
    if not sizes:
        return f"no {of}"
    if sizes.is_all:
        return f"any {of}"
    runs = sizes.runs
    if runs is not None and len(runs) <= MAX_RUNS:
        return f"{of} {', or '.join(_run(first, last) for first, last in runs)}"
    return f"{of} {_in_steps(sizes) or _listed(sizes)}"


def _run(first: int, last: int | None) -> str:
    if last is None:
        return f"≥ {first}"
    return f"= {first}" if first == last else f"from {first} to {last}"


def _in_steps(sizes: Sizes) -> str | None:
    """`multiples of 16 from 32`, or the first of some that are equally far apart; None where they are not."""
    if sizes.is_finite:
        numbers = list(sizes)
        step = numbers[1] - numbers[0]
        if any(number != numbers[0] + i * step for i, number in enumerate(numbers)):
            return None
        if numbers[0] % step == 0:
            return f"multiples of {step} from {numbers[0]} to {numbers[-1]}"
        return f"from {numbers[0]} to {numbers[-1]} in steps of {step}"
    first, step = next(iter(sizes)), len(sizes.tail)
    if sizes != Sizes(bytes(first), b"\1" + bytes(step - 1)):  # first, first + step, first + 2·step, …
        return None
    if first % step == 0:
        return f"multiples of {step}{f' from {first}' if first > step else ''}"
    return f"= {', '.join(str(first + i * step) for i in range(SHOWN - 1))}, … (in steps of {step})"


def _listed(sizes: Sizes) -> str:
    """The first numbers, stretches as such: `from 32 to 39, 64 to 71, … (again every 32)`."""
    runs: Sequence[tuple[int, int | None]] | None = sizes.runs
    if runs is None:  # so that every stretch ends
        period = len(sizes.tail)
        runs, end = collected(islice(sizes, len(sizes.head) + SHOWN * period)), f"(again every {period})"
    else:
        end = _run(*runs[-1])
    shown = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in runs[: SHOWN - 1])
    return f"{'=' if runs[0][0] == runs[0][1] else 'from'} {shown}, … {end}"
