"""What several specs have in common, said once. Enters: diagnostics with the spec that each is of; leaves: one for each place.

A place in a file of blocks is one of every spec that imports it, and whoever is shown places wants to see each of them once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from archspec.diagnostics.model import Diagnostic
from archspec.source import Span
from archspec.words import counted

MOST_SPECS = 3
"""Specs that are named before the rest is a number."""


def once(found: Iterable[tuple[str, Diagnostic]]) -> list[Diagnostic]:
    """In their order. One that stands in another file than the spec's own has a note that says of which specs it is."""
    groups: dict[tuple[object, ...], tuple[Diagnostic, list[str]]] = {}
    for spec, diagnostic in found:
        _, specs = groups.setdefault(_said(diagnostic), (diagnostic, []))
        if spec not in specs:
            specs.append(spec)
    return [_of(diagnostic, specs) for diagnostic, specs in groups.values()]


def _said(diagnostic: Diagnostic) -> tuple[object, ...]:
    """The place and what is said of it, whatever the block is called where it is used."""
    said = diagnostic.message
    parts = (diagnostic.layer or "").split(".")[:-1]
    for count in range(len(parts), 0, -1):
        said = said.replace(f"{'.'.join(parts[:count])}.", "")
    return diagnostic.code, _place(diagnostic.span), said


def _place(span: Span) -> tuple[str, int, int, int, int]:
    return os.path.normpath(span.source.path), span.line, span.column, span.end_line, span.end_column


def _of(diagnostic: Diagnostic, specs: list[str]) -> Diagnostic:
    if specs == [diagnostic.span.source.path]:
        return diagnostic
    named = ", ".join(specs[:MOST_SPECS])
    more = f" and {len(specs) - MOST_SPECS} more" if len(specs) > MOST_SPECS else ""
    many = f"the same of {counted(len(specs), 'spec')}: " if len(specs) > 1 else "of "
    return replace(diagnostic, notes=(f"{many}{named}{more}", *diagnostic.notes))
