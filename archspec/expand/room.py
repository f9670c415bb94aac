"""How large a network may get. Everything is counted before it is made, so that what doubles or multiplies ends at once."""

from __future__ import annotations

from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.graph import Scope
from archspec.limits import MAX_CONNECTIONS, MAX_LAYERS, MAX_SCOPES
from archspec.source import Span


class TooLarge(Exception):
    """The network is larger than the limits; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


class TooDeep(TooLarge):
    """Its groups and blocks stand deeper in each other than they may."""


class Taken(NamedTuple):
    """How many layers, groups and connections there are."""

    layers: int
    scopes: int
    connections: int

    def __sub__(self, other: Taken) -> Taken:
        return Taken(*(ours - theirs for ours, theirs in zip(self, other, strict=True)))


class Room:
    """What a network has taken so far. Each method takes more, and raises TooLarge where that goes beyond a limit."""

    def __init__(self, most: int = MAX_LAYERS) -> None:
        self._most = most
        self._layers = 0
        self._scopes = 0
        self._connections = 0
        self.is_guessed = False
        """Whether an error hides how many layers something is, a repeat for one, and another number stands for it."""

    def layers(self, more: int, span: Span) -> None:
        """Entries of scopes. What `when` leaves out counts, and so do groups, so that empty ones end too."""
        self._layers += more
        if self._layers > self._most:
            raise too_large(span, f"more than {MAX_LAYERS:,} layers")

    def scopes(self, more: int, span: Span) -> None:
        """Groups, repeats, and uses of blocks."""
        self._scopes += more
        if self._scopes > MAX_SCOPES:
            raise too_large(span, f"more than {MAX_SCOPES:,} groups and uses of blocks")

    def connections(self, more: int, span: Span) -> None:
        """Tensors that are read."""
        self._connections += more
        if self._connections > MAX_CONNECTIONS:
            raise too_large(span, f"more than {MAX_CONNECTIONS:,} connections")

    @property
    def taken(self) -> Taken:
        """What there is so far."""
        return Taken(self._layers, self._scopes, self._connections)

    def again(self, taken: Taken, span: Span) -> None:
        """As much once more."""
        self.layers(taken.layers, span)
        self.scopes(taken.scopes, span)
        self.connections(taken.connections, span)

    def copy(self, scope: Scope, span: Span) -> None:
        """All that is in a scope once more."""
        self.scopes(1, span)
        self.layers(len(scope.slots), span)
        self.connections(sum(len(slot.reads) for slot in scope.slots), span)
        for member in scope.members:
            if isinstance(member, Scope):
                self.copy(member, span)


def too_large(span: Span, count: str) -> TooLarge:
    """E0007 for a network that would have so much."""
    limits = f"{MAX_LAYERS:,} layers, {MAX_SCOPES:,} groups and {MAX_CONNECTIONS:,} connections"
    return TooLarge(Diagnostic("E0007", f"the network would have {count}", span.start(), label="this goes beyond the limit",
                               help=f"at most {limits} can be written out one by one"))  # fmt: skip
