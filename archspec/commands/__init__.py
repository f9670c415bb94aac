"""The commands, a file each: `add(commands)` says what arguments one takes, `run(options)` does it and answers the exit code.

A file is imported only when its command is asked for, so that a command costs nothing to the others. What several share is in
`common.py`.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from keyword import iskeyword
from typing import Protocol, cast

from archspec.commands.common import Commands

NAMES = (
    "new", "check", "fmt", "explain", "solve", "compare", "diff", "render", "compile", "import", "weights", "verify", "export",
    "schema", "ops", "lints",
)  # fmt: skip
"""In the order of the help."""


class Command(Protocol):
    """What a file of this folder has."""

    def add(self, commands: Commands) -> None:
        """Adds the command's parser with its arguments, and with `run` as its default."""

    def run(self, options: argparse.Namespace) -> int:
        """Does it. Answers the exit code; raises Unusable where it cannot run."""


def find(name: str) -> Command:
    """The command of this name. One that is a word of Python's has a file with an underscore (`import_.py`)."""
    return cast(Command, import_module(f"archspec.commands.{name}{'_' if iskeyword(name) else ''}"))
