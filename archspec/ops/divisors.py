"""Groups and heads, which share channels out evenly. Enters: how many, and of what; leaves: an error that names others."""

from __future__ import annotations

from archspec.dims import Size
from archspec.limits import MAX_DIVISOR
from archspec.ops.base import Problem


def undivided(count: int, size: Size, owner: str, of: str, field: str) -> Problem:
    """E0304 for `count` groups (`owner` is what they are called) that do not divide `size`, which `of` puts into words."""
    near = _nearest(count, size) if isinstance(size, int) else []
    others = f"; {' and '.join(map(str, sorted(near[:2])))} divide it" if len(near) > 1 else ""
    instead = tuple((field, str(other)) for other in [*near[:4], 1])
    return Problem("E0304", f"has {count} {owner}, which do not divide {of}", field=field,
                   label=f"{size} / {count} is not whole{others}", instead=instead if near else ())  # fmt: skip


def _nearest(count: int, size: int) -> list[int]:
    """The divisors of a size, nearest first, the next below and the next above before all others."""
    fitting = [other for other in range(1, min(size, MAX_DIVISOR) + 1) if size % other == 0]
    below, above = [g for g in fitting if g < count][-1:], [g for g in fitting if g > count][:1]
    next_to_it = sorted([*below, *above], key=lambda other: abs(other - count))
    rest = sorted(fitting, key=lambda other: abs(other - count))
    return list(dict.fromkeys([*next_to_it, *rest]))
