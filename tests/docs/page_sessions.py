"""A page of the documentation as what its reader does, step by step, in one folder.

Enters: a Markdown page. Leaves: its steps, and what each prints. A comment above a block says what is done with it:

    <!-- file: net.yaml -->         it is written there
    <!-- add to: net.yaml -->       it is put at the end of the file
    <!-- part of: COMMAND -->       its lines are among those that the command prints
    <!-- printed by: COMMAND -->    its lines are all that the command prints
    <!-- not run: why -->           nothing

Without one, `sh` and `python` blocks are run, and a `text` block is all that the last of them printed. A line of `…` (`...` in
Python, `# …` in YAML) stands for any number of lines. In tables, code of the last column that begins with `archspec` is run too.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from support import ROOT, answer, inside

import archspec

MARKER = re.compile(r"<!-- (file|add to|part of|printed by|not run): (.+?) -->")
ELIDED = ("…", "...", "# …")


@dataclass
class Step:
    """One thing that the reader does: `how` is a marker's word, the language of a block that is run, or `expressions`, the
    Python of a table."""

    how: str
    text: str
    line: int
    what: str = ""
    """What the marker names."""
    shown: str | None = None
    """What the page says that it prints; None where it says nothing."""

    @property
    def may_show(self) -> bool:
        """Whether the next `text` block is what it prints."""
        return self.how in ("sh", "python") and self.shown is None

    @property
    def may_fail(self) -> bool:
        """Whether the page shows what it says if it does."""
        return self.how in ("part of", "printed by") or bool(self.shown)


def steps(page: Path) -> list[Step]:
    """The steps of a page; a block of which nobody knows what it is for is `unknown`."""
    found: list[Step] = []
    marker: re.Match[str] | None = None
    for token in _blocks(page):
        if token.type == "html_block":
            marker = MARKER.search(token.content)
            continue
        line = token.map[0] + 1 if token.map else 0
        if token.type == "table":
            found.extend(_of_table(token, line))
        elif token.type == "fence" and marker is not None:
            shown = token.content if marker[1] == "printed by" else None
            found.append(Step(marker[1], token.content, line, marker[2], shown))
        elif token.type == "fence" and token.info in ("sh", "python"):
            found.append(Step(token.info, token.content, line))
        elif token.type == "fence" and token.info == "text" and found and found[-1].may_show:
            found[-1].shown = token.content
        elif token.type == "fence":
            found.append(Step("unknown", token.content, line))
        marker = None
    return found


def _blocks(page: Path) -> Iterator[Token]:
    """The outermost blocks; a table is one token, with the code of its last column as children."""
    inside: Token | None = None
    last: Token | None = None
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        if token.type == "table_open":
            inside = Token("table", "", 0, map=token.map, children=[])
        elif token.type == "table_close":
            assert inside is not None
            yield inside
            inside = None
        elif inside is None:
            yield token
        elif token.type == "inline":
            last = token
        elif token.type == "tr_close" and last is not None:
            assert inside.children is not None
            inside.children += [child for child in last.children or [] if child.type == "code_inline"]


def _of_table(table: Token, line: int) -> Iterator[Step]:
    """The commands of a table one by one, and the Python between two of them in one go."""
    for how, code in groupby((child.content for child in table.children or []), _language):
        texts = list(code)
        if how == "sh":
            yield from (Step("sh", text, line) for text in texts)
        elif how == "python":
            yield Step("expressions", "\n".join(texts), line)


def _language(code: str) -> str:
    if code.startswith("archspec "):
        return "sh"
    return "python" if re.match(r"archspec\.\w+\(|(spec|report)\.\w", code) else ""


class Session:
    """The folder in which a page's steps are done, within this process: one that starts anew for each step takes longer than it.

    What is no command of archspec alone (a pipe, a redirection, `sed`) is a shell's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {}
        """What the Python of the page has named so far: it is there in later blocks, and in tables, whose own is not."""
        commands = folder / ".commands"
        commands.mkdir()
        for name, arguments in (("archspec", "-m archspec"), ("python", "")):
            (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
            (commands / name).chmod(0o755)
        path = f"{commands}{os.pathsep}{os.environ.get('PATH', '')}"
        self.environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def do(self, step: Step) -> str:
        """What the step prints. A command fails only where the page shows what it says then."""
        with inside(self.folder):
            if step.how in ("file", "add to"):
                self._write(step)
                return ""
            if step.how in ("python", "expressions"):
                return self._python(step)
            lines = step.what if step.how in ("part of", "printed by") else step.text
            return "".join(self._command(line, step) for line in lines.replace("\\\n", " ").splitlines())

    def _write(self, step: Step) -> None:
        path = self.folder / step.what
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if step.how == "file" else "a", encoding="utf-8") as file:
            file.write(step.text)

    def _python(self, step: Step) -> str:
        names = self.names if step.how == "python" else {"archspec": archspec, **self.names}
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            exec(compile(step.text, f"line {step.line}", "exec"), names)
        return printed.getvalue()

    def _command(self, line: str, step: Step) -> str:
        words = [*shlex.shlex(line, posix=True, punctuation_chars=True)] if line.startswith("archspec ") else []
        if words and not any(set(word) <= set("();<>|&") for word in words):
            code, said = answer(shlex.split(line, comments=True)[1:])
        else:
            done = subprocess.run(
                ["sh", "-c", line], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
            )
            code, said = done.returncode, done.stdout.decode()
        may_be_one = step.may_fail or line.startswith("archspec diff ")  # which says by it that they differ
        assert code == 0 or (code == 1 and may_be_one), f"line {step.line}: {line}\n{said}"
        return said


def is_shown(shown: str, printed: str) -> bool:
    """Whether the page shows what was printed, but for the lines that it leaves out."""
    lines = [
        "(?:.*\n)*?" if line.strip() in ELIDED else re.escape(line.rstrip()) + r" *\n"
        for line in shown.strip("\n").splitlines()
    ]
    return re.fullmatch("".join(lines), printed.strip("\n") + "\n") is not None


def is_part(shown: str, printed: str) -> bool:
    """Whether the lines are among those that were printed, in their order, neighbours unless some are left out between."""
    return is_shown(f"...\n{shown.rstrip()}\n...", printed)
