"""What can be proved of sizes for every value of their symbols, each at least 1. Enters: sizes; leaves: True, False, or None for
what depends; and lower bounds. Nothing here guesses.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, gcd

from archspec.dims.size import Dim, Floor, Largest, Monomial, Size, exact_div, floor_div, sum_of
from archspec.limits import MAX_NUMBER


def prove_equal(left: Size, right: Size) -> bool | None:
    """Whether two sizes are the same for every value of their symbols: True, False (never), or None (it depends)."""
    if left == right:
        return True
    if isinstance(left, int) and isinstance(right, int):
        return False
    difference = without_ceilings(left - right)
    if isinstance(difference, int):
        return difference == 0
    if minimum(difference) > 0 or minimum(-difference) > 0:
        return False
    return None


def without_ceilings(size: Size) -> Size:
    """The size with floor(x/d) in place of what is a ceiling of another: floor(-x/d) = -floor((x + d - 1)/d).

    Sums that are equal by it alone look equal then: floor((x + 1)/2) and x - floor(x/2).
    """
    if isinstance(size, int):
        return size
    found: list[Size] = []
    for monomial, coefficient in size.terms:
        atom, power = monomial[0] if len(monomial) == 1 else ("", 1)
        if isinstance(atom, Floor) and isinstance(atom.denominator, int) and power == 1 and _is_ceiling(atom):
            turned = floor_div(-atom.numerator + (atom.denominator - 1), atom.denominator)
            found.append(-coefficient * turned)
        else:
            found.append(Dim(((monomial, coefficient),)))
    return sum_of(found)


def _is_ceiling(atom: Floor) -> bool:
    """Whether the other way to write it has the smaller numbers in front of its symbols."""
    assert isinstance(atom.denominator, int)
    own = [number % atom.denominator for monomial, number in atom.numerator.terms if monomial]
    other = [-number % atom.denominator for number in own]
    constant = dict(atom.numerator.terms).get((), 0) % atom.denominator
    return (own, constant) > (other, atom.denominator - 1 - constant)


def prove_divides(divisor: int, size: Size) -> bool | None:
    """Whether a divisor goes into a size for every value of its symbols: True, False (never), or None (it depends)."""
    if isinstance(size, int):
        return size % divisor == 0
    if exact_div(size, divisor) is not None:
        return True
    step = gcd(divisor, *(c for m, c in size.terms if m))
    constant = next((c for m, c in size.terms if not m), 0)
    return False if constant % step else None


def minimum(size: Size) -> float:
    """A lower bound of a size over all values of its symbols (each at least 1); -inf where none is seen."""
    if isinstance(size, int):
        return size
    if size.least is None:
        low = sum(_term_minimum(monomial, coefficient) for monomial, coefficient in size.terms)
        size.least = low if low > float("-inf") else _minimum_without_floors(size)
    return size.least


def _term_minimum(monomial: Monomial, coefficient: int) -> float:
    """A lower bound of one term."""
    low = 1.0
    for atom, power in monomial:
        bound = 1.0 if isinstance(atom, str) else float(_atom_minimum(atom))
        if bound < 0:
            return float("-inf")
        low = min(low * min(bound, MAX_NUMBER) ** min(power, 16), float(MAX_NUMBER))  # a float ends at 2^1024
    if monomial and coefficient < 0:
        return float("-inf")
    return coefficient * low


def _minimum_without_floors(size: Dim) -> float:
    """A lower bound by (a - b + 1)/b <= floor(a/b) <= a/b, so that what cancels does: T - floor(T/3) is at least 2/3*T."""
    total: dict[Monomial, Fraction] = {}
    left = [(monomial, Fraction(coefficient)) for monomial, coefficient in size.terms]
    while left:
        monomial, coefficient = left.pop()
        atom, power = monomial[0] if len(monomial) == 1 else ("", 1)
        if isinstance(atom, Floor) and isinstance(atom.denominator, int) and power == 1:
            share = coefficient / atom.denominator
            left += [(inner, share * number) for inner, number in atom.numerator.terms]
            if coefficient > 0:
                left.append(((), -share * (atom.denominator - 1)))
        else:
            total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    low = Fraction(0)
    for monomial, coefficient in total.items():
        least = _term_minimum(monomial, 1)
        if least < 0 or (monomial and coefficient < 0):
            return float("-inf")
        low += coefficient * Fraction(least)
    return float(ceil(low))  # sizes are whole


def _atom_minimum(atom: Floor | Largest) -> float:
    if isinstance(atom, Largest):
        return max(map(minimum, atom.inner))
    low = minimum(atom.numerator)
    if isinstance(atom.denominator, int):
        return low // atom.denominator
    return 0 if low >= 0 and minimum(atom.denominator) > 0 else float("-inf")
