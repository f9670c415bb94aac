"""The nearest known name to one that is not known. Enters: a name and the choices; leaves: a name or None."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from contextvars import ContextVar
from itertools import islice
from typing import NamedTuple

from archspec.limits import MAX_NAMES_COMPARED

COMPARED = 64
"""Names that `difflib` compares with a wrong one: those that have the most pairs of letters in common with it."""
MOST_NAMED = 8
"""Names that help lists."""
LETTERS = 400
"""A comparison takes up to the product of the two lengths; so many of it cost as much as looking at one name."""

LIKE, APART = 0.75, 0.1
"""How like a name is (1: the same) that is a wrong one misspelt, and how much less like all others are."""

looked_for: ContextVar[list[int] | None] = ContextVar("looked_for", default=None)
"""How many names this run has looked at, in a list of one; the engine starts one for each document."""


class Near(NamedTuple):
    """A known name near one that is not known, and whether no other can be meant."""

    name: str
    is_only: bool


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that the name was most likely meant to be, or None where none is near."""
    near = find_near(name, choices)
    return near.name if near is not None else None


def find_near(name: str, choices: Iterable[str]) -> Near | None:
    """The same, and whether it is the only one that can be meant.

    Case and underscores do not count; beyond that `difflib` decides, which is imported only when something is wrong.
    """
    so_far = looked_for.get()
    left = MAX_NAMES_COMPARED - so_far[0] if so_far else MAX_NAMES_COMPARED
    candidates = list(islice(choices, left + 1)) if left > 0 else []
    if so_far:
        so_far[0] += len(candidates)
    if not candidates or len(candidates) > left:
        return None
    from difflib import SequenceMatcher, get_close_matches

    plain = {_plain(choice): choice for choice in sorted(candidates, reverse=True)}
    wanted = _plain(name[:100])
    exact = plain.get(_plain(name))
    if exact is not None:
        return Near(exact, True)
    likely = _likeliest(wanted, plain)
    if so_far:
        so_far[0] += sum(len(wanted) * len(choice) // LETTERS for choice in likely)
    close = get_close_matches(wanted, likely, n=2, cutoff=0.7)
    if not close:
        return None
    like, *others = (SequenceMatcher(None, choice, wanted).ratio() for choice in close)
    is_as_long = abs(len(close[0]) - len(wanted)) <= max(1, len(wanted) // 4)  # Foo is no Floor
    return Near(plain[close[0]], like >= LIKE and is_as_long and all(like - other >= APART for other in others))


def suggestion(name: str, choices: Iterable[str]) -> str:
    """`did you mean X?`, or nothing."""
    near = nearest(name, choices)
    return f"did you mean {near}?" if near else ""


def names_here(names: Iterable[str]) -> str:
    """Help that lists the names that there are: the first of them."""
    first = list(islice(names, MOST_NAMED + 1))
    return f"the names here are {', '.join(first[:MOST_NAMED])}{', …' if len(first) > MOST_NAMED else ''}"


def _likeliest(wanted: str, choices: Iterable[str]) -> list[str]:
    """The choices that `difflib` is asked about: all of a few; of many, those that share the most pairs of letters."""
    found = list(choices)
    if len(found) <= COMPARED:
        return found
    pairs = _pairs(wanted)
    return heapq.nlargest(COMPARED, found, key=lambda choice: _likeness(pairs, _pairs(choice[:200])))


def _pairs(name: str) -> set[str]:
    """The pairs of letters in a name, its ends included."""
    padded = f" {name} "
    return set(map(str.__add__, padded, padded[1:]))


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / (len(one) + len(other))


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
