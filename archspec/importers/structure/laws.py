"""Laws that say whole numbers by others. Enters: what is known in each occurrence, and the values. Leaves: the law, with `{}` for
what is known, or None where it does not hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from archspec.importers.structure.absent import ABSENT

MAX_TOKENS = 2
"""How many tokens may stand beside those of an image: one of its class, one to distill it."""
Law = Callable[[tuple[Any, ...], tuple[Any, ...]], str | None]


def _pairs(known: tuple[Any, ...], values: tuple[Any, ...]) -> list[tuple[int, int]] | None:
    """What is known beside the values, where all are whole numbers; None where they are not, or nothing differs."""
    pairs = [(a, b) for a, b in zip(known, values, strict=True) if b is not ABSENT]
    if not all(type(a) is int and a > 0 for a, _ in pairs):
        return None
    return pairs if len({b for _, b in pairs}) > 1 else None


def _multiple(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    pairs = _pairs(known, values)
    if pairs is None or pairs[0][1] < pairs[0][0]:
        return None
    factor = pairs[0][1] // pairs[0][0]
    return f"{factor} * {{}}" if all(b == factor * a for a, b in pairs) else None


def _part(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    pairs = _pairs(known, values)
    if pairs is None or not pairs[0][1]:
        return None
    divisor = pairs[0][0] // pairs[0][1]
    return f"{{}} // {divisor}" if divisor > 1 and all(a == divisor * b for a, b in pairs) else None


def _half(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    pairs = _pairs(known, values)
    return "{} // 2" if pairs is not None and all(a // 2 == b for a, b in pairs) else None


def _square(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """The number of windows in a square image."""
    pairs = _pairs(known, values)
    if pairs is None or not pairs[0][1] or len({a for a, _ in pairs}) < 3:  # two are often such squares by chance
        return None
    divisor = pairs[0][0] // max(1, math.isqrt(pairs[0][1]))
    return f"({{}} // {divisor}) ** 2" if divisor > 1 and all((a // divisor) ** 2 == b for a, b in pairs) else None


def _less(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """A border that lies so many pixels before the end."""
    pairs = _pairs(known, values)
    if pairs is None or len({a for a, _ in pairs}) < 3:
        return None
    difference = pairs[0][0] - pairs[0][1]
    return f"{{}} - {difference}" if difference > 0 and all(a - difference == b for a, b in pairs) else None


def _offset(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """So many more or fewer, at two sizes or more: one token beside those of an image."""
    pairs = _pairs(known, values)
    if pairs is None or len({a for a, _ in pairs}) < 2:
        return None
    difference = pairs[0][1] - pairs[0][0]
    sign = "+" if difference > 0 else "-"
    return f"{{}} {sign} {abs(difference)}" if all(a + difference == b for a, b in pairs) else None


def rounded_law(moduli: tuple[int, ...]) -> Law:
    """A part, rounded down or up, as convolutions leave it: by what strides multiply to, or what a model divides sizes by."""

    def law(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
        pairs = _pairs(known, values)
        if pairs is None or len({b for _, b in pairs}) < 3:  # numbers of two kinds are often such parts by chance
            return None
        found = [
            f"({{}} + {more}) // {divisor}" if more else f"{{}} // {divisor}"
            for divisor in sorted({*_STRIDES, *moduli})
            for more in (0, divisor - 1)
            if all((a + more) // divisor == b for a, b in pairs)
        ]
        return found[0] if len(found) == 1 else None

    return law


def remainder_law(moduli: tuple[int, ...]) -> Law:
    """What is left over of a size, or missing to a multiple, where no more than one of the same numbers gives the values."""

    def law(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
        pairs = _pairs(known, values)
        if pairs is None or len({a for a, _ in pairs}) < 4:
            return None
        for wanted in (moduli, _STRIDES):
            found = [
                f"{sign}{{}} % {modulus}"
                for modulus in wanted
                for sign in (("", "-") if modulus > 2 else ("",))  # of 2 they are the same
                if all((-a if sign else a) % modulus == b for a, b in pairs)
            ]
            if len(found) == 1:
                return found[0]
        return None

    return law


def difference(first: tuple[Any, ...], second: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """What one tensor has more than another, or than twice that, all or half of it: `{0}` and `{1}` stand for their sizes."""
    triples = [(a, b, value) for a, b, value in zip(first, second, values, strict=True) if value is not ABSENT]
    is_known = len(triples) >= 4 and all(type(a) is int and type(b) is int for a, b, _ in triples)
    if not is_known or len({value for *_, value in triples}) < 2:
        return None
    for text, more in _DIFFERENCES.items():
        for form, of in _PARTS.items():
            if all(of(more(a, b)) == value for a, b, value in triples):
                return form.replace("d", text)
    return None


def area(rows: tuple[Any, ...], columns: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """As many as an image has cells, and up to two tokens beside them: `{0}` and `{1}` stand for its sides."""
    sides, pairs = _pairs(rows, columns), _pairs(rows, values)
    if sides is None or pairs is None or len({a for a, _ in pairs}) < 2 or len(sides) != len(pairs):
        return None
    cells = [(a * b, value) for (a, b), (_, value) in zip(sides, pairs, strict=True)]
    for tokens in range(MAX_TOKENS + 1):
        divisor = cells[0][0] // max(1, cells[0][1] - tokens)
        if divisor > 0 and all(count == divisor * (value - tokens) for count, value in cells):
            part = f" // {divisor}" if divisor > 1 else ""
            return f"{{0}} * {{1}}{part}{f' + {tokens}' if tokens else ''}"
        side = math.isqrt(divisor)
        parts = (
            [((a // side) * (b // side), value) for (a, b), (_, value) in zip(sides, pairs, strict=True)]
            if side
            else []
        )
        if side > 1 and side**2 == divisor and all(count == value - tokens for count, value in parts):
            return f"({{0}} // {side}) * ({{1}} // {side}){f' + {tokens}' if tokens else ''}"
    return None


LAWS: tuple[Law, ...] = (_multiple, _part, _square, _less)
PADDING_LAWS: tuple[Law, ...] = (_half, *LAWS)
SIZE_LAWS: tuple[Law, ...] = (_multiple, _part, _offset)
"""Of values that are known to be sizes: each has one number of its own, which two sizes settle."""
_STRIDES = (2, 4, 8, 16, 32)
_DIFFERENCES: dict[str, Callable[[int, int], int]] = {
    "{0} - {1}": lambda a, b: a - b,
    "{1} - {0}": lambda a, b: b - a,
    "{0} - 2 * {1}": lambda a, b: a - 2 * b,
    "{1} - 2 * {0}": lambda a, b: b - 2 * a,
}
_PARTS: dict[str, Callable[[int], int]] = {
    "d": lambda d: d,
    "(d) // 2": lambda d: d // 2,
    "d - (d) // 2": lambda d: d - d // 2,
}
