"""Repeated layers in an nn.Sequential: which stand in a row and can be one comprehension. Enters: a family; leaves: `Run`s.

Equal layers are `for _ in range(n)`; layers that differ as the spec says, by `i`, or by a step from one to the next, use `i`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from archspec.backends.python.code import Atom, Code, call, flat, keyword, literal, operation
from archspec.backends.torch.family import Entry, Family, Fixed, NeedsAllSteps
from archspec.backends.torch.parameters import Parameter, Parameters, Place
from archspec.backends.torch.series import Series, are_same, combined, in_all, times_of
from archspec.backends.torch.translate import Untranslatable, translate
from archspec.backends.torch.uses import HOLE, Values, agree, evaluated, same
from archspec.expressions.evaluation import evaluate
from archspec.expressions.tree import Expression, Fault, Name, ShapeOf
from archspec.expressions.value import Value
from archspec.expressions.work import Work

if TYPE_CHECKING:
    from archspec.backends.torch.construct import Constructor


NAMED, ROW = 4, 7
"""A call of a block with so many arguments names them from the third on; so many literals are a row of a table."""
_TELL_NOTHING = frozenset({"True", "False", "None"})


def _stands_for_itself(text: str) -> bool:
    """Whether code is a whole number, a word such as `True`, or a class of torch.nn."""
    return text.isdecimal() or text in _TELL_NOTHING or re.fullmatch(r"nn\.\w+", text) is not None


class Run(NamedTuple):
    """Entries that are written once. `element` may read `variable`; without a `range` it is one entry."""

    entries: list[Entry]
    element: Code
    variable: str = "_"
    range: Code | None = None
    name: Code = Atom("")
    """The attribute, where entries are named."""


class Count(NamedTuple):
    """How many steps a repeat has, where that differs between uses."""

    code: Code
    may_be_none: bool
    """Whether there are none in some use, so that not even the first stands for itself."""


@dataclass(slots=True, eq=False, repr=False)
class Call:
    """A call of a generated class: each parameter's value in every use, and where it stands in the spec."""

    head: Code
    parameters: list[Parameter]
    values: dict[str, Values]
    places: dict[str, Place]
    takes_device: bool
    classes: frozenset[str] = frozenset()
    """The classes that it may be a call of."""

    def code(self, scope: Parameters) -> Code:
        """The call, arguments that are the default left out."""
        return self.with_arguments(
            {p.name: scope.source(self.values[p.name], self.places[p.name]) for p in self._given()}
        )

    @property
    def key(self) -> object:
        """What is the same for calls that are written alike."""
        return self.head, tuple(self.values.items()), tuple(place.origins for place in self.places.values())

    def _given(self) -> list[Parameter]:
        return [p for p in self.parameters if not self.is_default(p)]

    def is_default(self, parameter: Parameter) -> bool:
        """Whether the parameter has its default in every use."""
        if parameter.default is HOLE:
            return False
        return all(value is HOLE or same(value, parameter.default) for value in self.values[parameter.name])

    def with_arguments(self, texts: dict[str, Code]) -> Code:
        """The call with these arguments, by keyword from where nobody could tell what they are."""
        given = [parameter for parameter in self.parameters if parameter.name in texts]
        needed = [flat(texts[parameter.name]) for parameter in given if parameter.default is HOLE]
        is_row = len(needed) >= ROW and all(_stands_for_itself(text) for text in needed)
        is_named = len(needed) >= NAMED and not is_row
        arguments: list[Code] = []
        by_place = True
        for at, parameter in enumerate(given):
            value = flat(texts[parameter.name])
            is_told = (not is_named or at < 2 or value == parameter.name) and value not in _TELL_NOTHING
            by_place = by_place and parameter.default is HOLE and is_told
            arguments.append(texts[parameter.name] if by_place else keyword(parameter.name, texts[parameter.name]))
        return call(self.head, *arguments, *([Atom("**kwargs")] if self.takes_device else []))


