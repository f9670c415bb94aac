"""Numbers whose digits are grouped: `1.786.000`, `1'000`, `1 000`, `64,128`. Enters: such a text; leaves: what it can be read as.

Imported only where a value is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from archspec.diagnostics.model import Edit, Fix
from archspec.document.tree import show
from archspec.source import Span

_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[.,' \u2019\u00a0\u202f])[0-9]{3}(?:(?P=mark)[0-9]{3}){0,4}")
_POINTED = re.compile(r"(?<![\w.])(?P<first>[1-9][0-9]{0,2})\.(?P<rest>[0-9]{3})(?![\w.])")
_LISTED = (",", " ")
"""What stands between the items of a list as well."""


def grouped(text: str) -> int | None:
    """The number of a text with its digits in groups of three; None where it is no such text."""
    found = _GROUPED.fullmatch(text)
    return int(text.replace(found["mark"], "")) if found is not None else None


def is_sure(text: str, is_listed: bool = True) -> bool:
    """Whether such a text can be nothing but that number: 1.000 may be 1, and 64,128 a list of two where lists are.

    A group that begins with 0 is none of a list's numbers.
    """
    found = _GROUPED.fullmatch(text)
    if found is None:
        return False
    rest = text.split(found["mark"])[1:]
    if found["mark"] == ".":
        return len(rest) > 1
    return found["mark"] not in _LISTED or not is_listed or any(group[0] == "0" for group in rest)


def grouped_ways(key: str, span: Span, fits: Callable[[object], bool], is_listed: bool = True) -> tuple[Fix, ...]:
    """The number in place of one with grouped digits; where it can be read otherwise, that too, and none of them is sure."""
    text = unquoted(span)
    number = grouped(text)
    if number is None:
        return ()
    if is_sure(text, is_listed):
        return (Fix(f"write {key}: {number}", (Edit(span, str(number)),), is_safe=True),) if fits(number) else ()
    readings = [reading for reading in (number, *_others(text, is_listed)) if fits(reading)]
    rest = "" if len(readings) > 1 or "." in text else f", or {' or '.join(re.split('[, ]', text))} alone"
    return tuple(
        Fix(_said(key, [reading, *(r for r in readings if r is not reading)]) + rest, (Edit(span, show(reading)),))
        for reading in readings
    )


def pointed(text: str) -> tuple[str, ...]:
    """A text without the points of its numbers, and without the zeros behind them, where three digits stand behind a point."""
    if not _POINTED.search(text):
        return ()
    whole = _POINTED.sub(lambda found: found["first"] + found["rest"], text)
    short = _POINTED.sub(lambda found: found["first"] if found["rest"] == "000" else found[0], text)
    return whole, short


def unquoted(span: Span) -> str:
    """The text of a value on one line, without its quotes."""
    text = span.text().strip() if span.line == span.end_line else ""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _others(text: str, is_listed: bool) -> list[object]:
    first, *rest = re.split("[., ]", text)
    if "." in text:
        return [int(first)] if rest == ["000"] else []
    return [tuple(int(group) for group in (first, *rest))] if is_listed else []


def _said(key: str, readings: list[object]) -> str:
    return f"write {key}: {', or '.join(map(show, readings))}"
