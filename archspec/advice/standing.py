"""How the places of problems and of changes stand to each other. Enters: two of them; leaves: whether one is beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from archspec.diagnostics.edits import is_written, offset_before, shifts
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.source import Source, Span


def is_read_now(after: Diagnostic, error: Diagnostic, edits: Sequence[Edit], is_safe: bool) -> bool:
    """Whether this is a value, or a name written twice, of a text that could not be read at all; in no line of the
    change, where that is a guess."""
    if error.code != "E0001" or after.code == "E0001" or not after.code.startswith("E00"):
        return False
    lines = {after.span.line, *(label.span.line for label in after.labels)}
    return is_safe or not any(edit.span.line <= line <= edit.span.end_line for edit in edits for line in lines)


def is_same(after: Diagnostic, error: Diagnostic, edits: Sequence[Edit]) -> bool:
    """Whether what is wrong after some edits was wrong before, in the place of its own, and not another one, however many there
    are."""
    before = error.span.source
    if after.code != error.code or after.span.source.path != before.path:
        return False
    place = offset_before(shifts(before, edits), after.span.source.offset(*after.span[1:3]))
    return place == before.offset(*error.span[1:3])


def edits_before(source: Source, edits: Sequence[Edit], made: Sequence[Edit]) -> tuple[Edit, ...] | None:
    """Edits of a source's text with others made, as edits of the text without; None where they change what those write."""
    moved, found = shifts(source, made), []
    for span, replacement in edits:
        ends = [span.source.offset(*span[1:3]), span.source.offset(*span[3:5])]
        places = [offset_before(moved, end) for end in ends if not is_written(moved, end)]
        if len(places) < 2 or None in places:
            return None
        start, end = (source.place(place) for place in places if place is not None)
        found.append(Edit(Span(source, *start, *end), replacement))
    return tuple(found)


def is_value_of(found: Diagnostic, key: Span) -> bool:
    """Whether a problem is about the value that a key has, which was called otherwise and so stood in another column."""
    span = found.span
    behind = key.source.lines[key.end_line - 1][key.end_column - 1 :].strip().removeprefix(":").lstrip()
    is_behind = span.line == key.line and span.source.lines[span.line - 1][span.column - 1 :].strip() == behind
    return found.code == "E0105" and is_behind and bool(behind)


def is_key_of(key: Span, value: Span) -> bool:
    """Whether a key stands right before a value, of which something else was said."""
    line = value.source.lines[value.line - 1]
    return key.end_line == value.line and line[key.end_column - 1 : value.column - 1].strip() == ":"


def rewrites(fix: Fix, problem: Diagnostic) -> bool:
    """Whether a change is of the very place of a problem: of a claim, it writes another, or none."""
    return overlap([Edit(problem.span, ""), *fix.edits])


def overlap(edits: Sequence[Edit]) -> bool:
    """Whether two changes are of one place."""
    spans = sorted(edit.span[1:] for edit in edits)
    return any(one[2:] > other[:2] for one, other in pairwise(spans))
