"""`archspec compare SPEC...`: networks beside each other, a row each."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from archspec.commands import common, folders, formats, printing, revisions
from archspec.commands.common import ERRORS, OK, STDIN, UNUSABLE, Commands, Unusable, WrongValue
from archspec.commands.printing import Failure
from archspec.commands.shared_values import fitting

if TYPE_CHECKING:
    from archspec.backends.table.networks import Network
    from archspec.checking import Result
    from archspec.expressions.value import Value

_SETTING = re.compile(r"@(?=[A-Za-z][A-Za-z0-9_]*=)")


def add(commands: Commands) -> None:
    """The arguments of `compare`."""
    compare = commands.add_parser("compare", help="networks beside each other, a row each")
    compare.add_argument("specs", nargs="+", metavar="SPEC[@NAME=VALUE]", help="a file, a folder, - for standard input, or "
                         "REV:PATH for a file as git has it; with values of its own: resnet.yaml@depth=50@groups=2")  # fmt: skip
    common.add_set(compare)
    compare.add_argument("--format", type=formats.called, choices=(*formats.pasted(), "json"), default=formats.TEXT,
                         help="how the result is printed")  # fmt: skip
    printing.add_columns(compare, "spec,parameters,macs")
    compare.add_argument("--top", type=common.number_from_one, metavar="N", help="show the first N rows")
    compare.add_argument("--batch", type=common.number_from_one, metavar="N",
                         help="MACs and activations of N samples at once, not of one")  # fmt: skip
    compare.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the table; errors of specs go to standard error. 1: a spec has errors; what is known of it is in its row."""
    _check_columns(options)
    common_values = common.values(options.set)
    outcomes: list[Result | Failure] = []
    for variant in _variants(options.specs):
        try:
            outcomes.append(_load(variant, common_values))
        except Unusable as error:
            common.say(f"archspec: {error}", UNUSABLE)
            outcomes.append(Failure(common.shown(variant.path), str(error)))
    results = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]
    _need_used(common_values, outcomes)
    for result in results:
        common.usable(result)  # says the errors
    _print(outcomes, options)
    if len(results) < len(outcomes):
        return UNUSABLE
    return OK if all(result.ok for result in results) else ERRORS


class _Variant(NamedTuple):
    """A file, and the values that are given beside its name."""

    path: str
    values: dict[str, Value]


def _variants(arguments: list[str]) -> list[_Variant]:
    """The files that the arguments mean, each with its own values; what a folder has beside specs is said. Raises Unusable."""
    from archspec.diagnostics.text import escape

    found = []
    for argument in arguments:
        path, settings = parted(argument)
        values = common.values(settings, f"{path}@")
        is_old = path != STDIN and revisions.parted(path) is not None
        below = folders.Found([path]) if is_old else folders.find([path])
        found += [_Variant(file, values) for file in below.paths]
        if below.others:
            common.say(escape(f"archspec: {path[:200]}: {folders.left_out(below.others)}"), OK)
    common.need_one_stdin([variant.path for variant in found])
    return found


_NEXT = r",\s*([A-Za-z][A-Za-z0-9_]*)="
"""What looks like the next of several values, behind a comma."""


def parted(argument: str) -> tuple[str, list[str]]:
    """`resnet.yaml@depth=50@bias=true` is a file and two values. What is the name of a file is that; folders are never parted.

    Raises Unusable where no value stands behind the @, or a comma where the next @ belongs.
    """
    if os.path.exists(argument):
        return argument, []
    folder, name = os.path.split(argument)
    name, *settings = _SETTING.split(name)
    before, at, rest = name.partition("@")
    if at and os.path.exists(os.path.join(folder, before)):
        raise _no_value(os.path.join(folder, before), rest)
    joined = next((setting for setting in settings if re.search(_NEXT, setting)), None)
    if joined is not None:
        from archspec.diagnostics.text import escape

        apart = re.sub(_NEXT, r"@\1=", joined)
        written = f"{os.path.join(folder, name)[:200]}@{apart[:200]}"
        raise Unusable(escape(f"{argument[:200]}: each value follows an @ of its own: {written}"))
    return os.path.join(folder, name), settings


