"""`archspec check --fix`, `--diff` and `--unsafe-fixes`: specs put right as far as it is sure, and what is said of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from archspec.commands import common, formats
from archspec.commands.common import ERRORS, OK, UNUSABLE, Unusable, WrongValue
from archspec.commands.shared_values import Values, each_fitting
from archspec.words import counted, listed

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.diagnostics.model import Edit
    from archspec.expressions.value import Value
    from archspec.fixing import Fixed

MOST_LISTED = 20


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `check` that are about fixes."""
    parser.add_argument("--fix", action="store_true", help="put right in the file what can mean nothing else")
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also what may change the network"
    )
    parser.add_argument("--diff", action="store_true", help="print what --fix would change, and write nothing")


def load(options: argparse.Namespace, path: str, given: dict[str, Value]) -> Result:
    """What is to be said of a spec, after its fixes where `--fix` asks for them. Raises Unusable."""
    if options.fix:
        return fix(options, path, given)
    from archspec.expand.folding import LONG

    lists_layers = formats.is_raw(options.format) or options.sort is not None or options.top is not None
    return common.load(path, given, common.choice(options), formats.tells_fixes(options.format), LONG, lists_layers)


def fix(options: argparse.Namespace, path: str, given: dict[str, Value]) -> Result:
    """What is left to be said of a spec after its fixes, which are written and told. Raises Unusable."""
    from archspec.commands.rewriting import rewrite

    fixed = _fixed(options, path, given)
    rewrite(path, fixed.before, fixed.after)
    if fixed.made:
        _tell(f"Fixed {counted(len(fixed.made), 'problem')}{_where(path, options)}:")
        _list(fixed)
    _tell_limits(fixed)
    return fixed.result


def diff(paths: Sequence[str], values: Values, options: argparse.Namespace) -> int:
    """Prints what `--fix` would change in specs, each with those of the values that it has a place for. 0: nothing."""
    from archspec.commands.rewriting import print_diff
    from archspec.diagnostics.text import escape

    count, code = 0, OK
    for path, fixed in zip(paths, each_fitting(paths, values, partial(_fixed, options)), strict=True):
        if isinstance(fixed, Unusable):
            where = f"{escape(path)}: " if isinstance(fixed, WrongValue) else ""
            code = common.say(f"archspec: {where}{fixed}", UNUSABLE)
            continue
        print_diff(path, fixed.before, fixed.after)
        count += len(fixed.made)
        _tell_limits(fixed)
        _tell(available([fixed.result], options.unsafe_fixes) if not options.unsafe_fixes else "")
    _tell(f"Would fix {counted(count, 'problem')}" if count else "Nothing would be fixed")
    return code or (ERRORS if count else OK)


def available(results: Sequence[Result], is_unsafe: bool) -> str:
    """How many fixes there are of what is told, and how they are had; nothing where there are none."""
    found = _found(results, is_unsafe)
    if all(result.has_all_fixes for result in results):
        return found
    return (
        f"{found}; it may find more"
        if found
        else "a fix may be found with --fix --unsafe-fixes, which tries for longer"
    )


def _found(results: Sequence[Result], is_unsafe: bool) -> str:
    told = [(result, problem) for result in results for problem in result.diagnostics if problem.fix is not None]
    if not told:
        return ""
    from archspec.fixing import is_for_all_values

    fixes: dict[tuple[Edit, ...], bool] = {}  # what puts a layer right may meet claims, too: it is one fix
    for result, problem in told:
        if problem.fix is not None and is_for_all_values(problem, result.given):
            fixes[problem.fix.edits] = fixes.get(problem.fix.edits, False) or problem.fix.is_safe
    safe = sum(fixes.values())
    other = len(fixes) - safe
    if not fixes:
        return ""
    if is_unsafe:
        return f"{counted(len(fixes), 'fix')} available with --fix --unsafe-fixes"
    if not safe:
        return f"{counted(other, 'fix')} available with --fix --unsafe-fixes, which may change the network"
    return f"{counted(safe, 'fix')} available with --fix" + (f" ({other} more with --unsafe-fixes)" if other else "")


def _fixed(options: argparse.Namespace, path: str, given: dict[str, Value]) -> Fixed:
    from archspec.checking import UnknownSymbol
    from archspec.commands.bounds import bounded
    from archspec.fixing import fix

    data = common.read(path)
    try:
        with bounded(f"fixing {path[:200]!a}"):
            settings = common.settings(path, common.choice(options))
            return fix(common.shown(path), data, given, options.unsafe_fixes, settings)
    except UnknownSymbol as error:
        raise WrongValue(error) from None


def _list(fixed: Fixed) -> None:
    """A line for each problem that is gone, with its place in the file as it was; none for what came with an earlier fix."""
    for problem, place in islice(zip(fixed.made, fixed.places, strict=True), MOST_LISTED):
        said = problem.fix.said if problem.fix is not None else ""
        where = f"{place[0]}:{place[1]} " if place is not None else ""
        _tell(f"  {where}{problem.code} {problem.message} ({said})")
    if len(fixed.made) > MOST_LISTED:
        _tell(f"  … and {len(fixed.made) - MOST_LISTED:,} more")


def _tell_limits(fixed: Fixed) -> None:
    """What was not done, and why."""
    if fixed.why_not_all:
        _tell(f"{fixed.result.source.path}: not everything was tried: {fixed.why_not_all}")
    commands: dict[str, set[str]] = {}
    for problem in fixed.elsewhere:
        path = problem.ways[0].edits[0].span.source.path
        commands.setdefault(path, set()).update([problem.command] if problem.command else [])
    for path in sorted(commands):
        own = listed([f"`{command}`" for command in sorted(commands[path])])
        rest = f"put right by {own}" if own else "and checked alone, it has no fix for what is wrong here"
        _tell(f"{path}: left as it is, since of the files of a spec only the spec itself is edited; {rest}")


def _where(path: str, options: argparse.Namespace) -> str:
    return f" in {common.shown(path)}" if [path] != options.specs else ""


def _tell(line: str) -> None:
    """A line on standard error: standard output is for the report, or the text."""
    from archspec.diagnostics.text import escape

    if line:
        print(escape(line), file=sys.stderr)
