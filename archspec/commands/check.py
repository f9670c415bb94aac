"""`archspec check SPEC...`: the layer table, the totals, and everything that is to be said of the specs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from archspec.commands import common
from archspec.commands.common import ERRORS, OK, STDIN, UNUSABLE, Commands, Unusable, WrongValue

if TYPE_CHECKING:
    from archspec.api import Result

FORMATS = ("text", "json", "github", "sarif")


def add(commands: Commands) -> None:
    """The arguments of `check`."""
    check = commands.add_parser("check", help="validate, infer, lint; print the layer table")
    check.add_argument("specs", nargs="+", metavar="SPEC", help="a file, or - for standard input")
    common.add_set(check)
    check.add_argument("--format", choices=FORMATS, default="text", help="how the result is printed")
    check.add_argument("--layout", choices=("NCHW", "NHWC"), default="NCHW", help="the order of sizes in the table")
    check.add_argument(
        "--depth", type=common.number_from_one, metavar="N", help="show groups nested deeper than N as one row each"
    )
    check.add_argument("--running", action="store_true", help="add the running total of parameters")
    common.add_choice(check)
    check.add_argument("--strict", action="store_true", help="let warnings fail the check")
    check.add_argument("--quiet", action="store_true", help="print diagnostics only, not the table")
    check.add_argument("--all", action="store_true", help="print all diagnostics, not the first 20")
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints what was found. 0: no errors (nor warnings under `--strict`)."""
    from archspec.diagnostics.text import escape

    values, choice = common.values(options.set), common.choice(options)
    outcomes: list[Result | Failure] = []
    for path in options.specs:
        try:
            outcomes.append(common.load(path, values, choice))
        except Unusable as error:
            where = f"{escape(path)}: " if len(options.specs) > 1 and isinstance(error, WrongValue) else ""
            common.say(f"archspec: {where}{error}", UNUSABLE)
            outcomes.append(Failure("<stdin>" if path == STDIN else path, str(error)))
    _PRINTERS[options.format](outcomes, options)
    results, failures = _parted(outcomes)
    if failures:
        return UNUSABLE
    failed = any(not result.ok or (options.strict and result.diagnostics) for result in results)
    return ERRORS if failed else OK


class Failure(NamedTuple):
    """A spec that could not be checked, and why."""

    path: str
    message: str


Outcomes = Sequence["Result | Failure"]
"""What became of each spec, in the order given."""


def _parted(outcomes: Outcomes) -> tuple[list[Result], list[Failure]]:
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    return [outcome for outcome in outcomes if not isinstance(outcome, Failure)], failures


def _print_text(outcomes: Outcomes, options: argparse.Namespace) -> None:
    from archspec.backends.table.terminal import Options, table
    from archspec.diagnostics.text import MAX_SHOWN, escape, render

    results, _ = _parted(outcomes)  # failures have been said
    color = common.is_colorful()
    width = os.get_terminal_size().columns if sys.stdout.isatty() else None
    for i, result in enumerate(results):
        if len(results) > 1 and not options.quiet:
            print(f"{'' if i == 0 else chr(10)}{escape(result.source.path)}\n")
        if result.facts is not None and not options.quiet:
            print(table(result.facts, Options(options.layout, options.running, width, color, options.depth)))
        if result.diagnostics:
            print(render(result.diagnostics, color=color, most=None if options.all else MAX_SHOWN))
        print(_summary(result))


def _summary(result: Result) -> str:
    from archspec.diagnostics.text import escape

    errors = sum(d.severity == "error" for d in result.diagnostics)
    warnings = len(result.diagnostics) - errors
    library = result.document if result.document is not None and result.document.is_library else None
    if library is not None and not result.diagnostics:
        many = len(library.blocks)
        blocks = f"{many} block{'' if many == 1 else 's'} to be imported"
        rest = "what depends on arguments and shapes is checked where they are used"
        return f"{escape(result.source.path)}: no problems; {blocks}, and {rest}"
    counted = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    ignored = f" ({len(result.ignored)} ignored)" if result.ignored else ""
    return f"{escape(result.source.path)}: {', '.join(counted) or 'no problems'}{ignored}"


def _print_json(outcomes: Outcomes, options: argparse.Namespace) -> None:
    import json

    from archspec.backends.table.report import report

    for outcome in outcomes:
        if isinstance(outcome, Failure):
            found = report(outcome.path, None, None, (), error=outcome.message)
        else:
            name = outcome.document.name or None if outcome.document else None
            found = report(outcome.source.path, name, outcome.facts, outcome.diagnostics)
        print(json.dumps(found, indent=2 if len(outcomes) == 1 else None, ensure_ascii=True))


def _print_github(outcomes: Outcomes, options: argparse.Namespace) -> None:
    from archspec.diagnostics.model import first_told
    from archspec.diagnostics.records import github, github_failure

    for outcome in outcomes:
        if isinstance(outcome, Failure):
            print(github_failure(outcome.path, outcome.message))
            continue
        for diagnostic in first_told(outcome.diagnostics):
            print(github(diagnostic))


def _print_sarif(outcomes: Outcomes, options: argparse.Namespace) -> None:
    import json

    from archspec.diagnostics.model import MAX_TOLD, first_told
    from archspec.diagnostics.records import sarif

    results, failures = _parted(outcomes)
    found = [diagnostic for result in results for diagnostic in first_told(result.diagnostics)]
    ignored = [ignored for result in results for ignored in result.ignored[:MAX_TOLD]]
    print(json.dumps(sarif(found, common.version(), failures, ignored), indent=2))


_PRINTERS: dict[str, Callable[[Outcomes, argparse.Namespace], None]] = {
    "text": _print_text, "json": _print_json, "github": _print_github, "sarif": _print_sarif,
}  # fmt: skip
