"""What a comparison says, each thing once: layers that changed alike, in uses of one block or beside each other, are one entry.

Enters: a comparison. Leaves: entries, causes before consequences; a format lays them out and escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from archspec.backends.table.difference.phrases import (
    ARROW,
    counted,
    described,
    detail,
    fields,
    figures,
    params_of,
    shapes,
    spanned,
)
from archspec.backends.table.figures import count
from archspec.comparison.likeness import place_of
from archspec.comparison.model import Change, Comparison, Figures, Member, Shifted
from archspec.dims import Size
from archspec.facts.model import AxisField, Facts
from archspec.facts.totals import total
from archspec.graph import Node, Scope

MOST_PAIRS = 12
"""Renamed layers that are listed one by one."""
MOST_SHAPES = 3
"""Lines for what follows of one kind, before the rest is a number."""

_PLACE = re.compile(r"(?<!\w)\d+(?!\w)")
"""A place in a list, in a path."""


class Entry(NamedTuple):
    """One thing to say: a word for what happened, whom it is true of, and the particulars."""

    word: str
    names: list[str]
    says: list[str]


class _Item(NamedTuple):
    """A change, or a run of equal ones in a list, with what it is said together with."""

    change: Change
    names: list[str]
    inner: str
    """Its name in the block that it is part of."""
    use: str
    block: str
    says: tuple[str, ...]
    params: Size | None = 0
    """Of what came or went, one of a run."""
    layers: int = 0
    """How many are in a group that came or went."""

    @property
    def one(self) -> tuple[object, ...]:
        """What the members of a run have in common."""
        return self.change.kind, self.says, self.params

    @property
    def alike(self) -> tuple[object, ...]:
        """What items have in common that are one entry. In one block, what came or went may have other arguments, and stand
        at another place of a list; groups of one list that came or went may have other layers in them."""
        says = self.says
        if not self.block and self.layers and self.change.kind in ("inserted", "removed"):
            return self.change.kind, *(_PLACE.sub("#", name) for name in self.names[:1])
        if self.block and self.change.kind in ("inserted", "removed", "moved"):
            says = tuple(_PLACE.sub("#", said) for said in self.says[:1])
        return self.change.kind, self.block, _PLACE.sub("#", self.inner) if self.block else "", says


class Argument(NamedTuple):
    """An argument of both specs that has another value."""

    name: str
    before: str
    after: str


def causes(found: Comparison, arguments: Sequence[Argument] = (), has_all: bool = False) -> list[Entry]:
    """What was done. `has_all`: nothing is cut short."""
    own = [Entry("changed", [f"argument {one.name}"], [f"{one.before}{ARROW}{one.after}"]) for one in arguments]
    own += [_of_detail(one.name, one.before, one.after) for one in found.inputs]
    derived = {id(change) for change in _derived(found, own)}
    return [*own, *_folded(found, [change for change in found.changes if id(change) not in derived], has_all)]


def _derived(found: Comparison, others: Sequence[object]) -> list[Change]:
    """The changes that follow from others, since expressions give them. Where nothing else was done, there are none."""
    derived = [change for change in found.changes if change.is_derived]
    return derived if others or len(derived) < len(found.changes) else []


def _folded(found: Comparison, changes: Sequence[Change], has_all: bool) -> list[Entry]:
    groups: dict[tuple[object, ...], list[_Item]] = {}
    by_layer = {one.after: one for one in found.figures}
    for item in _runs(_item(change, found) for change in changes):
        groups.setdefault(item.alike, []).append(item)
    return [_entry(items, by_layer, has_all) for items in groups.values()]


def _of_detail(name: str, before: str, after: str) -> Entry:
    if not before:
        return Entry("inserted", [name], [after])
    return Entry("removed", [name], [before]) if not after else Entry("changed", [name], [f"{before}{ARROW}{after}"])


# Items ---------------------------------------------------------------------------------------------------------------


def _item(change: Change, found: Comparison) -> _Item:
    facts = found.before if change.after is None else found.after
    member = change.after if change.after is not None else change.before
    assert member is not None, "a change is of something"
    use = _use_around(member, facts)
    block = use.use.block if use is not None and use.use is not None else ""
    home = f"{use.path}." if use is not None else ""
    inner = member.path.removeprefix(home)
    if use is not None and change.is_renamed and change.before is not None:
        inner = f"{change.before.name}{ARROW}{inner}"
    if None in (change.before, change.after):
        says, params = described(member), params_of(member, facts)
        layers = 0 if isinstance(member, Node) else sum(1 for _ in member.nodes())
        return _Item(change, [_name(change)], inner, home[:-1], block, tuple(says), params, layers)
    says = list(map(detail, change.details))
    if change.kind == "moved":
        beside = change.beside.removeprefix(home)
        says.insert(0, f"now after {beside}" if beside else "now the first in its group")
    return _Item(change, [_name(change)], inner, home[:-1], block, tuple(says))


def _name(change: Change) -> str:
    """The path, or both where the layer itself has another one."""
    if change.before is None or change.after is None or not change.is_renamed:
        return (change.after or change.before or _NOBODY).path
    return f"{change.before.path}{ARROW}{change.after.path}"


_NOBODY = Scope("", "")


def _use_around(member: Member, facts: Facts) -> Scope | None:
    """The innermost use of a block that a layer or a group is part of."""
    path = member.path
    while "." in path:
        path = path.rpartition(".")[0]
        scope = facts.graph.scopes.get(path)
        if scope is not None and scope.use is not None:
            return scope
    return None


def _runs(items: Iterator[_Item]) -> list[_Item]:
    """The items, those that stand in a row in one list and came or went alike as one."""
    found: list[_Item] = []
    for item in items:
        last = found[-1] if found else None
        if last is not None and _follows(last, item):
            found[-1] = last._replace(names=[*last.names, *item.names])
        else:
            found.append(item)
    return found


def _follows(last: _Item, item: _Item) -> bool:
    if item.change.kind not in ("inserted", "removed") or last.one != item.one:
        return False
    (before, number), (path, other) = (name.rpartition(".")[::2] for name in (last.names[-1], item.names[0]))
    return path == before and number.isdecimal() and other.isdecimal() and int(other[:9]) == int(number[:9]) + 1


# Entries -------------------------------------------------------------------------------------------------------------


def _entry(items: list[_Item], by_layer: dict[Node, Figures], has_all: bool) -> Entry:
    first = items[0]
    names = [name for item in items for name in item.names]
    says = [said for said in first.says if all(said in item.says for item in items)]
    if first.change.kind in ("inserted", "removed"):
        if first.layers and not says:
            says = [f"{sum(item.layers * len(item.names) for item in items):,} layers in all"]
        says += _params(items, len(names))
    else:
        says += _common_figures(items, by_layer)
    if len(items) == 1 and first.change.kind == "inserted" and first.change.beside:
        says.append(f"after {first.change.beside}")
    if first.block and len(items) > 1 and len({item.inner for item in items}) == 1:
        names = [f"{first.inner} in {spanned([item.use for item in items])} of {first.block}"]
    elif has_all:
        pass
    elif not any(item.change.is_renamed for item in items):
        names = [spanned(names)]
    elif len(names) > MOST_PAIRS:
        names = [*names[:MOST_PAIRS], f"… {len(names) - MOST_PAIRS:,} more"]
    return Entry(first.change.kind, names, says)


def _params(items: list[_Item], many: int) -> list[str]:
    """The parameters of what came or went; of each, where they are equal, and else of all."""
    whole = total(item.params for item in items for _ in item.names)
    if whole == 0:
        return []
    if many == 1 or len({item.params for item in items}) == 1:
        return [f"{count(items[0].params)} parameters{' each' if many > 1 else ''}"]
    return [f"{count(whole)} parameters in all"]


def _common_figures(items: list[_Item], by_layer: dict[Node, Figures]) -> list[str]:
    """The figures of layers that were changed, where they are the same in all."""
    known = [by_layer.get(item.change.after) for item in items if isinstance(item.change.after, Node)]
    told = [figures(one) if one is not None and one.is_caused else [] for one in known]
    return told[0] if told and all(one == told[0] for one in told) else []


# What follows --------------------------------------------------------------------------------------------------------


def consequences(found: Comparison, arguments: Sequence[Argument] = (), has_all: bool = False) -> list[Entry]:
    """What follows from it: arguments that expressions give, and layers that are as they were, with other places, sizes,
    parameters, fields."""
    derived = _folded(found, _derived(found, [*arguments, *found.inputs]), has_all)
    figures = _figures([one for one in found.figures if not one.is_caused], has_all)
    return [*(entry._replace(word="follows") for entry in derived), *_shifted(found, has_all), *figures]


def _shifted(found: Comparison, has_all: bool) -> Iterator[Entry]:
    """Places in lists, those beside each other that have shifted by the same number together, and lists in which the same did."""
    runs: list[tuple[str, int, list[Shifted]]] = []
    for one in sorted(found.shifted, key=lambda one: place_of(one.after.path)):
        parent, place = place_of(one.after.path)
        by = place - place_of(one.before.path)[1]
        if runs and runs[-1][:2] == (parent, by):
            runs[-1][2].append(one)
        else:
            runs.append((parent, by, [one]))
    of_list: dict[str, list[list[Shifted]]] = {}
    for parent, _, pairs in runs:
        of_list.setdefault(parent, []).append(pairs)
    alike: dict[tuple[tuple[str, str], ...], list[list[Shifted]]] = {}
    for stretches in of_list.values():
        is_long = len(stretches) > MOST_SHAPES and not has_all
        for pairs in [list(chain.from_iterable(stretches))] if is_long else stretches:
            alike.setdefault(tuple((one.before.name, one.after.name) for one in pairs), []).append(pairs)
    for names, lists in alike.items():
        groups = [pairs[0].after.path.removesuffix(pairs[0].after.name)[:-1] for pairs in lists]
        if len(lists) > 1 and all(groups):
            yield Entry(
                "shifted", [f"{_ends(names)} in {spanned(groups)}"], [counted(len(names) * len(lists), "member")]
            )
            continue
        for pairs in lists:
            paths = [(one.before.path, one.after.path) for one in pairs]
            yield Entry("shifted", [_ends(paths)], [counted(len(pairs), "member")])


def _ends(pairs: Sequence[tuple[str, str]]) -> str:
    """`4 … 7 → 10 … 13`."""
    both = zip(*pairs, strict=True)
    return ARROW.join(f"{names[0]} … {names[-1]}" if len(names) > 2 else ", ".join(names) for names in both)


def _figures(layers: Sequence[Figures], has_all: bool) -> Iterator[Entry]:
    if has_all:
        yield from (Entry("follows", [one.after.path], figures(one)) for one in layers)
        return
    shaped: dict[str, list[str]] = {}
    for one in layers:
        if one.shapes is not None:
            shaped.setdefault(f"output {ARROW.join(map(shapes, one.shapes))}", []).append(one.after.path)
    yield from _few(shaped)
    counts: dict[str, list[str]] = {}
    for one in layers:
        if one.params is not None:
            counts.setdefault(figures(one._replace(shapes=None, macs=None, fields=None))[0], []).append(one.after.path)
    yield from _few(counts)
    seen = [one for one in layers if one.fields is not None]
    if seen:
        last = next((one for one in reversed(seen) if _has_window(one)), seen[-1])
        assert last.fields is not None, "those without are not among them"
        says = [f"at {last.after.path} {fields(*last.fields)}"]
        yield Entry("follows", [f"receptive field of {counted(len(seen), 'layer')}"], says)


def _has_window(one: Figures) -> bool:
    return any(isinstance(extent, AxisField) for field in one.fields or () for extent in field or ())


def _few(groups: dict[str, list[str]]) -> Iterator[Entry]:
    """The first few groups, and how many layers are in the others."""
    for number, (says, names) in enumerate(groups.items()):
        if number == MOST_SHAPES and len(groups) > MOST_SHAPES + 1:
            rest = [name for others in list(groups.values())[number:] for name in others]
            yield Entry("follows", [spanned(rest)], [f"{says.partition(' ')[0]}, too; --all shows them"])
            return
        yield Entry("follows", [spanned(names)], [says])
