"""A network with other values of its document's arguments, so that its class can be written to take them.

Enters: a checked spec. Leaves: the network with two other values of each argument, or with all that it can have, as far as it
checks with them; and which arguments those are. Code that is right for all of them is held against each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from archspec.backends.torch.cases import Arguments, Held, Other, Taken
from archspec.checking import Result, check_source
from archspec.document.blocks import Argument
from archspec.document.model import Document
from archspec.expressions.value import Value
from archspec.graph import Graph
from archspec.growing import Instead
from archspec.limits import MAX_ALTERNATIVES_COST, MAX_ARGUMENTS_TRIED, MAX_VALUES_TRIED
from archspec.ops import registry
from archspec.source import Span, written

CHEAP = 15_000
"""What it may cost to try all pairs of changes."""
ENOUGH = 2
"""With how many other values code is written, where there is no end of them. All of them at once are one more."""
FURTHER = 4
"""How many other values are tried of an argument that brings a layer in."""
MOST_COMPARED = 3
"""With how many numbers that an argument is compared with the numbers around them are tried."""
_TOO_LARGE = "the network is too large to be checked with other values"
_NOT_CODE = ("expect", "budget", "doc", "sources", "lint")
"""Keys of a document of which no code comes."""


def alternatives(spec: Result) -> Arguments:
    """The network with other values, and the arguments that it was found with other values for."""
    document = spec.document
    found: list[Other] = []
    taken: dict[str, Taken] = {}
    if document is None or not document.args:
        return Arguments()
    trier = _Trier(spec)
    text = "\n".join(written(entry.value.span) for key, entry in document.root.entries.items() if key not in _NOT_CODE)
    together: dict[str, Value] = {}
    tried: dict[str, list[Value]] = {}
    why = dict.fromkeys(document.args, f"only the first {MAX_ARGUMENTS_TRIED} arguments are looked at")
    for name, argument in islice(document.args.items(), MAX_ARGUMENTS_TRIED):
        value = document.values.get(name)
        tried[name] = []
        if _names_a_type(document, argument, value):
            why[name] = "what a text or a list stands for is written into the module"
            continue
        near = _near(text, name, value)
        for other in _values(argument, value, near):
            facts = trier.facts({name: other})
            if facts is not None:
                found.append(facts)
                tried[name].append(other)
            if len(tried[name]) >= ENOUGH and other not in near and not argument.one_of:
                break
        if tried[name] and (argument.is_limited or len(tried[name]) >= ENOUGH):
            only = tuple(one for one in argument.one_of if one == value or one in tried[name])
            taken[name] = Taken(value, only, argument.is_limited)
            together[name] = tried[name][-1]
        else:
            why[name] = _TOO_LARGE if trier.is_spent else "the spec has errors with other values"
    found = [other for other in found if other.values.keys() <= taken.keys()]
    if len(together) > 1 and (both := trier.facts(together)) is not None:
        found.append(both)
    tried = {name: values for name, values in tried.items() if name in taken}
    unseen = set(taken) if trier.is_spent else set()
    if len(tried) > 1 and not unseen:
        more, unseen = _around(trier, document.args, found, tried)
        found += more
    if unseen:  # too little was seen of what depends on these
        why |= dict.fromkeys(unseen, _TOO_LARGE)
        taken = {name: one for name, one in taken.items() if name not in unseen}
        found = [other for other in found if not other.values.keys() & unseen]
        rest = {name: value for name, value in together.items() if name in taken}
        if len(rest) > 1 and (both := trier.last(rest)) is not None:
            found.append(both)
    held = {name: Held(document.values.get(name), why[name]) for name in document.args if name not in taken}
    return Arguments(found, taken, held)


def _around(
    trier: _Trier, arguments: Mapping[str, Argument], found: list[Other], tried: Mapping[str, list[Value]]
) -> tuple[list[Other], set[str]]:
    """Around each case that has something to itself, the other arguments one by one: what is there only then depends on them too.

    Around every case, where that is cheap. A number that has only some values is a number all the same: it is looked at so after
    the others, as far as the budget goes. Also the arguments around whose cases not all was seen that has to be.
    """
    changes = [(name, value) for name, values in tried.items() for value in values]
    is_cheap = len(found) * len(changes) * trier.spec.cost <= CHEAP
    assert trier.spec.graph is not None
    places = _places(trier.spec.graph)
    known = [other.values for other in found]
    more: list[Other] = []
    unseen: set[str] = set()
    needed, wanted = [], []
    for home in found:
        has_own = bool(_places(home.facts.graph) - places)
        limited = {name for name in home.values if len(home.values) == 1 and arguments[name].is_limited}
        if has_own or any(isinstance(home.values[name], bool | str) for name in limited):
            needed.append((home, has_own))
        elif is_cheap or limited:
            wanted.append((home, has_own))
    for home, has_own in (*needed, *wanted):
        further = [(name, value) for name, given in home.values.items() if has_own and not arguments[name].is_limited
                   for value in islice(_others(given), FURTHER)]  # fmt: skip
        for name, value in (*changes, *further):
            values = {**home.values, name: value}
            if name in home.values and len(home.values) == 1 and (name, value) not in further:
                continue
            if values not in known and arguments[name].fits(value):
                known.append(values)
                other = trier.facts(values)
                more += [other] if other is not None else []
        if trier.is_spent and (home, has_own) in needed:
            unseen |= home.values.keys()
    return more, _alone(unseen, [home.values.keys() for home, _ in needed])


def _alone(unseen: set[str], needed: Sequence[Collection[str]]) -> set[str]:
    """Those of the arguments that have something to themselves alone, where there are such; else all."""
    return {name for names in needed if len(names) == 1 for name in names if name in unseen} or unseen


def _names_a_type(document: Document, argument: Argument, value: object) -> bool:
    """Whether an argument is a text that may name a type or a block, or a list: what it stands for is written into the module."""
    texts = [one for one in (value, *argument.one_of) if isinstance(one, str)]
    is_name = any(registry.find(text) is not None or text in document.blocks for text in texts)
    return is_name or isinstance(value, tuple) or (bool(texts) and not argument.one_of)


def _places(graph: Graph) -> set[Span]:
    """Where the layers stand that a network has, in blocks too."""
    return {node.place.name for node in graph.nodes}


class _Trier:
    """Checks the spec with other values, until that has cost too much."""

    def __init__(self, spec: Result) -> None:
        self.spec = spec
        self.left = MAX_ALTERNATIVES_COST
        self.is_spent = False

    def facts(self, values: dict[str, Value]) -> Other | None:
        """The network with these values, whatever is claimed of it; None where it has errors, or nothing more is tried."""
        if self.left < self.spec.cost:
            self.is_spent = True
            return None
        return self.last(values)

    def last(self, values: dict[str, Value]) -> Other | None:
        """The same, whatever it costs."""
        given = {**self.spec.given, **values}
        found = check_source(self.spec.source, given, self.spec.settings, instead=Instead(has_figures=False))
        self.left -= found.cost
        return Other(values, found.facts) if found.ok and found.facts is not None else None


def _values(argument: Argument, value: object, near: Sequence[int]) -> Iterator[Value]:
    """Other values that an argument may have, in the order in which they are tried."""
    seen: list[object] = [value]
    for other in argument.one_of[:MAX_VALUES_TRIED] or (*near, *_others(value)):
        if argument.fits(other) and not any(type(one) is type(other) and one == other for one in seen):
            seen.append(other)
            yield other


def _others(value: object) -> Iterator[Value]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (other for other in (2 * value, value + 1, 3 * value, value + 2, value - 1, value // 2) if other > 0)
    elif isinstance(value, float):
        yield from (value / 2, 0.0, value + 0.125, value + 0.25, 2 * value)


def _near(text: str, name: str, value: object) -> list[int]:
    """Whole numbers around those that a text compares a name with, where a condition may turn: 4, 5 and 6 of `b >= 5`; and those
    with which a repeat has no step, or one."""
    if type(value) is not int:
        return []
    own = re.escape(name)
    found = re.findall(rf"\b{own}\s*[<>=!]=?\s*([0-9]{{1,6}})\b|\b([0-9]{{1,6}})\s*[<>=!]=?\s*{own}\b", text)
    found += [(number, "") for inside in re.findall(r"\b(?:min|max)\(([^()]*)\)", text) if re.search(rf"\b{own}\b", inside)
              for number in re.findall(r"\b[0-9]{1,6}\b", inside)]  # fmt: skip
    numbers = [int(left or right) for left, right in dict.fromkeys(found)][:MOST_COMPARED]
    return [*(number + step for number in numbers for step in (0, 1, -1)), 0, 1]
