"""A document's graph, whose shapes are inferred as it grows: repeats folded where their steps are alike, else written out.

Enters: a document; leaves: its graph with its shapes, and diagnostics. Of a network that is too large to be written out, long
repeats are followed step by step as far as something is wrong: what is wrong is said, and not that it is too large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, has_errors
from archspec.dims import Size
from archspec.document.model import Document, InputDeclaration
from archspec.expand.folding import Cut, Folding, refolded, with_asked
from archspec.expand.room import TooLarge
from archspec.expand.scope import expand
from archspec.facts.model import Facts
from archspec.facts.shapes import ShapeInference
from archspec.graph import Graph
from archspec.limits import MAX_FOLLOWED_LAYERS
from archspec.sharing import Kept
from archspec.source import Span

FOLLOWED = (64, 512, 4_096, 20_000)
"""How many steps of long repeats are followed, one time after the other, until something is wrong."""


class Instead(NamedTuple):
    """What a network is checked with in place of what its text says."""

    inputs: Sequence[InputDeclaration] | None = None
    """Other inputs than it declares."""
    inferred: Mapping[str, Mapping[str, Size]] | None = None
    """Arguments by layer that count as written where they are left out, so that parameters keep their sizes."""
    has_figures: bool = True
    """Whether figures, claims and warnings are asked for; without, only what code is written from, and errors."""
    has_claims: bool = True
    """Whether what it claims of itself is looked at."""


class Grown(NamedTuple):
    """A graph, if there is one, and what inferred its shapes."""

    graph: Graph | None
    inference: ShapeInference | None
    is_free: bool
    """Whether nothing was assumed of symbolic sizes."""
    work: int
    """How many layers were made, those of graphs that were left again included."""
    unlike: frozenset[Span] = frozenset()
    """Repeats that would have been folded, and whose steps turned out to differ."""


def grow(document: Document, report: list[Diagnostic], instead: Instead, folding: Folding | None, kept: Kept) -> Grown:
    """The document's graph. E0007 where it is too large and nothing that was followed of it is wrong."""
    grower, said = _Grower(document, instead, folding), len(report)
    try:
        return grower.grow(report, kept)
    except TooLarge as error:
        found = grower.follow()
        if found.grown is None:
            report.append(replace(error.diagnostic, notes=tuple(found.notes)))
            return Grown(None, None, grower.is_free, grower.work)
        report[said:] = found.report
        return found.grown._replace(work=grower.work)


class Followed(NamedTuple):
    """What is wrong as far as a network was followed, and the graph for it; else notes on how far it was."""

    report: list[Diagnostic]
    grown: Grown | None
    notes: list[str]


class _Grower:
    def __init__(self, document: Document, instead: Instead, folding: Folding | None) -> None:
        self.document = document
        self.instead = instead
        self.folding = folding
        self.is_free = True
        self.work = 0
        if folding is not None and instead.has_figures and instead.has_claims:
            self.folding = with_asked(folding, claimed(document))

    def grow(self, report: list[Diagnostic], kept: Kept) -> Grown:
        """The graph. Raises TooLarge."""
        said = len(report)

        def made(folding: Folding | None) -> Grown:
            is_first = folding is self.folding
            self.folding = folding
            del report[said:]
            # what was assumed of symbolic sizes is said where shapes are first inferred
            return self._expanded(report, kept if is_first else Kept())

        return refolded(made, self.folding)

    def _expanded(self, report: list[Diagnostic], kept: Kept) -> Grown:
        inferences: list[ShapeInference] = []

        def follow(graph: Graph) -> ShapeInference:
            facts = Facts(graph, instances=kept.instances, sights=kept.sights)
            inferences.append(ShapeInference(facts, report, self.instead.inferred))
            return inferences[-1]

        try:
            graph = expand(self.document, report, follow, kept.layers, self.folding)
        finally:
            self.is_free = self.is_free and not any(inference.noted for inference in inferences)
            self.work += sum(len(inference.facts.layers) for inference in inferences)
        unlike = self.folding.unlike if self.folding is not None else frozenset()
        return Grown(graph, inferences[-1] if graph is not None else None, self.is_free, self.work, unlike)

    def follow(self) -> Followed:
        """What is wrong of a network that is too large, with more and more steps of its long repeats."""
        folding = self.folding or Folding()
        found = Followed([], None, [])
        for steps in FOLLOWED:
            said: list[Diagnostic] = []
            self.folding = folding.followed(Cut(steps, MAX_FOLLOWED_LAYERS - self.work))
            try:
                grown = self.grow(said, Kept())
            except TooLarge:
                break
            if grown.graph is None or self.folding is None:
                break
            if has_errors(said):
                found = Followed(said, grown, [])
            elif grown.graph.cut:
                fits = f"the steps of {grown.graph.cut} are not alike; the first {steps:,} fit, and no more were tried"
                found = Followed([], None, [fits])
            if not grown.graph.cut:
                break
            folding = self.folding
        return found


def claimed(document: Document) -> list[str]:
    """The layers and groups of which a document says something."""
    return [path for one in (*document.expectations, *document.budgets) for path in one.layers]
