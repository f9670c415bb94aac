"""Sizes as products of smaller ones: `256*h*w` where the normal form is a sum. Enters: a size; leaves: its factors.

Only what splits by symbols is found: a polynomial in H and W that is one in H times one in W. That is how areas, features and
counts come about, and it is decided exactly: the table of coefficients, one axis by what speaks of H, the other by the rest,
has rank one.
"""

from __future__ import annotations

from math import gcd, isqrt
from typing import NamedTuple

from archspec.dims.size import Atom, Dim, Monomial, Size, atom_symbols
from archspec.limits import MAX_FACTORED_TERMS


class Factors(NamedTuple):
    """A number, and sizes that no two of which speak of one symbol unless they are one atom; their product is the size."""

    number: int
    sizes: tuple[Dim, ...]


def factors(size: Dim) -> Factors:
    """The factors of a size, as far as they are seen; the size itself where there are none."""
    if len(size.terms) > MAX_FACTORED_TERMS:
        return Factors(1, (size,))
    number = gcd(*(coefficient for _, coefficient in size.terms))
    if all(coefficient < 0 for _, coefficient in size.terms):
        number = -number
    shared = dict(size.terms[0][0])
    for monomial, _ in size.terms:
        powers = dict(monomial)
        shared = {atom: min(power, powers.get(atom, 0)) for atom, power in shared.items() if atom in powers}
    found = [Dim(((((atom, 1),), 1),)) for atom, power in shared.items() for _ in range(power)]
    rest = _polynomial({_without(monomial, shared): c // number for monomial, c in size.terms})
    while isinstance(rest, Dim):
        one, rest = _split(rest) or _rooted(rest) or (rest, 1)
        if _is_below(one):
            one, number = -one, -number
        found.append(one)
    return Factors(number, tuple(found))


def _is_below(size: Dim) -> bool:
    """Whether a size is better read with all its signs turned: `2 - H`, as a factor, is less than `H - 2` with a minus before."""
    numbers = [coefficient for monomial, coefficient in size.terms if monomial]
    return all(number < 0 for number in numbers)


def _without(monomial: Monomial, taken: dict[Atom, int]) -> Monomial:
    return tuple((atom, power - taken.get(atom, 0)) for atom, power in monomial if power > taken.get(atom, 0))


def _polynomial(terms: dict[Monomial, int]) -> Size:
    if set(terms) == {()}:
        return terms[()]
    return Dim(tuple(terms.items()))


def _split(size: Dim) -> tuple[Dim, Dim] | None:
    """The size as a product of one that speaks of some symbols and one that speaks of the others."""
    own = _together(size)
    if own == size.symbols():
        return None
    table: dict[Monomial, dict[Monomial, int]] = {}
    for monomial, coefficient in size.terms:
        row = tuple(part for part in monomial if atom_symbols(part[0]) <= own)
        table.setdefault(row, {})[tuple(part for part in monomial if part not in row)] = coefficient
    first = next(iter(table.values()))
    pivot = next(iter(first))
    if any(pivot not in row for row in table.values()):
        return None
    rows = {monomial: row[pivot] for monomial, row in table.items()}
    row_content, column_content = gcd(*rows.values()), gcd(*first.values())
    left = {monomial: number // row_content for monomial, number in rows.items()}
    right = {monomial: number // column_content for monomial, number in first.items()}
    sign = first[pivot] // (next(iter(left.values())) * right[pivot])
    if sign not in (1, -1) or any(
        row != {column: sign * a * b for column, b in right.items()}
        for a, row in zip(left.values(), table.values(), strict=True)
    ):
        return None
    one, other = _polynomial(left), _polynomial({column: sign * b for column, b in right.items()})
    return (one, other) if isinstance(one, Dim) and isinstance(other, Dim) else None


def _rooted(size: Dim) -> tuple[Dim, Size] | None:
    """A square over one atom as a product: a*x**2 + b*x + c = (x - r)*(a*x + b + a*r) for a whole root r."""
    powers = {monomial[0][1]: coefficient for monomial, coefficient in size.terms if len(monomial) == 1}
    atoms = {monomial[0][0] for monomial, _ in size.terms if len(monomial) == 1}
    constant = dict(size.terms).get((), 0)
    if len(atoms) != 1 or max(powers) != 2 or len(powers) + (constant != 0) != len(size.terms):
        return None
    a, b, (atom,) = powers[2], powers.get(1, 0), atoms
    inside = b * b - 4 * a * constant
    root = isqrt(inside) if inside >= 0 else -1
    for over in (root - b, -root - b):
        if root * root == inside and over % (2 * a) == 0:
            whole = over // (2 * a)
            one, other = _line(atom, 1, -whole), _line(atom, a, b + a * whole)
            return one, other
    return None


def _line(atom: Atom, slope: int, constant: int) -> Dim:
    return Dim(tuple(term for term in ((((atom, 1),), slope), ((), constant)) if term[1]))


def _together(size: Dim) -> frozenset[str]:
    """The symbols that are bound to the first one by standing in one atom with it, or with one that is."""
    atoms = [atom_symbols(atom) for monomial, _ in size.terms for atom, _ in monomial]
    found = frozenset({min(size.symbols())})
    while True:
        wider = found.union(*(names for names in atoms if names & found))
        if wider == found:
            return found
        found = wider
