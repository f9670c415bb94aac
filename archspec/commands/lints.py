"""`archspec lints`: every diagnostic there is, with its reason."""

from __future__ import annotations

import argparse

from archspec.commands.common import OK, Commands


def add(commands: Commands) -> None:
    """`lints` takes no arguments."""
    lints = commands.add_parser("lints", help="the diagnostics there are")
    lints.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints a line a diagnostic."""
    from archspec.diagnostics.codes import CODES

    for code, entry in CODES.items():
        chosen = "" if entry.is_default else " Told where it is selected."
        print(f"{code}  {entry.title}: {entry.why}{chosen}")
    return OK
