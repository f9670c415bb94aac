"""Where things stand in a text: enters a file's text, leaves spans that a person can be pointed to.

Never reads a file and never interprets the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

# The line breaks of YAML 1.1, which libyaml counts lines by; a bare `\n` split would disagree with its marks.
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Source:
    """A text and the name it is known by (a path, or `<stdin>`); `folder` is where it lies, wherever one works by now.

    Two readings of one text are equal, and so are their spans: a network that is checked with other values is compared with
    itself, wherever its blocks are written.
    """

    def __init__(self, path: str, text: str, folder: str = "") -> None:
        self.path = path
        self.text = text
        self.folder = folder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self.path == other.path and self.text == other.text

    def __hash__(self) -> int:
        return hash((self.path, self.text))  # a text knows its hash once it has been asked

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their breaks; line 1 of a span is `lines[0]`."""
        return _BREAKS.split(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins in the text."""
        return [0, *(found.end() for found in _BREAKS.finditer(self.text))]

    @cached_property
    def end_of_line(self) -> str:
        """How its lines end: as the first does."""
        found = _BREAKS.search(self.text)
        return found[0] if found is not None and found[0] in ("\r\n", "\r") else "\n"

    def offset(self, line: int, column: int) -> int:
        """Where a place of the text is, counted in characters from its beginning."""
        return self.starts[line - 1] + column - 1

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of so many characters from the text's beginning."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def whole(self) -> Span:
        """The span that stands for the text as a whole: its first character."""
        return Span(self, 1, 1, 1, 1)


class Span(NamedTuple):
    """A stretch of a source. Lines and columns count from 1, in characters; the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def start(self) -> Span:
        """The span itself where it is within one line, else its first character."""
        if self.line == self.end_line:
            return self
        return Span(self.source, self.line, self.column, self.line, self.column + 1)

    def to(self, last: Span) -> Span:
        """From where it begins to where another ends."""
        return Span(self.source, self.line, self.column, last.end_line, last.end_column)

    def until(self, next: Span) -> Span:
        """From where it begins to where another begins."""
        return Span(self.source, self.line, self.column, next.line, next.column)

    def before(self) -> str:
        """What stands before it in its line."""
        return self.source.lines[self.line - 1][: self.column - 1]

    def text(self) -> str:
        """The characters of a span within one line; the rest of its first line for a longer one."""
        line = self.source.lines[self.line - 1]
        end = self.end_column - 1 if self.end_line == self.line else len(line)
        return line[self.column - 1 : end]


def written(span: Span) -> str:
    """The characters of a span, whatever lines it takes."""
    source = span.source
    return source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]


def word_in(span: Span, word: str) -> Span | None:
    """Where a word stands in a span; None where it does not, or more than once."""
    found = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", written(span)))
    if len(found) != 1:
        return None
    source, start = span.source, span.source.offset(span.line, span.column)
    return Span(source, *source.place(start + found[0].start()), *source.place(start + found[0].end()))
