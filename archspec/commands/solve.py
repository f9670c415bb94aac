"""`archspec solve SPEC`: which sizes the inputs may have; `--for ARGUMENT`: which values an argument may have."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archspec.commands import common
from archspec.commands.common import ERRORS, OK, Commands, Unusable
from archspec.commands.pages import FORMATS, print_page

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.solving.page import Answer


def add(commands: Commands) -> None:
    """The arguments of `solve`."""
    solve = commands.add_parser(
        "solve", help="which input sizes a network accepts, or which values an argument may have"
    )
    solve.add_argument("spec", metavar="SPEC", help="a file, or - for standard input")
    common.add_set(solve)
    solve.add_argument("--for", dest="target", metavar="ARGUMENT",
                       help="the values that fit of LAYER.ARGUMENT, or of an argument of the network or a block")  # fmt: skip
    solve.add_argument("--format", choices=FORMATS, default="text", help="how the result is printed")
    solve.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the page. 1: no size, and no value, fits."""
    result = common.load(options.spec, common.values(options.set))
    if not common.is_followed(result):
        return ERRORS
    answer = _answer(result, options)
    print_page(answer.page, result.source.path, options.format)
    return OK if answer.fits else ERRORS


def _answer(result: Result, options: argparse.Namespace) -> Answer:
    """Raises Unusable."""
    from archspec.commands.bounds import bounded
    from archspec.diagnostics.text import escape
    from archspec.explain.changes import CannotChange
    from archspec.explain.why import NoFigure
    from archspec.solving.page import argument_page, sizes_page

    first = (options.target or "").partition("=")[0].partition(".")[0]
    if result.facts is not None and any(node.path == first for node in result.facts.graph.inputs):
        raise Unusable(f"{first} is an input: its sizes are what solve answers without --for")
    try:
        with bounded(f"solving {options.spec[:200]!a}"):
            return argument_page(result, options.target) if options.target else sizes_page(result)
    except CannotChange as error:
        way = f": --for {error.instead} tries its values" if error.instead else ""
        raise Unusable(escape(f"{error}{way}"[:1_000])) from None
    except NoFigure as error:
        raise Unusable(escape(str(error)[:1_000])) from None
