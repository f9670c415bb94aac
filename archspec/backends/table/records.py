"""A report as flat records, for tables of other programs. Enters: the plain data of a report; leaves: a dict a layer, all with
the same keys, whose values are numbers, texts, truth values and None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf
from typing import Any

from archspec.ops.base import show_shape

_FIELD = ("size", "stride", "padding")
_OF_AXES = ("offset", "at_least", "at_most")


def layer_records(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A record a layer, in the order of computation."""
    same = {"network": report["spec"]["name"], **setting_cells(report["arguments"], report["symbols"])}
    layers: list[dict[str, Any]] = report["layers"]
    axes = max((len(layer["receptive_field_axes"]) for layer in layers if layer["receptive_field_axes"]), default=0)
    return [{**same, **_cells(layer, axes)} for layer in layers]


def setting_cells(arguments: Mapping[str, Any], symbols: Mapping[str, int | None]) -> dict[str, Any]:
    """The values of a spec's arguments, as `arg.NAME`, lists as they are written; and its symbolic sizes, as `size.NAME`."""
    values = {
        f"arg.{name}": json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        for name, value in arguments.items()
    }
    return {**values, **{f"size.{name}": size for name, size in symbols.items()}}


def _cells(layer: Mapping[str, Any], axes: int) -> dict[str, Any]:
    """A layer's record, its parts in place of what has several."""
    cells: dict[str, Any] = {}
    for key, value in layer.items():
        if key == "receptive_field":
            cells |= _field(value, axes)
        elif key == "receptive_field_axes":
            cells |= {
                f"receptive_field.{name}.{axis}": value[axis][name] if value and axis < len(value) else None
                for name in _OF_AXES
                for axis in range(axes)
            }
        elif key == "from":
            cells[key] = ", ".join("?" if path is None else path for path in value)
        else:
            cells[key] = _shapes(value) if isinstance(value, list | dict) else value
    return cells


def _field(field: Mapping[str, list[Any]] | None, axes: int) -> dict[str, Any]:
    """A number an axis; infinity where all of the input is seen."""
    found: dict[str, Any] = {}
    for key in _FIELD:
        values = field[key] if field is not None else []
        for axis in range(axes):
            value = values[axis] if axis < len(values) else None
            found[f"receptive_field.{key}.{axis}"] = inf if value == "all" else value
    return found


def _shapes(value: list[Any] | dict[str, list[Any]]) -> str:
    """A shape, or several by name."""
    if isinstance(value, list):
        return show_shape(tuple(value))
    return ", ".join(f"{name}: {show_shape(tuple(shape))}" for name, shape in value.items())