def runs(family: Family, constructor: Constructor, named: bool, count: Count | None = None) -> list[Run]:
    """The entries, those that can be written once together.

    `count` is that of a repeat whose number of steps differs between uses. Raises Fixed where there is no code for that.
    """
    if count is not None:
        return _Cluster(family.entries, family, constructor, named).counted_runs(count)
    found: list[Run] = []
    for _, cluster in groupby(family.entries, key=lambda entry: entry.slot.key[0]):
        entries = list(cluster)
        steps = _Cluster(entries, family, constructor, named)
        if any(entry.is_step for entry in entries):
            if any(entry.more for entry in entries):
                raise NeedsAllSteps
            counts = tuple(
                HOLE if slots[0] is None else sum(slot is not None and slot.member is not None for slot in slots)
                for slots in zip(*(entry.slots for entry in entries), strict=True)
            )
            found += steps.counted_runs(constructor.count(entries[0], family, counts))
        else:
            found += steps.runs()
    return found


class _Cluster:
    """The instances of one repeated entry."""

    def __init__(self, entries: list[Entry], family: Family, constructor: Constructor, named: bool) -> None:
        self.entries = entries
        self.family = family
        self.constructor = constructor
        self.named = named
        self.calls: list[Call] = []
        self.numbers = list(accumulate((1 + entry.more for entry in entries), initial=0))
        """Which step of the repeat each entry is, and how many steps there are."""

    def runs(self) -> list[Run]:
        entries = self.entries
        if len(entries) == 1 or not all(entry.is_always for entry in entries):
            return [Run([entry], Atom("")) for entry in entries]
        if not all(self.constructor.plan.is_class(entry) for entry in entries):
            return self._equal([self._first_like(entry) for entry in entries])
        self.calls = [self.constructor.call_of(entry, self.family) for entry in entries]
        keys = [call.key for call in self.calls]
        if all(key == keys[0] for key in keys):
            return self._equal(keys)
        whole = self._counted(0)
        if whole is not None:
            return [whole]
        if all(key == keys[1] for key in keys):
            return self._equal(keys)
        rest = self._counted(1) if len(entries) > 3 and len({str(key) for key in keys[1:]}) > 1 else None
        if rest is not None:
            return [Run(entries[:1], Atom("")), rest]
        return self._equal(keys)

    def _first_like(self, entry: Entry) -> int:
        """The number of the first entry that the same code builds in every use."""
        is_same = self.constructor.plan.is_same
        return next(
            number
            for number, other in enumerate(self.entries)
            if all(map(is_same, entry.members, other.members)) or other is entry
        )

    def _equal(self, keys: Sequence[object]) -> list[Run]:
        """Neighbours that are the same."""
        found: list[Run] = []
        start = 0
        for at in range(1, len(keys) + 1):
            if at < len(keys) and keys[at] == keys[start]:
                continue
            entries = self.entries[start:at]
            name = self._name(start, at) if self.named else Atom("")
            if len(entries) > 1 and name is not None:
                element = self.constructor.value(entries[0], self.family)
                assert element is not None
                counted = self.named
                first, end = self.numbers[start], self.numbers[at]
                range_ = _range(0, literal(end - first)) if first == 0 or not counted else _range(first, literal(end))
                found.append(Run(entries, element, "i" if counted else "_", range_, name))
            else:
                found += [Run([entry], Atom("")) for entry in entries]
            start = at
        return found

    def counted_runs(self, count: Count) -> list[Run]:
        """The entries as one comprehension, or as the first and one for the others, of which there are more in some uses."""
        entries = self.entries
        if all(self.constructor.plan.is_class(entry) for entry in entries):
            self.calls = [self.constructor.call_of(entry, self.family) for entry in entries]
            find: Callable[[int, Code], Run | None] = self._counted
        else:
            find = self._repeated
        whole = find(0, count.code)
        if whole is not None:
            return [whole]
        rest = find(1, count.code) if not count.may_be_none else None
        if rest is not None:
            return [Run(entries[:1], Atom("")), rest]
        raise Fixed(entries[0].slot.place.name)

    def _repeated(self, start: int, count: Code) -> Run | None:
        """The entries from `start` on where they are the same layer in each use."""
        plan = self.constructor.plan
        for members in zip(*(entry.members for entry in self.entries[start:]), strict=True):
            steps = [member for member in members if member is not None]
            if not all(plan.is_same(step, steps[0]) for step in steps):
                return None
        name = self._name(start, len(self.entries)) if self.named else Atom("")
        element = self.constructor.value(self.entries[start], self.family)
        if name is None or element is None:
            return None
        return Run(self.entries[start:], element, "i" if self.named else "_", _range(start, count), name)

    def _counted(self, start: int, count: Code | None = None) -> Run | None:
        """The entries from `start` on as one comprehension over `i`; `count`: how many all are, where that differs."""
        first = _merged(self.calls[start:])
        if first is None or len(self.calls) < start + 2:
            return None
        calls = self.calls[start:]
        variable = "_"
        texts: dict[str, Code] = {}
        for parameter in first.parameters:
            columns = [call.values[parameter.name] for call in calls]
            column = first.values[parameter.name]
            place = first.places[parameter.name]
            is_one = all(are_same(place.origins, call.places[parameter.name].origins) for call in calls)
            if all(agree(column, other) for other in columns) and is_one:
                if not first.is_default(parameter):
                    texts[parameter.name] = self.constructor.parameters.source(
                        *self._whole(parameter.name, column, first)
                    )
                continue
            found = self._by_expression(parameter.name, calls, start) or self._by_step(
                columns, start, calls, parameter.name
            )
            if found is None:
                return None
            texts[parameter.name] = found
            variable = "i"
        name = self._name(start, len(self.entries)) if self.named else Atom("")
        if name is None:
            return None
        range_ = _range(start, count or literal(self.numbers[-1]))
        return Run(self.entries[start:], first.with_arguments(texts), "i" if self.named else variable, range_, name)

    def _whole(self, name: str, column: Values, call: Call) -> tuple[Values, Place]:
        """An argument of steps that are alike, in all uses: where a use has none of them, what it would be there."""
        place = call.places[name]
        present = [value for value in column if value is not HOLE]
        if len(present) == len(column):
            return column, place
        if all(same(value, present[0]) for value in present):
            return (present[0],) * len(column), place
        place = _in_all([each.places[name] for each in self.calls])._replace(origins=place.origins)
        if place.own is not None:
            filled = evaluated(place.own, place.environments)
            column = filled if agree(filled, column) else column
        return column, place

    def _by_expression(self, name: str, calls: list[Call], start: int) -> Code | None:
        """The spec's own expression in `i`, which counts the entries from `start` on."""
        for tree in calls[0].places[name].trees:
            right = all(agree(evaluated(tree, call.places[name].environments), call.values[name]) for call in calls)
            if right:
                try:
                    return translate(tree, lambda part: self._part(part, name, calls, start))
                except Untranslatable:
                    continue
        return None

    def _by_step(self, columns: list[Values], start: int, calls: list[Call], name: str) -> Code | None:
        """Whole numbers that grow by the same from one to the next, from what has a name by what has one."""
        if len(columns) < 3:
            return None
        bases: list[int] = []
        steps: list[int] = []
        for column in zip(*columns, strict=True):
            whole = [number for number in column if type(number) is int]
            step = whole[1] - whole[0] if len(whole) == len(columns) else 0
            if step <= 0 or any(right - left != step for left, right in pairwise(whole)):
                return None
            bases.append(whole[0] - step * start)
            steps.append(step)
        place = calls[0].places[name]._replace(trees=(), own=None)
        base, step_code = (self.constructor.parameters.named_by(tuple(each), place._replace(origins=origins))
                           for each, origins in zip((bases, steps), _line(calls, name, start), strict=True))  # fmt: skip
        if base is None or step_code is None:
            return None
        counted: Code = Atom("i") if step_code == literal(1) else operation("*", step_code, Atom("i"))
        if base == literal(0):
            return counted
        is_less = all(each < 0 for each in bases) and len(set(bases)) == 1
        return operation("-", counted, literal(-bases[0])) if is_less else operation("+", base, counted)

    def _part(self, part: Expression, name: str, calls: list[Call], start: int) -> Code | None:
        """What does not change with `i`, and `i` itself, as far as the spec's follows from the entry's."""
        columns = [evaluated(part, call.places[name].environments) for call in calls]
        place = _in_all([call.places[name] for call in self.calls])  # a use may have no step but the first
        column = evaluated(part, place.environments)
        if all(agree(column, other) for other in columns) and HOLE not in column:
            return self.constructor.parameters.part(part, place) or self.constructor.parameters.known(
                column, place.of(part)
            )
        if isinstance(part, Name):
            found = _index(columns, start) if part.name == "i" else None
            if found is None:
                raise Untranslatable
            return found
        return None

    def _name(self, start: int, end: int) -> Code | None:
        """The names of a run as one text in `i`; None where there is none."""
        names = [entry.name for entry in self.entries[start:end]]
        if names == [str(number) for number in self.numbers[start:end]]:
            return call("str", Atom("i"))
        written = self.entries[0].slot.place.template("as")
        if written is None:
            return None
        text, shown = "", [""] * len(names)
        for piece in written.pieces:
            if isinstance(piece, str):
                if any(char in piece for char in "\"'\\{}"):
                    return None
                text += piece
                shown = [before + piece for before in shown]
                continue
            found = _numbered(piece.tree, range(start, end))
            if found is None:
                return None
            code, numbers = found
            text += f"{{{code}}}"
            shown = [f"{before}{number}" for before, number in zip(shown, numbers, strict=True)]
        return Atom(f'f"{text}"') if shown == names else None


