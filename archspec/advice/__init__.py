"""What would put an error right. Enters: what a check found, and the check itself; leaves: errors whose help was tried.

A change is said only where the spec with it, in memory, is without the error and has no other. Imported where there are errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archspec.advice.case import Case
from archspec.advice.claims import about_claim
from archspec.advice.fits import FITS, INPUTS, about_fit, about_input
from archspec.advice.trial import Checked, Trier
from archspec.diagnostics.model import Diagnostic

MAX_ADVISED = 20
"""Errors of a document for which something is tried: the first, which are those that are printed."""


def advise(found: Checked, recheck: Callable[[str], Checked]) -> list[Diagnostic]:
    """The diagnostics, those of the first errors with notes, help and fixes that were tried. `recheck` checks another text."""
    trier = Trier(found, recheck)
    case = Case(found.facts, found.document, trier) if found.facts is not None and found.document is not None else None
    told: list[Diagnostic] = []
    count = 0
    for diagnostic in found.diagnostics:
        is_error = diagnostic.severity == "error"
        count += is_error
        told.append(_advised(diagnostic, trier, case) if is_error and count <= MAX_ADVISED else diagnostic)
    return told


def _advised(error: Diagnostic, trier: Trier, case: Case | None) -> Diagnostic:
    notes, ways = list(error.notes), list(error.ways)
    node = case.by_path.get(error.layer) if case is not None and error.layer is not None else None
    if case is not None and node is not None and error.code == "E0301":
        more, ways = about_claim(case, error, node)
        notes = [*more, *notes]
    if case is not None and node is not None and error.code in INPUTS:
        ways = [*about_input(case, error, node), *ways]
    if case is not None and node is not None and error.code in FITS and not ways:
        more, ways = about_fit(case, error, node)
        notes = [*more, *notes]
    way = trier.best(ways, error)
    if way is None:
        return replace(error, notes=tuple(notes), ways=())
    fix = way.edits[0] if way.is_certain and len(way.edits) == 1 else None
    return replace(error, notes=tuple(notes), help=way.said, fix=fix, ways=())
