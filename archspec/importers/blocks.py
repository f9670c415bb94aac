"""Groups that are alike become blocks with arguments. Enters: a tree of `Entry`s. Leaves: it with uses, and the blocks.

Groups are alike where they have the same layers of the same types that read each other in the same way; what differs in
their layers' keys becomes an argument, or follows from another argument or from the shape of what the block reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from archspec.importers.scopes import Entry
from archspec.importers.sketch import free_name
from archspec.importers.variants import complete, form_type
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
    same: dict[object, list[Entry]] = {}
    classes: dict[str, dict[object, list[Entry]]] = {}
    for entry in groups:
        form = forms.of(entry)
        same.setdefault(form, []).append(entry)
        if entry.hint not in CONTAINERS:
            classes.setdefault(entry.hint, {}).setdefault(form, []).append(entry)
    yield from same.items()
    for hint, variants in classes.items():
        if has_variants and len(variants) > 1:
            yield (hint, *variants), [entry for entries in variants.values() for entry in entries]


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
        return tuple(sorted((key, type(value).__name__) for key, value in entry.keys.items()))
    if entry.type == "Reshape" and isinstance(shape := entry.keys.get("shape"), list):
        return (("shape", len(shape) + 1),)
    return tuple(
        (key, len(value) if isinstance(value, list) else str(value))
        for key, value in sorted(entry.keys.items())
        if isinstance(value, (list, dict))
    )


# One block -----------------------------------------------------------------------------------------------------------


Value = Any
"""What a key holds: a literal of the spec, an `Expression`, or `ABSENT`."""


class Absent(Enum):
    """What a layer has in a group that lacks it: any value would do."""

    ABSENT = 0


ABSENT = Absent.ABSENT


@dataclass(frozen=True)
class Expression:
    """A key's value that is not the same wherever its layer stands for one: as written, and what it is each time."""

    text: str
    values: tuple[Value, ...]
    suffix: str = ""


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
        given = {name: None if value is ABSENT and name not in defaults else value for name, value in given.items()}
        kept = {key: value for key, value in group.keys.items() if key == "when"}
        group.keys = kept | {
            argument: value
            for argument, value in given.items()
            if value is not ABSENT
            and (argument not in defaults or isinstance(value, Expression) or not _same(value, defaults[argument]))
        }
        group.type, group.layers, group.inputs, group.outputs = name, None, ["input"], {}
        group.defaults = defaults
    args = {name: defaults.get(name, _kind(vector)) for name, vector in arguments.vectors.items()}
    return Block(name, body, args, arguments.lets)


def _unify(entries: list[Entry], arguments: _Arguments, is_top: bool) -> None:
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
    return ABSENT if entry.is_absent else entry.keys.get(key, _default(type, key))


def _order(type: str, keys: list[str]) -> list[str]:
    found = registry.find(type)
    fields = list(found.model_fields) if found is not None else []
    return sorted(keys, key=lambda key: fields.index(key) if key in fields else -1)


def _default(type: str, key: str) -> Value:
    found = registry.find(type)
    info = found.model_fields.get(key) if found is not None else None
    default = None if info is None or info.is_required() else info.default
    return list(default) if isinstance(default, tuple) else default


def _same(a: object, b: object) -> bool:
    return a is ABSENT or b is ABSENT or (a == b and isinstance(a, bool) == isinstance(b, bool))


def _kind(values: tuple[object, ...]) -> str:
    """The kind of an argument that must be given."""
    kinds = {type(value).__name__ for value in values if value is not ABSENT}
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
    return free_name(base, taken)


