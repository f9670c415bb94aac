"""`archspec diff --git`: git's external diff, with the seven arguments that git gives (nine for a file that was renamed).

    PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE

Enters: those; leaves: the comparison on standard output, and 0, since git ends at anything else. What is no spec, or has errors,
is compared as text, so that no difference is lost. https://git-scm.com/docs/gitattributes#_defining_an_external_diff_driver
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from archspec.commands import common, diff, revisions
from archspec.commands.common import OK, Unusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.checking import Result

_IMPORTED = "blocks are imported from the working tree on both sides, so that changes of theirs are not compared"
_LIBRARY = "a file of blocks, which is no network by itself: its text is compared, and not the networks that use it"
NONE = "/dev/null"
"""What git calls a file that is not there, on every system."""


def run(options: argparse.Namespace) -> int:
    """Prints what changed in one file. Raises Unusable for arguments that are not git's."""
    given = options.git
    if len(given) not in (7, 9):
        raise Unusable(f"--git takes the 7 arguments of git's external diff, not {len(given)}; git config diff.archspec.command "
                       "'archspec diff --git' gives them")  # fmt: skip
    path, old, new = given[0], given[1], given[4]
    new_path = given[7] if len(given) == 9 else path
    data = [b"" if file in (NONE, os.devnull) else common.read(file) for file in (old, new)]
    if options.format != "json":
        print(_title(path, new_path, old, new))
    checked = [_checked(name, content) for name, content in ((path, data[0]), (new_path, data[1]))]
    results = [one if one is not None and one.is_network else None for one in checked]
    before, after = results
    if before is not None and after is not None:
        has_blocks = any(revisions.imports_something(path, content) for content in data)
        diff.show(before, after, options, _IMPORTED if has_blocks else "")
    else:
        has_blocks = any(one is not None and one.document is not None and one.document.is_library for one in checked)
        _print_text(path, data, _LIBRARY if has_blocks else _why_not(checked))
        for result in results:
            if result is not None and not all(data):
                _print_network(result)
    return OK


def _title(path: str, new_path: str, old: str, new: str) -> str:
    from archspec.diagnostics.text import escape

    names = escape(path if new_path == path else f"{path} → {new_path}")
    what = "added: " if old in (NONE, os.devnull) else "removed: " if new in (NONE, os.devnull) else ""
    return f"archspec diff: {what}{names}"


def _checked(path: str, data: bytes) -> Result | None:
    """What checking a file found; None where there is none."""
    return diff.load_bytes(path, data) if data else None


def _why_not(checked: Sequence[Result | None]) -> str:
    """Which of the two is no network, and the first error of each that is none."""
    from archspec.diagnostics.model import breaking
    from archspec.diagnostics.text import escape

    said = []
    for side, one in zip(("old", "new"), checked, strict=True):
        errors = breaking(one.diagnostics) if one is not None else []
        if errors:
            first = errors[0]
            place = f"{first.span.source.path}:{first.span.line}"
            more = f" (the first of {len(errors)} errors)" if len(errors) > 1 else ""
            said.append(f"the {side} file is no network: {first.code} at {place}, {first.message}{more}")
    return escape(f"{'; '.join(said)}; so their texts are compared")


def _print_network(result: Result) -> None:
    """What a file that came or went holds, in a line."""
    from archspec.backends.table.difference.alone import sizes
    from archspec.backends.table.difference.claims import of
    from archspec.diagnostics.text import escape

    assert result.facts is not None, "it has been checked"
    print(f"{escape(result.facts.graph.name)}: {escape(sizes(result.facts))}")
    for said in of(result.missed):
        print(f"missed: {escape(said)}")


def _print_text(path: str, data: list[bytes], why: str) -> None:
    """Why there is none of networks, and that of texts, as `diff -u` has it; whole files that came or went are not printed."""
    from difflib import unified_diff

    from archspec.diagnostics.text import escape

    if not all(data):
        return
    print(why)
    old, new = (content.decode("utf-8", "replace").splitlines() for content in data)
    for line in unified_diff(old, new, fromfile=f"a/{path}", tofile=f"b/{path}", lineterm=""):
        print(escape(line))
