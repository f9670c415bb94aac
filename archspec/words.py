"""Words that depend on a number. Enters: a count and a noun; leaves: both, as they are read."""

from __future__ import annotations

_PLURALS = {"axis": "axes", "entry": "entries", "fix": "fixes"}


def counted(count: object, noun: str, form: str = "") -> str:
    """`1 layer`, `3 layers`, `H*W layers`, `? layers` of None. `form` is that of a number: `,` separates thousands."""
    if count == 1:
        return f"1 {noun}"
    shown = "?" if count is None else f"{count:{form}}" if isinstance(count, int) else str(count)
    before, _, last = noun.rpartition(" ")
    several = _PLURALS.get(last, f"{last}s")
    return f"{shown} {before} {several}" if before else f"{shown} {several}"
