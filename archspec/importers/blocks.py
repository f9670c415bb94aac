"""Groups that are alike become blocks with arguments. Enters: a tree of `Entry`s. Leaves: it with uses, and the blocks.

Groups are alike where they have the same layers of the same types that read each other in the same way; what differs in
their layers' keys becomes an argument, or follows from another argument or from the shape of what the block reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archspec.importers.scopes import Entry
from archspec.importers.sketch import Literal
from archspec.ops import registry

CONTAINERS = ("", "Sequential", "ModuleList", "ModuleDict")
"""Modules whose class says nothing of what they do."""
LEAST_LAYERS = 3
"""A group of fewer layers is shorter where it stands."""

_ARGUMENT = {
    "out_channels": "channels", "out_features": "features", "kernel_size": "kernel", "normalized_shape": "width",
    "num_groups": "groups", "output_size": "size", "num_heads": "heads",
}  # fmt: skip
_RESERVED = {"input", "i", "n", "type", "from", "use", "layers", "repeat", "for", "as", "when", "let", "mode", "doc", "init",
             "constraint", "freeze", "tie", "inputs", "outputs", "args"}  # fmt: skip


@dataclass
class Block:
    """A block: its body, what is not the same in all its uses, and how often it is used."""

    name: str
    body: Entry
    args: dict[str, Literal] = field(default_factory=dict)
    lets: dict[str, str] = field(default_factory=dict)


def find_blocks(layers: list[Entry], taken: set[str]) -> list[Block]:
    """Replaces groups that are alike by uses of blocks, the largest first; inner blocks come before those that use them."""
    blocks: list[Block] = []
    names = set(taken) | set(registry.names())
    tried: set[object] = set()
    while True:
        bodies = [layers, *(block.body.layers or [] for block in blocks)]
        alike: dict[object, list[Entry]] = {}
        for body in bodies:
            for entry in _groups(body):
                alike.setdefault(_form(entry), []).append(entry)
        found = [(form, groups) for form, groups in alike.items() if form not in tried and _is_worth(groups)]
        if not found:
            return blocks[::-1]
        form, groups = max(found, key=lambda pair: (_height(pair[1][0]), _count(pair[1][0])))
        tried.add(form)
        blocks.append(_made(groups, names))


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
        entry.tie for group in groups for entry in _all(group)
    )  # fmt: skip


def _is_op(entry: Entry) -> bool:
    return registry.find(entry.type) is not None


def _all(entry: Entry) -> Iterator[Entry]:
    yield entry
    for inner in entry.layers or []:
        yield from _all(inner)


def _count(entry: Entry) -> int:
    return sum(1 for inner in _all(entry) if inner.layers is None)


def _height(entry: Entry) -> int:
    return 1 + max((_height(inner) for inner in entry.layers), default=0) if entry.layers is not None else 0


def _form(entry: Entry, is_outermost: bool = True) -> object:
    """What has to be the same in groups that are alike."""
    inner = None if entry.layers is None else tuple(_form(item, False) for item in entry.layers)
    ranks = tuple(len(shape) for shape in entry.occurrences[0]) if entry.occurrences else ()
    own = () if is_outermost else (entry.name, tuple(entry.reads))
    return (own, entry.type, entry.use, entry.is_training_only, inner, tuple(entry.inputs), tuple(entry.outputs.items()),
            ranks, _lengths(entry))  # fmt: skip


def _lengths(entry: Entry) -> tuple[object, ...]:
    """Lists that differ in length cannot differ in their items alone."""
    return tuple(
        (key, len(value) if isinstance(value, list) else str(value))
        for key, value in sorted(entry.keys.items())
        if isinstance(value, (list, dict))
    )


# One block -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expression:
    """A key's value that is not the same wherever its layer stands for one: as written, and what it is each time."""

    text: str
    values: tuple[Literal, ...]


def _made(groups: list[Entry], names: set[str]) -> Block:
    """The block that all these groups are uses of; they become its uses."""
    first = groups[0]
    name = _block_name(first, names)
    body = Entry(first.name, layers=first.layers, inputs=first.inputs, outputs=first.outputs)
    arguments = _Arguments(groups)
    columns = [list(_all(group))[1:] for group in groups]
    inner = {id(entry) for entry in body.layers or []}
    for together in zip(*columns, strict=True):
        _unify(list(together), arguments, id(together[0]) in inner)
    defaults = arguments.defaults()
    for number, group in enumerate(groups):
        given = {argument: values[number] for argument, values in arguments.given.items()}
        group.keys = {
            argument: value  # type: ignore[misc]
            for argument, value in given.items()
            if argument not in defaults or isinstance(value, Expression) or not _same(value, defaults[argument])
        }
        group.type, group.layers, group.inputs, group.outputs = name, None, ["input"], {}
    args = {name: defaults.get(name, _kind(vector)) for name, vector in arguments.vectors.items()}
    return Block(name, body, args, arguments.lets)


def _unify(entries: list[Entry], arguments: _Arguments, is_top: bool) -> None:
    """One layer of all groups: what differs becomes an expression in the first, which is the block's."""
    first = entries[0]
    first.occurrences = [shapes for entry in entries for shapes in entry.occurrences]
    keys = dict.fromkeys(key for entry in entries for key in entry.keys)
    first.keys = {
        key: arguments.united(tuple(entry.keys.get(key, _default(first.type, key)) for entry in entries), key, is_top)
        for key in _order(first.type, list(keys))
    }


