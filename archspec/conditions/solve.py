"""For which numbers statements about sizes hold. Enters: statements; leaves: sets for each symbol, or that they are not solved.

A size of one symbol is made of it, whole numbers and floor divisions by numbers. On every residue class of its period it is a
polynomial with whole coefficients, so a statement about it is decided on each class for all numbers at once: nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from math import gcd, lcm, prod
from typing import NamedTuple

from archspec.conditions.sets import ALL, NONE, Sizes, TooLong, from_runs, of
from archspec.dims import Dim, Size, TooComplex, evaluate, minimum, parts_of_largest, substitute, symbol, symbols
from archspec.dims import work as size_work
from archspec.dims.factors import factors
from archspec.dims.size import Largest
from archspec.limits import MAX_POINTS, MAX_SCANNED, MAX_SET_PERIOD, MAX_SOLUTIONS, MAX_SOLVING_WORK
from archspec.ops.assumptions import Assumption

Box = dict[str, Sizes]
"""Numbers for each symbol, which fit whatever the others have; a symbol that is not there takes any."""


class Unsolved(ValueError):
    """A statement is not solved; that says nothing about whether it holds."""


class Work:
    """How many terms may still be worked out."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_SOLVING_WORK) -> None:
        self.left = left

    def spend(self, terms: int) -> None:
        """Raises Unsolved where there are no more."""
        self.left -= terms
        if self.left < 0:
            raise Unsolved


class Solution(NamedTuple):
    """Where statements hold: in a box of each group, with the ties, and with what is left open."""

    groups: list[list[Box]]
    """Symbols that have to do with each other are in one group; each of its boxes is a way in which they fit."""
    ties: dict[str, Size]
    """Symbols that follow from others: S = T."""
    open: list[Assumption]
    """What was not solved."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing fits: that is proved, whatever is open."""
        return not all(self.groups)


# One symbol -------------------------------------------------------------------------------------------------------------


def solve_one(statement: Assumption, name: str, work: Work) -> Sizes:
    """The numbers of the statement's only symbol for which it holds, all of them. Raises Unsolved."""
    size = statement.left - statement.right
    if isinstance(size, int):
        return ALL if (size == 0 if statement.is_equal else size >= 0) else NONE
    parts = parts_of_largest(statement.left)
    if len(parts) > 1:
        return _largest_is(parts, statement, name, work)
    period, degree = _period(size, name)
    work.spend(period * (degree + 1) * size.parts)
    runs: dict[int, list[tuple[int, int | None]]] = {}
    for first in range(1, period + 1):
        values = [evaluate(size, {name: first + period * step}) for step in range(degree + 1)]
        runs[first] = list(_where(values, statement.is_equal, work))
    try:
        return from_runs(period, runs)
    except TooLong:
        raise Unsolved from None


def _largest_is(parts: Sequence[Size], statement: Assumption, name: str, work: Work) -> Sizes:
    """Where the largest of several sizes is equal to another one, or at least that: not all are below it. Raises Unsolved."""
    below, up_to = ALL, ALL
    try:
        for part in parts:
            below &= solve_one(Assumption(statement.right - 1, part, is_equal=False), name, work)
            up_to &= solve_one(Assumption(statement.right, part, is_equal=False), name, work)
        return up_to & ~below if statement.is_equal else ~below
    except TooLong:
        raise Unsolved from None


def _period(size: Size, name: str) -> tuple[int, int]:
    """After how many steps of the symbol a size is polynomial again, and of which degree. Raises Unsolved."""
    period, degree = 1, 0
    for monomial, _ in size.terms if isinstance(size, Dim) else ():
        total = 0
        for atom, power in monomial:
            inner, own = 1, 1
            if not isinstance(atom, str):
                if isinstance(atom, Largest) or not isinstance(atom.denominator, int):
                    raise Unsolved
                inner, own = _period(atom.numerator, name)
                step = evaluate(atom.numerator, {name: 1 + inner}) - evaluate(atom.numerator, {name: 1})
                inner *= atom.denominator // gcd(step, atom.denominator) if own == 1 else atom.denominator
            period, total = lcm(period, inner), total + own * power
            if period > MAX_SET_PERIOD or total > 8:
                raise Unsolved
        degree = max(degree, total)
    return period, degree


