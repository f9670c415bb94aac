"""Words that depend on a number. Enters: a count and a noun; leaves: both as they are read."""

from __future__ import annotations


def counted(count: object, noun: str, several: str = "") -> str:
    """`1 layer`, `1,234 layers`, `216*H*W layers`, `? layers` of None; `several` is the plural that is more than an s."""
    shown = "?" if count is None else f"{count:,}" if isinstance(count, int) else str(count)
    return f"{shown} {noun if count == 1 else several or f'{noun}s'}"
