"""What sizes lie between where symbols have numbers from a first one on: polynomials in what they have beyond it.

Enters: the numbers of each symbol, and the floor division that counts them. Leaves: whether a size is proved to be 0 or more.
A floor division floor(p/d) lies between (p - d + 1)/d and p/d.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd, inf, lcm, prod
from typing import NamedTuple

from archspec.conditions.solve import Work
from archspec.dims.size import Atom, Floor, Monomial

MAX_FACTORS = 8
"""Factors of a term that is followed."""

Form = Mapping[Monomial, int]
"""A size as its terms."""
Polynomial = dict[tuple[str, ...], int]
"""Numbers in front of products of symbols; () is for the one that stands alone."""


class Span(NamedTuple):
    """The numbers of a symbol in a region: the first, how far it is to the last (None: without end), and their step."""

    first: int
    more: int | None = None
    step: int = 1


class Base(NamedTuple):
    """What the numbers of a symbol are counted by: floor((symbol + plus)/by)."""

    name: str
    plus: int
    by: int


class Bounds(NamedTuple):
    """What a term lies between, `by` times."""

    low: Polynomial
    high: Polynomial
    by: int


class Unbounded(ArithmeticError):
    """A term is not followed: it is divided by a symbol, or has a factor that may be below 0."""


def bases_of(monomials: Iterable[Monomial], names: Sequence[str]) -> dict[str, list[Base]]:
    """By what each symbol may be counted in terms, the coarsest first."""
    found: dict[str, set[Base]] = {name: set() for name in names}
    for atom in {atom for monomial in monomials for atom, _ in monomial}:
        base = _base(atom)
        if base is not None and base.name in found:
            found[base.name].add(base)
    return {name: sorted(bases, key=lambda base: (-base.by, base.plus)) for name, bases in found.items()}


def _base(atom: Atom) -> Base | None:
    """A symbol, or a floor division of one and a number."""
    if isinstance(atom, str):
        return Base(atom, 0, 1)
    if isinstance(atom, Floor) and isinstance(atom.denominator, int) and atom.denominator > 0:
        terms = dict(atom.numerator.terms)
        plus = terms.pop((), 0)
        if len(terms) == 1 and 1 in terms.values():
            (monomial,) = terms
            if len(monomial) == 1 and isinstance(monomial[0][0], str) and monomial[0][1] == 1:
                return Base(monomial[0][0], plus, atom.denominator)
    return None


class Scale:
    """Terms in a region as polynomials in what their symbols have beyond the first, each counted by its base or its steps."""

    def __init__(self, spans: Mapping[str, Span], bases: Sequence[Base], work: Work) -> None:
        self._work = work
        self._more: dict[str, int | None] = {}
        self._known: dict[Monomial, Bounds] = {}
        self._symbols: dict[str, Bounds] = {}
        counted = {base.name: base for base in bases}
        for name, (first, more, step) in spans.items():
            _, plus, by = counted.get(name, Base(name, -first, step))
            start = (first + plus) // by
            self._more[name] = None if more is None else (first + more + plus) // by - start
            low: Polynomial = {(): start * by - plus}
            if self._more[name] != 0:
                low[(name,)] = by
            self._symbols[name] = Bounds(low, {**low, (): low[()] + (by - 1 if name in counted else 0)}, 1)

    def is_positive(self, gap: Form) -> bool:
        """Whether a size is proved to be 0 or more. Raises Unbounded, Unsolved where that is too much work."""
        bounds = [(number, self._between(monomial)) for monomial, number in gap.items()]
        whole = lcm(*(one.by for _, one in bounds))
        total: Polynomial = {}
        for number, (low, high, by) in bounds:
            _add(total, low if number > 0 else high, number * (whole // by))
        return self._least(total) >= 0

    def _least(self, polynomial: Polynomial) -> float:
        """A number that it is never below."""
        least: float = polynomial.get((), 0)
        for names, number in polynomial.items():
            if names and number < 0:
                mores = [self._more[name] for name in names]
                least += number * prod(more for more in mores if more is not None) if None not in mores else -inf
        return least

    def _between(self, monomial: Monomial) -> Bounds:
        """What a product lies between. Raises Unbounded."""
        if monomial not in self._known:
            factors = [self._of_atom(atom) for atom, power in monomial for _ in range(min(power, MAX_FACTORS + 1))]
            if len(factors) > MAX_FACTORS:
                raise Unbounded
            found = Bounds({(): 1}, {(): 1}, 1) if len(factors) != 1 else factors[0]
            for one in factors if len(factors) > 1 else ():
                is_rising = all(number >= 0 for number in one.low.values())
                if not is_rising and self._least(one.low) <= -one.by:
                    raise Unbounded
                self._work.spend(len(found.high) * len(one.high))
                low = one.low if is_rising else {}  # a whole number above -1
                found = Bounds(_times(found.low, low), _times(found.high, one.high), found.by * one.by)
            self._known[monomial] = found
        return self._known[monomial]

    def _of_atom(self, atom: Atom) -> Bounds:
        if isinstance(atom, str):
            return self._symbols[atom]
        if not isinstance(atom, Floor) or not isinstance(atom.denominator, int) or atom.denominator < 1:
            raise Unbounded
        terms = [(number, self._between(monomial)) for monomial, number in atom.numerator.terms]
        whole = lcm(*(one.by for _, one in terms))
        low: Polynomial = {}
        high: Polynomial = {}
        for number, one in terms:
            self._work.spend(len(one.high))
            _add(low, one.low if number > 0 else one.high, number * (whole // one.by))
            _add(high, one.high if number > 0 else one.low, number * (whole // one.by))
        return Bounds(
            _floored(low, whole, atom.denominator, is_low=True),
            _floored(high, whole, atom.denominator, is_low=False),
            whole * atom.denominator,
        )


def _floored(numerator: Polynomial, whole: int, by: int, *, is_low: bool) -> Polynomial:
    """What whole*by*floor(p/by) is never below, or never above, for whole*p: where p = shared*q + r, no more than by - shared is
    left over beside r."""
    shared = gcd(by, *(number for names, number in numerator.items() if names)) if whole == 1 else 1
    left_over = (numerator.get((), 0) % shared if whole == 1 else 0) + (whole * (by - shared) if is_low else 0)
    return {**numerator, (): numerator.get((), 0) - left_over}


def _add(total: Polynomial, other: Polynomial, times: int) -> None:
    for names, number in other.items():
        total[names] = total.get(names, 0) + number * times


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for one, number in left.items():
        _add(found, {tuple(sorted(one + names)): other for names, other in right.items()}, number)
    return found
