"""Layers that are alike and follow each other become one that repeats. Enters: entries of a scope. Leaves: fewer of them."""

from __future__ import annotations

import re

from archspec.importers.sketch import Literal
from archspec.importers.structure.arguments import Expression
from archspec.importers.structure.scopes import Entry
from archspec.ops import registry

LEAST = 2


def is_block(entry: Entry) -> bool:
    return entry.layers is None and entry.use is None and registry.find(entry.type) is None


def fold_group(entry: Entry) -> None:
    """A group that is a chain of one block's uses becomes a repeat of the block, which nests in the same way."""
    layers = entry.layers or []
    if len(layers) < LEAST or entry.outputs or len(entry.inputs) != 1 or not _is_run(layers, entry.inputs):
        return
    label = _label([layer.name for layer in layers])
    keys = _varied(layers)
    if label is None or keys is None or ("for" in keys and len(layers) < 3):
        return
    entry.type, entry.layers, entry.inputs = layers[0].type, None, ["input"]
    frozen = {"freeze": entry.keys["freeze"]} if "freeze" in entry.keys else {}
    entry.keys = keys | frozen
    if label != "${i}":
        entry.keys["as"] = label


def fold_list(layers: list[Entry]) -> list[Entry]:
    """Of a numbered chain: uses of one block that follow each other become one entry."""
    folded: list[Entry] = []
    start = 0
    while start < len(layers):
        end = start + 1
        while (
            is_block(layers[start])
            and end < len(layers)
            and layers[end].type == layers[start].type
            and not layers[end].doc
        ):
            end += 1
        folded += _folded(layers[start:end])
        start = end
    return folded


def _folded(run: list[Entry]) -> list[Entry]:
    """A run of uses of one block: one entry where that can be said, else one for each stretch of equal ones."""
    stretches: list[list[Entry]] = []
    for entry in run:
        if stretches and stretches[-1][-1].keys == entry.keys:
            stretches[-1].append(entry)
        else:
            stretches.append([entry])
    if len(stretches) > 2:
        keys = _varied(run)
        if keys is not None and len(run) > 2:
            return [Entry(run[0].name, run[0].type, keys, run[0].reads)]
    return [
        stretch[0]
        if len(stretch) < LEAST
        else Entry(stretch[0].name, stretch[0].type, {**stretch[0].keys, "repeat": len(stretch)}, stretch[0].reads)
        for stretch in stretches
    ]


def _is_run(layers: list[Entry], inputs: list[str]) -> bool:
    previous = inputs
    for layer in layers:
        if not is_block(layer) or layer.type != layers[0].type or layer.reads != previous or layer.doc or layer.tie:
            return False
        if layer.is_training_only:
            return False
        previous = [layer.name]
    return True


def _label(names: list[str]) -> str | None:
    """`encoder_layer_${i}` for names that count."""
    found = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    if any(match is None for match in found):
        return None
    parts = [(match[1], int(match[2])) for match in found if match is not None]
    prefix, first = parts[0]
    if parts != [(prefix, first + i) for i in range(len(parts))] or first > 1:
        return None
    return f"{prefix}${{i}}" if first == 0 else f"{prefix}${{i + {first}}}"


def _varied(entries: list[Entry]) -> dict[str, Literal] | None:
    """The keys of all as those of a repeat: what differs only in the first is an expression, the rest a `for`."""
    names = list(dict.fromkeys(name for entry in entries for name in entry.keys))
    made: dict[str, Literal] = {}
    rows: dict[str, Literal] = {}
    for name in names:
        if any(name not in entry.keys and name not in entry.defaults for entry in entries):
            return None
        values = [entry.keys.get(name, entry.defaults.get(name)) for entry in entries]
        if all(value == values[0] for value in values):
            made[name] = values[0]
        elif any(isinstance(value, Expression) for value in values):
            return None
        elif (
            len(values) > 2
            and all(value == values[1] for value in values[1:])
            and not isinstance(values[0], (list, str))
        ):
            made[name] = f"${{{_said(values[0])} if i == 0 else {_said(values[1])}}}"
        else:
            made[name] = f"${{{name}}}"
            rows[name] = values
    return {"for": rows, **made} if rows else {**made, "repeat": len(entries)}


def _said(value: Literal) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
