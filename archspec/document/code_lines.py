"""Lines of Python code below `layers:` that YAML cannot read: with comments behind them, in the column of `layers:`, or with a
bracket that is closed there.

Enters: libyaml's complaint; leaves: what is said of the lines. `advice` has what to write in their place.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Diagnostic
from archspec.document.complaint import Complaint
from archspec.document.python_text import AS_LINES, CALLS, WHOLE, begins_a_call
from archspec.source import Span

MAX_LINES = 500
"""Lines of code that are looked at."""
_LAYERS = re.compile(r"(?P<indent> *)layers:(?P<apart> *)(?P<rest>.*)")
_NO_CODE = re.compile(r"\"[^\"]*\"|'[^']*'|#.*")
_STATEMENT = re.compile(
    r"""(?:async\ )?def\ \w+\(.* | class\ \w+(?:\(.*\))?: | (?:with|if|elif|for|while)\ .*: | (?:else|try|finally|except.*):
    | return(?:\ .*)? | @[\w.]+.* | pass | (?:from\ [\w.]+\ )?import\ \w.*""",
    re.VERBOSE,
)
"""A line of code that makes no layer."""
_KEY = re.compile(r"[\w.\"']+:(?:\s|$)|- ")


def code_below_layers(complaint: Complaint) -> Diagnostic | None:
    """E0001 for lines each of which is a call, below the nearest `layers:` above what is wrong."""
    number = max(complaint.place.line, complaint.start.line)
    number = min(number, len(complaint.source.lines))
    above = range(number, max(number - MAX_LINES, 0), -1)
    found = next((match for n in above if (match := _LAYERS.fullmatch(complaint.line(n)))), None)
    if found is None:
        return None
    line = next(n for n in above if complaint.line(n) == found[0])
    is_beside = _code(found["rest"]) != ""
    first = line if is_beside else complaint.below(line)
    begin = found["rest"] if is_beside else complaint.line(first).strip() if first is not None else ""
    if first is None or not (begins_a_call(begin) or _is_statement(begin)):
        return None
    last = _last(complaint, first, len(found["indent"]), found["rest"] if is_beside else "")
    if last is None or not first <= number <= last + 1:
        return None
    statement = next((n for n in range(first, last + 1) if n > line and _is_statement(complaint.line(n).strip())), None)
    if statement is not None:
        text = complaint.line(statement).rstrip()
        span = complaint.span(statement, complaint.indent(statement) + 1, len(text) + 1)
        note = "a few layers alone are written a layer a line, with their types and keys"
        return Diagnostic("E0001", "Python code below layers, which is none in YAML", span, label="a statement of Python",
                          help=WHOLE, notes=(note,))  # fmt: skip
    column = found.end("apart") + 1 if is_beside else complaint.indent(first) + 1
    end = len(_code(complaint.line(last))) + 1
    span = Span(complaint.source, first, column, last, end)
    return Diagnostic("E0001", f"{CALLS}, which is none in YAML", span, label="here", help=AS_LINES, notes=(WHOLE,))


def _last(complaint: Complaint, first: int, indent: int, rest: str) -> int | None:
    """The last line of code, which begins on the line `first`, with `rest` if a key stands before that; None where there is a
    line that is none."""
    depth, last = 0, first
    for number in range(first, min(first + MAX_LINES, len(complaint.source.lines)) + 1):
        code = _code(rest if rest and number == first else complaint.line(number))
        if not code.strip():
            continue
        if depth == 0 and _is_statement(code.strip()):
            last = number
            depth += _opened(code)
            continue
        is_key = _KEY.match(code.strip()) is not None
        if depth == 0 and number > first and (is_key or complaint.indent(number) < indent):
            break
        if depth == 0 and not begins_a_call(code.strip()):
            return None
        depth += _opened(code)
        last = number
    return last if depth == 0 else None


def _opened(code: str) -> int:
    """How many more brackets a line opens than it closes."""
    return sum(code.count(sign) for sign in "([{") - sum(code.count(sign) for sign in ")]}")


def _is_statement(line: str) -> bool:
    return _STATEMENT.fullmatch(_code(line).strip()) is not None


def _code(line: str) -> str:
    """A line without its comment, texts blank, so that what is left stands where it stood."""
    return _NO_CODE.sub(lambda found: "" if found[0].startswith("#") else "_" * len(found[0]), line).rstrip()
