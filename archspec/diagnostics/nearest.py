"""The nearest known name to one that is not known. Enters: a name and the choices; leaves: a name or None."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from itertools import islice
from typing import NamedTuple

from archspec.limits import MAX_NAMES_COMPARED

COMPARED = 64
"""Names that `difflib` compares with a wrong one: those that have the most pairs of letters in common with it."""
MOST_NAMED = 8
"""Names that help lists."""
SWAPPED = 0.97
"""How like two names are of which one has two letters side by side the other way round: `form` is `from`, and not `for`."""
LETTERS = 400
"""A comparison takes up to the product of the two lengths; so many of it cost as much as looking at one name."""

NEAR, LIKE, APART = 0.7, 0.75, 0.1
"""How like a name is (1: the same) that may be meant; that is a wrong one misspelt; and how much less like all others are."""

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
    """The same, and whether it is the only one that can be meant. Of choices that are equally near, the first; a set has none,
    and goes by the alphabet.

    Case and underscores do not count; beyond that `difflib` decides, which is imported only when something is wrong.
    """
    candidates = _affordable(choices)
    if not candidates:
        return None
    if isinstance(choices, (set, frozenset)):
        candidates.sort()
    plain: dict[str, str] = {}
    for choice in candidates:
        plain.setdefault(_plain(choice), choice)
    wanted = _plain(name[:100])
    exact = plain.get(_plain(name))
    if exact is not None:
        return Near(exact, all(choice == exact for choice in candidates if _plain(choice) == _plain(exact)))
    likely = _likeliest(wanted, plain)
    look(sum(len(wanted) * len(choice) // LETTERS for choice in likely))
    close = _closest(wanted, likely)
    if not close:
        return None
    (like, first), *others = close
    is_as_long = abs(len(first) - len(wanted)) <= max(1, len(wanted) // 4)  # Foo is no Floor
    is_sure = like >= LIKE and is_as_long and not _are_numbered(wanted, first)
    return Near(plain[first], is_sure and all(like - other >= APART for other, _ in others))


def _are_numbered(one: str, other: str) -> bool:
    """Whether two names have one stem and different numbers: `conv2` may be a layer that is missing as well as `conv1`."""
    digits = "0123456789"
    stem = one.rstrip(digits)
    return stem == other.rstrip(digits) and one != stem != other


def find_path(name: str, paths: Iterable[str]) -> Near | None:
    """The path that ends with a name, as `head.fc7` with `fc7`, or else a near one."""
    known = _affordable(paths)
    inner = [path for path in known if path.endswith(f".{name}")] if name else []
    return Near(inner[0], len(inner) == 1) if inner else find_near(name, known)


def _affordable(choices: Iterable[str]) -> list[str]:
    """All of them; none where they are more than this run still looks at."""
    so_far = looked_for.get()
    left = MAX_NAMES_COMPARED - so_far[0] if so_far else MAX_NAMES_COMPARED
    found = list(islice(choices, left + 1)) if left > 0 else []
    look(len(found))
    return found if len(found) <= left else []


def look(count: int) -> None:
    """Counts names that are gone through for one that is wrong: all of a document share a limit."""
    so_far = looked_for.get()
    if so_far:
        so_far[0] += count


def suggestion(name: str, choices: Iterable[str]) -> str:
    """`did you mean X?`, or nothing."""
    near = nearest(name, choices)
    return f"did you mean {near}?" if near else ""


def names_here(names: Iterable[str], where: str = "here") -> str:
    """Help that lists the names that there are: the first of them. Nothing where there are none."""
    first = list(islice(names, MOST_NAMED + 1))
    more = ", …" if len(first) > MOST_NAMED else ""
    return f"the names {where} are {', '.join(first[:MOST_NAMED])}{more}" if first else ""


def nearest_names(inputs: Sequence[str], above: Iterable[str], where: str) -> str:
    """The same of inputs and of layers from the nearest: of many the nearest, in the order in which they stand."""
    shown = inputs[: MOST_NAMED // 2]
    nearest = list(islice(above, MOST_NAMED + 1 - len(shown)))
    if len(inputs) + len(nearest) <= MOST_NAMED:
        return names_here((*inputs, *reversed(nearest)), where)
    return f"the names {where} are {', '.join((*shown, '…', *reversed(nearest[: MOST_NAMED - len(shown)])))}"


def _closest(wanted: str, choices: Iterable[str]) -> list[tuple[float, str]]:
    """The two choices that are most like what is wanted, and how like they are; the first of those that are alike."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, "", wanted)
    found: list[tuple[float, str]] = []
    for choice in choices:
        if _is_swapped(choice, wanted):
            found.append((SWAPPED, choice))
            continue
        matcher.set_seq1(choice)
        if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and (like := matcher.ratio()) >= NEAR:
            found.append((like, choice))
    return heapq.nlargest(2, found, key=lambda pair: pair[0])


def _is_swapped(one: str, other: str) -> bool:
    """Whether two letters, no digits, have changed places and all else is the same."""
    if len(one) != len(other):
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))
    pair = one[at : at + 2]
    return len(pair) == 2 and pair.isalpha() and pair[::-1] == other[at : at + 2] and one[at + 2 :] == other[at + 2 :]


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


def is_spelt(name: str, choice: str) -> bool:
    """Whether a name is a choice but for case and underscores."""
    return _plain(name) == _plain(choice)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
