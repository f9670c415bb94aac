"""The JSON of a Keras model as checked values. Enters: bytes. Leaves: a `Config`, whose getters refuse what they do not take.

It is read as a spec is, with the same limits: JSON is a part of YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from archspec.document.reader import Unreadable, decode
from archspec.document.reader import read as read_tree
from archspec.document.tree import HasInvalid, plain
from archspec.importers.sketch import ImportProblem

Plain = object


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
    """A mapping of the file, and what messages call it."""

    def __init__(self, values: Mapping[str, Plain], place: str) -> None:
        self.values = values
        self.place = place

    def problem(self, message: str, help: str = "") -> ImportProblem:
        """The message completes "layer conv1 (Conv2D) …"."""
        return ImportProblem(message, self.place, help)

    def need(self, holds: bool, message: str, help: str = "") -> None:
        """Raises unless the condition holds."""
        if not holds:
            raise self.problem(message, help)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.values.get(key) is not None

    def _wrong(self, key: str, wanted: str) -> ImportProblem:
        return self.problem(f"has {str(self.values.get(key))[:60]!r} as its {key}, where {wanted} is expected")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number; Keras also writes numbers of numpy as {"class_name": "__numpy__", "config": {"value": …}}."""
        value = self.values.get(key, default)
        if isinstance(value, Mapping) and isinstance(inner := value.get("config"), Mapping):
            value = inner.get("value", value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(key, "a number")
        return float(value)

    def integer(self, key: str, default: int | None = None) -> int:
        value = self.values.get(key, default)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**62
        if not is_number or int(cast("float", value)) != value:
            raise self._wrong(key, "a whole number")
        return int(cast("float", value))

    def integers(self, key: str, length: int | None = None, default: Sequence[int] | None = None) -> list[int]:
        """A list of whole numbers; one alone stands for all of `length`."""
        value = self.values.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return [value] * (length or 1)
        if not isinstance(value, (list, tuple)) or not all(
            isinstance(i, int) and not isinstance(i, bool) for i in value
        ):
            raise self._wrong(key, "a list of whole numbers")
        if length is not None and len(value) != length:
            raise self._wrong(key, f"a list of {length} whole numbers")
        return [int(item) for item in value]

    def sizes(self, key: str, length: int, default: Sequence[int] | None = None) -> list[int]:
        """Whole numbers from 1 up, one for each axis."""
        found = self.integers(key, length, default)
        if min(found) < 1:
            raise self._wrong(key, "a list of whole numbers from 1 up")
        return found

    def mapping(self, key: str) -> Config:
        value = self.values.get(key)
        if not isinstance(value, Mapping):
            raise self._wrong(key, "an object")
        return Config(cast("Mapping[str, Plain]", value), self.place)

    def items(self, key: str) -> Sequence[Plain]:
        value = self.values.get(key)
        if not isinstance(value, (list, tuple)):
            raise self._wrong(key, "a list")
        return value

    def mappings(self, key: str) -> Iterator[Config]:
        """The objects of a list."""
        for item in self.items(key):
            if not isinstance(item, Mapping):
                raise self._wrong(key, "a list of objects")
            yield Config(cast("Mapping[str, Plain]", item), self.place)
