"""Edits, made on a text. Enters: a source and edits of it; leaves: the text with them, one edit that is all of them, or where
something stood before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archspec.diagnostics.model import Edit
from archspec.source import Source


def apply(source: Source, edits: Sequence[Edit]) -> str:
    """The text with the edits made, which do not overlap; lines that come in end as the text's own do."""
    text, end_of_line = source.text, source.end_of_line
    for span, replacement in sorted(edits, key=lambda edit: (edit.span.line, edit.span.column), reverse=True):
        start, end = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
        text = text[:start] + replacement.replace("\n", end_of_line) + text[end:]
    return text


def merged(edits: Sequence[Edit]) -> Edit:
    """Several edits of one text as one: from the first to the last, with what stands between them."""
    ordered = sorted(edits, key=lambda edit: (edit.span.line, edit.span.column))
    first, last = ordered[0].span, ordered[-1].span
    source, text = first.source, ""
    place = source.offset(first.line, first.column)
    for span, replacement in ordered:
        text += source.text[place : source.offset(span.line, span.column)] + replacement.replace(
            "\n", source.end_of_line
        )
        place = source.offset(span.end_line, span.end_column)
    return Edit(first.to(last), text)


class Shift(NamedTuple):
    """What an edit does to a text's characters: from where to where it puts others, and how many."""

    start: int
    end: int
    length: int


def shifts(source: Source, edits: Sequence[Edit]) -> list[Shift]:
    """The edits of a text as shifts, in order."""
    return sorted(
        Shift(source.offset(span.line, span.column), source.offset(span.end_line, span.end_column),
              len(replacement.replace("\n", source.end_of_line)))
        for span, replacement in edits
    )  # fmt: skip


def offset_before(made: Sequence[Shift], offset: int) -> int | None:
    """Where that stood, before some edits, which stands at an offset after them; where it was put in place of something, where
    the latter stood. None where nothing did."""
    moved = 0
    for start, end, length in made:
        if offset < start + moved:
            break
        if offset < start + moved + length:
            return start if start < end else None
        moved += length - (end - start)
    return offset - moved


def is_written(made: Sequence[Shift], offset: int) -> bool:
    """Whether what stands at an offset after some edits was written by one of them."""
    moved = 0
    for start, end, length in made:
        if start + moved <= offset < start + moved + length:
            return True
        moved += length - (end - start)
    return False
