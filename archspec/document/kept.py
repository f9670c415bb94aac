"""Comments, which no change of a text takes out. Enters: a text, or a part that is to go; leaves: its comments, or the change
that keeps them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.diagnostics.edits import merged
from archspec.diagnostics.model import Edit
from archspec.source import Source, Span, written

_SIGNS = r"\"(?:[^\"\\\r\n]|\\.)*\"|(?<![\w\"'])'[^'\r\n]*'|(?<![^\s{}\[\],])(?P<comment>#[^\r\n]*)|(?P<comma>,)"
"""Quotes within a line, comments, and commas. A text may be no YAML, so that an open quote ends with its line."""
IGNORE = r"#[ \t]*archspec:[ \t]*ignore\b"
"""How a comment begins that archspec reads itself, which goes where nothing needs it."""


def comments(text: str) -> list[str]:
    """The comments of a text, in order, without what is blank at their ends."""
    return [found["comment"].rstrip() for found in re.finditer(_SIGNS, text) if found["comment"]] if "#" in text else []


def has_comment(span: Span) -> bool:
    """Whether there is a comment in a part of a text."""
    return bool(comments(written(span)))


def keeps_comments(source: Source, edits: Sequence[Edit]) -> bool:
    """Whether all comments of a text are there after a change, as they are and in order, but for those that archspec reads."""
    whole = merged(edits)
    first, last = whole.span.line, whole.span.end_line
    before = "\n".join(source.lines[first - 1 : last])
    if "#" not in before:
        return True
    head = source.lines[first - 1][: whole.span.column - 1]
    tail = source.lines[last - 1][whole.span.end_column - 1 :]
    left = iter(comments(f"{head}{whole.replacement}{tail}"))
    return all(comment in left for comment in comments(before) if re.match(IGNORE, comment) is None)


def without_comma(text: str) -> str:
    """What stands between two values, without the comma."""
    return re.sub(_SIGNS, lambda found: "" if found["comma"] else found[0], text)


def without_lines(source: Source, first: int, last: int) -> Edit:
    """The edit that takes whole lines out, each but for its comment: with their line break, or the one before at the end of the
    text."""
    left = []
    for line in source.lines[first - 1 : last]:
        kept = [comment for comment in comments(line) if re.match(IGNORE, comment) is None]
        left += [line[: len(line) - len(line.lstrip())] + comment for comment in kept]
    if last < len(source.lines):
        return Edit(Span(source, first, 1, last + 1, 1), "".join(f"{line}\n" for line in left))
    end = len(source.lines[last - 1]) + 1
    if first == 1:
        return Edit(Span(source, 1, 1, last, end), "\n".join(left))
    above = len(source.lines[first - 2]) + 1
    return Edit(Span(source, first - 1, above, last, end), "".join(f"\n{line}" for line in left))
