"""What differs between groups that become one block, and how it follows from something else.

Enters: the groups, and the values that one place has in each. Leaves: one value for all, or an `Expression` of the block's
arguments and of the shapes that it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from archspec.importers.sized import Sized
from archspec.importers.sketch import Origin, free_name
from archspec.importers.structure.absent import ABSENT
from archspec.importers.structure.laws import (
    LAWS,
    PADDING_LAWS,
    SIZE_LAWS,
    Law,
    area,
    difference,
    remainder_law,
    rounded_law,
)
from archspec.importers.structure.scopes import Entry

_ARGUMENT = {
    "out_channels": "channels", "out_features": "features", "kernel_size": "kernel", "normalized_shape": "width",
    "num_groups": "groups", "freeze": "frozen", "output_size": "size", "num_heads": "heads",
}  # fmt: skip
_RESERVED = {"input", "i", "n", "type", "from", "use", "layers", "repeat", "for", "as", "when", "let", "mode", "doc", "init",
             "constraint", "freeze", "tie", "inputs", "outputs", "args"}  # fmt: skip
_NO_SIZES = ("stride", "padding", "dilation", "output_padding", "kernel_size", "scale_factor", "p", "repeat")

Value = Any
"""What a key holds: a literal of the spec, an `Expression`, a `Sized`, or `ABSENT`."""


@dataclass(frozen=True)
class Expression:
    """A key's value that is not the same wherever its layer stands for one: as written, and what it is each time."""

    text: str
    values: tuple[Value, ...]
    suffix: str = ""


