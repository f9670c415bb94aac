"""Known edits of the zoo's specs, and whether `diff` says what was done.

    python tests/fuzz/edits.py --count 1000 --seed 1

Each layer, group and block use of a spec gets a number as its `doc`, which a comparison does not look at, so that what is the same
before and after is known. Then something is renamed, inserted, removed, moved, or given another argument or type, or a value that
expressions read is another: a `let`, a block's default, an argument of a block's use. `judge` says what is wrong with what is said
of it; nothing is. `tests/diff/test_random_edits.py` runs some.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import archspec
from archspec.backends.table.difference.entries import causes
from archspec.comparison import Comparison, compare
from archspec.comparison.model import Change
from archspec.graph import Node, Scope
from archspec.ops import registry

ZOO = Path(__file__).resolve().parents[2] / "specs" / "zoo"
Member = Node | Scope
Identity = tuple[tuple[str, int], ...]
NEW = (
    {"type": "Dropout", "p": 0.125}, {"type": "ReLU"}, {"type": "GELU"}, {"type": "Identity"}, {"type": "Softplus", "beta": 2},
)  # fmt: skip
OTHER_TYPES = {"ReLU": "GELU", "GELU": "SiLU", "Tanh": "ReLU", "SiLU": "ReLU", "MaxPool2d": "AvgPool2d", "Sigmoid": "Tanh",
               "LeakyReLU": "ELU", "Hardswish": "SiLU", "ReLU6": "ReLU"}  # fmt: skip
ARGUMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "Conv2d": lambda layer: {"bias": layer.get("bias") is False},
    "Linear": lambda layer: {"bias": layer.get("bias") is False},
    "BatchNorm2d": lambda layer: {"eps": 0.25},
    "LayerNorm": lambda layer: {"eps": 0.25},
    "Dropout": lambda layer: {"p": 0.375},
    "ReLU": lambda layer: {"inplace": not layer.get("inplace", False)},
    "MaxPool2d": lambda layer: {"ceil_mode": not layer.get("ceil_mode", False)},
    "ConvTranspose2d": lambda layer: {"bias": layer.get("bias") is False},
}


@dataclass
class Edit:
    """What was done to which numbered entry, and the text of it for people."""

    kind: str
    tag: str
    said: str
    argument: str = ""
    passed: tuple[str, ...] = ()
    """What a layer that is moved goes past."""
    entries: int = 1
    """In how many entries it may be said; more than one where it is of layers that have not one type."""
    reaches: frozenset[Identity] = frozenset()
    """The layers that it gives other arguments through expressions, of which it is said."""


class Impossible(Exception):
    """The edit does not fit there; another one is tried."""


# Documents -----------------------------------------------------------------------------------------------------------


def load(path: Path) -> dict[str, Any]:
    """A spec as plain data in which every entry has a number as its `doc`."""
    document: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8"))))
    document.pop("expect", None)
    number = 0
    for body in bodies(document):
        keys: Any = list(body) if isinstance(body, dict) else range(len(body))
        for key in keys:
            entry = body[key] if isinstance(body[key], dict) else {"type": body[key]}
            body[key] = {**entry, "doc": f"t{number}"}
            number += 1
    return document


def bodies(document: dict[str, Any]) -> Iterator[Any]:
    """All collections of layers: those of the document, of its blocks, of the groups in these."""
    waiting = [document, *document.get("blocks", {}).values()]
    while waiting:
        body = waiting.pop(0).get("layers")
        if body is None:
            continue
        yield body
        entries = body.values() if isinstance(body, dict) else body
        waiting += [entry for entry in entries if isinstance(entry, dict) and "layers" in entry]


def owners(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What these collections stand in."""
    found = []
    waiting = [document, *document.get("blocks", {}).values()]
    while waiting:
        owner = waiting.pop(0)
        body = owner.get("layers")
        if body:
            found.append(owner)
            entries = body.values() if isinstance(body, dict) else body
            waiting += [entry for entry in entries if isinstance(entry, dict) and "layers" in entry]
    return found


# Edits ---------------------------------------------------------------------------------------------------------------


