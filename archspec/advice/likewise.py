"""A mistake that was made again further on, where nothing could be seen of it: `BatchNorm1d` and `Conv1d` on images, a crop that
is missing before each join of a U-Net.

Enters: changes with none of which less is wrong; leaves: one with which it is, once those behind are put right in their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from archspec.advice.trial import WRONG_CLAIM, Trier
from archspec.diagnostics.model import Diagnostic, Fix
from archspec.limits import MAX_ADVISED

Advised = Callable[[Trier, int, Callable[[Diagnostic], bool]], Iterator[Diagnostic]]


def first_of_several(trier: Trier, ways: Sequence[Fix], problem: Diagnostic, advised: Advised) -> Fix | None:
    """The first change that may be needed several times, behind which the same is wrong of layers of which nothing was known, and
    each of them has a fix; or a claim of the very layer, which is told next."""
    for way in ways:
        new = trier.new(way.edits, problem, way.is_safe) if way.is_repeated else None
        if not new:
            continue
        behind = [after for after in new if not (after.code == WRONG_CLAIM and after.layer == problem.layer)]
        if are_further_on(trier, behind, problem) and (not behind or _have_fixes(trier, way, behind, advised)):
            return way
    return None


def are_further_on(trier: Trier, new: Sequence[Diagnostic] | None, problem: Diagnostic) -> bool:
    """Whether what comes in place of a problem is the same of layers of which nothing was known."""
    return new is not None and all(after.code == problem.code and after.layer not in trier.seen for after in new)


def _have_fixes(trier: Trier, way: Fix, behind: Sequence[Diagnostic], advised: Advised) -> bool:
    """Whether problems of the text with a change in it all have a fix."""
    after = trier.after(way.edits)
    if after is None:
        return False
    places = {(problem.code, problem.layer) for problem in behind}

    def is_behind(problem: Diagnostic) -> bool:
        return (problem.code, problem.layer) in places

    told = list(advised(after, MAX_ADVISED, is_behind))
    trier.left = after.left
    return all(problem.fix is not None for problem in told if is_behind(problem))