def _no_value(path: str, rest: str) -> Unusable:
    """What an @ is for, where a file stands before it and no value behind."""
    from archspec.diagnostics.text import escape

    name = rest.partition("=")[0] if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*=?", rest[:60]) else "NAME"
    said = f"behind the @ stands NAME=VALUE, {f'not {rest[:60]!a}' if rest else 'and there is nothing'}"
    return Unusable(escape(f"{path[:200]}@: {said}; {path[:200]}@{name}=VALUE gives that argument or size a value"))


def _load(variant: _Variant, common_values: dict[str, Value]) -> Result:
    """What checking a variant found. Of the values for all (`--set`) it gets those that it has a place for. Raises Unusable."""
    shared, own = common_values, variant.values
    if variant.path == STDIN:  # which is read once
        shared, own = {}, {**shared, **own}
    if variant.path != STDIN and revisions.parted(variant.path) is not None:
        from archspec.commands import diff

        return diff.load(diff.Variant(variant.path, own, shared))
    try:
        return fitting(lambda given: common.load(variant.path, given, fold_from=common.long_repeats()), shared, own)
    except WrongValue as error:
        raise _named(variant, error) from None


def _need_used(values: dict[str, Value], outcomes: list[Result | Failure]) -> None:
    """Raises Unusable for a value that none of the specs has a place for, where all could be checked."""
    from archspec.diagnostics.text import escape

    used = {name for outcome in outcomes if not isinstance(outcome, Failure) for name in outcome.given}
    if any(isinstance(outcome, Failure) for outcome in outcomes):
        return
    for name in values:
        if name not in used:
            raise Unusable(
                escape(f"--set {name[:60]}: none of the specs has an argument or symbolic size of that name")
            )


def _named(variant: _Variant, error: WrongValue) -> Unusable:
    from archspec.diagnostics.text import escape

    return Unusable(f"{escape(variant.path[:200])}: {error}")


# Printing ------------------------------------------------------------------------------------------------------------


def _check_columns(options: argparse.Namespace) -> None:
    """Raises Unusable for columns that there are not, before anything is checked."""
    from archspec.backends.table.grid import WrongColumn
    from archspec.backends.table.networks import shown
    from archspec.diagnostics.text import escape

    try:
        shown(printing.columns(options), options.sort)
    except WrongColumn as error:
        raise Unusable(escape(str(error))) from None


def _print(outcomes: list[Result | Failure], options: argparse.Namespace) -> None:
    from archspec.backends.table.networks import grid

    if options.format == "json":
        _print_json(outcomes, options.batch)
        return
    names = printing.columns(options)
    networks = _networks([outcome for outcome in outcomes if not isinstance(outcome, Failure)], options.batch)
    if not networks:
        return
    table = grid(networks, names, options.sort, options.top, is_raw=formats.is_raw(options.format))
    if options.format == "text":
        from archspec.backends.table.text import lines
        from archspec.diagnostics.text import escape

        head = [escape(table.caption), ""] if table.caption else []
        shown = lines(table.columns, printing.width(), common.is_colorful(), has_all=names is not None)
        print("\n".join([*head, *shown, *table.notes]))
        return
    from archspec.backends.table.formats import write
    from archspec.commands.streams import write_bytes

    write_bytes(write(options.format, [table]).encode("utf-8", "backslashreplace"))


def _networks(results: list[Result], batch: int | None) -> list[Network]:
    """A row each; ratios are to the first that is given."""
    from archspec.backends.table.networks import beside

    named = ((result, result.document.name if result.document is not None else "") for result in results)
    return beside(((result.source.path, result.given, name, result.facts) for result, name in named), batch)


def _print_json(outcomes: list[Result | Failure], batch: int | None) -> None:
    import json

    from archspec.backends.table.networks import report

    print(json.dumps(report([printing.record(outcome, batch) for outcome in outcomes]), indent=2))