def _where(values: list[int], is_equal: bool, work: Work) -> Iterator[tuple[int, int | None]]:
    """The stretches of t from 0 up where a polynomial, given by its first values, is 0, or at least 0. Raises Unsolved."""
    steps = _differences(values)
    if len(steps) <= 2:
        yield from _on_line(steps[0], steps[1] if len(steps) == 2 else 0, is_equal)
        return
    found: list[tuple[int, int | None]] = []
    for step in range(MAX_SCANNED):
        work.spend(1)
        value = steps[0]
        settled = all(more >= 0 for more in steps[1:]) or all(more <= 0 for more in steps[1:])
        grows = any(more > 0 for more in steps[1:])
        if settled and (value > 0) == grows and value != 0:  # it only goes on from here
            if value > 0 and not is_equal:
                _extend(found, step, None)
            yield from found
            return
        if value == 0 or (value > 0 and not is_equal):
            _extend(found, step, step)
        steps = [one + more for one, more in zip(steps, [*steps[1:], 0], strict=True)]
    raise Unsolved


def _extend(found: list[tuple[int, int | None]], first: int, last: int | None) -> None:
    if found and found[-1][1] == first - 1:
        found[-1] = (found[-1][0], last)
    else:
        found.append((first, last))


def _differences(values: list[int]) -> list[int]:
    """The first value, and by how much it changes, and by how much that does, without zeros at the end."""
    steps = []
    while values:
        steps.append(values[0])
        values = [b - a for a, b in pairwise(values)]
    while len(steps) > 1 and steps[-1] == 0:
        steps.pop()
    return steps


