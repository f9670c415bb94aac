"""A complaint about a text that is no YAML, and the lines around it.

Enters: libyaml's words and marks; leaves: what stands where.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.limits import MAX_COMPLAINT_LINE
from archspec.source import Source, Span

_INDENT = re.compile(r"[ \t]*")
_WORD = re.compile(r'(?P<word>"[^"]*"|[\w.]+) *')


class Place(NamedTuple):
    """A line and a column, from 1."""

    line: int
    column: int


class Complaint:
    """What libyaml says of a text, and the lines that it says it of."""

    def __init__(self, source: Source, problem: str, context: str, place: Place, start: Place) -> None:
        self.source = source
        self.problem = problem
        self.context = context
        self.place = place
        self.start = start

    def line(self, number: int) -> str:
        return self.source.lines[number - 1][:MAX_COMPLAINT_LINE]

    def opened(self) -> str:
        """The character that the complaint is about the end of. It may stand far into a line."""
        return self.source.lines[self.start.line - 1][self.start.column - 1 : self.start.column]

    def above(self, number: int) -> int | None:
        """The nearest line above that has something on it, which is no comment."""
        for other in range(number - 1, max(number - 200, 0), -1):
            text = self.line(other).strip()
            if text and not text.startswith("#"):
                return other
        return None

    def below(self, number: int) -> int | None:
        """The nearest line below that has something on it, which is no comment."""
        for other in range(number + 1, min(number + 200, len(self.source.lines)) + 1):
            text = self.line(other).strip()
            if text and not text.startswith("#"):
                return other
        return None

    def indent(self, number: int) -> int:
        found = _INDENT.match(self.line(number))
        return len(found[0]) if found is not None else 0

    def end_of_word(self, number: int, column: int) -> int:
        found = _WORD.match(self.line(number), column - 1)
        return found.end("word") + 1 if found is not None else column + 1

    def span(self, line: int, column: int, end: int) -> Span:
        return Span(self.source, line, column, line, end)


def said(message: str, span: Span, help: str, *edits: Edit, is_safe: bool = False) -> Diagnostic:
    ways = (Fix(help, edits, is_safe),) if edits else ()
    return Diagnostic("E0001", message, span, label="here", help=help, ways=ways)