@dataclass(frozen=True)
class _Scale:
    """At how many sizes values are known, at how many of these a law is to hold, and by what the model divides sizes."""

    count: int
    holds: int
    moduli: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether a law is to hold at all sizes that were tried: of those that round, one that fails at any is chance."""
        return self.holds == self.count

    def of(self, vector: tuple[Value, ...]) -> tuple[Value, ...]:
        """What counts of a vector."""
        return tuple(value for place, value in enumerate(vector) if place % self.count < self.holds)

    def differs(self, vector: tuple[Value, ...]) -> bool:
        """Whether it is not the same at all sizes."""
        return any(not same(vector[place - place % self.count], value) for place, value in enumerate(vector))


MOST_APART = 8
"""Numbers of a list that may differ each for itself, as those of a shape do."""


def same(a: object, b: object) -> bool:
    return a is ABSENT or b is ABSENT or (a == b and isinstance(a, bool) == isinstance(b, bool))


def kind(values: tuple[object, ...]) -> str:
    """The kind of an argument that must be given."""
    kinds = {type(value).__name__ for value in values if value is not ABSENT}
    if kinds == {"int", "float"}:
        return "float"
    if any(isinstance(value, str) and value.startswith("${") for value in values):
        return "any"  # an expression that the use gives its value
    return kinds.pop() if len(kinds) == 1 and kinds <= {"int", "float", "bool", "str", "list"} else "any"


class Arguments:
    """What differs between groups, and how it follows from something else.

    A vector has one value for each occurrence of each group: a group inside a block stands for many.
    """

    def __init__(self, groups: list[Entry]) -> None:
        self.counts = [len(group.occurrences) for group in groups]
        self.vectors: dict[str, tuple[Value, ...]] = {}
        self.given: dict[str, tuple[Value | Expression, ...]] = {}  # what each group's use gives
        self.keys: dict[str, str] = {}  # the key that each argument was made for
        self.lets: dict[str, str] = {}
        self.sizes: dict[str, tuple[Value, ...]] = {}
        self.taken = {entry.name for group in groups for entry in group.walk()} | _RESERVED
        occurrences = [shapes for group in groups for shapes in group.occurrences]
        for number, name in enumerate(groups[0].inputs):
            ranks = {len(shapes[number]) for shapes in occurrences if shapes}
            axes = list(range(1, min(ranks, default=0)))
            if len(ranks) > 1:  # what is the same in tensors of several ranks is counted from the end
                axes = [*(-axis for axis in axes), *axes]
            for axis in axes:
                sizes = tuple(shapes[number][axis] if shapes else ABSENT for shapes in occurrences)
                if all(size is ABSENT or isinstance(size, int) for size in sizes):
                    self.sizes[f"{name}.shape[{axis}]"] = sizes

    def united(self, values: tuple[Any, ...], key: str, is_top: bool, entry: Entry) -> Any:
        """One value for all groups. `is_top`: in the block's own scope, where its inputs have their names."""
        lists = [value for value in values if value is not ABSENT]
        is_table = bool(lists) and all(_is_table(value) for value in lists)
        if not is_table and lists and all(isinstance(v, list) for v in lists) and len({len(v) for v in lists}) == 1:
            rows = [(ABSENT,) * len(lists[0]) if value is ABSENT else value for value in values]
            return [self.united(column, key, is_top, entry) for column in zip(*rows, strict=True)]
        if lists and all(isinstance(value, dict) and value.keys() == lists[0].keys() for value in lists):
            columns = {name: tuple(value if value is ABSENT else value[name] for value in values) for name in lists[0]}
            return {name: self.united(column, name, is_top, entry) for name, column in columns.items()}
        vector = tuple(self._vector(values))
        known = [value for value in vector if value is not ABSENT]
        if not known:
            return ABSENT
        if all(same(value, known[0]) for value in known):
            name = self._argument_of(vector, key) if ABSENT in vector else None
            return known[0] if name is None else Expression(name, vector)
        origins = tuple(origin for value in values if isinstance(value, Sized) for origin in value.origins)
        if origins:
            said = self._law(vector, is_top, origins)
            if said is not None:
                return said
            count = origins[0].count
            sizes, vector = vector, tuple(vector[place - place % count] for place in range(len(vector)))
            known = [value for value in vector if value is not ABSENT]
            if all(same(value, known[0]) for value in known):
                return Sized(sizes, origins)
        if all(isinstance(value, str) and _BATCH.fullmatch(value) for value in known):
            given = tuple(map(_times_of, values))
            return Expression(self._text(tuple(map(_times, vector)), given, key, is_top), vector, _TIMES_BATCH)
        if all(isinstance(value, str) and value.startswith("${") for value in known):
            said = self._template(vector, is_top)
            if said is not None:
                return said
        name = f"has_{_word(entry)}" if key == "when" else key
        return Expression(self._text(vector, values, name, is_top), vector)

    def _vector(self, values: tuple[Any, ...]) -> Iterator[Any]:
        """One value for each occurrence of each group."""
        for value, count in zip(values, self.counts, strict=True):
            yield from value.values if isinstance(value, (Expression, Sized)) else (value,) * count

    def followed(self, value: Any, is_top: bool) -> Any:
        """The value of a group's layer, what differs in it between sizes as it follows from those that the group reads, where a
        law of it is found."""
        if isinstance(value, list):
            return [self.followed(item, is_top) for item in value]
        said = self._law(value.values, is_top, value.origins) if isinstance(value, Sized) else None
        return value if said is None else said

    def _law(self, vector: tuple[Any, ...], is_top: bool, origins: tuple[Origin, ...]) -> Expression | None:
        """How sizes follow from those that the groups read; None where no law is known. One that fails at a further size is
        noted, and is better than none: it holds for sizes like the first two."""
        count, moduli = origins[0].count, origins[0].moduli
        for holds in range(count, 1, -1):
            scale = _Scale(count, holds, moduli)
            said = self._sized(vector, is_top, scale)
            if said is not None:
                for origin in origins:
                    origin.follow(holds)
                return said
        return None

    def _sized(self, vector: tuple[Any, ...], is_top: bool, scale: _Scale) -> Expression | None:
        known = [value for value in vector if value is not ABSENT]
        if all(isinstance(value, str) and value.startswith("${") for value in known):
            return self._template(vector, is_top, scale)
        is_batch = all(isinstance(value, str) and _BATCH.fullmatch(value) for value in known)
        numbers = tuple(map(_times, vector)) if is_batch else vector
        said = self._of_sizes(numbers, is_top, scale)
        return None if said is None else Expression(said, vector, _TIMES_BATCH if is_batch else "")

    def _template(self, vector: tuple[Any, ...], is_top: bool, scale: _Scale | None = None) -> Expression | None:
        """Expressions that differ in their numbers alone, those numbers following from what is known; None otherwise. `scale`:
        of those that are known at several sizes."""
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
            said = (
                self._of_sizes(column, is_top, scale)
                if scale is not None and scale.differs(column)
                else self._follows(column, "", is_top)
            )
            if said is None:
                return None
            text += f"({said})" if " " in said else said
        return Expression(text, vector)

    def _text(self, vector: tuple[Any, ...], values: tuple[Any, ...], key: str, is_top: bool) -> str:
        """The shortest way to say the values: what they follow from, or a new argument."""
        said = self._follows(vector, key, is_top) or self._filled(vector, values)
        if said is not None:
            return said
        name = free_name(_ARGUMENT.get(key, re.sub(r"[^A-Za-z0-9_]", "_", key)), self.taken)
        self.vectors[name], self.given[name], self.keys[name] = vector, values, key
        return name

    def _argument_of(self, vector: tuple[Any, ...], key: str) -> str | None:
        """An argument for the same key that agrees with a layer wherever that is there: a stride of 2 of a projection which only
        groups of `stride: 2` have is their stride."""
        for name, other in self.vectors.items():
            if self.keys[name] == key and _agrees(other, vector):
                return name
        return None

    def _filled(self, vector: tuple[Any, ...], values: tuple[Any, ...]) -> str | None:
        """An argument that is the same where both are needed; where only the values are, it takes them."""
        for name, other in self.vectors.items():
            both = [(a, b) for a, b in zip(other, vector, strict=True) if a is not ABSENT and b is not ABSENT]
            fits = len(both) * 2 > len(vector) and all(same(a, b) for a, b in both) and ABSENT in other
            if fits and not any(isinstance(value, Expression) and ABSENT in value.values for value in self.given[name]):
                self.vectors[name] = tuple(b if a is ABSENT else a for a, b in zip(other, vector, strict=True))
                given = self.given[name]
                self.given[name] = tuple(b if a is ABSENT else a for a, b in zip(given, values, strict=True))
                return name
        return None

    def _follows(self, vector: tuple[Any, ...], key: str, is_top: bool) -> str | None:
        """An argument or a size that the values are, or a law that they follow of one; None where there is none."""
        known = [
            *self.vectors.items(),
            *((name, sizes) for name, sizes in self.sizes.items() if _may_follow(key, name)),
        ]
        for name, other in known:
            if _agrees(other, vector):
                return self._named(name, is_top)
            if all(type(b) is bool and type(a) is bool and a != b for a, b in zip(other, vector, strict=True)):
                return f"not {name}"
        if all(value is ABSENT or (type(value) is int and value >= 0) for value in vector):
            for law in PADDING_LAWS if key == "padding" else LAWS:
                for name, other in known:
                    said = law(other, vector)
                    if said is not None:
                        return said.format(self._named(name, is_top))
        return None

    def _of_sizes(self, vector: tuple[Any, ...], is_top: bool, scale: _Scale) -> str | None:
        """A size that the values are, which are known to be sizes, or a law that they follow of one or two."""
        vector, known = scale.of(vector), {name: scale.of(sizes) for name, sizes in self.sizes.items()}
        for name, sizes in known.items():
            if _agrees(sizes, vector):
                return self._named(name, is_top)
        if not all(value is ABSENT or type(value) is int for value in vector):
            return None
        is_positive = all(value is ABSENT or value >= 0 for value in vector)
        rounding: tuple[Law, ...] = (rounded_law(scale.moduli),) if scale.is_whole else ()
        for law in (*SIZE_LAWS, *rounding) if is_positive else ():
            for name, sizes in known.items():
                said = law(sizes, vector)
                if said is not None:
                    return said.format(self._named(name, is_top))
        if is_positive and scale.is_whole:  # of more than one size, remainders are chance
            left = {sizes: (name, remainder_law(scale.moduli)(sizes, vector)) for name, sizes in known.items()}
            found = [(name, said) for name, said in left.values() if said is not None]
            if len(found) == 1:
                return found[0][1].format(self._named(found[0][0], is_top))
        for (name, rows), (other, columns) in combinations(known.items(), 2):
            is_one = _input_of(name) == _input_of(other)
            form = area(rows, columns, vector) if is_one else None
            if not is_one and scale.is_whole:
                form = difference(rows, columns, vector)
            if form is not None:
                return form.format(self._named(name, is_top), self._named(other, is_top))
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
            usual = max(known, key=lambda value: sum(same(value, other) for other in known))
            is_often = sum(same(usual, other) for other in known) * 2 > len(known) or len(known) < len(vector)
            if is_often and kind(vector) != "any" and usual not in ("int", "float", "bool", "str", "list", "any"):
                found[name] = usual
        return found