def _on_line(start: int, slope: int, is_equal: bool) -> Iterator[tuple[int, int | None]]:
    if slope == 0:
        if start == 0 or (start > 0 and not is_equal):
            yield 0, None
    elif is_equal:
        if start % slope == 0 and -start // slope >= 0:
            yield -start // slope, -start // slope
    elif slope > 0:
        yield max(0, -(start // slope)), None
    elif start >= 0:
        yield 0, start // -slope


# Several symbols --------------------------------------------------------------------------------------------------------


Known = dict[Assumption, list[Box] | None]
"""Where single statements hold; None of one that is not solved."""


class Solver:
    """Solves statements together; what one statement says is worked out once, also for others who share what is `known`."""

    def __init__(self, known: Known | None = None) -> None:
        self.work = Work()
        self._known: Known = {} if known is None else known

    def solve(self, statements: Sequence[Assumption]) -> Solution:
        """Where all statements hold together."""
        distinct = list(dict.fromkeys(statements))
        token = size_work.set(None)  # it has bounds of its own
        try:
            ties, left = _tie(distinct, self.work)
            solution = Solution([], ties, [])
            for group in _grouped(left):
                boxes, open = self._group(group)
                solution.groups.append(boxes)
                solution.open.extend(open)
            return solution._replace(groups=_merged(solution.groups))
        except Unsolved:
            return Solution([], {}, distinct)
        finally:
            size_work.reset(token)

    def _group(self, statements: list[Assumption]) -> tuple[list[Box], list[Assumption]]:
        """Where statements on one group of symbols hold, and those of them that are not solved."""
        boxes: list[Box] = [{}]
        open: list[Assumption] = []
        for statement in sorted(
            statements, key=lambda one: len(one.symbols) > 1
        ):  # what fits in one way only comes first
            found = self._boxes(statement)
            try:
                if found is None:
                    raise Unsolved
                self.work.spend(len(boxes) * len(found))
                met = [both for one in boxes for other in found if (both := _both(one, other)) is not None]
                if len(met) > MAX_SOLUTIONS:
                    raise Unsolved
                boxes = met
            except (Unsolved, TooLong):
                open.append(statement)
        return _tried(boxes, open, self.work)

    def _boxes(self, statement: Assumption) -> list[Box] | None:
        """Where one statement holds; None where that is not solved."""
        if statement not in self._known:
            try:
                self._known[statement] = _boxes(statement, self.work)
            except (Unsolved, TooComplex, ZeroDivisionError):
                if self.work.left < 0:  # which says nothing of the statement
                    return None
                self._known[statement] = None
        return self._known[statement]


def _tie(statements: list[Assumption], work: Work) -> tuple[dict[str, Size], list[Assumption]]:
    """Symbols that an equality says by others, and the statements without them."""
    ties: dict[str, Size] = {}
    while True:
        work.spend(sum(map(_parts, statements)))
        found = next(filter(None, map(_tied, statements)), None)
        if found is None:
            return ties, statements
        name, size, source = found
        try:
            put = [one._replace(left=substitute(one.left, {name: size}), right=substitute(one.right, {name: size}))
                   for one in statements if one is not source]  # fmt: skip
            ties = {other: substitute(known, {name: size}) for other, known in ties.items()}
        except (TooComplex, ZeroDivisionError):
            return ties, statements
        ties[name] = size
        statements = [*put, *([Assumption(size, 1, is_equal=False)] if minimum(size) < 1 else [])]


def _parts(statement: Assumption) -> int:
    """How long a statement is."""
    return sum(size.parts if isinstance(size, Dim) else 1 for size in (statement.left, statement.right))


def _tied(statement: Assumption) -> tuple[str, Size, Assumption] | None:
    """The symbol that an equality of several symbols says by the others, as in S = T or H = 2*(W//2) + 1."""
    if not statement.is_equal or len(statement.symbols) < 2:
        return None
    size = statement.left - statement.right
    alone = [
        (monomial[0][0], coefficient)
        for monomial, coefficient in (size.terms if isinstance(size, Dim) else ())
        if len(monomial) == 1 and isinstance(monomial[0][0], str) and monomial[0][1] == 1 and coefficient in (1, -1)
    ]
    for name, coefficient in sorted(alone, key=lambda one: (-len(str(one[0])), str(one[0]))):
        others = size - symbol(str(name)) * coefficient
        if name not in symbols(others):
            return str(name), others * -coefficient, statement
    return None


def _boxes(statement: Assumption, work: Work) -> list[Box]:
    """Where one statement holds. Raises Unsolved."""
    names = sorted(statement.symbols)
    if not names:
        return [{}] if solve_one(statement, "", work).is_all else []
    if len(names) == 1:
        found = solve_one(statement, names[0], work)
        return [{names[0]: found}] if found else []
    if not statement.is_equal:
        return _product_is_large(statement, work)
    for one, other in ((statement.left, statement.right), (statement.right, statement.left)):
        if isinstance(other, int):
            return _product_is(one, other, work)
    return _products_are_equal(statement, work)


def _both(one: Box, other: Box) -> Box | None:
    met = dict(one)
    for name, sizes in other.items():
        met[name] = met.get(name, ALL) & sizes
        if not met[name]:
            return None
    return met


def _by_symbol(size: Size) -> tuple[int, dict[str, Size]]:
    """A size as a number times sizes of one symbol each. Raises Unsolved."""
    if isinstance(size, int):
        return size, {}
    number, parts = factors(size)
    found: dict[str, Size] = {}
    for part in parts:
        names = part.symbols()
        if len(names) != 1:
            raise Unsolved
        name = min(names)
        found[name] = found.get(name, 1) * part
    return number, found


def _product_is(size: Size, total: int, work: Work) -> list[Box]:
    """Where a product of sizes of one symbol each is a number: one of them for each way to write it as a product."""
    number, parts = _by_symbol(size)
    if total == 0:
        raise Unsolved
    if total % number:
        return []
    boxes: list[Box] = []
    names = sorted(parts)
    for split in _splits(total // number, len(names)):
        found = {
            name: solve_one(Assumption(parts[name], one, is_equal=True), name, work)
            for name, one in zip(names, split, strict=True)
        }
        if all(found.values()):
            boxes.append(found)
            if len(boxes) > MAX_SOLUTIONS:
                raise Unsolved
    return sorted(boxes, key=lambda box: len(set(box.values())))


def _splits(total: int, parts: int) -> Iterator[list[int]]:
    """All ways to write a number as a product of so many whole numbers. Raises Unsolved."""
    if parts > 3 or abs(total) > 10**9:
        raise Unsolved
    if parts == 1:
        yield [total]
        return
    for one in _divisors(abs(total)):
        for first in (one, -one):
            yield from ([first, *rest] for rest in _splits(total // first, parts - 1))


def _divisors(total: int) -> list[int]:
    small = [one for one in range(1, int(total**0.5) + 1) if total % one == 0]
    return sorted({*small, *(total // one for one in small)})


def _products_are_equal(statement: Assumption, work: Work) -> list[Box]:
    """Where two products of the same symbols are equal and each factor of one is at most its like: where all of them are, and
    where one is 0, for then so is its like."""
    (first, left), (second, right) = _by_symbol(statement.left), _by_symbol(statement.right)
    shared = gcd(first, second)
    first, second = first // shared, second // shared
    if first > 1 and second > 1:
        raise Unsolved
    if first > 1:
        (first, left), (second, right) = (second, right), (first, left)
    if (
        set(left) != set(right)
        or first < 1
        or second < 1
        or any(minimum(size) < 0 for size in (*left.values(), *right.values()))
    ):
        raise Unsolved
    names = sorted(left)
    for split in _splits(second, len(names)):
        if min(split) < 1:
            continue
        pairs = {name: (left[name], right[name] * one) for name, one in zip(names, split, strict=True)}
        if all(minimum(a - b) >= 0 for a, b in pairs.values()):
            box = {name: solve_one(Assumption(a, b, is_equal=True), name, work) for name, (a, b) in pairs.items()}
            nothing = [{name: solve_one(Assumption(a, 0, is_equal=True), name, work)} for name, (a, _) in pairs.items()]
            return [one for one in (box, *nothing) if all(one.values())]
    raise Unsolved


def _product_is_large(statement: Assumption, work: Work) -> list[Box]:
    """Where a product is at least 1: where its factors are, as far as none can be below 0."""
    if statement.right != 1:
        raise Unsolved
    number, parts = _by_symbol(statement.left)
    if number < 1 or any(minimum(size) < 0 for size in parts.values()):
        raise Unsolved
    box = {name: solve_one(Assumption(size, 1, is_equal=False), name, work) for name, size in parts.items()}
    return [box] if all(box.values()) else []


def _grouped(statements: list[Assumption]) -> list[list[Assumption]]:
    """Statements that have to do with each other by their symbols, together; those without a symbol by themselves."""
    first: dict[str, str] = {}  # a symbol's way to the one that stands for its group

    def root(name: str) -> str:
        while first.setdefault(name, name) != name:
            first[name] = name = first[first[name]]
        return name

    for statement in statements:
        names = [root(name) for name in sorted(statement.symbols)]
        first.update(dict.fromkeys(names, names[0]) if names else {})
    groups: dict[str, list[Assumption]] = {}
    for number, statement in enumerate(statements):
        names = sorted(statement.symbols)
        groups.setdefault(root(names[0]) if names else f" {number}", []).append(statement)
    return list(groups.values())


def _merged(groups: list[list[Box]]) -> list[list[Box]]:
    """Groups that fit in one way only, as one."""
    single: Box = {}
    for group in groups:
        if len(group) == 1:
            single.update(group[0])
    return [*([[single]] if single else []), *(group for group in groups if len(group) != 1)]


def _tried(boxes: list[Box], open: list[Assumption], work: Work) -> tuple[list[Box], list[Assumption]]:
    """What is open is decided by trying, where the boxes hold few numbers; else it stays open."""
    left: list[Assumption] = []
    for statement in open:
        try:
            boxes = [part for box in boxes for part in _parted(statement, box, work)]
        except Unsolved:
            left.append(statement)
    return boxes, left


def _parted(statement: Assumption, box: Box, work: Work) -> list[Box]:
    """The part of a box in which a statement holds, as boxes. Raises Unsolved."""
    names = sorted(statement.symbols)
    sets = [box.get(name, ALL) for name in names]
    if not all(one.is_finite for one in sets) or prod(one.head.count(1) for one in sets) > MAX_POINTS:
        raise Unsolved
    points = list(product(*sets))
    work.spend(len(points) * _parts(statement))
    fits = [point for point in points if holds(statement, dict(zip(names, point, strict=True)))]
    if len(fits) in (0, len(points)):
        return [box] if fits else []
    others: dict[int, list[tuple[int, ...]]] = {}
    for first, *rest in fits:
        others.setdefault(first, []).append(tuple(rest))
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for first, more in others.items():
        alike.setdefault(tuple(more), []).append(first)
    found: list[Box] = []
    for rests, firsts in alike.items():
        columns = list(zip(*rests, strict=True))
        if prod(len(set(column)) for column in columns) != len(rests):
            raise Unsolved
        found.append({**box, names[0]: of(firsts), **{name: of(c) for name, c in zip(names[1:], columns, strict=True)}})
    if len(found) > MAX_SOLUTIONS:
        raise Unsolved
    return found


def holds(statement: Assumption, numbers: dict[str, int]) -> bool:
    """Whether a statement holds where its symbols have these numbers."""
    try:
        left, right = evaluate(statement.left, numbers), evaluate(statement.right, numbers)
    except ZeroDivisionError:
        return False
    return left == right if statement.is_equal else left >= right
