"""What `check` found, printed: a function a format. Enters: what became of each spec; leaves: text on standard output.

Tables that are pasted elsewhere stand alone on standard output; what is to be said of the specs goes to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.backends.table.formats import FILES, RAW
from archspec.commands import common, fixing
from archspec.commands.common import Unusable
from archspec.commands.folders import left_out
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.backends.table.layers import Options
    from archspec.checking import Result
    from archspec.diagnostics.model import Diagnostic

TABLES = ("text", *FILES)
"""The formats that are tables, whose columns can be chosen."""


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


def format_called(name: str) -> str:
    """The format of this name, or of the short one that files of it end with."""
    return {"md": "markdown", "tex": "latex"}.get(name, name)


def add_columns(parser: argparse.ArgumentParser, example: str) -> None:
    """`--columns` and `--sort`, for commands that print a table."""
    parser.add_argument("--columns", metavar="NAMES", help=f"the columns to show, in their order: {example}")
    parser.add_argument("--sort", metavar="NAME", help="the rows with the most of this column first")


def columns(options: argparse.Namespace) -> tuple[str, ...] | None:
    """The names that `--columns` has. Raises Unusable where the format is no table."""
    shaping = [name for name in ("columns", "sort", "top") if getattr(options, name, None) is not None]
    if shaping and options.format not in TABLES:
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
    _PRINTERS[options.format](outcomes, options)


def _print_text(outcomes: Outcomes, options: argparse.Namespace) -> None:
    from archspec.backends.table.networks import described
    from archspec.backends.table.terminal import table
    from archspec.diagnostics.text import MAX_SHOWN, escape, render

    shape = table_options(options)
    for i, result in enumerate(outcomes.results):  # failures have been said
        if (len(outcomes.each) > 1 or result.given) and not options.quiet:
            print(f"{'' if i == 0 else chr(10)}{escape(described(result.source.path, result.given))}\n")
        if result.facts is not None and not options.quiet:
            print(table(result.facts, shape))
        if result.diagnostics:
            print(
                render(result.diagnostics, color=shape.color, most=None if options.all else MAX_SHOWN, columns=width())
            )
        print(_summary(result))
    if len(outcomes.each) > 1 or outcomes.others is not None:
        print(f"{'' if options.quiet else chr(10)}{_summary_of_all(outcomes)}")
    said = fixing.available(outcomes.results, options.unsafe_fixes)
    if said:
        print(said)


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
            found = grid(result.facts, shape, is_flat=options.format in RAW)
            caption = described(path, result.given) if about else ""
            grids.append(found._replace(caption=caption, labels=about))
    if grids:
        write_bytes(write(options.format, grids).encode("utf-8", "backslashreplace"))
    if several:
        print(escape(_summary_of_all(outcomes)), file=sys.stderr)


def _summary(result: Result) -> str:
    from archspec.diagnostics.text import escape

    library = result.document if result.document is not None and result.document.is_library else None
    if library is not None and not result.diagnostics:
        blocks = f"{counted(len(library.blocks), 'block')} to be imported"
        rest = "what depends on arguments and shapes is checked where they are used"
        return f"{escape(result.source.path)}: no problems; {blocks}, and {rest}"
    return f"{escape(result.source.path)}: {_counted([result])}"


def _summary_of_all(outcomes: Outcomes) -> str:
    """`38 specs checked: 2 errors, 1 warning`."""
    checked = len(outcomes.results)
    said = f"{counted(checked, 'spec')} checked: {_counted(outcomes.results)}" if checked else "nothing checked"
    if outcomes.failures:
        said += f"; {len(outcomes.failures)} could not be checked"
    if outcomes.others:
        said += f"; {left_out(outcomes.others)}"
    return said


def _counted(results: Sequence[Result]) -> str:
    found = [diagnostic for result in results for diagnostic in result.diagnostics]
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    said = ", ".join(counted(n, word) for n, word in counts if n) or "no problems"
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


def _print_json(outcomes: Outcomes, options: argparse.Namespace) -> None:
    import json

    is_one = len(outcomes.each) == 1 and outcomes.others is None
    for outcome in outcomes.each:
        print(json.dumps(record(outcome, options.batch), indent=2 if is_one else None, ensure_ascii=True))


def _print_github(outcomes: Outcomes, options: argparse.Namespace) -> None:
    from archspec.diagnostics.records import github, github_failure, github_notice

    for failure in outcomes.failures:
        print(github_failure(failure.path, failure.message))
    for diagnostic in _once(outcomes):
        print(github(diagnostic))
    for result in outcomes.results:
        limits = result.facts.unchecked_budget if result.facts is not None else {}
        for name, why in limits.items():
            print(github_notice(result.source.path, f"{name} is limited by the project, and not checked here: {why}"))


def _once(outcomes: Outcomes) -> list[Diagnostic]:
    """As many of each spec as are told; what stands in a file that several import is told once."""
    from archspec.diagnostics.model import first_told
    from archspec.diagnostics.once import once

    return once((result.source.path, one) for result in outcomes.results for one in first_told(result.diagnostics))


def _print_sarif(outcomes: Outcomes, options: argparse.Namespace) -> None:
    import json

    from archspec.diagnostics.once import once
    from archspec.diagnostics.records import sarif
    from archspec.limits import MAX_TOLD

    reasons: dict[str, list[tuple[str, Diagnostic]]] = {}
    for result in outcomes.results:
        for diagnostic, reason in result.ignored[:MAX_TOLD]:
            reasons.setdefault(reason, []).append((result.source.path, diagnostic))
    ignored = [(diagnostic, reason) for reason, found in reasons.items() for diagnostic in once(found)]
    print(json.dumps(sarif(_once(outcomes), common.version(), outcomes.failures, ignored), indent=2))


_PRINTERS: dict[str, Callable[[Outcomes, argparse.Namespace], None]] = {
    "text": _print_text, **dict.fromkeys(FILES, _print_pasted),
    "json": _print_json, "github": _print_github, "sarif": _print_sarif,
}  # fmt: skip
FORMATS = tuple(_PRINTERS)
