"""Values of one thing in all uses of a class, and where they come from. Enters: two series; leaves: whether they are one.

What Flatten makes of channels and what a block widens have no expression in the spec; they are a multiple of something that has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from archspec.backends.python.code import Code
from archspec.backends.torch.uses import HOLE, Values
from archspec.dims import Dim, Size

Origin = object
"""Of a size, a `Size` over the arguments; `Computed`; of what no argument changes, its value; None: it is not known."""
Series = Mapping[int, Origin]
"""The origin of one thing in each use of a class, by the id of the use's scope."""


class Known(NamedTuple):
    """Code that has these values, and where they come from."""

    values: Values
    code: Code
    origins: Series | None = None


def is_proven(known: Series | None, wanted: Series | None) -> bool:
    """Whether one thing is another in all uses in which that is."""
    if wanted is None:
        return True
    return known is not None and all(one is not None and known.get(key) == one for key, one in wanted.items())


def are_same(left: Series | None, right: Series | None) -> bool:
    """Whether two things come from the same wherever both are, as far as is known."""
    if left is None or right is None:
        return left is right
    return all(left[key] == right[key] for key in left.keys() & right.keys())


def in_all(parts: Iterable[Series | None]) -> Series | None:
    """The first of several that is there, in each use."""
    found: dict[int, Origin] = {}
    for part in parts:
        if part is None:
            return None
        found = {**part, **found}
    return found


def combined(first: Series | None, second: Series | None, by: Callable[[Size, Size], Size]) -> Series | None:
    """The sum, or another such thing, of two sizes that both are there."""
    if first is None or second is None:
        return None
    found: dict[int, Origin] = {}
    for key in first.keys() & second.keys():
        one, other = first[key], second[key]
        is_known = isinstance(one, (int, Dim)) and isinstance(other, (int, Dim))
        found[key] = by(one, other) if is_known else None  # type: ignore[arg-type]
    return found


def times_of(series: Series | None, factor: int) -> Series | None:
    """So many times a size."""
    return (
        combined(series, dict.fromkeys(series, factor), lambda one, other: one * other) if series is not None else None
    )


def scaled(named: Iterable[Known], values: Values, origins: Series | None) -> tuple[int, Code] | None:
    """How many times one of several series: the largest of those of which that is true."""
    found = [(factor, known.code) for known in named if (factor := factor_of(known.values, values)) is not None
             and is_proven(times_of(known.origins, factor), origins)]  # fmt: skip
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
