"""The JSON of a Keras model as checked values. Enters: bytes. Leaves: a `Config`, whose getters refuse what they do not take.

It is read as a spec is, with the same limits: JSON is a part of YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import cast

from archspec.document.reader import Unreadable, decode
from archspec.document.reader import read as read_tree
from archspec.document.tree import HasInvalid, plain
from archspec.importers.sketch import ImportProblem
from archspec.limits import MAX_KERAS_AXES

Plain = object

MOST = 2**62
"""Whole numbers of a file are below: a spec's sizes have 62 bits."""
_LARGEST_FLOAT = 1e300


def read(path: str, data: bytes) -> Config:
    """The model's configuration. Raises ImportProblem."""
    try:
        root, problems = read_tree(decode(path, data))
        if problems:
            first = problems[0]
            raise ImportProblem(first.message, f"{path}:{first.span.line}")
        value = plain(root)
    except Unreadable as error:
        found = error.diagnostic
        raise ImportProblem(found.message, f"{path}:{found.span.line}", found.help) from None
    except HasInvalid:
        raise ImportProblem("the file holds values that JSON has not", path) from None
    if not isinstance(value, Mapping) or "class_name" not in value:
        raise ImportProblem("the file is no Keras model: it has no class_name", path,
                            help="write it with model.to_json()")  # fmt: skip
    return Config(cast("Mapping[str, Plain]", value), "the model")


class Config:
    """A mapping of the file, and what messages call it.

    What was asked for is noted, so that `need_all_read` can refuse a mapping with something that nobody looked at: a key left
    out is a wrong answer. A null says that its key was not given.
    """

    def __init__(self, values: Mapping[str, Plain], place: str) -> None:
        self._values = values
        self.place = place
        self._read: set[str] = set()

    # What is wrong -----------------------------------------------------------------------------------------------------

    def problem(self, message: str, help: str = "") -> ImportProblem:
        """The message completes "layer conv1 (Conv2D) …"."""
        return ImportProblem(message, self.place, help)

    def need(self, holds: bool, message: str, help: str = "") -> None:
        """Raises unless the condition holds."""
        if not holds:
            raise self.problem(message, help)

    def refuse(self, key: str, allowed: Sequence[Plain], why: str) -> None:
        """Raises where a key has another value than the allowed ones, of which the first is the default."""
        value = self.value(key, allowed[0])
        is_allowed = any(type(value) is type(one) and value == one for one in allowed)
        self.need(is_allowed, f"has {shown(value)} as its {key}, {why}")

    def _wrong(self, key: str, wanted: str) -> ImportProblem:
        return self.problem(f"has {shown(self._values.get(key))} as its {key}, where {wanted} is expected")

    # All of it ---------------------------------------------------------------------------------------------------------

    def without_effect(self, *keys: str) -> None:
        """Keys that change nothing that a spec says; the caller says why."""
        self._read.update(keys)

    def need_all_read(self, message: str = "has {value} as its {key}, which no layer of a spec has") -> None:
        """Raises where a key was given that nobody asked for."""
        for key, value in self.unread():
            raise self.problem(message.format(value=shown(value), key=shown_name(key)))

    def keys(self) -> Iterator[str]:
        return iter(self._values)

    def unread(self) -> Iterator[tuple[str, Plain]]:
        """What was given, and nobody has asked for so far."""
        yield from [(key, value) for key, value in self._values.items() if key not in self._read and value is not None]

    # Values ------------------------------------------------------------------------------------------------------------

    def value(self, key: str, default: Plain = None) -> Plain:
        """What the file has, as it is; it counts as read from now on."""
        self._read.add(key)
        return self._values.get(key, default)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null; it counts as read from now on."""
        return self.value(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        value = self.value(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.value(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number; Keras also writes numbers of numpy as {"class_name": "__numpy__", "config": {"value": …}}."""
        value = self.value(key, default)
        if isinstance(value, Mapping) and isinstance(inner := value.get("config"), Mapping):
            value = inner.get("value", value)
        if not is_number(value):
            raise self._wrong(key, "a number")
        return float(cast("float", value))

    def integer(self, key: str, default: int | None = None) -> int:
        value = self.value(key, default)
        if not is_number(value) or abs(cast("float", value)) >= MOST or int(cast("float", value)) != value:
            raise self._wrong(key, "a whole number")
        return int(cast("float", value))

    def integers(self, key: str, length: int | None = None, default: Sequence[int] | None = None) -> list[int]:
        """A list of whole numbers; one alone stands for all of `length`."""
        value = self.value(key, default)
        if _is_integer(value):
            return [cast("int", value)] * (length or 1)
        if not isinstance(value, (list, tuple)) or not all(map(_is_integer, value)):
            raise self._wrong(key, "a list of whole numbers")
        if length is not None and len(value) != length:
            raise self._wrong(key, f"a list of {length} whole numbers")
        if len(value) > MAX_KERAS_AXES:
            raise self._wrong(key, f"a list of at most {MAX_KERAS_AXES} whole numbers")
        return [int(item) for item in value]

    def sizes(self, key: str, length: int, default: Sequence[int] | None = None) -> list[int]:
        """Whole numbers from 1 up, one for each axis."""
        found = self.integers(key, length, default)
        if min(found) < 1:
            raise self._wrong(key, "a list of whole numbers from 1 up")
        return found

    def mapping(self, key: str) -> Config:
        value = self.value(key)
        if not isinstance(value, Mapping):
            raise self._wrong(key, "an object")
        return Config(cast("Mapping[str, Plain]", value), self.place)

    def items(self, key: str) -> Sequence[Plain]:
        value = self.value(key)
        if not isinstance(value, (list, tuple)):
            raise self._wrong(key, "a list")
        return value

    def mappings(self, key: str) -> Iterator[Config]:
        """The objects of a list."""
        for item in self.items(key):
            if not isinstance(item, Mapping):
                raise self._wrong(key, "a list of objects")
            yield Config(cast("Mapping[str, Plain]", item), self.place)

    def placed(self, place: str) -> Config:
        """The same values under another name in messages, nothing of them read."""
        return Config(self._values, place)


def is_number(value: Plain) -> bool:
    """Whether the value is a finite number, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < _LARGEST_FLOAT  # not true of a NaN


def _is_integer(value: Plain) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST


def shown(value: Plain) -> str:
    """A value in a message, as JSON has it. What holds more than a line can is cut before it is written out."""
    return _clipped(_flat(value, 0))


def shown_name(text: str) -> str:
    """A name from the file in a message."""
    return _clipped(" ".join(text.split()) or '""')


def _flat(value: Plain, depth: int) -> str:
    if isinstance(value, Mapping):
        inner = (
            ", ".join(f"{key}: {_flat(item, depth + 1)}" for key, item in islice(value.items(), 5))
            if depth < 3
            else "…"
        )
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_flat(item, depth + 1) for item in islice(value, 20)) if depth < 3 else "…"
        return f"[{inner}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shown_name(value) if isinstance(value, str) else _digits(value)


def _digits(value: Plain) -> str:
    if not isinstance(value, (int, float)):
        return "a tensor"
    return "a number of more than 60 digits" if isinstance(value, int) and abs(value) >= 10**60 else str(value)


def _clipped(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
