"""What `print(model)` shows in the place of a spec, or of its layers: `(0): Conv2d(3, 64, kernel_size=(11, 11))`.

Enters: a text that is no YAML; leaves: what it is, and its lines. `advice` has the layers that it tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.document.python_text import READS
from archspec.limits import MAX_CODE_LINE, MAX_PRINTED
from archspec.source import Source, Span

PRINTED = "what print(model) shows"
HELP = f"{READS} the spec of the model that is printed, with what its forward does"
_PART = re.compile(r"\((?P<name>\w+(?:-\w+)?)\): (?P<rest>(?:\d+ x )?[A-Za-z_][\w.]*\(.*)")
_OPENED = re.compile(r"[A-Za-z_][\w.]*\(")


class Part(NamedTuple):
    """A line: the module's name, empty for the outermost, and what is written of it; `)` closes what is open."""

    name: str
    text: str


def part_of(line: str) -> Part | None:
    """What a line shows; None where it is no such line."""
    text = line[:MAX_CODE_LINE].strip()
    found = _PART.fullmatch(text)
    if found is not None:
        return Part(found["name"], found["rest"])
    return Part("", text) if text == ")" or _OPENED.fullmatch(text) else None


def printed_model(source: Source, places: Sequence[int]) -> Diagnostic | None:
    """E0001 for such lines, of which reading stops at some line; None where there are none."""
    lines = source.lines[:MAX_PRINTED]
    named = next(
        (number for number, line in enumerate(lines, 1) if _PART.fullmatch(line[:MAX_CODE_LINE].strip())), None
    )
    if named is None:
        return None
    first = named - 1 if named > 1 and _OPENED.fullmatch(lines[named - 2].strip()) else named
    last = named
    while last < len(lines) and (not lines[last].strip() or part_of(lines[last]) is not None):
        last += 1
    while not lines[last - 1].strip():
        last -= 1
    if not any(first <= place <= last + 1 for place in places):
        return None
    line = lines[first - 1]
    span = Span(source, first, len(line) - len(line.lstrip()) + 1, last, len(lines[last - 1].rstrip()) + 1)
    return Diagnostic("E0001", f"{PRINTED}, which is no YAML", span, label="here", help=HELP)
