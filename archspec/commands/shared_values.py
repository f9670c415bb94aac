"""Values that are given for several specs at once (`--set`): each spec gets those that it has a place for.

A spec says itself what it has no place for, when it is checked with all of them: it is checked again only then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from archspec.commands.common import STDIN, Unusable, WrongValue

if TYPE_CHECKING:
    from archspec.expressions.value import Value

Found = TypeVar("Found")
Values = Mapping[str, "Value"]


def fitting(check: Callable[[dict[str, Value]], Found], shared: Values, own: Values) -> Found:
    """What checking a spec with values found: its own, and those of the shared ones that it has a place for.

    Raises WrongValue.
    """
    try:
        return check({**shared, **own})
    except WrongValue as error:
        kept = {name: value for name, value in shared.items() if name in error.has}
        if kept.keys() == shared.keys():
            raise
    return check({**kept, **own})


def each_fitting(
    paths: Sequence[str], values: Values, check: Callable[[str, dict[str, Value]], Found]
) -> list[Found | Unusable]:
    """What checking each of several specs with these values found, or why it could not be checked.

    Of several, what one has no place for is said, and not set; what none of them has is refused by all, before any is checked
    without it. Standard input, which is read once, takes all or nothing, and so do those beside it.
    """
    found: list[Found | Unusable] = [_once(check, path, dict(values)) for path in paths]
    refused = {i: one for i, one in enumerate(found) if isinstance(one, WrongValue)}
    if len(paths) < 2 or STDIN in paths:
        return found
    has_all = any(not isinstance(one, Unusable) for one in found)
    wanted = values.keys() if has_all else values.keys() & {name for one in refused.values() for name in one.has}
    for i, error in refused.items():
        if left := [name for name in values if name in wanted and name not in error.has]:
            _say(f"{paths[i]}: {', '.join(left)} not set: it has no argument or size of that name")
            kept = {name: value for name, value in values.items() if name not in left}
            found[i] = _once(check, paths[i], kept)
    return found


def _once(check: Callable[[str, dict[str, Value]], Found], path: str, values: dict[str, Value]) -> Found | Unusable:
    try:
        return check(path, values)
    except Unusable as error:
        return error


def _say(line: str) -> None:
    from archspec.diagnostics.text import escape

    print(escape(line), file=sys.stderr)
