"""How the places of problems and of changes stand to each other. Enters: two of them; leaves: whether one is beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from archspec.diagnostics.model import Diagnostic, Edit
from archspec.source import Span


def is_read_now(after: Diagnostic, error: Diagnostic, edits: Sequence[Edit], is_safe: bool) -> bool:
    """Whether this is a value, or a name written twice, of a text that could not be read at all; in no line of the
    change, where that is a guess."""
    if error.code != "E0001" or after.code == "E0001" or not after.code.startswith("E00"):
        return False
    lines = {after.span.line, *(label.span.line for label in after.labels)}
    return is_safe or not any(edit.span.line <= line <= edit.span.end_line for edit in edits for line in lines)


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


def overlap(edits: Sequence[Edit]) -> bool:
    """Whether two changes are of one place."""
    spans = sorted(edit.span[1:] for edit in edits)
    return any(one[2:] > other[:2] for one, other in pairwise(spans))
