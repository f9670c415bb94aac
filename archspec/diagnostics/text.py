"""Diagnostics as text: the source line, a caret, the other places, the arithmetic, a way out.

Enters: diagnostics. Leaves: lines for a terminal or a file. What comes from a spec is clipped, and its control characters are
shown as escapes, so that a stranger's file cannot move the cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from archspec.diagnostics.model import Diagnostic
from archspec.limits import MAX_TOLD_TEXT
from archspec.source import Source, Span

MAX_SHOWN = 20
MAX_WIDTH = 100
LEAD = 40
"""What is shown of a long line before the first mark."""
_LEAST = 40
"""Columns that there are at least, however narrow a terminal is."""
_LABEL = 30
"""Columns that a label beside its mark has at least; else it stands below."""
_COLORS = {"error": "1;31", "warning": "1;33", "place": "36", "note": "1", "second": "34", "plain": "1"}


class _Mark(NamedTuple):
    """A stretch of one line with what is said about it."""

    span: Span
    message: str
    is_first: bool


def render(
    diagnostics: Sequence[Diagnostic], *, color: bool = False, most: int | None = None, columns: int | None = None
) -> str:
    """All diagnostics, or the first `most`, with a blank line after each. `columns` are those of the terminal, if it is one:
    what is said goes on in the next line there, and lines of the source are as they are."""
    blocks: list[str] = []
    left = MAX_TOLD_TEXT
    for diagnostic in diagnostics if most is None else diagnostics[:most]:
        block = "\n".join(_block(diagnostic, color, columns)) + "\n"
        left -= len(block.encode("utf-8", "replace"))
        if left < 0 and blocks:
            break
        blocks.append(block)
    rest = len(diagnostics) - len(blocks)
    if rest:
        blocks.append(f"… and {rest} more" + ("; --all shows them\n" if most is not None and left >= 0 else "\n"))
    return "\n".join(blocks)


def escape(text: str) -> str:
    """Text without characters that a terminal acts on."""
    return text if text.isprintable() else "".join(_escape(character) for character in text)


def _escape(character: str) -> str:
    if character == "\t":
        return " "
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return len(text) if text.isascii() else _wide_width(text)


@lru_cache(maxsize=4096)
def _wide_width(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _block(diagnostic: Diagnostic, color: bool, columns: int | None = None) -> list[str]:
    marks = [_Mark(diagnostic.span, diagnostic.label, True)]
    marks += [_Mark(label.span, label.message, False) for label in diagnostic.labels]
    gutter = len(str(max(mark.span.line for mark in marks)))
    name = f"{diagnostic.severity}[{diagnostic.code}]"
    first, *more = wrapped(": " + escape(diagnostic.message), columns, len(name), 4)
    lines = [_paint(name, diagnostic.severity, color) + _paint(first, "plain", color)]
    lines += [" " * 4 + _paint(line, "plain", color) for line in more]
    span = diagnostic.span
    arrow = _paint("-->", "place", color)
    lines.append(f"{' ' * gutter}{arrow} {escape(span.source.path)}:{span.line}:{span.column}")
    bar = f"{' ' * gutter} {_paint('|', 'place', color)}"
    if span.source.text:
        lines.append(bar)
        lines += _snippet(marks, gutter, diagnostic.severity, color, columns)
    said = [("note", note) for note in diagnostic.notes] + [("help", diagnostic.help)] * bool(diagnostic.help)
    lines += [bar] * bool(said)
    for word, text in said:
        first, *more = wrapped(": " + escape(text), columns, gutter + 3 + len(word), gutter + 5 + len(word))
        lines.append(f"{' ' * gutter} {_paint('=', 'place', color)} {_paint(word, 'note', color)}{first}")
        lines += [" " * (gutter + 5 + len(word)) + line for line in more]
    return lines


def wrapped(text: str, columns: int | None, before: int, indent: int) -> list[str]:
    """A text in lines of so many columns at most, but for words that are longer: the first after `before` columns, the others
    after `indent`. One line where it is not said how many."""
    if columns is None:
        return [text]
    most = max(columns, _LEAST)
    lines = [""]
    left = most - before
    for word in text.split(" "):
        more = f" {word}" if lines[-1] else word
        if lines[-1].strip(" :") and width(lines[-1]) + width(more) > left:
            lines.append(word)
            left = most - indent
        else:
            lines[-1] += more
    return lines


def _snippet(marks: list[_Mark], gutter: int, severity: str, color: bool, columns: int | None) -> list[str]:
    """The lines that are marked, in order, with an ellipsis where lines are left out."""
    by_line: dict[tuple[str, int], list[_Mark]] = {}
    first = marks[0].span.source
    for mark in sorted(marks, key=lambda mark: (mark.span.source is not first, mark.span.source.path, mark.span.line)):
        by_line.setdefault((mark.span.source.path, mark.span.line), []).append(mark)
    lines: list[str] = []
    before: int | None = None
    path = marks[0].span.source.path
    for (own, number), on_line in by_line.items():
        if own != path:
            span = on_line[0].span
            lines.append(f"{' ' * gutter}{_paint(':::', 'place', color)} {escape(own)}:{span.line}:{span.column}")
            lines.append(f"{' ' * gutter} {_paint('|', 'place', color)}")
            path, before = own, None
        if before is not None and number > before + 1:
            lines.append(" " * gutter + " " + _paint("⋮", "place", color))
        before = number
        for near in _windows(on_line):
            lines += _line(near[0].span.source, number, sorted(near, key=_column), gutter, severity, color, columns)
    return lines


def _windows(marks: list[_Mark]) -> list[list[_Mark]]:
    """The marks of one line, those together that are shown in one stretch of it: a long line is not shown whole."""
    found: list[list[_Mark]] = []
    for mark in sorted(marks, key=lambda mark: mark.span.column):
        if found and mark.span.column - found[-1][0].span.column < MAX_WIDTH - LEAD:
            found[-1].append(mark)
        else:
            found.append([mark])
    return found


def _column(mark: _Mark) -> int:
    return -mark.span.column


def _line(source: Source, number: int, marks: list[_Mark], gutter: int, severity: str, color: bool, columns: int | None
          ) -> list[str]:  # fmt: skip
    text = source.lines[number - 1] if number <= len(source.lines) else ""
    first = min(mark.span.column for mark in marks) - 1
    start = max(0, first - LEAD) if len(text) > MAX_WIDTH else 0
    shown = escape(text[start : start + MAX_WIDTH])
    shown = ("…" if start else "") + shown + ("…" if start + MAX_WIDTH < len(text) else "")
    bar = _paint("|", "place", color)
    lines = [f"{_paint(str(number).rjust(gutter), 'place', color)} {bar} {shown}".rstrip()]
    for mark in marks:
        lead = width(escape(text[start : mark.span.column - 1])) + (1 if start else 0)
        kind = severity if mark.is_first else "second"
        sign = ("^" if mark.is_first else "-") * _length(mark.span, text, start)
        for indent, label in _labels(sign, escape(mark.message), lead, columns and max(columns, _LEAST) - gutter - 3):
            lines.append(f"{' ' * gutter} {bar} {' ' * indent}{_paint(label, kind, color)}")
    return lines


def _labels(sign: str, label: str, lead: int, columns: int | None) -> list[tuple[int, str]]:
    """The lines of a mark, each with its indent: the sign, and its label beside it, or below where there is no room."""
    beside = lead + len(sign) + 1
    if columns is None or not label or beside + width(label) <= columns:
        return [(lead, f"{sign} {label}".rstrip())]
    if columns - beside >= _LABEL:
        first, *more = wrapped(label, columns, beside, beside)
        return [(lead, f"{sign} {first}"), *((beside, line) for line in more)]
    indent = max(0, min(lead, columns - width(label)))
    return [(lead, sign), *((indent, line) for line in wrapped(label, columns, indent, indent))]


def _length(span: Span, text: str, start: int) -> int:
    """The columns to underline: the span's on its first line, at least one, within what is shown."""
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    end = min(end, start + MAX_WIDTH)
    return max(1, width(escape(text[span.column - 1 : end])))


def _paint(text: str, kind: str, color: bool) -> str:
    return f"\x1b[{_COLORS[kind]}m{text}\x1b[0m" if color else text
