"""Whether the cases of a network show all that its expressions say of its arguments.

Code leaves out what is the same in all cases: a condition that always holds, a choice of which one side is taken. Where that
depends on an argument that may have any value, others could bring out the other side: the argument has to stay what it is.
Enters: the uses of each class; leaves: the cases to leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from archspec.backends.torch.cases import Cases
from archspec.backends.torch.family import Family, slot_at
from archspec.backends.torch.uses import HOLE, environment, evaluated, scope_environment, typed
from archspec.document.values import Environment
from archspec.expressions.evaluation import names_in
from archspec.expressions.grammar import Choice, Comprehension, Expression, Fault, Item, Name, ShapeOf, parse
from archspec.source import Span

ENOUGH = 3
"""With how many values of an argument a layer has to be seen that is not always there."""


class _Use(NamedTuple):
    """The names that an expression reads in one use of its class, and in which case that is."""

    case: int
    environment: Environment


def unseen(cases: Cases, families: Sequence[Family]) -> set[int]:
    """The cases of arguments of which too little is seen: what is read depends on them, and the same follows everywhere."""
    if len(cases.roots) == 1:
        return set()
    names = _of_rare(cases)
    for family in families:
        for missing in _in_family(cases, family):
            names |= _of_open(cases, missing)
    return {number for number, values in enumerate(cases.values) if values.keys() & names}


def _of_open(cases: Cases, missing: frozenset[str]) -> set[str]:
    """The arguments that may have any value; of those that have been seen with all theirs, all but one, since not all have been
    seen together."""
    first = next((name for name in cases.taken if name in missing and cases.taken[name].is_limited), None)
    return {name for name in missing if name != first}


def _of_rare(cases: Cases) -> set[str]:
    """The arguments of which too few values are seen beside a layer that not all cases have.

    What is inferred there, or stands as a number, could follow from them in another way.
    """
    present: dict[Span, set[int]] = {}
    for number, layers in enumerate(cases.layers):
        for node in layers:
            present.setdefault(node.place.name, set()).add(number)
    rare = {frozenset(numbers) for numbers in present.values() if len(numbers) < len(cases.layers)}
    open_ = [name for name in cases.taken if not cases.taken[name].is_limited]
    return {name for numbers in rare for name in open_ if max(map(len, _rows(cases, numbers, name))) < ENOUGH}


def _rows(cases: Cases, numbers: Iterable[int], name: str) -> list[list[int]]:
    """Such cases in rows that are the same but for one argument."""
    found: dict[frozenset[tuple[str, object]], list[int]] = {}
    for number in numbers:
        rest = frozenset((other, typed(value)) for other, value in cases.values[number].items() if other != name)
        found.setdefault(rest, []).append(number)
    return list(found.values())


def _in_family(cases: Cases, family: Family) -> set[frozenset[str]]:
    found: set[frozenset[str]] = set()
    for text in family.scope.let.values():
        uses = [_Use(cases.case_of(scope), scope_environment(scope, cases.facts)) for scope in family.uses]
        found |= _in_text(cases, text, uses)
    for entry in family.entries:
        if entry.inner is not None and entry.member_is_in_place:
            found |= _in_family(cases, entry.inner)
    longest = max(family.uses, key=lambda scope: len(scope.slots), default=family.scope)
    for position, entry_slot in enumerate(longest.slots):  # those too that no use has
        place = entry_slot.place
        texts = (*place.expressions(), *place.controls())
        uses = []
        for scope in family.uses if texts else ():
            slot = slot_at(scope, position)
            if slot is not None:
                uses.append(_Use(cases.case_of(scope), environment(scope, slot.values, cases.facts)))
        for text in texts:
            found |= _in_text(cases, text, uses)
    return found


def _in_text(cases: Cases, text: str, uses: list[_Use]) -> set[frozenset[str]]:
    with suppress(Fault):
        return {missing for part in _parts(parse(text)) if (missing := _in_part(cases, part, uses))}
    return set()


def _in_part(cases: Cases, part: Expression, uses: list[_Use]) -> frozenset[str]:
    """The arguments with which the part reads something else, where its value is one in all uses."""
    if isinstance(part, Choice) and _are_same(part, uses):
        return frozenset()
    leaves = list(_leaves(part))
    if not leaves or part in leaves:
        return frozenset()
    environments = [use.environment for use in uses]
    read: dict[int, set[tuple[object, ...]]] = {}
    values: set[object] = set()
    for use, value, *leaf in zip(uses, *(evaluated(each, environments) for each in (part, *leaves)), strict=True):
        if HOLE not in leaf:
            read.setdefault(use.case, set()).add(typed(tuple(leaf)))
            values |= {typed(value)} if value is not HOLE else set()
    if len(values) != 1:
        return frozenset()
    return frozenset(
        name
        for name in cases.taken
        for row in _rows(cases, read, name)
        if any(read[case] != read[row[0]] for case in row)
    )


def _are_same(choice: Choice, uses: list[_Use]) -> bool:
    """Whether both sides of a choice are one value in all uses, so that the condition says nothing."""
    environments = [use.environment for use in uses]
    sides = [typed(value) for side in (choice.then, choice.other) for value in evaluated(side, environments)]
    return typed(HOLE) not in sides and len(set(sides)) == 1


def _parts(expression: Expression) -> Iterator[Expression]:
    """An expression and all in it but what stands in a comprehension, whose names have no value outside."""
    yield expression
    if isinstance(expression, (Name, ShapeOf, Comprehension)):
        return
    for inner in _inner(expression):
        yield from _parts(inner)


def _inner(part: object) -> Iterator[Expression]:
    if isinstance(part, tuple):
        for each in part:
            if isinstance(each, Expression):
                yield each
            elif type(each) is tuple:
                yield from _inner(each)


def _leaves(part: Expression) -> Iterator[Expression]:
    """The names and the sizes of inputs that an expression reads."""
    if isinstance(part, (Name, ShapeOf)) or (isinstance(part, Item) and isinstance(part.target, ShapeOf)):
        yield part
    elif isinstance(part, Comprehension):
        yield from names_in(part)
    else:
        for inner in _inner(part):
            yield from _leaves(inner)
