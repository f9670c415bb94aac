"""Values that a model takes from the sizes of its input. Enters: what a key holds at two sizes. Leaves: both, as one value.

A run tells what a size was, not where the code took it from; a second run, for an input of other sizes, tells which numbers are
sizes at all, and every law that says one by another is held to both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archspec.importers.sketch import Layer, Origin
from archspec.ops import registry
from archspec.ops.base import per_axis_arguments

_ABSENT = object()


@dataclass(frozen=True)
class Sized:
    """A value that is not the same at both sizes: what it is in each occurrence, those at the first size in even places."""

    values: tuple[Any, ...]
    origins: tuple[Origin, ...] = field(compare=False)


def first(value: Any) -> Any:
    """What a spec has that says the value as it was at the first size."""
    if isinstance(value, list):
        return [first(item) for item in value]
    return value.values[0] if isinstance(value, Sized) else value


def sized_keys(layer: Layer, origins: list[Origin]) -> dict[str, Any]:
    """The layer's keys with what they are at both sizes; adds to `origins` what differs."""
    if layer.second is None or layer.second.keys == layer.keys:
        return layer.keys
    made: dict[str, Any] = {}
    for key in dict.fromkeys([*layer.keys, *layer.second.keys]):
        before, after = _by_axis(layer.type, key, layer.keys.get(key, _ABSENT), layer.second.keys.get(key, _ABSENT))
        value = _both(before, after, layer, key, origins)
        if value is not _ABSENT:
            made[key] = value
    return made


def _by_axis(type: str, key: str, before: Any, after: Any) -> tuple[Any, Any]:
    """The same values: a number that stands for all axes as a list, where the other has one for each."""
    op = registry.find(type)
    if op is None or key not in per_axis_arguments(op):
        return before, after
    if isinstance(before, int) and isinstance(after, list):
        return [before] * len(after), after
    return (before, [after] * len(before)) if isinstance(before, list) and isinstance(after, int) else (before, after)


def _both(before: Any, after: Any, layer: Layer, key: str, origins: list[Origin]) -> Any:
    """Whole numbers and texts one by one; of what is of different kinds at the two sizes no law is looked for."""
    if before == after:
        return before
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [_both(a, b, layer, key, origins) for a, b in zip(before, after, strict=True)]
    origins.append(Origin(layer, key))
    is_comparable = type(before) is type(after) and type(before) in (int, str)
    return Sized((before, after), (origins[-1],)) if is_comparable else before
