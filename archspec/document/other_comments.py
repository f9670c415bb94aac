"""Comments as other languages write them: `// …`, `/* … */`, `-- …`. Enters: a line of a text; leaves: where one stands, and how
YAML has it. Imported only where something is wrong.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Edit, Fix
from archspec.document.names import MAX_LENGTH
from archspec.source import Source, Span

HELP = "comments begin with #"
MAX_LINE = 1_000
_LINE = re.compile(r"(?P<before>\s*)(?P<mark>//+|/\*+|--(?!-))(?P<text>.*)")
_BEHIND = re.compile(r"(?P<before>.*[\w\]}\"')]\s+)(?P<mark>//+|/\*+|--)(?P<text>\s.*)")


def comment_in(source: Source, number: int) -> tuple[Span, Fix] | None:
    """The comment that a line is, or ends with, and the line with it as YAML has one."""
    line = source.lines[number - 1] if number <= len(source.lines) else ""
    found = _LINE.fullmatch(line) or _BEHIND.fullmatch(line) if len(line) <= MAX_LINE else None
    if found is None or "${" in found["text"]:
        return None
    start = found.start("mark") + 1
    text = found["text"].rstrip().removesuffix("*/").strip()
    written = f"# {text}" if text else "#"
    shown = written if len(written) <= MAX_LENGTH else f"{written[: MAX_LENGTH - 1]}…"
    span = Span(source, number, start, number, len(line.rstrip()) + 1)
    return span, Fix(f"{HELP}: write {shown}", (Edit(span, written),), is_safe=True)
