"""`archspec check --fix`, `--diff` and `--unsafe-fixes`: specs put right as far as it is sure, and what is said of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from archspec.commands import common, formats
from archspec.commands.common import ERRORS, OK, STDIN, UNUSABLE, Unusable, WrongValue
from archspec.commands.shared_values import Values, each_fitting
from archspec.limits import MAX_IMPORT_LEVELS
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


def checked(options: argparse.Namespace, paths: Sequence[str], values: Values) -> list[Result | Unusable]:
    """What is to be said of specs, after their fixes where `--fix` asks for them, or why they could not be checked."""
    if options.fix:
        return [one if isinstance(one, Unusable) else one.result for one in _fix(options, paths, values)]
    return each_fitting(paths, values, partial(_load, options))


def _load(options: argparse.Namespace, path: str, given: dict[str, Value]) -> Result:
    from archspec.expand.folding import LONG

    lists_layers = formats.is_raw(options.format) or options.sort is not None or options.top is not None
    return common.load(path, given, common.choice(options), formats.tells_fixes(options.format), LONG, lists_layers)


def _fix(options: argparse.Namespace, paths: Sequence[str], values: Values) -> list[Fixed | Unusable]:
    """What became of specs, whose fixes are written and told.

    A spec is looked at again where a file that it imports was put right after it: imports have an end, and so has this.
    """
    found = each_fitting(paths, values, partial(_write_fixed, options))
    edits = [_edited(path, one) for path, one in zip(paths, found, strict=True)]
    late = [i for i, one in enumerate(found) if _imports(one) & set().union(*edits[i + 1 :])]
    changed: set[int] = set()
    for _ in range(MAX_IMPORT_LEVELS):
        edited: set[str] = set()
        for i in late:
            changed.update([i] if _may_be_another(found[i]) else [])
            found[i] = _once_more(options, paths[i], found[i], is_unsafe=options.unsafe_fixes and i not in changed)
            edited |= _edited(paths[i], found[i])
        late = [i for i, one in enumerate(found) if _imports(one) & edited]
    for one in found:
        if not isinstance(one, Unusable):
            _tell_limits(one, paths)
    return found


def _once_more(options: argparse.Namespace, path: str, one: Fixed | Unusable, *, is_unsafe: bool) -> Fixed | Unusable:
    """The same of a spec that was fixed before. What it claims is not rewritten for a network that a fix may have changed."""
    if isinstance(one, Unusable):
        return one
    options = argparse.Namespace(**{**vars(options), "unsafe_fixes": is_unsafe})
    try:
        return _write_fixed(options, path, dict(one.result.given))
    except Unusable as error:
        return error


def _may_be_another(one: Fixed | Unusable) -> bool:
    """Whether a fix may have changed the network."""
    return not isinstance(one, Unusable) and any(p.fix is not None and not p.fix.is_safe for p in one.made)


def _write_fixed(options: argparse.Namespace, path: str, given: dict[str, Value]) -> Fixed:
    """A spec with its fixes, which are written and told. Raises Unusable."""
    from archspec.commands.rewriting import rewrite

    fixed = _fixed(options, path, given)
    rewrite(path, fixed.before, fixed.after)
    if fixed.made:
        _tell(f"Fixed {counted(len(fixed.made), 'problem')}{_where(path, options)}:")
        _list(fixed)
    return fixed


def _edited(path: str, one: Fixed | Unusable) -> set[str]:
    """The real path of a spec that has fixes; nothing of another."""
    return {os.path.realpath(path)} if not isinstance(one, Unusable) and one.made and path != STDIN else set()


def _imports(one: Fixed | Unusable) -> set[str]:
    document = None if isinstance(one, Unusable) else one.result.document
    return document.imported if document is not None else set()


def diff(paths: Sequence[str], values: Values, options: argparse.Namespace) -> int:
    """Prints what `--fix` would change in specs, each with those of the values that it has a place for. 0: nothing."""
    from archspec.commands.rewriting import print_diff
    from archspec.diagnostics.text import escape

    count, code = 0, OK
    found = each_fitting(paths, values, partial(_fixed, options))
    for path, fixed in zip(paths, found, strict=True):
        if isinstance(fixed, Unusable):
            where = f"{escape(path)}: " if isinstance(fixed, WrongValue) else ""
            code = common.say(f"archspec: {where}{fixed}", UNUSABLE)
            continue
        print_diff(path, fixed.before, fixed.after)
        count += len(fixed.made)
        _tell_limits(fixed, paths)
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


def _tell_limits(fixed: Fixed, paths: Collection[str]) -> None:
    """What was not done, and why. What is to be said of files that are given, too, is said of these."""
    if fixed.why_not_all:
        _tell(f"{fixed.result.source.path}: not everything was tried: {fixed.why_not_all}")
    commands: dict[str, set[str]] = {}
    for problem in fixed.elsewhere:
        path = problem.ways[0].edits[0].span.source.path
        commands.setdefault(path, set()).update([problem.command] if problem.command else [])
    given = {os.path.realpath(path) for path in paths if path != STDIN}
    for path in sorted(commands):
        own = listed([f"`{command}`" for command in sorted(commands[path])])
        if os.path.realpath(path) in given:
            _tell(
                "" if own else f"{path}: checked alone, it has no fix for what is wrong in {fixed.result.source.path}"
            )
            continue
        rest = f"put right by {own}" if own else "and checked alone, it has no fix for what is wrong here"
        _tell(f"{path}: left as it is, since of the files of a spec only the spec itself is edited; {rest}")


def _where(path: str, options: argparse.Namespace) -> str:
    return f" in {common.shown(path)}" if [path] != options.specs else ""


def _tell(line: str) -> None:
    """A line on standard error: standard output is for the report, or the text."""
    from archspec.diagnostics.text import escape

    if line:
        print(escape(line), file=sys.stderr)
