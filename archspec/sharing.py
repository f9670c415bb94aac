"""What checks of one text with different values have in common. Enters: what a check found; leaves: that, for the next.

All of it is kept by everything that it follows from, so that no check finds anything else with it than without.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.document.reader import read
from archspec.document.tree import Node
from archspec.expand.kept_layers import KeptLayers
from archspec.facts.instance import Instances
from archspec.facts.traced import Sights
from archspec.limits import MAX_SHARED
from archspec.source import Source, Span


class Kept:
    """What one check has found and others can use. It is one check's at a time."""

    __slots__ = ("instances", "layers", "sights")

    def __init__(self) -> None:
        self.layers = KeptLayers()
        self.instances = Instances()
        self.sights = Sights()

    @property
    def is_small(self) -> bool:
        """Whether it is worth keeping: what is kept is bounded, however many variants there are."""
        return max(len(self.layers), len(self.instances), len(self.sights)) <= MAX_SHARED


class Shared:
    """What a spec has in common with those that `with_` makes of it. It stays behind where a spec is copied or pickled."""

    __slots__ = ("_kept", "_read", "is_foldable", "unlike")

    def __init__(self) -> None:
        self.is_foldable = True
        """Whether checks may begin with their repeats folded: not where one without errors needed all of its layers."""
        self.unlike: frozenset[Span] = frozenset()
        """Repeats whose steps have turned out to differ."""
        self._read: tuple[Source, Node, tuple[Diagnostic, ...]] | None = None
        self._kept: list[Kept] = []

    def __reduce__(self) -> tuple[type[Shared], tuple[()]]:
        return type(self), ()

    def read(self, source: Source) -> tuple[Node, list[Diagnostic]]:
        """The tree of a text, and what is wrong with single values in it. Raises Unreadable."""
        if self._read is None or self._read[0] is not source:
            root, problems = read(source)
            self._read = source, root, tuple(problems)
        return self._read[1], list(self._read[2])

    def take(self) -> Kept:
        """What is kept, for one check: another that runs at the same time begins with nothing."""
        try:
            return self._kept.pop()
        except IndexError:
            return Kept()

    def give_back(self, kept: Kept) -> None:
        """For the next check. Only where the one that had it neither assumed anything of symbolic sizes nor spent work on them:
        the next would do so no more.
        """
        if kept.is_small:
            self._kept[:] = [kept]
