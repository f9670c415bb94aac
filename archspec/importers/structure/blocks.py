"""Groups that are alike become blocks with arguments. Enters: a tree of `Entry`s. Leaves: it with uses, and the blocks.

Groups are alike where they have the same layers of the same types that read each other in the same way; what differs in
their layers' keys becomes an argument, or follows from another argument or from the shape of what the block reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archspec.importers.sized import first
from archspec.importers.sketch import free_name
from archspec.importers.structure.absent import ABSENT, Absent
from archspec.importers.structure.arguments import Arguments, Expression, Value, kind, same
from archspec.importers.structure.scopes import Entry
from archspec.importers.structure.variants import complete, form_type, start_form
from archspec.ops import registry

CONTAINERS = ("", "Sequential", "ModuleList", "ModuleDict")
"""Modules whose class says nothing of what they do."""
LEAST_LAYERS = 3
"""A group of fewer layers is shorter where it stands."""


@dataclass
class Block:
    """A block: its body, its arguments, and names for sizes that its inner groups read."""

    name: str
    body: Entry
    args: dict[str, Value] = field(default_factory=dict)
    lets: dict[str, str] = field(default_factory=dict)


def find_blocks(layers: list[Entry], taken: set[str], has_variants: bool) -> list[Block]:
    """Replaces groups that are alike by uses of blocks, the largest first; inner blocks come before those that use them."""
    blocks: list[Block] = []
    names = set(taken) | set(registry.names())
    tried: set[object] = set()
    forms = _Forms()
    while True:
        forms.forget()
        groups = [entry for body in [layers, *(block.body.layers or [] for block in blocks)] for entry in _groups(body)]
        found = [
            (key, alike) for key, alike in _alike(groups, forms, has_variants) if key not in tried and _is_worth(alike)
        ]
        if not found:
            return blocks[::-1]
        key, alike = max(found, key=lambda pair: (max(map(_height, pair[1])), len(pair[1]), _count(pair[1][0])))
        tried.add(key)
        if len({forms.of(entry) for entry in alike}) == 1 or complete(alike):
            blocks.append(_made(alike, names))


def _alike(groups: list[Entry], forms: _Forms, has_variants: bool) -> Iterator[tuple[object, list[Entry]]]:
    """Groups that may be one block: those of one form, and those of one class, some of which may lack layers."""
    by_form: dict[object, list[Entry]] = {}
    classes: dict[str, dict[object, list[Entry]]] = {}
    for entry in groups:
        form = forms.of(entry)
        by_form.setdefault(form, []).append(entry)
        if entry.hint not in CONTAINERS:
            classes.setdefault(entry.hint, {}).setdefault(form, []).append(entry)
    yield from by_form.items()
    for hint, variants in classes.items():
        entries = [entry for alike in variants.values() for entry in alike]
        if has_variants and len(variants) > 1 and not _are_nested(entries):
            yield (hint, *variants), entries


def _are_nested(groups: list[Entry]) -> bool:
    """Whether one of the groups lies in another: a block cannot be a part of itself."""
    ids = {id(entry) for entry in groups}
    return any(id(inner) in ids for entry in groups for inner in entry.walk() if inner is not entry)


def _groups(layers: list[Entry]) -> Iterator[Entry]:
    for entry in layers:
        if entry.layers is not None:
            yield entry
            yield from _groups(entry.layers)


def _is_worth(groups: list[Entry]) -> bool:
    size = _count(groups[0])
    if groups[0].hint in CONTAINERS and all(entry.is_group or not _is_op(entry) for entry in groups[0].layers or []):
        return False  # a stage: a chain of blocks, which says more where it stands
    return len(groups) > 1 and size * len(groups) > size + len(groups) + 2 and size >= LEAST_LAYERS and not any(
        entry.tie for group in groups for entry in group.walk()
    )  # fmt: skip


def _is_op(entry: Entry) -> bool:
    return registry.find(entry.type) is not None


def _count(entry: Entry) -> int:
    return sum(1 for inner in entry.walk() if inner.layers is None)


def _height(entry: Entry) -> int:
    return 1 + max((_height(inner) for inner in entry.layers), default=0) if entry.layers is not None else 0


class _Forms:
    """What has to be the same in groups that are alike, as a number for each form."""

    def __init__(self) -> None:
        self.numbers: dict[object, int] = {}
        self.inside: dict[int, int] = {}  # of what stands in a group, by the entry's id

    def forget(self) -> None:
        """What entries were: they have changed."""
        self.inside = {}

    def of(self, entry: Entry) -> int:
        """The form of a group, wherever it stands."""
        return self._number(entry, ())

    def _inside(self, entry: Entry) -> int:
        found = self.inside.get(id(entry))
        if found is None:
            found = self.inside[id(entry)] = self._number(entry, (entry.name, tuple(entry.reads)))
        return found

    def _number(self, entry: Entry, own: object) -> int:
        inner = None if entry.layers is None else tuple(map(self._inside, entry.layers))
        ranks = tuple(len(shape) for shape in entry.occurrences[0]) if entry.occurrences else ()
        form = (own, form_type(entry), entry.use, entry.is_training_only, inner, tuple(entry.inputs),
                tuple(entry.outputs.items()), ranks, _lengths(entry))  # fmt: skip
        return self.numbers.setdefault(form, len(self.numbers))


def _lengths(entry: Entry) -> tuple[object, ...]:
    """Lists that differ in length cannot differ in their items alone, nor a value from a number that fills a shape."""
    if entry.type in ("Buffer", "Constant", "Parameter"):
        kinds = ((key, type(first(value)).__name__) for key, value in entry.keys.items())
        return (*sorted(kinds), start_form(entry))
    if entry.type == "Reshape" and isinstance(shape := entry.keys.get("shape"), list):
        return (("shape", len(shape) + 1),)
    return tuple(
        (key, start_form(entry) if key == "init" else len(value) if isinstance(value, list) else str(value))
        for key, value in sorted(entry.keys.items())
        if isinstance(value, (list, dict))
    )


# One block -----------------------------------------------------------------------------------------------------------


def _made(groups: list[Entry], names: set[str]) -> Block:
    """The block that all these groups are uses of; they become its uses."""
    first = groups[0]
    name = _block_name(first, names)
    body = Entry(first.name, layers=first.layers, inputs=first.inputs, outputs=first.outputs)
    arguments = Arguments(groups)
    columns = [list(group.walk())[1:] for group in groups]
    inner = {id(entry) for entry in body.layers or []}
    rows = [list(together) for together in zip(*columns, strict=True)]
    for together in sorted(rows, key=_is_absent_in_some):  # what all have says what the arguments are
        _unify(together, arguments, id(together[0]) in inner)
    defaults = arguments.defaults()
    for number, group in enumerate(groups):
        given = {argument: values[number] for argument, values in arguments.given.items()}
        given = {name: None if value is ABSENT and name not in defaults else value for name, value in given.items()}
        kept = {key: value for key, value in group.keys.items() if key in ("when", "freeze")}
        group.keys = kept | {
            argument: value
            for argument, value in given.items()
            if value is not ABSENT
            and (argument not in defaults or isinstance(value, Expression) or not same(value, defaults[argument]))
        }
        group.type, group.layers, group.inputs, group.outputs = name, None, ["input"], {}
        group.defaults = defaults
    args = {name: defaults.get(name, kind(vector)) for name, vector in arguments.vectors.items()}
    return Block(name, body, args, arguments.lets)


def _is_absent_in_some(entries: list[Entry]) -> bool:
    return any(entry.is_absent for entry in entries)


def _unify(entries: list[Entry], arguments: Arguments, is_top: bool) -> None:
    """One layer of all groups: what differs becomes an expression in the first, which is the block's."""
    first = entries[0]
    first.occurrences = [
        shapes
        for entry, count in zip(entries, arguments.counts, strict=True)
        for shapes in (entry.occurrences or [[]] * count)
    ]
    if {entry.type for entry in entries} == {"Reshape", "View"}:
        _write_batch([entry for entry in entries if entry.type == "Reshape"])
    keys = dict.fromkeys(key for entry in entries for key in entry.keys)
    if any(entry.is_absent and not entry.is_within for entry in entries):
        first.type = next(entry.type for entry in entries if not entry.is_absent)
        keys.setdefault("when")
    types = tuple(ABSENT if entry.is_absent else entry.chosen or entry.type for entry in entries)
    united = {
        key: arguments.united(tuple(_value(entry, first.type, key) for entry in entries), key, is_top, first)
        for key in _order(first.type, list(keys))
    }
    if len(set(types) - {ABSENT}) > 1 or any(isinstance(type, Expression) for type in types):
        said = arguments.united(types, "activation", is_top, first)
        first.chosen = said if isinstance(said, Expression) else None
    first.keys = {
        key: value for key, value in united.items() if value is not ABSENT and (key != "when" or value is not True)
    }
    first.is_absent = False


