"""Which of several sizes may be the largest. Enters: sizes, and which numbers their symbols have; leaves: a few of the sizes, of
which one is the largest for each of these numbers.

Numbers are looked at in regions, each symbol from a first number to a last one or without end. There a size lies between two
polynomials in what the symbols have beyond their first numbers, and one size is at least another where no term of their
difference is below 0. A region in which that leaves several sizes is cut in two.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from math import gcd, prod
from typing import NamedTuple

from archspec.conditions.scale import Base, Form, Scale, Span, Unbounded, bases_of
from archspec.conditions.sets import ALL, Sizes
from archspec.conditions.solve import Solution, Unsolved, Work
from archspec.dims import Dim, Size, evaluate, symbols
from archspec.limits import MAX_FIRST, MAX_HEAD, MAX_LARGEST_WORK, MAX_SOLUTIONS


class Allowed(NamedTuple):
    """The numbers that a symbol may have, and a number of which all their distances are multiples."""

    sizes: Sizes
    step: int


ANY = Allowed(ALL, 1)


def find_largest(sizes: Sequence[Size], solution: Solution | None) -> list[Size]:
    """Those sizes of which always one is the largest, for all numbers that the solution has: no other exceeds all of them."""
    forms: list[Form] = [dict(size.terms) if isinstance(size, Dim) else {(): size} for size in sizes]
    names = sorted(frozenset().union(*map(symbols, sizes)))
    bases = bases_of({monomial for form in forms for monomial in form}, names)
    needed: set[int] = set()
    work = Work(MAX_LARGEST_WORK)
    whole = dict.fromkeys(names, Span(1))
    regions = deque((allowed, whole, list(range(len(sizes)))) for allowed in _boxes(solution))
    while regions:
        allowed, spans, candidates = regions.popleft()
        fitting = _fitting(allowed, spans)
        if fitting is None:
            continue
        region = _Region(fitting, work)
        try:
            candidates = region.largest(sorted(candidates, key=lambda one: one not in needed), forms)
        except Unsolved:
            needed.update(candidates)
            continue
        first = {name: span.first for name, span in fitting.items()}
        needed.add(max(candidates, key=lambda one: evaluate(sizes[one], first)))
        if needed.issuperset(candidates):
            continue
        parts = _cut(fitting, bases)
        regions += ((allowed, part, candidates) for part in parts)
        needed.update(candidates if not parts else ())
    return [sizes[one] for one in sorted(needed)]


# Regions ----------------------------------------------------------------------------------------------------------------


def _boxes(solution: Solution | None) -> list[dict[str, Allowed]]:
    """The numbers that are allowed, box by box; more than they are where there are too many boxes."""
    groups = solution.groups if solution is not None else []
    if prod(map(len, groups)) > MAX_SOLUTIONS:
        groups = [group for group in groups if len(group) == 1]
    return [
        {name: Allowed(sizes, _step(sizes)) for box in boxes for name, sizes in box.items()}
        for boxes in product(*groups)
    ]


def _fitting(allowed: Mapping[str, Allowed], spans: Mapping[str, Span]) -> dict[str, Span] | None:
    """The spans from the first numbers that are allowed, as far as they go; None where there are none."""
    found = {}
    for name, (first, more, _) in spans.items():
        sizes, step = allowed.get(name, ANY)
        start = sizes.near(first)
        last = None if more is None else first + more
        if sizes.is_finite:
            end = sizes.head.rindex(1)
            last = end if last is None else min(end, last)
        if start < first or (last is not None and start > last):
            return None
        found[name] = Span(start, None if last is None else last - start, step)
    return found


def _step(sizes: Sizes) -> int:
    """What the numbers of a set are apart, or what that is a multiple of."""
    if len(sizes.head) > MAX_HEAD:
        return 1
    pattern = sizes.head + sizes.tail * 2
    return gcd(*(b - a for a, b in pairwise(n for n, one in enumerate(pattern) if one))) or 1


def _cut(spans: dict[str, Span], bases: Mapping[str, list[Base]]) -> list[dict[str, Span]]:
    """The spans in two parts: the widest one is cut where its coarsest floor division that is not one number changes."""
    ways = []
    for name, (first, more, _) in spans.items():
        for _, plus, by in (*bases[name], Base(name, 0, 1)):
            start = (first + plus) // by
            end = 2 * max(start, 1) if more is None else (first + more + plus) // by
            if end > start and (more is not None or first < MAX_FIRST):
                middle = end if more is None else (start + end + 1) // 2
                ways.append(((2 * by if more is None else more) / first, name, middle * by - plus))
                break
    if not ways:
        return []
    _, name, at = max(ways)
    first, more, _ = spans[name]
    rest = Span(at, None if more is None else first + more - at)
    return [{**spans, name: Span(first, at - 1 - first)}, {**spans, name: rest}]


class _Region:
    """Compares sizes in a region, on one scale or another."""

    def __init__(self, spans: Mapping[str, Span], work: Work) -> None:
        self._work = work
        self._spans = spans
        self._counted = [name for name, span in spans.items() if span.more != 0 and span.step == 1]
        self._scales: dict[tuple[Base, ...], Scale] = {}

    def largest(self, candidates: Sequence[int], forms: Sequence[Form]) -> list[int]:
        """Those of which none is proved to be at most another; of equal ones the first. Raises Unsolved beyond the work."""
        found: list[int] = []
        for one in candidates:
            if not any(self._is_at_least(forms[other], forms[one]) for other in found):
                found = [other for other in found if not self._is_at_least(forms[one], forms[other])] + [one]
        return found

    def _is_at_least(self, one: Form, other: Form) -> bool:
        """Whether that is proved for the whole region. Symbols are counted by the finest of their floor divisions in the
        difference, or else by the coarsest: the others then are never far from a multiple or a part of it."""
        numbers = ((monomial, one.get(monomial, 0) - other.get(monomial, 0)) for monomial in one.keys() | other.keys())
        gap = {monomial: number for monomial, number in numbers if number}
        bases = [own for own in bases_of(gap, self._counted).values() if own]
        for scale in dict.fromkeys(tuple(own[place] for own in bases) for place in (-1, 0)):
            self._work.spend(len(gap) + 1)
            if scale not in self._scales:
                self._scales[scale] = Scale(self._spans, scale, self._work)
            try:
                if self._scales[scale].is_positive(gap):
                    return True
            except Unbounded:
                return False
        return False
