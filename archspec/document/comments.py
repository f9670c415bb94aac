"""`# archspec: ignore[W1003] reason`: warnings that a line does not want, or all, where it names none.

Enters: a text and its tree. Leaves: the comments. YAML's events carry no comments, so lines are looked at as they are written,
where the text has such a comment at all; what stands in quotes or in a block of text is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import NamedTuple

from archspec.document.choice import ALL, Rule
from archspec.document.kept import IGNORE
from archspec.document.tree import Mapping, Node, Scalar, parts
from archspec.source import Source, Span

MAX_COMMENTS, MAX_CODES = 10_000, 20
"""Of a text, and of one comment; further ones count for nothing."""
_COMMENT = rf"(?:^|(?<=[ \t])){IGNORE}"
_CODES = r"[ \t]*\[(?P<codes>[^\]\[]*)\][ \t]*(?P<reason>.*?)[ \t]*$"
_CODE = r"[^\s,]+"


class Comment(NamedTuple):
    """The codes that it ignores, each with the reason; where it stands; and the line that it speaks of."""

    rules: tuple[Rule, ...]
    span: Span
    is_alone: bool
    """Whether it has a line for itself."""
    line: int


def read_comments(source: Source, root: Node) -> list[Comment]:
    """The comments of a text that ignore warnings, one a line."""
    if "archspec:" not in source.text:
        return []
    places = [
        (number, found.start() + 1, found.end() + 1)
        for number, line in enumerate(source.lines, 1)
        for found in (re.finditer(_COMMENT, line) if "archspec:" in line else ())
    ]
    inside = _inside_texts(root, places)
    first = {place[0]: place for place in reversed(places) if place not in inside}
    speaks_of = _next_lines(source) if first else []
    return [_comment(source, *first[number], speaks_of) for number in sorted(first)[:MAX_COMMENTS]]


def _comment(source: Source, number: int, column: int, end: int, speaks_of: list[int]) -> Comment:
    line = source.lines[number - 1]
    span = Span(source, number, column, number, len(line.rstrip()) + 1)
    rules: tuple[Rule, ...] = ()
    codes = re.compile(_CODES).match(line, end - 1)
    if codes is not None:
        at = codes.start("codes") + 1
        rules = tuple(
            Rule(code[0], codes["reason"], Span(source, number, at + code.start(), number, at + code.end()))
            for code in islice(re.finditer(_CODE, codes["codes"]), MAX_CODES)
        )
    elif not line[end - 1 :].strip():
        rules = (Rule(ALL, "", span),)
    is_alone = not line[: column - 1].strip()
    return Comment(rules, span, is_alone, speaks_of[number] if is_alone else number)


def _next_lines(source: Source) -> list[int]:
    """For each line's number, the next line that is no comment; the last where there is none."""
    found = [len(source.lines)] * (len(source.lines) + 1)
    for number in range(len(source.lines) - 1, 0, -1):
        is_comment = source.lines[number].lstrip().startswith("#")
        found[number] = found[number + 1] if is_comment else number + 1
    return found


def _inside_texts(root: Node, places: list[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """The places (line, column, end), in order, that lie in a value, or in a key."""
    inside: set[tuple[int, int, int]] = set()
    for node in parts(root) if places else ():
        spans = [node.span] if isinstance(node, Scalar) else []
        if isinstance(node, Mapping):
            spans = [entry.key_span for entry in node.entries.values()]
        for span in spans:
            at = bisect_left(places, (span.line, span.column, 0))
            while at < len(places) and places[at][:2] < (span.end_line, span.end_column):
                inside.add(places[at])
                at += 1
    return inside
