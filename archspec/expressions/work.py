"""How much the expressions of a document may compute, all together, so that checking a stranger's file always ends.

A step is a value that is computed, an item of a list that is read or made, or an argument or a `let` value of a block's use; a
layer takes more, since what is computed for it has to be looked up, or made. Each takes about a microsecond. Limits on one
expression would not do: a repeat evaluates it thousands of times.
"""

from __future__ import annotations

from archspec.limits import MAX_STEPS

NAMED = 10
"""Steps of an instance of a repeat whose name, condition or values are computed."""
COMPUTED = 20
"""Steps of a layer with expressions in its keys."""
MADE = 100
"""Steps of the first layer that has the same values for them: its op is built, and analysed on its inputs."""


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
