"""The document's own keys in their usual order, each with the comments above it. Enters and leaves: a text."""

from __future__ import annotations

from archspec.document.edits import is_flow
from archspec.document.reader import read
from archspec.document.tree import Mapping
from archspec.source import Source

ORDER = (
    "archspec", "name", "doc", "sources", "import", "args", "let", "input", "inputs", "outputs", "init", "blocks", "layers",
    "expect", "budget",
)  # fmt: skip


def in_order(text: str) -> str:
    """The text with its sections moved; as it is where a key is not one of the language's, or stands elsewhere than at the
    margin."""
    root, _ = read(Source("", text))
    if not isinstance(root, Mapping) or is_flow(root):
        return text
    entries = list(root.entries.values())
    keys = [entry.key for entry in entries]
    wanted = sorted(keys, key=lambda key: ORDER.index(key) if key in ORDER else 0)
    if wanted == keys or any(e.key not in ORDER or e.key_span.column != 1 for e in entries):
        return text
    lines = text.split("\n")
    lines.pop() if not lines[-1] else None
    starts = [
        _start(lines, entry.key_span.line - 1) if i else entry.key_span.line - 1 for i, entry in enumerate(entries)
    ]
    end = _end(lines, starts[-1] + 1, is_short=entries[-1].value.span.end_line == entries[-1].key_span.line)
    sections = {key: lines[a:b] for key, a, b in zip(keys, starts, [*starts[1:], end], strict=True)}
    moved = (line for key in wanted for line in sections[key])
    return "\n".join([*lines[: starts[0]], *moved, *lines[end:]]) + "\n"


def _end(lines: list[str], first: int, is_short: bool) -> int:
    """Where the last section ends and the document's last comments begin; those in a block are the block's."""
    at = len(lines)
    while at > first:
        line = lines[at - 1].lstrip() if is_short else lines[at - 1]
        if line.strip() and not line.startswith("#"):
            break
        at -= 1
    return at if any(map(str.strip, lines[at:])) else len(lines)


def _start(lines: list[str], at: int) -> int:
    """The first of the comment lines that stand right above a line."""
    while at and lines[at - 1].startswith("#"):
        at -= 1
    return at