def _agrees(known: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    """Whether what is known is the values, wherever there is one."""
    return all(b is ABSENT or (a is not ABSENT and same(a, b)) for a, b in zip(known, values, strict=True))


def _is_table(value: object) -> bool:
    """Whether a value is many numbers, in lists as deep as may be: one argument, not one for each number."""
    numbers, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif type(item) in (int, float):
            numbers += 1
        else:
            return False
    return numbers > MOST_APART


def _may_follow(key: str, size: str) -> bool:
    """Whether an argument may be what a size is. Windows and their steps are not: a stride of 2 where 32 pixels are read and of
    1 where 16 are is chance. Channels that a convolution gives follow from channels alone.
    """
    return key not in _NO_SIZES and (key != "out_channels" or size.endswith(".shape[1]"))


def _input_of(size: str) -> str:
    """The input whose size it is."""
    return size.partition(".")[0]


def _times(value: Any) -> Any:
    """How many times the batch: 4 for `4 * N`."""
    return value if value is ABSENT else int(value.split()[0]) if " " in value else 1


def _times_of(value: Value) -> Value:
    """What `_times` is of a value in each of its occurrences."""
    if isinstance(value, Expression):
        return Expression(value.text, tuple(map(_times, value.values)))
    return Sized(tuple(map(_times, value.values)), value.origins) if isinstance(value, Sized) else _times(value)


def _word(entry: Entry) -> str:
    """What an entry is called in the name of an argument."""
    if entry.name.isidentifier():
        return entry.name
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entry.hint or entry.type or f"part{entry.name}").lower()


_BATCH = re.compile(r"(\d+ \* )?N")
_TIMES_BATCH = " * N"
