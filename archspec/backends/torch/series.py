"""Values of one thing in all uses that are so many times those of another. Enters: two series; leaves: the factor.

What Flatten makes of channels and what a block widens have no expression in the spec; they are a multiple of something that has.
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.backends.python.code import Code
from archspec.backends.torch.uses import HOLE, Values


def scaled(named: Iterable[tuple[Values, Code]], values: Values) -> tuple[int, Code] | None:
    """How many times one of several series: the largest of those of which that is true."""
    found = [(factor, code) for known, code in named if (factor := factor_of(known, values)) is not None]
    return min(found, key=lambda one: one[0], default=None)


def factor_of(known: Values, values: Values) -> int | None:
    """How many times the one series the other is, where both are whole numbers and they are not the same throughout."""
    pairs = [(value, one) for value, one in zip(values, known, strict=True) if value is not HOLE]
    whole = [(value, one) for value, one in pairs if type(value) is int and type(one) is int and one > 0]
    if len(whole) < len(pairs) or len(set(whole)) < 2 or len({one for _, one in whole}) < 2:
        return None
    value, one = whole[0]
    factor = value // one
    return factor if factor > 1 and all(value == factor * one for value, one in whole) else None
