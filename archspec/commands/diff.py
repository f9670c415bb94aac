"""`archspec diff A B`: what changed from one network to another. 0: the same, 1: they differ, 2: it cannot be said."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.commands import common, printing, revisions
from archspec.commands.bounds import bounded
from archspec.commands.common import OK, STDIN, UNUSABLE, Commands, Unusable, WrongValue
from archspec.commands.compare import parted
from archspec.commands.shared_values import fitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archspec.checking import Result
    from archspec.comparison.model import Comparison
    from archspec.expressions.value import Value
    from archspec.facts.model import Facts
    from archspec.settings import Settings

DIFFER = 1
FORMATS = ("text", "markdown", "json")


def add(commands: Commands) -> None:
    """The arguments of `diff`."""
    diff = commands.add_parser("diff", help="what changed from one network to another")
    diff.add_argument("specs", nargs="*", metavar="SPEC[@NAME=VALUE]", help="two of them: a file, - for standard input, or "
                      "REV:PATH for a file as git has it; with values of its own: resnet.yaml@depth=50@groups=2")  # fmt: skip
    common.add_set(diff)
    diff.add_argument("--format", choices=FORMATS, default="text", help="how the result is printed")
    diff.add_argument("--all", action="store_true", help="cut nothing short, and tell of every layer what follows")
    diff.add_argument("--git", nargs=argparse.REMAINDER, metavar="ARGUMENTS", help="be git's external diff: with the path, "
                      "the old file and the new one, as git gives them")  # fmt: skip
    diff.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints what changed. Errors of a spec go to standard error."""
    if options.git is not None:
        from archspec.commands.git_diff import run as run_for_git

        return run_for_git(options)
    if len(options.specs) != 2:
        raise Unusable(f"diff takes two specs, not {len(options.specs)} (see archspec diff --help)")
    variants = _variants(options)
    common.need_one_stdin([variant.path for variant in variants])
    absent = revisions.absent(variants[0].path, variants[1].path)
    if absent is not None:
        return _show_alone(variants, absent, options)
    results = [load(variant) for variant in variants]
    are_networks = [holds(result) for result in results]  # of both, what is wrong is said
    if not all(are_networks):
        return UNUSABLE
    return show(results[0], results[1], options)


class Variant(NamedTuple):
    """A spec as it was asked for, the values given beside its name, and those that are for both."""

    path: str
    values: dict[str, Value]
    common: dict[str, Value]


def _variants(options: argparse.Namespace) -> list[Variant]:
    """Both. Raises Unusable."""
    both = common.values(options.set)
    return [variant(argument, both) for argument in options.specs]


def variant(argument: str, both: dict[str, Value] | None = None) -> Variant:
    """One that an argument names, with the values for both. Raises Unusable."""
    path, settings = parted(argument)
    return Variant(path, common.values(settings, f"{path}@"), both or {})


def load(variant: Variant) -> Result:
    """What checking it found, a file or one of a revision. Raises Unusable."""
    from archspec.diagnostics.text import escape

    split = revisions.parted(variant.path) if variant.path != STDIN else None
    data = revisions.read(*split) if split is not None else common.read(variant.path)
    try:
        if split is None:
            return _checked(common.shown(variant.path), data, variant, common.settings(variant.path))
        with TemporaryDirectory(prefix="archspec-") as folder:
            own = revisions.mirrored(*split, data, Path(folder))
            return _checked(variant.path, data, variant, own.settings, own.folder)
    except WrongValue as error:
        raise Unusable(f"{escape(variant.path[:200])}: {error}") from None


def _checked(path: str, data: bytes, variant: Variant, settings: Settings, folder: str = "") -> Result:
    """Of the values for both it gets those that it has a place for. Raises Unusable."""
    from archspec.checking import UnknownSymbol, check

    def once(values: dict[str, Value]) -> Result:
        try:
            with bounded(f"checking {path[:200]!a}"):
                return check(path, data, values, settings, folder=folder)
        except UnknownSymbol as error:
            raise WrongValue(error) from None

    return fitting(once, variant.common, variant.values)


