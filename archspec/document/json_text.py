"""Changes of a spec in JSON, whose text stays JSON. Enters: edits as YAML would have them; leaves: the same as JSON has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.source import Source, Span

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*")|'(?P<single>(?:[^']|'')*)'|(?P<sign>[][{},]|(?<=["']):|:(?=[\s"'{[]))|(?P<bare>(?:[^][{},:\s"']|:(?!\s))(?:[^][{},:\n]|:(?!\s))*)"""
)
_LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")


class _Piece(NamedTuple):
    """What stands in place of some of a text's characters."""

    start: int
    end: int
    replacement: str


def is_json(text: str) -> bool:
    """Whether a text is JSON, not only YAML."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def as_json(source: Source, edits: Sequence[Edit]) -> tuple[Edit, ...] | None:
    """The edits, so that what was JSON is JSON with them: words in quotes, commas where they belong. None where it is none then.

    Edits of a text that is no JSON stay as they are.
    """
    if not edits or any(edit.span.source is not source for edit in edits) or not is_json(source.text):
        return tuple(edits)
    pieces = sorted(
        _Piece(source.offset(s.line, s.column), source.offset(s.end_line, s.end_column), new) for s, new in edits
    )
    for repair in reversed(list(_repairs(_applied(source.text, pieces)))):
        changed = _repaired(pieces, repair)
        if changed is None:
            return None
        pieces = changed
    found = tuple(Edit(_span(source, piece), piece.replacement) for piece in pieces)
    return found if is_json(apply(source, found)) else None


def _applied(text: str, pieces: Sequence[_Piece]) -> str:
    parts, at = [], 0
    for start, end, replacement in pieces:
        parts += [text[at:start], replacement]
        at = end
    return "".join([*parts, text[at:]])


def _repairs(text: str) -> Iterator[_Piece]:
    """What keeps a text in braces from being JSON: words without quotes, a comma at the end, or none between two values."""
    last: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        sign = token["sign"]
        if last is not None and last["sign"] == "," and sign in ("}", "]"):
            yield _Piece(last.start(), last.end(), "")
        is_end = last is not None and last["sign"] in (None, "}", "]")
        if last is not None and is_end and sign in (None, "{", "["):
            yield _Piece(last.end(), last.end(), ",")
        if token["single"] is not None:
            yield _Piece(token.start(), token.end(), json.dumps(token["single"].replace("''", "'"), ensure_ascii=False))
        elif token["bare"] is not None:
            word = token["bare"].rstrip()
            if _LITERAL.fullmatch(word) is None:
                yield _Piece(token.start(), token.start() + len(word), json.dumps(word, ensure_ascii=False))
        last = token


def _repaired(pieces: Sequence[_Piece], repair: _Piece) -> list[_Piece] | None:
    """The pieces with a repair of the text that they make; None where it is partly in one of them."""
    moved = 0
    for number, (start, end, replacement) in enumerate(pieces):
        first, last = start + moved, start + moved + len(replacement)
        if repair.end < first:
            break
        if first <= repair.start and repair.end <= last:
            new = replacement[: repair.start - first] + repair.replacement + replacement[repair.end - first :]
            return [*pieces[:number], _Piece(start, end, new), *pieces[number + 1 :]]
        if repair.start < last and repair.end > first:
            return None
        moved += len(replacement) - (end - start)
    own = _Piece(repair.start - moved, repair.end - moved, repair.replacement)
    return sorted([*pieces, own])


def _span(source: Source, piece: _Piece) -> Span:
    return Span(source, *source.place(piece.start), *source.place(piece.end))
