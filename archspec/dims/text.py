"""How a size reads: as short as a person would write it, in the words of a spec's expressions. Enters: a size; leaves: its text.

`(H - 7)//4` where the normal form is floor((H + 1)/4) - 2; `256*((H - 35)//32)*((W - 35)//32)` where it is a sum of four.
What is written can be read again: `//` is floor division, `**` a power.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from archspec.dims.factors import factors
from archspec.dims.size import Atom, Dim, Floor, Monomial, Size, TooComplex

MAX_TERMS = 24
"""Sums of more terms are written as they are; nobody reads them anyway."""
MAX_LEFT = 2
"""Sums of more terms are not put in parentheses for a number that all of them have."""

MOST_SHIFTED, MOST_PERIODS = 3, 8
"""Floor divisions that a constant is spread over, and by how many periods each: every way is tried."""


def write(size: Dim) -> str:
    """The shortest of the ways to write a size that are known here; of equally short ones the plainest."""
    ways = [_sum(size)]
    if 1 < len(size.terms) <= MAX_TERMS:
        ways += filter(None, (_product(size), *_absorbed(size), *_shared(size), _products(size)))
    return min(ways, key=len)


def is_sum(text: str) -> bool:
    """Whether a written size would have to stand in parentheses beside others: `H - 2`, but not `(H - 7)//4`."""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == " " and not depth:
            return True
    return False


def _sum(size: Dim) -> str:
    """The terms, highest powers first, and one to begin with that is added where there is one."""
    ordered = sorted(
        (
            (-sum(p for _, p in monomial), _times(_parts(monomial)), _parts(monomial), number)
            for monomial, number in size.terms
        ),
        key=lambda term: term[:2],
    )
    if ordered[0][3] < 0:
        ordered.sort(key=lambda term: term[3] < 0)
    text = ""
    for _, _, parts, number in ordered:
        if not text:
            text = _times(parts, number)
        else:
            text += f" {'-' if number < 0 else '+'} {_times(parts, abs(number))}"
    return text


def _parts(monomial: Monomial) -> list[tuple[str, int]]:
    return [(_written(atom), power) for atom, power in monomial]


def _written(atom: Atom) -> str:
    if isinstance(atom, str):
        return atom
    return _floor(atom) if isinstance(atom, Floor) else f"max({', '.join(map(str, atom.inner))})"


def _times(parts: list[tuple[str, int]], number: int = 1) -> str:
    """A number times written parts to their powers. A floor division stands alone where it comes first: `H//16*(W//16)`."""
    if not parts:
        return str(number)
    found = [_factor(text) + (f"**{power}" if power > 1 else "") for text, power in parts]
    if number == 1 and parts[0][1] == 1 and not is_sum(parts[0][0]):
        found[0] = parts[0][0]
    if abs(number) != 1:
        found.insert(0, str(abs(number)))
    return f"{'-' if number < 0 else ''}{'*'.join(found)}"


def _floor(atom: Floor) -> str:
    return f"{_operand(str(atom.numerator))}//{_operand(str(atom.denominator))}"


def _operand(text: str) -> str:
    """A side of a floor division."""
    return f"({text})" if any(sign in text for sign in " */-") else text


def _factor(text: str) -> str:
    """A part of a product: what has a sum or a floor division in it stands in parentheses."""
    return f"({text})" if is_sum(text) or "//" in _outside(text) else text


def _outside(text: str) -> str:
    """What of a text stands in no parentheses."""
    depth, kept = 0, []
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if not depth and letter != ")":
            kept.append(letter)
    return "".join(kept)


def _product(size: Dim) -> str | None:
    """The size as a product, where it is one of several factors."""
    number, parts = factors(size)
    if len(parts) == 1 and (abs(number) == 1 or len(parts[0].terms) > MAX_LEFT):
        return None
    texts = [str(part) for part in parts]
    return _times([(text, texts.count(text)) for text in dict.fromkeys(texts)], number)


def _products(size: Dim) -> str | None:
    """A sum of areas, as the work of several layers comes to: a*h*w - a*h - a*w + a as a*(h - 1)*(w - 1), for each pair."""
    left = dict(size.terms)
    pairs = [
        (monomial, number)
        for monomial, number in size.terms
        if len(monomial) == 2 and monomial[0][1] == monomial[1][1] == 1
    ]
    atoms = [atom for monomial, _ in size.terms if len(monomial) > 1 for atom, _ in monomial]
    parts = []
    for monomial, number in pairs:
        one, other = monomial[:1], monomial[1:]
        shifts = [left.get(alone, 0) for alone in (other, one)]
        if any(atoms.count(atom) > 1 for atom, _ in monomial) or any(shift % number for shift in shifts):
            continue
        sides = [_shifted(side, shift // number) for side, shift in zip((one, other), shifts, strict=True)]
        for key, taken in (
            (monomial, number),
            (other, shifts[0]),
            (one, shifts[1]),
            ((), shifts[0] * shifts[1] // number),
        ):
            left[key] = left.get(key, 0) - taken
        parts.append((number, [(str(side), 1) for side in sides]))
    rest = {key: number for key, number in left.items() if number}
    if len(parts) < 2:
        return None
    text = ""
    for number, factored in sorted(parts, reverse=True):
        text = (
            f"{text} {'-' if number < 0 else '+'} {_times(factored, abs(number))}" if text else _times(factored, number)
        )
    return text if not rest else _joined(text, _sum(Dim(tuple(rest.items()))) if set(rest) != {()} else str(rest[()]))


def _shifted(side: Monomial, by: int) -> Dim:
    return Dim(((side, 1), ((), by))) if by else Dim(((side, 1),))


def _joined(head: str, rest: str) -> str:
    """Two sums as one."""
    return f"{head} - {rest[1:]}" if rest.startswith("-") else f"{head} + {rest}"


def _absorbed(size: Dim) -> Iterator[str]:
    """The size with what stands beside a floor division put into it: floor(p/d) + c = floor((p + c*d)/d)."""
    terms = dict(size.terms)
    for monomial, times in size.terms:
        atom = monomial[0][0] if len(monomial) == 1 and monomial[0][1] == 1 else None
        if not isinstance(atom, Floor) or not isinstance(atom.denominator, int) or atom.denominator < 2:
            continue
        others = {key: number for key, number in terms.items() if key != monomial}
        if all(number % times == 0 for number in others.values()):
            yield from _into(atom, atom.denominator, times, others, {})
        constant = others.pop((), 0)
        for share in {constant // times, -(-constant // times)} if constant and others else ():
            left = constant - share * times
            yield from _into(
                atom, atom.denominator, times, {(): share * times}, {**others, **({(): left} if left else {})}
            )


def _shared(size: Dim) -> Iterator[str]:
    """The size with its constant put into several floor divisions, each by whole periods: 7*((W + 3)//4) + 5*((W + 1)//2) - 12
    is 7*((W - 1)//4) + 5*((W - 1)//2)."""
    terms = dict(size.terms)
    constant = terms.pop((), 0)
    floors = [
        (monomial[0][0], number) for monomial, number in terms.items() if len(monomial) == 1 and monomial[0][1] == 1
    ]
    shifted = [
        (atom, number) for atom, number in floors if isinstance(atom, Floor) and isinstance(atom.denominator, int)
    ]
    if not constant or not 1 < len(shifted) <= MOST_SHIFTED:
        return
    for shifts in _sums_to(constant, [number for _, number in shifted]):
        left = {key: number for key, number in terms.items() if key not in {((atom, 1),) for atom, _ in shifted}}
        parts = []
        for (atom, number), periods in zip(shifted, shifts, strict=True):
            inner = atom.numerator + periods * atom.denominator
            if not isinstance(inner, Dim):
                return
            body = f"{_operand(_sum(inner))}//{_operand(str(atom.denominator))}"
            parts.append(_times([(body, 1)], number))
        parts.sort(key=lambda part: part.startswith("-"))
        text = reduce(_joined, parts)
        yield _joined(text, _sum(Dim(tuple(left.items())))) if left else text


def _sums_to(constant: int, numbers: list[int]) -> Iterator[list[int]]:
    """Small whole multiples of the numbers that come to the constant."""
    if len(numbers) == 1:
        if constant % numbers[0] == 0 and abs(constant // numbers[0]) <= MOST_PERIODS:
            yield [constant // numbers[0]]
        return
    for periods in range(-MOST_PERIODS, MOST_PERIODS + 1):
        yield from ([periods, *rest] for rest in _sums_to(constant - periods * numbers[0], numbers[1:]))


def _into(atom: Floor, by: int, times: int, taken: dict[Monomial, int], left: dict[Monomial, int]) -> Iterator[str]:
    """`times` floor divisions with what is taken in them, and what is left beside them."""
    try:
        inner: Size = atom.numerator + Dim(tuple((key, number // times * by) for key, number in taken.items()))
        if isinstance(inner, Dim) and times < 0 and _leads_negative(inner):
            inner, times = -inner + (by - 1), -times  # -floor(-p/d) = floor((p + d - 1)/d)
    except TooComplex:
        return
    if not isinstance(inner, Dim):
        return
    body = f"{_operand(_sum(inner))}//{by}"
    head = body if times == 1 else f"{'-' if times == -1 else f'{times}*'}({body})"
    if not left:
        yield head
        return
    yield _joined(head, _sum(Dim(tuple(left.items()))))


def _leads_negative(size: Dim) -> bool:
    return all(number < 0 for monomial, number in size.terms if monomial)
