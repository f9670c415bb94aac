"""The nearest known name to one that is not known. Enters: a name and the choices; leaves: a name or None."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from itertools import islice

MOST = 60_000
"""Names compared in one document: each takes some microseconds, and a document may have 100,000 wrong ones."""

looked_for: ContextVar[list[int] | None] = ContextVar("looked_for", default=None)
"""How many names this run has compared, in a list of one; the engine starts one for each document."""


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that the name was most likely meant to be, or None where none is near.

    Case and underscores do not count; beyond that `difflib` decides, which is imported only when something is wrong.
    """
    so_far = looked_for.get()
    left = MOST - so_far[0] if so_far else MOST
    candidates = list(islice(choices, left + 1)) if left > 0 else []
    if so_far:
        so_far[0] += len(candidates)
    if not candidates or len(candidates) > left:
        return None
    from difflib import get_close_matches

    plain = {_plain(choice): choice for choice in sorted(candidates, reverse=True)}
    exact = plain.get(_plain(name))
    if exact is not None:
        return exact
    close = get_close_matches(_plain(name[:100]), plain, n=1, cutoff=0.7)
    return plain[close[0]] if close else None


def suggestion(name: str, choices: Iterable[str]) -> str:
    """`did you mean X?`, or nothing."""
    near = nearest(name, choices)
    return f"did you mean {near}?" if near else ""


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
