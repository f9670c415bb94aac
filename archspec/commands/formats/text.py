"""For people: the table, what is to be said of the spec, and how much that is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archspec.commands import fixing
from archspec.commands.printing import Outcomes, counts, summary_of_all, table_options, width
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.checking import Result

TELLS_FIXES = True


def show(outcomes: Outcomes, options: argparse.Namespace) -> None:
    """A table each with what is to be said of it, then how much was found in all."""
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
        print(f"{'' if options.quiet else chr(10)}{summary_of_all(outcomes)}")
    said = fixing.available(outcomes.results, options.unsafe_fixes)
    if said:
        print(said)


def _summary(result: Result) -> str:
    from archspec.diagnostics.text import escape

    library = result.document if result.document is not None and result.document.is_library else None
    if library is not None and not result.diagnostics:
        blocks = f"{counted(len(library.blocks), 'block')} to be imported"
        rest = "what depends on arguments and shapes is checked where they are used"
        return f"{escape(result.source.path)}: no problems; {blocks}, and {rest}"
    return f"{escape(result.source.path)}: {counts([result])}"