def _index(columns: list[Values], start: int) -> Code | None:
    """The spec's `i` of each entry by the entry's own: inside a `for`, a repeat counts from 0 again. None where neither fits."""
    numbers = [_only(column) for column in columns]
    places = range(start, start + len(numbers))
    if numbers == list(places):
        return Atom("i")
    turn = numbers.index(0, 1) + start if 0 in numbers[1:] else 0
    if turn and numbers == [place % turn for place in places]:
        return operation("%", Atom("i"), literal(turn))
    return None


def _only(column: Values) -> object:
    """The value that all uses have in which the step is there; HOLE where they differ."""
    found = {value for value in column if value is not HOLE}
    return found.pop() if len(found) == 1 else HOLE


def _range(start: int, end: Code) -> Code:
    """`range(end)`, `range(start, end)`."""
    return call("range", *([literal(start)] if start else []), end)


def _merged(calls: list[Call]) -> Call | None:
    """The calls as one: each argument's value in every use, from the first step that is there. None where classes differ."""
    if not calls:
        return None
    first = max(calls, key=lambda call: len(call.classes))  # a step that some uses have not may be of fewer
    if any(not call.classes <= first.classes for call in calls):
        return None
    values = {
        name: tuple(map(_first, zip(*(call.values[name] for call in calls), strict=True))) for name in first.values
    }
    places = {name: _in_all([call.places[name] for call in calls]) for name in first.places}
    return replace(first, values=values, places=places)


