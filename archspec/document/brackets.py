"""Brackets that do not fit in a text that is no YAML: a wrong one, one too many, one too few.

Enters: where reading stops, and the bracket that is open there; leaves: what would put it right, each tried on the text. Imported
only for such texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.reader import stop
from archspec.document.tree import clip
from archspec.limits import MAX_BRACKET_TEXT, MAX_COMPLAINT_LINE
from archspec.source import Source, Span

PAIRS = {"{": "}", "[": "]", "(": ")"}
_SIGNS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|(?<!\w)'[^']*'|(?<!\S)#.*|[][{}]")
_VALUE = re.compile(r"(?:: +|, *|[\[{] *)(?P<open>\(?)(?P<value>[^][{}:()\"']*)$")
"""The last value before a place, which may be a list without its bracket, or with a round one."""
_ODD = re.compile(r":\s+(?P<sign>[]}()])(?:\s*,?\s*$|(?=[\w\"]+\"?:\s))")
"""A bracket that opens nothing, where a value should begin."""
_HAS_KEY = re.compile(r":\s")
_INDEXED = re.compile(r"(?:: +|, *|[\[{] *)(?P<value>[A-Za-z_][\w.]*(?:\[[^][{}\"']*\])*)$")
_INDEX = re.compile(r"(?:\[[^][{}\"']*\])+(?=\s*[,}\]])")
"""What stands in brackets right behind a name, `lstm[0]`, and ends a value."""


class _Way(NamedTuple):
    """What is wrong with a bracket, where that is to be seen, and the change."""

    message: str
    fix: Fix
    span: Span


def wrong_bracket(source: Source, start: tuple[int, int], place: tuple[int, int]) -> Diagnostic | None:
    """E0001 for a bracket at `place` that does not close the one at `start`. All ways with which more of the text is read are
    given, and one is safe only where no other leads to a right spec."""
    opened, closing = _at(source, start), _at(source, place)
    if PAIRS.get(opened) in (None, closing):
        return None
    ways = list(_ways(source, start, place) if closing in ("]", "}") else _turned(source, start, place))
    if not ways:
        return None
    if len(source.text) <= MAX_BRACKET_TEXT:
        ways = [way for way in ways if stop(Source("", apply(source, way.fix.edits))) is None] or ways
    first = ways[0]
    fixes = tuple(way.fix for way in ways)
    return Diagnostic("E0001", first.message, first.span, label="here", help=first.fix.said, ways=fixes)


def still_open(source: Source, start: tuple[int, int], end: int) -> str:
    """What closes all brackets of a line that are open where it ends, from the one at `start` outwards."""
    line = source.lines[start[0] - 1][:end]
    found: list[tuple[int, str]] = []
    for sign in _SIGNS.finditer(line):
        if sign[0] in PAIRS:
            found.append((sign.start() + 1, sign[0]))
        elif sign[0] in ("]", "}") and found:
            found.pop()
    is_last = bool(found) and found[-1][0] == start[1]
    return "".join(PAIRS[sign] for _, sign in reversed(found)) if is_last else ""


def _ways(source: Source, start: tuple[int, int], place: tuple[int, int]) -> Iterator[_Way]:
    """What may be meant, likeliest first."""
    opened, closing = _at(source, start), _at(source, place)
    own = next(sign for sign, other in PAIRS.items() if other == closing)
    here, there = _span(source, place, 1), _span(source, start, 1)
    before = source.lines[place[0] - 1][: place[1] - 1][:MAX_COMPLAINT_LINE]
    inside = before[start[1] :] if start[0] == place[0] else before
    wrong = f"{closing} closes {opened}"
    if opened == "[" and before.rstrip().endswith(")") and "(" not in inside:
        round = _span(source, (place[0], len(before.rstrip())), 1)
        yield _way(") closes [", "write ] in place of )", round, Edit(round, "]"))
    value = _VALUE.search(before)
    if closing == "]" and value is not None and value["open"]:
        round = _span(source, (place[0], value.start("open") + 1), 1)
        yield _way("] closes (", "write [ in place of (", here, Edit(round, "["))
    if start[0] == place[0] and bool(_HAS_KEY.search(inside)) is (own == "{"):
        yield _way(wrong, f"write {own} in place of {opened}", here, Edit(there, own))
    if before.strip():
        missing = _span(source, place, 0)
        yield _way(f"a {PAIRS[opened]} is missing before this", f"write {PAIRS[opened]} before it", here,
                   Edit(missing, PAIRS[opened]))  # fmt: skip
    yield _way(wrong, f"write {PAIRS[opened]} in place of {closing}", here, Edit(here, PAIRS[opened]))
    if closing == "]" and value is not None and value["value"].strip() and not value["open"]:
        begin = _span(source, (place[0], _first_of_list(before) + 1), 0)
        yield _way("] closes nothing", "open the list: a [ is missing", here, Edit(begin, "["))
    yield _way(f"{closing} closes nothing", "take it out", here, Edit(here, ""))


def _turned(source: Source, start: tuple[int, int], place: tuple[int, int]) -> Iterator[_Way]:
    """A bracket that opens where one should close, right behind a value: `[a, b[`, and one behind a colon that closes or is
    round."""
    sign, right = _at(source, place), PAIRS[_at(source, start)]
    line = source.lines[place[0] - 1]
    before = line[: place[1] - 1][-MAX_COMPLAINT_LINE:]
    name, index = _INDEXED.search(before), _INDEX.match(line[place[1] - 1 :][:MAX_COMPLAINT_LINE])
    if name is not None and index is not None:
        whole = name["value"] + index[0]
        span = _span(source, (place[0], place[1] - len(name["value"])), len(whole))
        yield _way("a bracket in a text without quotes", f'put it into quotes: "{clip(whole, 60)}"', span,
                   Edit(span, f'"{whole}"'))  # fmt: skip
        return
    if sign in (*PAIRS, ")") and before.strip() and not before[-1:].isspace():
        here = _span(source, place, 1)
        yield _way(
            f"{sign} where {_at(source, start)} should be closed",
            f"write {right} in place of {sign}",
            here,
            Edit(here, right),
        )
    for number in (place[0], place[0] - 1):
        line = source.lines[number - 1] if number else ""
        odd = _ODD.search(line[:MAX_COMPLAINT_LINE])
        if odd is not None:
            here = _span(source, (number, odd.start("sign") + 1), 1)
            for own in ("[", "{"):
                yield _way(
                    f"{odd['sign']} where a value begins",
                    f"write {own} in place of {odd['sign']}",
                    here,
                    Edit(here, own),
                )


def _first_of_list(before: str) -> int:
    """Where the value of the last key begins, which goes on behind commas."""
    found = max(before.rfind(": "), before.rfind(":\t"))
    begin = found + 1 if found >= 0 else max(before.rfind("{"), before.rfind("[")) + 1
    return begin + len(before[begin:]) - len(before[begin:].lstrip())


def _way(message: str, said: str, span: Span, edit: Edit) -> _Way:
    return _Way(message, Fix(said, (edit,), is_safe_alone=True), span)


def _at(source: Source, place: tuple[int, int]) -> str:
    return source.lines[place[0] - 1][place[1] - 1 : place[1]]


def _span(source: Source, place: tuple[int, int], length: int) -> Span:
    return Span(source, *place, place[0], place[1] + length)
