"""What `check` found, printed: what its formats share. Enters: what became of each spec; leaves: text on standard output.

Tables that are pasted elsewhere stand alone on standard output; what is to be said of the specs goes to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.commands import common, formats
from archspec.commands.common import Unusable
from archspec.commands.folders import left_out
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.backends.table.layers import Options
    from archspec.checking import Result
    from archspec.diagnostics.model import Diagnostic


class Failure(NamedTuple):
    """A spec that could not be checked, and why."""

    path: str
    message: str


class Outcomes(NamedTuple):
    """What became of each spec, in the order given."""

    each: Sequence[Result | Failure]
    others: Sequence[str] | None = None
    """The files of the folders given that are no specs; None where no folder was given."""

    @property
    def results(self) -> list[Result]:
        """Those that could be checked."""
        return [outcome for outcome in self.each if not isinstance(outcome, Failure)]

    @property
    def failures(self) -> list[Failure]:
        """The others, of which has been said why."""
        return [outcome for outcome in self.each if isinstance(outcome, Failure)]


# Options that shape tables -------------------------------------------------------------------------------------------


def add_columns(parser: argparse.ArgumentParser, example: str) -> None:
    """`--columns` and `--sort`, for commands that print a table."""
    parser.add_argument("--columns", metavar="NAMES", help=f"the columns to show, in their order: {example}")
    parser.add_argument("--sort", metavar="NAME", help="the rows with the most of this column first")


def columns(options: argparse.Namespace) -> tuple[str, ...] | None:
    """The names that `--columns` has. Raises Unusable where the format is no table."""
    shaping = [name for name in ("columns", "sort", "top") if getattr(options, name, None) is not None]
    if shaping and options.format not in formats.pasted():
        raise Unusable(
            f"--{shaping[0]} shapes tables, and --format {options.format} is none: it always holds everything"
        )
    if options.columns is None:
        return None
    return tuple(name.strip() for name in options.columns.split(","))


def check_options(options: argparse.Namespace) -> None:
    """Raises Unusable for columns that there are not, before anything is checked."""
    if columns(options) is not None or options.sort is not None:
        table_options(options)


def width() -> int | None:
    """The width of the terminal; None where standard output is none."""
    return os.get_terminal_size().columns if sys.stdout.isatty() else None


def table_options(options: argparse.Namespace) -> Options:
    """What the options of `check` make of the table. Raises Unusable."""
    from archspec.backends.table.grid import WrongColumn
    from archspec.backends.table.layers import Options, shown
    from archspec.diagnostics.text import escape

    color = options.format == "text" and common.is_colorful()
    found = Options(options.layout, options.running, width() if options.format == "text" else None, color, options.depth,
                    columns(options), options.sort, options.top, options.batch)  # fmt: skip
    try:
        shown(found)
    except WrongColumn as error:
        raise Unusable(escape(str(error))) from None
    return found


# Formats -------------------------------------------------------------------------------------------------------------


def print_outcomes(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """Prints what was found in the format that the options name."""
    if options.format in formats.reports():
        formats.find(options.format).show(outcomes, options)
    else:
        _print_pasted(outcomes, options)


def _print_pasted(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """Tables for other programs; what is to be said of the specs on standard error."""
    from archspec.backends.table.formats import write
    from archspec.backends.table.layers import grid
    from archspec.backends.table.networks import described, setting
    from archspec.commands.streams import write_bytes
    from archspec.diagnostics.text import MAX_SHOWN, escape

    shape = table_options(options)
    several = len(outcomes.each) > 1 or outcomes.others is not None
    is_set = any(result.given for result in outcomes.results)
    grids = []
    for result in outcomes.results:
        path = result.source.path
        if result.diagnostics:
            common.say_errors(result.diagnostics, None if options.all else MAX_SHOWN)
        if result.facts is not None and not options.quiet:
            about = [("spec", path)] * (several or is_set) + [("arguments", setting(result.given))] * is_set
            found = grid(result.facts, shape, is_flat=formats.is_raw(options.format))
            caption = described(path, result.given) if about else ""
            grids.append(found._replace(caption=caption, labels=about))
    if grids and options.batch is not None and formats.is_raw(options.format):
        for result in outcomes.results:
            _say_of_batch(result, options.batch)
    if grids:
        write_bytes(write(options.format, grids).encode("utf-8", "backslashreplace"))
    if several:
        print(escape(summary_of_all(outcomes)), file=sys.stderr)


def _say_of_batch(result: Result, batch: int) -> None:
    """The sums of a batch, beside a table of layers alone: these are of one sample."""
    from archspec.backends.table.totals import of_batch
    from archspec.diagnostics.text import escape

    if result.facts is not None:
        _, *sums = of_batch(result.facts, batch)
        said = "; ".join(f"{sum.label.strip()} {sum.text}" for sum in sums)
        of = counted(batch, "sample", ",")
        print(escape(f"{result.source.path}: the layers are of one sample; of {of} at once: {said}"), file=sys.stderr)


def summary_of_all(outcomes: Outcomes) -> str:
    """`38 specs checked: 2 errors, 1 warning`."""
    checked = len(outcomes.results)
    said = f"{counted(checked, 'spec')} checked: {counts(outcomes.results)}" if checked else "nothing checked"
    if outcomes.failures:
        said += f"; {len(outcomes.failures)} could not be checked"
    if outcomes.others:
        said += f"; {left_out(outcomes.others)}"
    return said


def counts(results: Sequence[Result]) -> str:
    """`2 errors, 1 warning (3 ignored)`."""
    found = [diagnostic for result in results for diagnostic in result.diagnostics]
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    by_severity = ((errors, "error"), (len(found) - errors, "warning"))
    said = ", ".join(counted(n, word) for n, word in by_severity if n) or "no problems"
    ignored = sum(len(result.ignored) for result in results)
    limits = sum(len(result.facts.unchecked_budget) for result in results if result.facts is not None)
    more = [f"{ignored} ignored"] * (ignored > 0) + [f"{counted(limits, 'budget')} not checked"] * (limits > 0)
    return f"{said} ({', '.join(more)})" if more else said


def record(outcome: Result | Failure, batch: int | None = None) -> dict[str, Any]:
    """The report of one spec; with figures for a batch of so many samples where that is asked."""
    from archspec.backends.table.report import report

    if isinstance(outcome, Failure):
        return report(outcome.path, None, None, (), error=outcome.message)
    name = outcome.document.name or None if outcome.document else None
    return report(outcome.source.path, name, outcome.facts, outcome.diagnostics,
                  arguments=outcome.arguments, symbols=outcome.symbols, batch=batch)  # fmt: skip


def once_told(outcomes: Outcomes) -> list[Diagnostic]:
    """As many of each spec as are told; what stands in a file that several import is told once."""
    from archspec.diagnostics.model import first_told
    from archspec.diagnostics.once import once

    return once((result.source.path, one) for result in outcomes.results for one in first_told(result.diagnostics))