def rename(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    body = _named(owner)
    old = draw.choice(list(body))
    new = f"other{number}"
    if "." in old:
        raise Impossible
    owner["layers"] = {new if name == old else name: entry for name, entry in body.items()}
    for entry in owner["layers"].values():
        for key in ("from", "use", "tie", "when"):
            if key in entry:
                entry[key] = _replaced(entry[key], old, new)
    for key in ("outputs", "output"):
        if key in owner:
            owner[key] = _replaced(owner[key], old, new)
    return Edit("renamed", owner["layers"][new]["doc"], f"{old} is renamed {new}")


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new if value == old else new + value[len(old) :] if value.startswith(f"{old}.") else value
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return {key: _replaced(item, old, new) for key, item in value.items()} if isinstance(value, dict) else value


def insert(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    body, at = owner["layers"], draw.randrange(len(owner["layers"]) + 1)
    entry = {**draw.choice(NEW), "doc": f"new{number}"}
    following = (list(body.values()) if isinstance(body, dict) else body)[at : at + 1]
    if following and "from" in following[0]:
        raise Impossible  # nothing would read it
    if isinstance(body, list):
        body.insert(at, entry)
    else:
        items = list(body.items())
        owner["layers"] = dict([*items[:at], (f"added{number}", entry), *items[at:]])
    return Edit("inserted", entry["doc"], f"{entry['type']} is inserted at {at}")


def remove(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    body = owner["layers"]
    if len(body) < 3:
        raise Impossible
    key = draw.choice(list(body)) if isinstance(body, dict) else draw.randrange(len(body))
    entry = body[key]
    if "from" in entry:
        raise Impossible  # what is above it would be read in its place
    del body[key]
    many = (
        1 if entry.get("type", "").isalnum() else 4
    )  # what an expression chooses, or groups that have no block to be told by
    return Edit("removed", entry["doc"], f"{key} ({_kind(entry)}) is removed", entries=many)


def change(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    body = owner["layers"]
    entries = [entry for entry in (body.values() if isinstance(body, dict) else body) if entry.get("type") in ARGUMENTS]
    if not entries:
        raise Impossible
    entry = draw.choice(entries)
    given = ARGUMENTS[entry["type"]](entry)
    (name, value), *_ = (given or {}).items()
    if entry.get(name) == value or isinstance(entry.get(name), str):
        raise Impossible
    entry[name] = value
    return Edit("changed", entry["doc"], f"a {entry['type']} has {name} {value}", name)


def retype(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    body = owner["layers"]
    entries = [
        entry for entry in (body.values() if isinstance(body, dict) else body) if entry.get("type") in OTHER_TYPES
    ]
    if not entries:
        raise Impossible
    entry = draw.choice(entries)
    old = entry["type"]
    entry["type"] = OTHER_TYPES[old]
    for key in ("inplace", "ceil_mode", "negative_slope", "approximate"):
        entry.pop(key, None)
    return Edit("changed", entry["doc"], f"a {old} is {entry['type']}", "type")


def revalue(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    """Another number where expressions read it: a `let`, a block's default, what a use gives a block."""
    is_document = "archspec" in owner  # whose arguments are told as such
    body = owner["layers"]
    entries = list(body.values()) if isinstance(body, dict) else body
    uses = [entry for entry in entries if "type" in entry and registry.find(str(entry["type"])) is None]
    places = [(part, key) for part in (owner.get("let", {}), {} if is_document else owner.get("args", {}), *uses)
              for key, value in part.items() if type(value) in (int, float) and key not in ("repeat", "from")]  # fmt: skip
    if not places:
        raise Impossible
    part, key = draw.choice(places)
    part[key] = part[key] * 2 if part[key] else 0.0625
    return Edit("revalued", part.get("doc", f"value{number}"), f"{key} is {part[key]}", entries=1000)


def move(owner: dict[str, Any], draw: random.Random, number: int) -> Edit:
    body = owner["layers"]
    items = list(body.items()) if isinstance(body, dict) else list(enumerate(body))
    if len(items) < 4:
        raise Impossible
    at, to = draw.randrange(len(items)), draw.randrange(len(items))
    low, high = min(at, to), max(at, to)
    between = items[low : high + 2]
    if at == to or any("from" in entry or "when" in entry for _, entry in between) or "repeat" in items[at][1]:
        raise Impossible
    item = items.pop(at)
    items.insert(to, item)
    owner["layers"] = dict(items) if isinstance(body, dict) else [entry for _, entry in items]
    passed = tuple(entry["doc"] for _, entry in items[low : high + 1] if entry is not item[1])
    return Edit("moved", item[1]["doc"], f"{item[0]} ({_kind(item[1])}) is moved by {to - at}", passed=passed)


def _named(owner: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(owner["layers"], dict):
        raise Impossible
    return owner["layers"]


def _kind(entry: dict[str, Any]) -> str:
    return str(entry.get("type", "group"))


EDITS = (rename, insert, remove, change, retype, move, revalue)
BESIDE_A_VALUE = (rename, insert, change, retype)
"""What leaves alone which layers conditions on sizes keep."""


# What is said --------------------------------------------------------------------------------------------------------


def identities(root: Scope) -> dict[Member, Identity]:
    """What each member is, by the numbers in the document, whatever it is called."""
    found: dict[Member, Identity] = {}

    def walk(scope: Scope, own: Identity) -> None:
        seen: Counter[str] = Counter()
        for member in scope.members:
            found[member] = (*own, (member.doc, seen[member.doc]))
            seen[member.doc] += 1
            if isinstance(member, Scope):
                walk(member, found[member])

    walk(root, ())
    return found


def judge(found: Comparison, edits: list[Edit]) -> list[str]:
    """What is wrong with a comparison; nothing where it says what was done, and no more."""
    before, after = identities(found.before.graph.root), identities(found.after.graph.root)
    wrong = []
    by_tag = {edit.tag: edit for edit in edits}
    for change in found.changes:
        member = change.after if change.after is not None else change.before
        assert member is not None
        own = (after if change.after is not None else before)[member]
        edit = by_tag.get(own[-1][0])
        is_reached = any(own in one.reaches for one in edits)
        path = f"{change.before and change.before.path} → {change.after and change.after.path}"
        if is_reached and change.is_derived:
            wrong.append(f"{path} is said to follow")
        if is_reached or (edit is None and change.is_derived) or _is_gone(change, before, after):
            continue  # it follows from the edit
        is_passed = change.kind == "moved" and any(own[-1][0] in edit.passed for edit in edits)
        if not is_passed and (edit is None or not _is_told(change.kind, [one.name for one in change.details], edit)):
            wrong.append(f"{change.kind} is said of {path} {[tuple(detail) for detail in change.details]}")
    for edit in edits:
        if any(_is_gone(change, before, after) and _holds(change, edit.tag, before) for change in found.changes):
            continue
        said = [change for change in found.changes if _is_of(change, edit, before, after)]
        if not said:
            wrong.append(f"nothing is said of it: {edit.said}")
    if sum(change.kind == "moved" for change in found.changes) > _many(edits, "moved", after):
        wrong.append("more has moved than was moved")
    pairs = {before[x]: after[y] for x, y in found.pairs.items() if x in before}
    looks = {own: _looks(member) for side in (before, after) for member, own in side.items()}
    has_moved = any(edit.kind == "moved" for edit in edits)
    wrong += [f"{x} is taken for {y}" for x, y in pairs.items() if x != y and not (has_moved and looks[x] == looks[y])][
        :3
    ]
    if wrong and _is_equivalent(found, edits, before, after):
        wrong = []
    if len(causes(found)) > sum(edit.entries for edit in edits) and not wrong:
        wrong.append(f"{len(edits)} edits take {len(causes(found))} entries: {causes(found)}")
    return wrong


def _is_of(change: Change, edit: Edit, before: dict[Member, Identity], after: dict[Member, Identity]) -> bool:
    own = after.get(change.after) if change.after is not None else None
    return own in edit.reaches or bool(_tags(change, before, after) & {edit.tag, *edit.passed})


def _is_equivalent(
    found: Comparison, edits: list[Edit], before: dict[Member, Identity], after: dict[Member, Identity]
) -> bool:
    """Whether as much is said of layers that are just like those that were edited: in a list of equal ones nobody can tell which."""
    told = Counter((change.kind, _looks(change.after or change.before)) for change in found.changes)
    wanted: Counter[tuple[str, str]] = Counter()
    for edit in edits:
        here, there = ([member for member, own in _own(side) if own[-1][0] == edit.tag] for side in (before, after))
        wanted.update((edit.kind, _looks(member)) for member in (there or here))
    return told == wanted


def _own(side: dict[Member, Identity]) -> Iterator[tuple[Member, Identity]]:
    """The members that are not those of a group that is used again."""
    copies = tuple(f"{member.path}." for member in side if isinstance(member, Scope) and member.shares is not None)
    return ((member, own) for member, own in side.items() if not member.path.startswith(copies))


def _looks(member: Member) -> str:
    return (
        f"{member.type} {member.op!r}"
        if isinstance(member, Node)
        else f"{sorted(node.type for node in member.nodes())}"
    )


def _is_gone(change: Change, before: dict[Member, Identity], after: dict[Member, Identity]) -> bool:
    """Whether a group that is said to be removed has no layers any more, since all that is left in it is conditional."""
    left = set(after.values())
    member = change.before
    is_removed = change.kind == "removed" and isinstance(member, Scope)
    return is_removed and all(before[node] not in left for node in member.nodes())


def _holds(change: Change, tag: str, before: dict[Member, Identity]) -> bool:
    """Whether what is gone is part of it."""
    return isinstance(change.before, Scope) and any(
        tag == part for node in change.before.nodes() for part, _ in before[node]
    )


def _many(edits: list[Edit], kind: str, side: dict[Member, Identity]) -> int:
    """How many layers and groups edits of a kind are of."""
    tags = {edit.tag for edit in edits if edit.kind == kind}
    return sum(own[-1][0] in tags for own in side.values())


def _tags(change: Change, before: dict[Member, Identity], after: dict[Member, Identity]) -> set[str]:
    found = {before[change.before][-1][0]} if change.before is not None else set()
    return found | ({after[change.after][-1][0]} if change.after is not None else set())


def _is_told(kind: str, details: list[str], edit: Edit) -> bool:
    if kind != edit.kind:
        return False
    return edit.kind != "changed" or edit.argument in details


# Running -------------------------------------------------------------------------------------------------------------


@dataclass
class Case:
    """A spec, what was done to it, and what came of it."""

    spec: str
    edits: list[Edit]
    found: Comparison


def case(seed: int, many: int = 1) -> Case:
    """The case of a seed: a spec of the zoo with so many edits."""
    draw = random.Random(seed)
    while True:
        path = draw.choice(sorted(ZOO.glob("*.yaml")))
        document = _document(path)
        other = copy.deepcopy(document)
        try:
            edits = [_edited(other, draw, 0, EDITS)]
            if edits[0].kind == "revalued":
                edits[0].reaches = _reached(path, archspec.parse(other))
            following = BESIDE_A_VALUE if edits[0].reaches else EDITS[:-1]
            edits += [_edited(other, draw, number, following) for number in range(1, many)]
            if len({edit.tag for edit in edits}) < many:
                continue
            after = archspec.parse(other)
        except (Impossible, archspec.SpecError):
            continue
        left = {tag for one in identities(after.facts.graph.root).values() for tag, _ in one}
        used = {tag for one in _before(path)[1].values() for tag, _ in one}
        if all(edit.kind == "revalued" or edit.tag in (used if edit.kind == "removed" else left) for edit in edits):
            return Case(path.stem, edits, compare(_before(path)[0].facts, after.facts))


def _edited(document: dict[str, Any], draw: random.Random, number: int, kinds: Sequence[Callable[..., Edit]]) -> Edit:
    return draw.choice(kinds)(draw.choice(owners(document)), draw, number)


def _reached(path: Path, after: Any) -> frozenset[Identity]:
    """The layers that another value alone gives other arguments, beside what follows from shapes, whatever else is done.

    Raises Impossible where it changes which layers there are, or none."""
    spec, before = _before(path)
    own = identities(after.facts.graph.root)
    found = compare(spec.facts, after.facts).changes
    if not found or set(own.values()) != set(before.values()) or any(change.kind != "changed" for change in found):
        raise Impossible
    return frozenset(own[change.after] for change in found if change.after is not None and not change.is_derived)


_documents: dict[Path, dict[str, Any]] = {}
_parsed: dict[Path, Any] = {}


def _document(path: Path) -> dict[str, Any]:
    if path not in _documents:
        _documents[path] = load(path)
    return _documents[path]


def _before(path: Path) -> Any:
    if path not in _parsed:
        spec = archspec.parse(_document(path))
        _parsed[path] = spec, identities(spec.facts.graph.root)
    return _parsed[path]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edits", type=int, default=1, help="edits of one spec")
    options = parser.parse_args()
    wrong: list[tuple[int, int, Case, list[str]]] = []
    for number in range(options.count):
        seed = options.seed * 1_000_000 + number
        one = case(seed, options.edits)
        found = judge(one.found, one.edits)
        if found:
            wrong.append((len(found), seed, one, found))
    for _, seed, one, found in sorted(wrong, key=lambda item: (item[0], len(item[2].found.before.graph.nodes))):
        print(f"seed {seed}, {one.spec}: {'; '.join(edit.said for edit in one.edits)}")
        print(*(f"    {line}" for line in found[:4]), sep="\n")
    print(f"{options.count} edited specs, {len(wrong)} of which are not told right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
