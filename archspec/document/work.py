"""How much the expressions of a document may compute, all together, so that checking a stranger's file always ends.

A step is a value that is computed, an item of a list that is read or made, or an argument or a `let` value of a block's use.
Limits on one expression would not do: a repeat evaluates it thousands of times.
"""

from __future__ import annotations

MAX_STEPS = 2_000_000


class Exhausted(Exception):
    """The expressions of the document take more steps than a document may."""


class Work:
    """The steps that are left to a document."""

    __slots__ = ("is_told", "left")

    def __init__(self) -> None:
        self.left = MAX_STEPS
        self.is_told = False

    def spend(self, steps: int) -> None:
        """Takes steps. Raises Exhausted where not as many are left; from then on, always."""
        self.left -= steps
        if self.left < 0:
            raise Exhausted