class _Arguments:
    """What differs between groups, and how it follows from something else.

    A vector has one value for each occurrence of each group: a group inside a block stands for many.
    """

    def __init__(self, groups: list[Entry]) -> None:
        self.counts = [len(group.occurrences) for group in groups]
        self.vectors: dict[str, tuple[Value, ...]] = {}
        self.given: dict[str, tuple[Value | Expression, ...]] = {}  # what each group's use gives
        self.lets: dict[str, str] = {}
        self.sizes: dict[str, tuple[Value, ...]] = {}
        self.taken = {entry.name for group in groups for entry in _all(group)} | _RESERVED
        occurrences = [shapes for group in groups for shapes in group.occurrences]
        for number, name in enumerate(groups[0].inputs):
            for axis in range(1, min((len(shapes[number]) for shapes in occurrences if shapes), default=0)):
                sizes = tuple(shapes[number][axis] if shapes else ABSENT for shapes in occurrences)
                if all(size is ABSENT or isinstance(size, int) for size in sizes):
                    self.sizes[f"{name}.shape[{axis}]"] = sizes

    def united(self, values: tuple[Any, ...], key: str, is_top: bool, entry: Entry) -> Any:
        """One value for all groups. `is_top`: in the block's own scope, where its inputs have their names."""
        lists = [value for value in values if value is not ABSENT]
        if lists and all(isinstance(value, list) for value in lists) and len({len(value) for value in lists}) == 1:
            rows = [(ABSENT,) * len(lists[0]) if value is ABSENT else value for value in values]
            return [self.united(column, key, is_top, entry) for column in zip(*rows, strict=True)]
        vector: list[Any] = []
        for value, count in zip(values, self.counts, strict=True):
            vector += value.values if isinstance(value, Expression) else (value,) * count
        known = [value for value in vector if value is not ABSENT]
        if not known:
            return ABSENT
        if all(_same(value, known[0]) for value in known):
            return known[0]
        if all(isinstance(value, str) and _BATCH.fullmatch(value) for value in known):
            counts = tuple(map(_times, vector))
            given = tuple(
                Expression(value.text, tuple(map(_times, value.values)))
                if isinstance(value, Expression)
                else _times(value)
                for value in values
            )
            return Expression(self._text(counts, given, key, is_top), tuple(vector), " * N")
        if all(isinstance(value, str) and value.startswith("${") for value in known):
            said = self._template(vector, is_top)
            if said is not None:
                return Expression(said, tuple(vector))
        name = f"has_{_word(entry)}" if key == "when" else key
        return Expression(self._text(tuple(vector), values, name, is_top), tuple(vector))

    def _template(self, vector: list[Any], is_top: bool) -> str | None:
        """Expressions that differ in their numbers alone, those numbers following from what is known; None otherwise."""
        parts = [None if value is ABSENT else re.split(r"(\d+)", value[2:-1]) for value in vector]
        known = [part for part in parts if part is not None]
        if len({len(part) for part in known}) != 1 or len({tuple(part[::2]) for part in known}) != 1:
            return None
        text = ""
        for i, piece in enumerate(known[0]):
            column = tuple(ABSENT if part is None else int(part[i]) if i % 2 else part[i] for part in parts)
            if len({value for value in column if value is not ABSENT}) == 1:
                text += piece
                continue
            said = self._follows(column, "", is_top)
            if said is None:
                return None
            text += f"({said})"
        return text

    def _text(self, vector: tuple[Any, ...], values: tuple[Any, ...], key: str, is_top: bool) -> str:
        """The shortest way to say the values: what they follow from, or a new argument."""
        said = self._follows(vector, key, is_top) or self._filled(vector, values)
        if said is not None:
            return said
        name = free_name(_ARGUMENT.get(key, re.sub(r"[^A-Za-z0-9_]", "_", key)), self.taken)
        self.vectors[name], self.given[name] = vector, values
        return name

    def _filled(self, vector: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
        """An argument that is the same where both are needed; where only the values are, it takes them."""
        for name, other in self.vectors.items():
            both = [(a, b) for a, b in zip(other, vector, strict=True) if a is not ABSENT and b is not ABSENT]
            fits = len(both) * 2 > len(vector) and all(_same(a, b) for a, b in both) and ABSENT in other
            if fits and not any(isinstance(value, Expression) and ABSENT in value.values for value in self.given[name]):
                self.vectors[name] = tuple(b if a is ABSENT else a for a, b in zip(other, vector, strict=True))
                given = self.given[name]
                self.given[name] = tuple(b if a is ABSENT else a for a, b in zip(given, values, strict=True))
                return name
        return None

    def _follows(self, vector: tuple[Any, ...], key: str, is_top: bool) -> str | None:
        """An argument or a size that the values are, or a law that they follow of one; None where there is none."""
        known = [*self.vectors.items(), *self.sizes.items()]
        for name, other in known:
            if all(b is ABSENT or (a is not ABSENT and _same(a, b)) for a, b in zip(other, vector, strict=True)):
                return self._named(name, is_top)
            if all(type(b) is bool and type(a) is bool and a != b for a, b in zip(other, vector, strict=True)):
                return f"not {name}"
        if all(value is ABSENT or (type(value) is int and value >= 0) for value in vector):
            for law in (_half, *_LAWS) if key == "padding" else _LAWS:
                for name, other in known:
                    said = law(other, vector)
                    if said is not None:
                        return said.format(self._named(name, is_top))
        return None

    def _named(self, name: str, is_top: bool) -> str:
        """A size of the block's inputs: inside its groups, `input` is another, so it gets a name of its own."""
        if is_top or name not in self.sizes:
            return name
        text = f"${{{name}}}"
        for let, said in self.lets.items():
            if said == text:
                return let
        let = free_name({"1": "size", "2": "height", "3": "width"}.get(name[-2], "size"), self.taken)
        self.lets[let] = text
        return let

    def defaults(self) -> dict[str, Value]:
        """Values that are the usual ones: those that more than half of the occurrences have."""
        found: dict[str, Value] = {}
        for name, vector in self.vectors.items():
            known = [value for value in vector if value is not ABSENT]
            usual = max(known, key=lambda value: sum(_same(value, other) for other in known))
            is_often = sum(_same(usual, other) for other in known) * 2 > len(known) or len(known) < len(vector)
            if is_often and _kind(vector) != "any" and usual not in ("int", "float", "bool", "str", "list", "any"):
                found[name] = usual
        return found


def _times(value: Any) -> Any:
    """How many times the batch: 4 for `4 * N`."""
    return value if value is ABSENT else int(value.split()[0]) if " " in value else 1


def _word(entry: Entry) -> str:
    """What an entry is called in the name of an argument."""
    if entry.name.isidentifier():
        return entry.name
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entry.hint or entry.type or f"part{entry.name}").lower()