def _write_batch(reshapes: list[Entry]) -> None:
    """A Reshape as the View that says the batch."""
    for entry in reshapes:
        if not entry.is_absent:
            entry.keys = {"shape": ["N", *entry.keys["shape"]]}
        entry.type = "View"


def _value(entry: Entry, type: str, key: str) -> Value | Expression | Absent:
    if key == "when":
        if entry.is_within:
            return ABSENT
        return False if entry.is_absent else entry.keys.get(key, True)
    if entry.is_absent:
        return ABSENT
    return entry.keys.get(key, entry.is_frozen if key == "freeze" else _default(type, key))


def _order(type: str, keys: list[str]) -> list[str]:
    found = registry.find(type)
    fields = list(found.model_fields) if found is not None else []
    last = {"init": len(fields), "freeze": len(fields) + 1}
    return sorted(keys, key=lambda key: fields.index(key) if key in fields else last.get(key, -1))


def _default(type: str, key: str) -> Value:
    found = registry.find(type)
    info = found.model_fields.get(key) if found is not None else None
    default = None if info is None or info.is_required() else info.default
    return list(default) if isinstance(default, tuple) else default


def _block_name(entry: Entry, taken: set[str]) -> str:
    words = re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])", entry.hint if entry.hint not in CONTAINERS else entry.name)
    base = "".join(word[:1].upper() + word[1:] for word in words if word)
    if not base or base[0].isdigit():
        base = f"Part{base}"
    return free_name(base, taken)