def load_bytes(path: str, data: bytes) -> Result:
    """The same for the bytes of a file, and no values. Raises Unusable."""
    return _checked(path, data, Variant(path, {}, {}), common.settings(path))


def holds(result: Result) -> bool:
    """Whether there is a network to compare, which it is where it misses claims; says the other errors where there are any."""
    from archspec.diagnostics.model import breaking
    from archspec.diagnostics.text import MAX_SHOWN, escape

    path = escape(result.source.path)
    if breaking(result.diagnostics):
        common.say_errors([found for found in result.diagnostics if found.severity == "error"], MAX_SHOWN)
        return False
    if result.facts is None:
        raise Unusable(f"{path} is a file of blocks, and no network")
    return True


# Printing ------------------------------------------------------------------------------------------------------------


def show(before: Result, after: Result, options: argparse.Namespace, note: str = "") -> int:
    """Prints the comparison of two networks in the format asked for. `note`: what was not compared; then none is the same."""
    from archspec.comparison import compare

    assert before.facts is not None, "both have been checked"
    assert after.facts is not None, "both have been checked"
    with bounded("comparing them"):
        found = compare(before.facts, after.facts)
    _need_used(options, before, after)
    if options.format == "json":
        _print_json(found, before, after, note)
    else:
        _print(found, before, after, options, note)
    return OK if found.is_same and not note else DIFFER


def _show_alone(variants: Sequence[Variant], absent: int, options: argparse.Namespace) -> int:
    """Prints that a network came or went: the file of one of the two is not there."""
    import json

    from archspec.backends.table.difference import alone
    from archspec.commands.streams import write_bytes

    result = load(variants[1 - absent])
    if not holds(result):
        return UNUSABLE
    assert result.facts is not None, "it has been checked"
    _need_used(options, result)
    found = alone.Alone(result.facts, variants[0].path, variants[1].path, is_gone=absent == 1, missed=result.missed)
    if options.format == "json":
        print(json.dumps(alone.report(found, _about(result, result.facts)), indent=2))
    else:
        said = alone.markdown(found) if options.format == "markdown" else alone.text(found)
        write_bytes(said.encode("utf-8", "backslashreplace"))
    return DIFFER


def _print(found: Comparison, before: Result, after: Result, options: argparse.Namespace, note: str) -> None:
    from archspec.backends.table.difference import markdown, text
    from archspec.backends.table.networks import described
    from archspec.commands.streams import write_bytes

    named = [
        text.Named(
            described(result.source.path, result.given),
            facts.graph.name,
            {**result.symbols, **result.arguments},
            result.missed,
        )
        for result, facts in ((before, found.before), (after, found.after))
    ]
    if options.format == "markdown":
        said = markdown.write(found, *named, has_all=options.all, note=note)
        write_bytes(said.encode("utf-8", "backslashreplace"))
        return
    color = common.is_colorful()
    said = text.text(found, *named, width=printing.width(), color=color, has_all=options.all, note=note)
    print(said, end="")


def _print_json(found: Comparison, before: Result, after: Result, note: str) -> None:
    import json

    from archspec.backends.table.difference.report import report

    print(json.dumps(report(found, _about(before, found.before), _about(after, found.after), note=note), indent=2))


def _about(result: Result, facts: Facts) -> dict[str, Any]:
    from archspec.backends.table.difference.report import about

    return about(facts, result.source.path, result.arguments, result.symbols, result.missed)


def _need_used(options: argparse.Namespace, *results: Result) -> None:
    """Raises Unusable for a value that neither spec has a place for."""
    from archspec.diagnostics.text import escape

    used = {name for result in results for name in result.given}
    for name in common.values(options.set):
        if name not in used:
            raise Unusable(escape(f"--set {name[:60]}: neither spec has an argument or symbolic size of that name"))
