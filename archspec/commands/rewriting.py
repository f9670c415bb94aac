"""What `check --fix` and `fmt` do with the text that they have changed: write it back, print it, or print what would change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from archspec.commands.common import STDIN, Unusable, shown
from archspec.commands.streams import write_bytes


def rewrite(path: str, before: bytes, after: bytes) -> None:
    """Puts the text into the file, or standard input's text on standard output, also where nothing has changed. Raises
    Unusable."""
    from archspec.diagnostics.text import escape
    from archspec.output import OutputError, edit

    if path == STDIN:
        write_bytes(after)
    elif after != before:
        try:
            edit(Path(path), before, after)
        except OutputError as error:
            raise Unusable(escape(str(error))) from None


def print_diff(path: str, before: bytes, after: bytes) -> None:
    """A unified diff on standard output; to a terminal without what it would act on."""
    from archspec.diagnostics.text import escape

    name = escape(shown(path))
    lines = list(_diff(name, before.decode("utf-8", "replace"), after.decode("utf-8", "replace")))
    if sys.stdout.isatty():
        lines = [escape(line.rstrip("\r\n")) + "\n" for line in lines]
    write_bytes("".join(lines).encode())


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    from difflib import unified_diff

    for line in unified_diff(_lines(before), _lines(after), name, name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """The lines as `patch` counts them, with their ends."""
    found = [f"{line}\n" for line in text.split("\n")]
    last = found.pop()[:-1]
    return [*found, last] if last else found
