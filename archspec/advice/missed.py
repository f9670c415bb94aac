"""What could be done about a figure that is claimed and is another one. Leaves: changes to layers to be tried before the claim.

A claim was published, and a layer was written here: what puts another problem right, or what a warning advises, is likelier a
mistake than the claim is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.advice.borders import with_borders
from archspec.advice.case import Case
from archspec.advice.squeezed import left, removing
from archspec.advice.warnings import ADVISED, about_warning
from archspec.diagnostics.model import MISSED, Diagnostic, Fix, breaking

MAX_LIKELY = 12
"""Changes that are tried for one document's claims."""


class Missed:
    """The claims of a document that are missed, and the changes that meet some of them."""

    def __init__(self, case: Case, made: Sequence[tuple[str, Fix]]) -> None:
        self.case = case
        self.claims = [found for found in case.found.diagnostics if found.code == MISSED]
        self.likely = [*_of_problems(made), *_of_squeezes(case), *_of_warnings(case)][:MAX_LIKELY]
        self.met = {_place(claim): self._first(claim) for claim in self.claims}

    def _first(self, claim: Diagnostic) -> Fix | None:
        """The change that meets a claim, and leaves the fewest others; or a padding that was forgotten, which meets all."""
        way = self.case.trier.best(self.likely, claim)
        if way is None and not breaking(self.case.found.diagnostics):
            way = with_borders(self.case, claim)
        return way._replace(is_safe=False) if way is not None else None

    def ways(self, claim: Diagnostic) -> tuple[Fix, ...]:
        """The change that meets a claim; what is true in its place only where no change meets any claim, and nothing else that
        is wrong may change the figure."""
        way = self.met.get(_place(claim))
        if way is not None:
            return (way,)
        return claim.ways if not (breaking(self.case.found.diagnostics) or any(self.met.values())) else ()


def _of_problems(made: Sequence[tuple[str, Fix]]) -> Iterator[Fix]:
    """What puts the problems of layers right."""
    for path, fix in made:
        yield fix._replace(said=f"what puts {path} right makes this true, too")


def _of_squeezes(case: Case) -> Iterator[Fix]:
    """What makes a Squeeze remove the axes that it names."""
    for node in case.places.layers:
        if left(case, node):
            yield from (way._replace(said=f"{way.said}, with which the claim holds") for way in removing(case, node))


def _of_warnings(case: Case) -> Iterator[Fix]:
    """What warnings advise: all of one kind together, since what is forgotten once is often forgotten everywhere, and each."""
    kinds: dict[str, list[Fix]] = {}
    for warning in case.found.diagnostics:
        node = case.by_path.get(warning.layer) if warning.layer is not None and warning.code in ADVISED else None
        ways = about_warning(case, warning, node) if node is not None else []
        kinds.setdefault(warning.code, []).extend(ways[:1])
    for fixes in kinds.values():
        edits = tuple(edit for fix in fixes for edit in fix.edits)
        if len(fixes) > 1 and len({edit.span for edit in edits}) == len(edits):
            yield Fix(f"{fixes[0].said}, and likewise in {len(fixes) - 1} more, with which the claim holds", edits)
        yield from (fix._replace(said=f"{fix.said}, with which the claim holds") for fix in fixes)


def _place(problem: Diagnostic) -> tuple[int, int]:
    return problem.span[1], problem.span[2]
