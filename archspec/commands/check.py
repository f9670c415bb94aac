"""`archspec check SPEC...`: the layer table, the totals, and everything that is to be said of the specs."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from archspec.commands import common, fixing, folders, formats, printing
from archspec.commands.common import ERRORS, OK, STDIN, UNUSABLE, Commands, Unusable, WrongValue
from archspec.commands.printing import Failure, Outcomes

if TYPE_CHECKING:
    from archspec.checking import Result


def add(commands: Commands) -> None:
    """The arguments of `check`."""
    check = commands.add_parser("check", help="validate, infer, lint; print the layer table")
    check.add_argument("specs", nargs="+", metavar="SPEC", help="a file, a folder, or - for standard input")
    common.add_set(check)
    check.add_argument(
        "--format", type=formats.called, choices=formats.names(), default=formats.TEXT, help="how the result is printed"
    )
    check.add_argument("--layout", choices=("NCHW", "NHWC"), default="NCHW", help="the order of sizes in the table")
    check.add_argument(
        "--depth", type=common.number_from_one, metavar="N", help="show groups nested deeper than N as one row each"
    )
    printing.add_columns(check, "layer,macs,macs_share")
    check.add_argument(
        "--top", type=common.number_from_one, metavar="N", help="show the first N rows, and the others as one"
    )
    check.add_argument(
        "--batch", type=common.number_from_one, metavar="N", help="say memory and MACs for N samples at once, too"
    )
    check.add_argument("--running", action="store_true", help="add the running total of parameters")
    common.add_choice(check)
    check.add_argument("--strict", action="store_true", help="let warnings fail the check")
    check.add_argument("--quiet", action="store_true", help="print diagnostics only, not the table")
    check.add_argument("--all", action="store_true", help="print all diagnostics, not the first 20")
    fixing.add(check)
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints what was found. 0: no errors (nor warnings under `--strict`)."""
    from archspec.diagnostics.text import escape

    printing.check_options(options)
    values = common.values(options.set)
    found = folders.find(options.specs)
    if options.diff:
        return fixing.diff(found.paths, values, options)
    outcomes: list[Result | Failure] = []
    said: set[str] = set()  # one file of settings may fail many specs
    for path, one in zip(found.paths, fixing.checked(options, found.paths, values), strict=True):
        if not isinstance(one, Unusable):
            outcomes.append(one)
            continue
        where = f"{escape(path)}: " if len(found.paths) > 1 and isinstance(one, WrongValue) else ""
        if str(one) not in said or where:
            common.say(f"archspec: {where}{one}", UNUSABLE)
        said.add(str(one))
        outcomes.append(Failure(common.shown(path), str(one)))
    checked = Outcomes(outcomes, found.others)
    with redirect_stdout(sys.stderr if options.fix and STDIN in options.specs else sys.stdout):
        printing.print_outcomes(checked, options)  # standard output is for the text that is put right
    if checked.failures:
        return UNUSABLE
    failed = any(not result.ok or (options.strict and result.diagnostics) for result in checked.results)
    return ERRORS if failed else OK
