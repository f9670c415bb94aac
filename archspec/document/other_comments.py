"""Comments as other languages write them: `// …`, `/* … */`, `-- …`. Enters: a line of a text; leaves: where one stands, and how
YAML has it. Imported only where something is wrong.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.json_text import is_json
from archspec.limits import MAX_COMMENT_LINE, MAX_NAME_LENGTH
from archspec.source import Source, Span

HELP = "comments begin with #"
_LINE = re.compile(r"(?P<before>\s*)(?P<mark>//+|/\*+|--(?!-))(?P<text>.*)")
_BEHIND = re.compile(r"(?P<before>.*[\w\]}\"')]\s+)(?P<mark>//+|/\*+|--)(?P<text>\s.*)")

_OPERAND = r"\(*[\w.]+\)*"
_DIVISOR = re.compile(rf"\s*{_OPERAND}(?:\s*[-+*/%]+\s*{_OPERAND})*\s*[\]}}\"',]*\s*")
"""What divides, and what closes the value behind it."""

_IN_JSON = re.compile(r"\"(?:[^\"\\]|\\.)*\"|(?P<comment>//[^\r\n]*|/\*.*?\*/)", re.DOTALL)


def comments_in_json(source: Source) -> Diagnostic | None:
    """E0001 for the comments of a text that is JSON without them; marks in its texts are none."""
    found = [match for match in _IN_JSON.finditer(source.text) if match["comment"] is not None]
    if not found or not is_json(
        _IN_JSON.sub(lambda match: "" if match["comment"] is not None else match[0], source.text)
    ):
        return None
    span = Span(source, *source.place(found[0].start()), *source.place(found[0].end()))
    said = "take the comment out" if len(found) == 1 else f"take the {len(found)} comments out"
    ways = (Fix(said, tuple(_comment_out(source, match) for match in found), is_safe=True),)
    return Diagnostic("E0001", "JSON has no comments", span, label="a comment", help=f"{said}; doc: is for what is to be said",
                      ways=ways)  # fmt: skip


def _comment_out(source: Source, found: re.Match[str]) -> Edit:
    """The edit that takes a comment out, with the spaces before it, or with its lines where it stands alone in them."""
    (line, column), (last, end) = source.place(found.start()), source.place(found.end())
    before, rest = source.lines[line - 1][: column - 1], source.lines[last - 1][end - 1 :]
    if not before.strip() and not rest.strip() and last < len(source.lines):
        return Edit(Span(source, line, 1, last + 1, 1), "")
    return Edit(Span(source, line, len(before.rstrip()) + 1, last, end), "")


def comment_in(source: Source, number: int) -> tuple[Span, Fix] | None:
    """The comment that a line is, or ends with, and the line with it as YAML has one."""
    line = source.lines[number - 1] if number <= len(source.lines) else ""
    found = _LINE.fullmatch(line) or _BEHIND.fullmatch(line) if len(line) <= MAX_COMMENT_LINE else None
    if found is None or "${" in found["text"] or _is_division(found):
        return None
    start = found.start("mark") + 1
    text = found["text"].rstrip().removesuffix("*/").strip()
    written = f"# {text}" if text else "#"
    shown = written if len(written) <= MAX_NAME_LENGTH else f"{written[: MAX_NAME_LENGTH - 1]}…"
    span = Span(source, number, start, number, len(line.rstrip()) + 1)
    return span, Fix(f"{HELP}: write {shown}", (Edit(span, written),), is_safe=True)


def _is_division(found: re.Match[str]) -> bool:
    """Whether `//` divides, `channels // 8`, or stands in quotes. What stands behind a number is one word of a comment:
    `10  // classes`."""
    before = found["before"]
    if before.count('"') % 2 or before.count("'") % 2:
        return True
    if found["mark"] != "//" or not before.strip() or _DIVISOR.fullmatch(found["text"]) is None:
        return False
    divided = re.split(r"[^\w.]+", before.rstrip(" )]"))[-1]
    return found["text"].strip(" (")[:1].isdigit() or not divided.isdecimal()
