"""`archspec explain SPEC [LAYER]`: the arithmetic behind every figure; `archspec explain CODE`: what a diagnostic means."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING

from archspec.commands import common
from archspec.commands.common import ERRORS, OK, Commands, Unusable
from archspec.commands.pages import FORMATS, print_page
from archspec.words import counted

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.explain.page import Page

_CODE = re.compile(r"[EWew]\d{1,4}")
_LIST = re.compile(r"-?\d+(?:,-?\d+)+")


def add(commands: Commands) -> None:
    """The arguments of `explain`."""
    explain = commands.add_parser("explain", help="the arithmetic behind every figure, or what a code means")
    explain.add_argument("spec", metavar="SPEC", help="a file, - for standard input, or a code such as E0301")
    explain.add_argument(
        "layer",
        nargs="?",
        metavar="LAYER",
        help="a layer: its arithmetic, the way to it, what would change it; a group; a block",
    )
    common.add_set(explain)
    explain.add_argument(
        "--why",
        metavar="WHAT",
        help="the reason for one figure: LAYER.ARGUMENT, LAYER.output, params, macs, memory, field, depth",
    )
    explain.add_argument("--unit", metavar="I,J", help="what this unit of LAYER sees of the network's input")
    explain.add_argument("--with", dest="changes", action="append", default=[], metavar="ARGUMENT=VALUE",
                         help="what another value would do: of LAYER.ARGUMENT, the network, a block, or an input")  # fmt: skip
    explain.add_argument("--all", action="store_true", help="all layers, not the first ones")
    explain.add_argument("--format", choices=FORMATS, default="text", help="how the result is printed")
    explain.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the page. 1: the spec has errors; what is known of it is explained all the same."""
    if _CODE.fullmatch(options.spec) and not os.path.exists(options.spec):
        return _code(options.spec)
    asked = [name for name in ("why", "unit", "changes") if getattr(options, name)]
    if len(asked) > 1:
        raise Unusable("--why, --unit and --with are three questions: ask one at a time")
    if options.layer is not None and (options.why or options.changes):
        from archspec.diagnostics.text import escape

        key, said = ("why", options.why) if options.why else ("with", options.changes[0])
        own = said if said.startswith(f"{options.layer}.") else f"{options.layer}.{said}"
        raise Unusable(f"--{key} names its layer itself: write --{key} {escape(own[:80])} and leave LAYER out")
    if options.unit and options.layer is None:
        raise Unusable("--unit is of a layer: archspec explain SPEC LAYER --unit 3,5")
    about = [text.partition("=")[0].rstrip("/") for text in (options.layer, options.why, *options.changes) if text]
    result = common.load(
        options.spec,
        common.values(options.set),
        fold_from=common.long_repeats(),
        lists_few=True,
        asked=about,
    )
    if not common.is_followed(result):
        return ERRORS
    page = _page(result, options)
    print_page(page, result.source.path, options.format)
    if not result.ok:
        count = sum(found.severity == "error" for found in result.diagnostics)
        common.say(f"the spec has {counted(count, 'error')}; archspec check says more", ERRORS)
        return ERRORS
    return OK


def _code(code: str) -> int:
    from archspec.commands.lints import show

    return show(code)


def _page(result: Result, options: argparse.Namespace) -> Page:
    """The page that is asked for. Raises Unusable."""
    from archspec.commands.bounds import bounded
    from archspec.diagnostics.text import escape
    from archspec.explain.changes import CannotChange
    from archspec.explain.group import group_page, scope_of
    from archspec.explain.layer import layer_page
    from archspec.explain.network import network_page
    from archspec.explain.unit import unit_page
    from archspec.explain.why import NoFigure, find, why_page
    from archspec.facts.seen import NoUnit

    assert result.facts is not None
    is_whole = options.all or options.format == "json"
    try:
        with bounded(f"explaining {options.spec[:200]!a}"):
            if options.why:
                return why_page(result, options.why, is_whole)
            if options.changes:
                return _changed(result, options.changes)
            if options.layer is None:
                return network_page(result, is_whole)
            scope = scope_of(result, options.layer) if not options.unit else None
            if scope is not None:
                return group_page(result, scope, options.layer, is_whole)
            node = find(result.facts, options.layer)
            return unit_page(result, node, _unit(options.unit)) if options.unit else layer_page(result, node)
    except CannotChange as error:
        way = f": --with {error.instead}=… gives it another value" if error.instead else ""
        raise Unusable(escape(f"{error}{way}"[:1_000])) from None
    except (NoFigure, NoUnit) as error:
        raise Unusable(escape(str(error)[:1_000])) from None


def _unit(text: str) -> tuple[int | None, ...]:
    """`3,5` as numbers; `:` is every position. Raises Unusable."""
    from archspec.diagnostics.text import escape

    parts = [part.strip() for part in text[:200].split(",")]
    if not all(part == ":" or (part.isascii() and part.isdecimal() and len(part) < 10) for part in parts):
        raise Unusable(escape(f"--unit takes a position such as 3,5, not {text[:40]}"))
    return tuple(None if part == ":" else int(part) for part in parts)


def _changed(result: Result, given: list[str]) -> Page:
    """What the changes do, one after the other. Raises Unusable, NoFigure, CannotChange."""
    from archspec.checking import UnknownSymbol
    from archspec.diagnostics.model import is_claim
    from archspec.diagnostics.text import escape
    from archspec.explain.changes import CannotChange, difference
    from archspec.explain.knobs import find_knob
    from archspec.explain.outcome import first_error, then
    from archspec.explain.page import Page
    from archspec.explain.sizes import size_knob
    from archspec.expressions.value import show

    after, said = result, []
    for target, value in common.values(given, "--with").items():
        if after.facts is None:
            raise Unusable("with the changes before it, nothing is known of the network any more")
        knob = size_knob(after, target) or find_knob(after, target)
        if isinstance(value, str) and _LIST.fullmatch(value) and not isinstance(knob.value, str):
            raise CannotChange(f"a list stands in brackets: --with {target}=[{value}]")
        try:
            after = knob.at(value)
        except UnknownSymbol as refused:
            raise Unusable(escape(str(refused)[:1_000])) from None
        said.append(f"{knob.name} {knob.shown} → {show(value)}")
    page = Page(f"with {' and '.join(said)}")
    page.parts.append(difference(result, after))
    error = first_error(after)
    if error is None or is_claim(error):
        page.notes.append(then(result, after))
    else:
        page.notes.append(f"{error.code} at {error.span.source.path}:{error.span.line}: {error.message}")
        page.notes += [f"help: {error.help}"] if error.help else []
    return page