def _order(type: str, keys: list[str]) -> list[str]:
    found = registry.find(type)
    fields = list(found.model_fields) if found is not None else []
    return sorted(keys, key=lambda key: fields.index(key) if key in fields else -1)


def _default(type: str, key: str) -> Literal:
    found = registry.find(type)
    info = found.model_fields.get(key) if found is not None else None
    default = None if info is None or info.is_required() else info.default
    return list(default) if isinstance(default, tuple) else default


def _same(a: Literal, b: Literal) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _kind(values: tuple[Literal, ...]) -> str:
    """The kind of an argument that must be given."""
    kinds = {type(value).__name__ for value in values}
    if kinds == {"int", "float"}:
        return "float"
    if any(isinstance(value, str) and value.startswith("${") for value in values):
        return "any"  # an expression that the use gives its value
    return kinds.pop() if len(kinds) == 1 and kinds <= {"int", "float", "bool", "str", "list"} else "any"


def _block_name(entry: Entry, taken: set[str]) -> str:
    words = re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])", entry.hint if entry.hint not in CONTAINERS else entry.name)
    base = "".join(word[:1].upper() + word[1:] for word in words if word)
    if not base or base[0].isdigit():
        base = f"Part{base}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{number}"
    taken.add(name)
    return name


class _Arguments:
    """What differs between groups, and how it follows from something else.

    A vector has one value for each occurrence of each group: a group inside a block stands for many.
    """

    def __init__(self, groups: list[Entry]) -> None:
        self.counts = [len(group.occurrences) for group in groups]
        self.vectors: dict[str, tuple[Literal, ...]] = {}
        self.given: dict[str, tuple[Literal | Expression, ...]] = {}  # what each group's use gives
        self.lets: dict[str, str] = {}
        self.sizes: dict[str, tuple[Literal, ...]] = {}
        self.taken = {entry.name for entry in groups[0].layers or []} | _RESERVED
        occurrences = [shapes for group in groups for shapes in group.occurrences]
        for number, name in enumerate(groups[0].inputs):
            for axis in range(1, min(len(shapes[number]) for shapes in occurrences)):
                sizes = tuple(shapes[number][axis] for shapes in occurrences)
                if all(isinstance(size, int) for size in sizes):
                    self.sizes[f"{name}.shape[{axis}]"] = sizes

    def united(self, values: tuple[Literal | Expression, ...], key: str, is_top: bool) -> Literal | Expression:
        """One value for all groups. `is_top`: in the block's own scope, where its inputs have their names."""
        lists = [value for value in values if isinstance(value, list)]
        if len(lists) == len(values) and len({len(value) for value in lists}) == 1:
            items = [self.united(column, key, is_top) for column in zip(*lists, strict=True)]
            return items  # type: ignore[return-value]
        vector: list[Literal] = []
        for value, count in zip(values, self.counts, strict=True):
            vector += value.values if isinstance(value, Expression) else (value,) * count
        if all(_same(value, vector[0]) for value in vector):
            return vector[0]
        return Expression(self._text(tuple(vector), values, key, is_top), tuple(vector))

    def _text(
        self, vector: tuple[Literal, ...], values: tuple[Literal | Expression, ...], key: str, is_top: bool
    ) -> str:
        """The shortest way to say the values: an argument, a size, or a law of one of them."""
        known = [*self.vectors.items(), *self.sizes.items()]
        for name, other in known:
            if all(_same(a, b) for a, b in zip(other, vector, strict=True)):
                return self._named(name, is_top)
        if all(type(value) is int and value >= 0 for value in vector):
            for name, other in known:
                factor, divisor = _law(other, vector)
                if factor:
                    return f"{factor} * {self._named(name, is_top)}"
                if divisor:
                    return f"{self._named(name, is_top)} // {divisor}"
        name = _unique_in(_ARGUMENT.get(key, key), self.taken)
        self.vectors[name], self.given[name] = vector, values
        return name

    def _named(self, name: str, is_top: bool) -> str:
        """A size of the block's inputs: inside its groups, `input` is another, so it gets a name of its own."""
        if is_top or name not in self.sizes:
            return name
        text = f"${{{name}}}"
        for let, said in self.lets.items():
            if said == text:
                return let
        let = _unique_in({"1": "size", "2": "height", "3": "width"}.get(name[-2], "size"), self.taken)
        self.lets[let] = text
        return let

    def defaults(self) -> dict[str, Literal]:
        """Values that are the usual ones: those that more than half of the occurrences have."""
        found: dict[str, Literal] = {}
        for name, vector in self.vectors.items():
            usual = max(vector, key=lambda value: sum(_same(value, other) for other in vector))
            is_often = sum(_same(usual, other) for other in vector) * 2 > len(vector)
            if is_often and _kind(vector) != "any" and usual not in ("int", "float", "bool", "str", "list", "any"):
                found[name] = usual
        return found


def _unique_in(base: str, taken: set[str]) -> str:
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{number}"
    taken.add(name)
    return name


def _law(known: tuple[Literal, ...], values: tuple[Literal, ...]) -> tuple[int, int]:
    """The factor or the divisor that makes the values of what is known, for `4 * channels` and `kernel // 2`; else 0."""
    pairs = [(a, b) for a, b in zip(known, values, strict=True) if type(a) is int and type(b) is int and a > 0]
    if len(pairs) < len(values):
        return 0, 0
    factor = pairs[0][1] // pairs[0][0]
    if factor and all(b == factor * a for a, b in pairs):
        return factor, 0
    return 0, next((d for d in range(2, 65) if all(a // d == b for a, b in pairs)), 0)
