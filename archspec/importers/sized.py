"""Values that a model takes from the sizes of its input. Enters: what a key holds at several sizes. Leaves: all, as one value.

A run tells what a size was, not where the code took it from; runs for inputs of other sizes tell which numbers are sizes at all,
and every law that says one by another is held to all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archspec.importers.sketch import Layer, Origin
from archspec.ops import registry
from archspec.ops.base import per_axis_arguments

_ABSENT = object()


@dataclass(frozen=True)
class Sized:
    """A value that is not the same at all sizes: what it is in each occurrence, at each of the sizes in turn."""

    values: tuple[Any, ...]
    origins: tuple[Origin, ...] = field(compare=False)


def first(value: Any) -> Any:
    """What a spec has that says the value as it was at the first size."""
    if isinstance(value, list):
        return [first(item) for item in value]
    return value.values[0] if isinstance(value, Sized) else value


def sized_keys(layer: Layer, moduli: tuple[int, ...], origins: list[Origin]) -> dict[str, Any]:
    """The layer's keys with what they are at all sizes; adds to `origins` what differs. `moduli` are numbers by which the model
    divides sizes."""
    everywhere = [layer.keys, *(resized.keys for resized in layer.resized)]
    if all(keys == layer.keys for keys in everywhere):
        return layer.keys
    made: dict[str, Any] = {}
    for key in dict.fromkeys(key for keys in everywhere for key in keys):
        values = _by_axis(layer.type, key, [keys.get(key, _ABSENT) for keys in everywhere])
        value = _all(values, Origin(layer, key, count=len(values), moduli=moduli), origins)
        if value is not _ABSENT:
            made[key] = value
    return made


def _by_axis(type: str, key: str, values: Sequence[Any]) -> Sequence[Any]:
    """The same values: a number that stands for all axes as a list, where another has one for each."""
    op = registry.find(type)
    rank = next((len(value) for value in values if isinstance(value, list)), None)
    if op is None or key not in per_axis_arguments(op) or rank is None:
        return values
    return [[value] * rank if isinstance(value, int) else value for value in values]


def _all(values: Sequence[Any], origin: Origin, origins: list[Origin]) -> Any:
    """Whole numbers and texts one by one; of what is of different kinds at the sizes no law is looked for."""
    before = values[0]
    if all(value == before for value in values):
        return before
    if all(isinstance(value, list) and len(value) == len(before) for value in values):
        return [_all(column, origin, origins) for column in zip(*values, strict=True)]
    one = Origin(origin.layer, origin.key, count=origin.count, moduli=origin.moduli)
    origins.append(one)
    is_comparable = type(before) in (int, str) and all(type(value) is type(before) for value in values)
    return Sized(tuple(values), (one,)) if is_comparable else before
