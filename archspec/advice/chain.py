"""Several wrong brackets in a text that is no YAML: reading stops at the first, and no change of it alone leaves a right spec.

Enters: the changes that the first may want; leaves: those with which a change of each next one does. Each text is checked, and
the work is the trier's. Only brackets: a line that is indented otherwise says less of where the mistake is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit, Fix, has_errors
from archspec.document.json_text import as_json
from archspec.source import Source

if TYPE_CHECKING:
    from archspec.advice.trial import Checked, Trier

MAX_MISTAKES = 3
"""Mistakes of one text that are put right together: the ways of all of them are tried, each with each."""
_BRACKETS = frozenset("[]{}()")
UNREADABLE = "E0001"
"""A text that is no YAML."""


def leading(trier: Trier, ways: Sequence[Fix]) -> list[Fix]:
    """The changes from which a spec without errors is reached with the fewest more; none where that was not found out."""
    for more in range(MAX_MISTAKES if all(map(_is_bracket, ways)) else 1):
        answers = [_leads(trier, trier.found.source, way.edits, more) for way in ways]
        if None in answers:
            return []
        if True in answers:
            return [way for way, leads in zip(ways, answers, strict=True) if leads]
    return []


def _is_bracket(way: Fix) -> bool:
    """Whether a change is one of brackets alone."""
    return all(set(edit.replacement) | set(edit.span.text()) <= _BRACKETS for edit in way.edits)


def _leads(trier: Trier, source: Source, edits: Sequence[Edit], left: int) -> bool | None:
    """Whether a change of a text, and `left` more of those that are then said, leave no error; None where work has run out."""
    written = as_json(source, edits) if all(edit.span.source is source for edit in edits) else None
    if not written:
        return False
    if trier.left < trier.cost:
        return None
    trier.left -= trier.cost
    changed = trier.checked(apply(source, written))
    if not has_errors(changed.diagnostics):
        return True
    next = _next(changed)
    if next is None or not left or not trier.is_read_further(source, written):
        return False
    answers = [_leads(trier, changed.source, way.edits, left - 1) for way in next]
    return True if True in answers else None if None in answers else False


def _next(found: Checked) -> Sequence[Fix] | None:
    """The changes for what a text is no YAML for; None where it is, and has other errors."""
    problem = next((problem for problem in found.diagnostics if problem.code == UNREADABLE), None)
    return problem.ways if problem is not None else None