def _in_all(places: list[Place]) -> Place:
    """The place in the first step that is there, in every use."""
    uses = zip(*(place.environments for place in places), strict=True)
    heres = [place.here for place in places if place.here is not None]
    stands = {key: stand for here in reversed(heres) for key, stand in here.stands.items()}
    return places[0]._replace(
        environments=tuple(next((each for each in use if each is not None), None) for use in uses),
        here=heres[0]._replace(stands=stands) if heres else None,
        origins=in_all(place.origins for place in places),
    )


def _line(calls: list[Call], name: str, start: int) -> tuple[Series | None, Series | None]:
    """Where a number that grows by the same from step to step comes from, and by how much it does."""
    series = [call.places[name].origins for call in calls]
    grows = [combined(right, left, lambda one, other: one - other) for left, right in pairwise(series)]
    if any(each is None or not are_same(each, grows[0]) for each in grows):
        return None if series[0] is None else dict.fromkeys(series[0]), grows[0]
    return combined(series[0], times_of(grows[0], start), lambda one, other: one - other), grows[0]


def _first(values: Sequence[object]) -> object:
    return next((value for value in values if value is not HOLE), HOLE)


def _numbered(tree: Expression, values: range) -> tuple[str, list[int]] | None:
    """An expression in `i` that gives whole numbers, as Python has it in an f-string, and what it gives for these."""

    def lookup(name: Name | ShapeOf, i: int) -> Value:
        if not isinstance(name, Name) or name.name != "i":
            raise Untranslatable
        return i

    try:
        found = [evaluate(tree, partial(lookup, i=i), Work()) for i in values]
        code = flat(translate(tree, lambda part: Atom("i") if isinstance(part, Name) and part.name == "i" else None))
    except (Fault, Untranslatable):
        return None
    numbers = [number for number in found if type(number) is int]
    return None if any(char in code for char in "\"'\\{}") or len(numbers) < len(found) else (code, numbers)
