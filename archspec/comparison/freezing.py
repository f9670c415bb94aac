"""What stopped to train, or does again, as a group. Enters: two groups that are one; leaves: what is true of all in each."""

from __future__ import annotations

from archspec.facts.model import Facts
from archspec.graph import Node, Scope, shown_parameter

NOTHING = "none"
"""What stands for a value that is not there."""
ALL = "all"


def frozen_parts(node: Node, facts: Facts) -> tuple[str, ...]:
    """The parameters of a layer that do not train; `all` of one that has some."""
    if not (node.frozen or node.frozen_parameters) or facts.of(node).parameters == {}:  # of none, it says nothing
        return ()
    return (ALL,) if node.frozen else tuple(shown_parameter(frozen.parameter) for frozen in node.frozen_parameters)


class FrozenGroups:
    """What groups of one network say of their layers, each looked at once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.known: dict[str, frozenset[str]] = {}

    def of(self, scope: Scope) -> str | None:
        """`all` where no layer in it trains, and `none` where all do; None where some do, or there are no parameters."""
        found = self._found(scope)
        return next(iter(found)) if len(found) == 1 and found <= {ALL, NOTHING} else None

    def _found(self, scope: Scope) -> frozenset[str]:
        if scope.path not in self.known:
            found: set[str] = set()
            for member in scope.members:
                if isinstance(member, Scope):
                    found |= self._found(member) if member.shares is None else set()
                elif member.shares is None and self.facts.of(member).parameters:
                    found.add(", ".join(frozen_parts(member, self.facts)) or NOTHING)
            self.known[scope.path] = frozenset(found)
        return self.known[scope.path]