def _pairs(known: tuple[Any, ...], values: tuple[Any, ...]) -> list[tuple[int, int]] | None:
    """What is known beside the values, where all are whole numbers; None where they are not, or nothing differs."""
    pairs = [(a, b) for a, b in zip(known, values, strict=True) if b is not ABSENT]
    if not all(type(a) is int and a > 0 for a, _ in pairs):
        return None
    return pairs if len({b for _, b in pairs}) > 1 else None


def _multiple(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    pairs = _pairs(known, values)
    if pairs is None or pairs[0][1] < pairs[0][0]:
        return None
    factor = pairs[0][1] // pairs[0][0]
    return f"{factor} * {{}}" if all(b == factor * a for a, b in pairs) else None


def _part(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    pairs = _pairs(known, values)
    if pairs is None or not pairs[0][1]:
        return None
    divisor = pairs[0][0] // pairs[0][1]
    return f"{{}} // {divisor}" if divisor > 1 and all(a == divisor * b for a, b in pairs) else None


def _half(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    pairs = _pairs(known, values)
    return "{} // 2" if pairs is not None and all(a // 2 == b for a, b in pairs) else None


def _square(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """The number of windows in a square image."""
    pairs = _pairs(known, values)
    if pairs is None or not pairs[0][1]:
        return None
    divisor = pairs[0][0] // max(1, math.isqrt(pairs[0][1]))
    return f"({{}} // {divisor}) ** 2" if divisor > 1 and all((a // divisor) ** 2 == b for a, b in pairs) else None


def _less(known: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
    """A border that lies so many pixels before the end."""
    pairs = _pairs(known, values)
    if pairs is None or len({a for a, _ in pairs}) < 3:
        return None
    difference = pairs[0][0] - pairs[0][1]
    return f"{{}} - {difference}" if difference > 0 and all(a - difference == b for a, b in pairs) else None


_LAWS = (_multiple, _part, _square, _less)
_BATCH = re.compile(r"(\d+ \* )?N")
