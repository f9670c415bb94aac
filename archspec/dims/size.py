"""The arithmetic of exact sizes. Enters: numbers and symbols; leaves: numbers, and `Dim`s.

A `Dim` is an integer polynomial. Its atoms are symbols (`N`, `H`), which stand for any whole number from 1 up, floor
divisions of one polynomial by another, and the largest of several. Two sizes that are the same polynomial are equal; floor is
never dropped.

Sizes come from strangers, and a few lines of a spec can double one again and again: what one size holds is bounded, and so
is the work on all sizes of a document. Beyond a bound is `TooComplex`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from math import gcd
from typing import NamedTuple

from archspec.limits import MAX_COUNT, MAX_POWER, MAX_SIZE_DEPTH, MAX_SIZE_PARTS, MAX_SIZE_WORK, MAX_TERMS

BATCH = "N"
"""The symbol of the batch dimension, which is always there and always free."""


SHORT = 8
"""Sizes of so few parts cost no more than numbers do, and are not counted."""

work: ContextVar[list[int] | None] = ContextVar("work", default=None)
"""The parts that this run has made, in a list of one; the engine starts one for each document."""


class TooComplex(ArithmeticError):
    """A size is beyond what is followed: too many terms or parts, numbers too large, or too much work before it."""


class Floor(NamedTuple):
    """The atom floor(numerator / denominator)."""

    numerator: Dim
    denominator: Size

    @property
    def key(self) -> str:
        """A text that no other atom has, to put atoms in order."""
        return f"({_key(self.numerator)})//({_key(self.denominator)})"

    @property
    def inner(self) -> tuple[Size, ...]:
        """The sizes that it is made of."""
        return self


class Largest(NamedTuple):
    """The atom max(inner), of at least two sizes."""

    inner: tuple[Size, ...]

    @property
    def key(self) -> str:
        """A text that no other atom has, to put atoms in order."""
        return f"max({','.join(map(_key, self.inner))})"


Atom = str | Floor | Largest
Monomial = tuple[tuple[Atom, int], ...]  # atoms with their powers, in the order of `_rank`; () is the constant term


def _rank(atom: Atom) -> tuple[bool, str]:
    return (False, atom) if isinstance(atom, str) else (True, atom.key)


def _key(size: Size) -> str:
    return str(size) if isinstance(size, int) else size.key


class Dim:
    """A size that is not a plain number. Immutable; never equal to an `int` (a constant result is an `int`)."""

    __slots__ = ("_hash", "_key", "_symbols", "_text", "depth", "least", "parts", "terms")
    terms: tuple[tuple[Monomial, int], ...]
    parts: int
    depth: int
    least: float | None
    """A lower bound, once `bounds.minimum` has found it."""

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        """Raises TooComplex where a bound is passed."""
        self.terms = terms
        self._hash = hash(terms)
        self._key: str | None = None
        self._text: str | None = None
        self._symbols: frozenset[str] | None = None
        self.least: float | None = None
        self._measure()

    def largest(self) -> int:
        """The largest number in front of its products."""
        return max(abs(coefficient) for _, coefficient in self.terms)

    def _measure(self) -> None:
        """Fills in `parts` and `depth`, and keeps the bounds."""
        parts, depth = len(self.terms), 0
        for monomial, coefficient in self.terms:
            if not -MAX_COUNT <= coefficient <= MAX_COUNT:
                raise TooComplex
            parts += len(monomial)
            for atom, power in monomial:
                if power > MAX_POWER:
                    raise TooComplex
                if not isinstance(atom, str):
                    for size in atom.inner:
                        if isinstance(size, Dim):
                            parts += size.parts
                            depth = max(depth, size.depth + 1)
                        elif not -MAX_COUNT <= size <= MAX_COUNT:
                            raise TooComplex
        _spend(parts)
        if parts > MAX_SIZE_PARTS or depth > MAX_SIZE_DEPTH:
            raise TooComplex
        self.parts, self.depth = parts, depth

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dim) and self._hash == other._hash and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Size) -> Size:
        if other == 0:
            return self
        return _from_terms([*self.terms, *_terms(other)])

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return Dim(tuple((monomial, -coefficient) for monomial, coefficient in self.terms))

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __rsub__(self, other: Size) -> Size:
        return -self + other

    def __mul__(self, other: Size) -> Size:
        if isinstance(other, int):
            if other == 1:
                return self
            return Dim(tuple((monomial, coefficient * other) for monomial, coefficient in self.terms)) if other else 0
        right = _terms(other)
        _spend(len(self.terms) * len(right))
        return _from_terms([(_times(m1, m2), c1 * c2) for m1, c1 in self.terms for m2, c2 in right])

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return floor_div(self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return floor_div(other, self)

    def __str__(self) -> str:
        if self._text is None:
            from archspec.dims.text import write

            token = work.set(
                None
            )  # what is read costs no more than what was computed, and is there when nothing more may be
            try:
                self._text = write(self)
            finally:
                work.reset(token)
        return self._text

    def __repr__(self) -> str:
        return f"Dim({self})"

    @property
    def key(self) -> str:
        """A text that no other size has, made without thought for readers."""
        if self._key is None:
            self._key = "+".join(
                "*".join([str(number), *(f"{_rank(atom)[1]}^{power}" for atom, power in monomial)])
                for monomial, number in self.terms
            )
        return self._key

    def symbols(self) -> frozenset[str]:
        """The names of all symbols that occur, inside of atoms too."""
        if self._symbols is None:
            found: set[str] = set()
            for monomial, _ in self.terms:
                for atom, _ in monomial:
                    found |= atom_symbols(atom)
            self._symbols = frozenset(found)
        return self._symbols


Size = int | Dim
Shape = tuple[Size, ...]


def symbol(name: str) -> Dim:
    """The size that is known by a name only."""
    return Dim(((((name, 1),), 1),))


def beside(size: Size | str) -> str:
    """The text of a size as it stands beside others: a sum in parentheses, `(H - 2)`."""
    if isinstance(size, int):
        return str(size)
    from archspec.dims.text import is_sum

    text = str(size)
    return f"({text})" if is_sum(text) else text


def symbols(size: Size) -> frozenset[str]:
    """The names of the symbols in a size; none for a number."""
    return size.symbols() if isinstance(size, Dim) else frozenset()


def atom_symbols(atom: Atom) -> frozenset[str]:
    """The names of the symbols in an atom."""
    return frozenset({atom}) if isinstance(atom, str) else frozenset().union(*map(symbols, atom.inner))


def product(sizes: Iterable[Size]) -> Size:
    """The product of sizes; 1 for none."""
    number = 1
    powers: dict[Atom, int] = {}
    sums: list[Dim] = []
    for size in sizes:
        if isinstance(size, int):
            number *= size
        elif len(size.terms) > 1:
            sums.append(size)
        else:  # one term after the other would make every product on the way
            ((monomial, coefficient),) = size.terms
            number *= coefficient
            for atom, power in monomial:
                powers[atom] = powers.get(atom, 0) + power
    found = _from_terms([(tuple(powers.items()), number)]) if powers else number
    for size in sums:
        found = found * size
    return found


def sum_of(sizes: Iterable[Size]) -> Size:
    """The sum of sizes; 0 for none. Equal ones are added once: a chain of layers often has one size throughout."""
    number = 0
    counts: Counter[Dim] = Counter()
    for size in sizes:
        if isinstance(size, int):
            number += size
        else:
            counts[size] += 1
    if not counts:
        return number
    return _from_terms([((), number), *((m, c * times) for size, times in counts.items() for m, c in size.terms)])


def floor_div(numerator: Size, denominator: Size) -> Size:
    """floor(numerator / denominator), simplified only where that is exact."""
    if isinstance(numerator, int) and isinstance(denominator, int):
        return numerator // denominator
    quotient = exact_div(numerator, denominator)
    if quotient is not None:
        return quotient
    if isinstance(numerator, int) or not isinstance(denominator, int):
        return _from_terms([(((Floor(_as_dim(numerator), denominator), 1),), 1)])
    if denominator < 0:
        return floor_div(-numerator, -denominator)
    # floor((a*d + r)/d) = a + floor(r/d) for whole a: take out of each term what divides.
    whole, rest = [], []
    for monomial, coefficient in numerator.terms:
        taken, left = divmod(coefficient, denominator)
        whole.append((monomial, taken))
        rest.append((monomial, left))
    remainder = _from_terms(rest)
    if isinstance(remainder, int):
        return _from_terms(whole) + remainder // denominator
    return _from_terms(whole) + _floor_of_remainder(remainder, denominator)


def ceil_div(numerator: Size, denominator: Size) -> Size:
    """ceil(numerator / denominator). By a positive number it is a floor too, so that it is followed like one."""
    if isinstance(denominator, int) and denominator > 0:
        return floor_div(numerator + (denominator - 1), denominator)
    return -floor_div(-numerator, denominator)


def largest_of(sizes: Iterable[Size]) -> Size:
    """max(sizes), in the order given; it is for sums that are told, and little is proved of it. There is at least one size."""
    distinct = tuple(dict.fromkeys(sizes))
    if len(distinct) == 1:
        return distinct[0]
    numbers = [size for size in distinct if isinstance(size, int)]
    return max(numbers) if len(numbers) == len(distinct) else Dim(((((Largest(distinct), 1),), 1),))


def parts_of_largest(size: Size) -> tuple[Size, ...]:
    """The sizes of which one is the largest; the size itself where it is no `max(…)`."""
    if isinstance(size, Dim) and len(size.terms) == 1:
        ((monomial, number),) = size.terms
        if number == 1 and len(monomial) == 1 and monomial[0][1] == 1 and isinstance(monomial[0][0], Largest):
            return monomial[0][0].inner
    return (size,)


def exact_div(numerator: Size, denominator: Size) -> Size | None:
    """The quotient where the division leaves no remainder whatever the symbols are, else None."""
    if isinstance(denominator, int):
        if denominator == 0 or any(c % denominator for _, c in _terms(numerator)):
            return None
        return _from_terms([(m, c // denominator) for m, c in _terms(numerator)])
    if len(denominator.terms) != 1:
        return 1 if numerator == denominator else None
    ((by, factor),) = denominator.terms
    powers = dict(by)
    quotient = []
    for monomial, coefficient in _terms(numerator):
        left = dict(monomial)
        if coefficient % factor or any(left.get(atom, 0) < power for atom, power in powers.items()):
            return None
        left = {atom: power - powers.get(atom, 0) for atom, power in left.items()}
        quotient.append((tuple((a, p) for a, p in left.items() if p), coefficient // factor))
    return _from_terms(quotient)


def substitute(size: Size, values: Mapping[str, int] | Mapping[str, Size]) -> Size:
    """The size with numbers, or other sizes, in place of some of its symbols."""
    if isinstance(size, int) or size.symbols().isdisjoint(values):
        return size
    found: list[Size] = []
    for monomial, coefficient in size.terms:
        free = tuple(factor for factor in monomial if _is_free(factor[0], values))
        term = _from_terms([(free, coefficient)])
        for atom, power in monomial:
            if not _is_free(atom, values):
                term = term * _raised(_substitute_atom(atom, values), power)
        found.append(term)
    return sum_of(found)


def evaluate(size: Size, numbers: Mapping[str, int]) -> int:
    """The number that a size is for numbers of all its symbols. Raises KeyError for one that has none, ZeroDivisionError."""
    if isinstance(size, int):
        return size
    total = 0
    for monomial, coefficient in size.terms:
        value = coefficient
        for atom, power in monomial:
            if isinstance(atom, str):
                found = numbers[atom]
            elif isinstance(atom, Largest):
                found = max(evaluate(one, numbers) for one in atom.inner)
            else:
                found = evaluate(atom.numerator, numbers) // evaluate(atom.denominator, numbers)
            value *= found if power == 1 else found**power
        total += value
    return total


def _is_free(atom: Atom, values: Mapping[str, int] | Mapping[str, Size]) -> bool:
    """Whether none of the symbols stands in an atom."""
    return atom not in values if isinstance(atom, str) else atom_symbols(atom).isdisjoint(values)


def _substitute_atom(atom: Atom, values: Mapping[str, int] | Mapping[str, Size]) -> Size:
    if isinstance(atom, str):
        return values[atom]
    if isinstance(atom, Largest):
        return largest_of(substitute(size, values) for size in atom.inner)
    return floor_div(substitute(atom.numerator, values), substitute(atom.denominator, values))


def _raised(size: Size, power: int) -> Size:
    """The size to a power, which is at most `MAX_POWER`."""
    return size**power if isinstance(size, int) else product([size] * power)


def _floor_of_remainder(remainder: Dim, denominator: int) -> Size:
    """floor(remainder / denominator) for coefficients already reduced below the denominator."""
    constant = next((c for m, c in remainder.terms if not m), 0)
    common = gcd(denominator, *(c for m, c in remainder.terms if m))
    if common > 1:  # floor((g*a + c)/(g*b)) = floor((a + floor(c/g))/b)
        reduced = [(m, c // common) for m, c in remainder.terms if m] + [((), constant // common)]
        return floor_div(_from_terms(reduced), denominator // common)
    if len(remainder.terms) == 1:
        ((monomial, coefficient),) = remainder.terms
        if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            return _nested_floor(monomial[0][0], 0, denominator, remainder)
    if len(remainder.terms) == 2 and constant:
        monomial, coefficient = next(term for term in remainder.terms if term[0])
        if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
            return _nested_floor(monomial[0][0], constant, denominator, remainder)
    return _from_terms([(((Floor(remainder, denominator), 1),), 1)])


def _nested_floor(atom: Atom, constant: int, denominator: int, whole: Dim) -> Size:
    """floor((floor(a/b) + c)/d) = floor((a + b*c)/(b*d)), so that chains of strides stay one division."""
    if isinstance(atom, Floor) and isinstance(atom.denominator, int):
        return floor_div(atom.numerator + atom.denominator * constant, atom.denominator * denominator)
    return _from_terms([(((Floor(whole, denominator), 1),), 1)])


def _as_dim(size: Size) -> Dim:
    return size if isinstance(size, Dim) else Dim((((), size),))


def _terms(size: Size) -> tuple[tuple[Monomial, int], ...]:
    if isinstance(size, Dim):
        return size.terms
    return (((), size),) if size else ()


def _times(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left)
    for atom, power in right:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(powers.items())


def _spend(parts: int) -> None:
    """Notes what a size takes. Raises TooComplex where the document has taken too much, so that all that follows is cheap."""
    spent = work.get()
    if spent is not None and parts > SHORT:
        spent[0] += parts
        if spent[0] > MAX_SIZE_WORK:
            raise TooComplex


def _from_terms(terms: Sequence[tuple[Monomial, int]]) -> Size:
    _spend(len(terms))
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        key = monomial if len(monomial) < 2 else tuple(sorted(monomial, key=lambda item: _rank(item[0])))
        total[key] = total.get(key, 0) + coefficient
    kept = {m: c for m, c in total.items() if c}
    if len(kept) > MAX_TERMS:
        raise TooComplex
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        return kept[()]
    if len(kept) == 1:  # nothing to order, so no text to make
        return Dim(tuple(kept.items()))
    return Dim(tuple(sorted(kept.items(), key=lambda term: [(_rank(a), p) for a, p in term[0]])))
