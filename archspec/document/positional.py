"""Values without keys in braces, `{type: Conv2d, 64, [3, 3]}`, as a call has them.

Enters: such a layer; leaves: what is said of all of them, once. Imported only where a layer is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import is_flow
from archspec.document.tree import Entry, Mapping, Scalar, clip
from archspec.document.unbraced import split
from archspec.expressions.value import Value
from archspec.ops.fields import Check, is_inferred
from archspec.source import Span

if TYPE_CHECKING:
    from archspec.document.validate import Subject

_NUMBER = r"-?[0-9][0-9.e+-]*"
_LIST = rf" *{_NUMBER}(?: *, *{_NUMBER})* *,? *"
_VALUE = re.compile(rf"{_NUMBER}|\({_LIST}\)|\[{_LIST}\]|[Tt]rue|[Ff]alse|\"\$\{{[^\"]{{1,200}}\}}\"")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
MAX_LAYER = 120
"""Characters of a layer that help writes out."""


class Told(NamedTuple):
    """What is said of values without keys, and the keys of which nothing else is to be said: they, and those that they give."""

    diagnostic: Diagnostic
    keys: frozenset[str]


class Keys(NamedTuple):
    """The keys that a mapping takes, without those that are written: in the orders in which values may stand for them, likeliest
    first; whether one takes a value; and those that it needs."""

    orders: Sequence[Sequence[str]]
    fits: Callable[[str, Value], bool]
    needed: Collection[str]


def keys_of(model: type[BaseModel], given: Collection[str], count: int) -> Keys:
    """The keys of an op for so many values: PyTorch's arguments, all of them or those that do not follow from the input."""
    first, fields = list(getattr(model, "positional", ())), model.model_fields
    every = [name for name in dict.fromkeys([*first, *fields]) if name not in given]
    own = [name for name in every if not is_inferred(fields[name])]

    def fits(name: str, value: Value) -> bool:
        check = next((item for item in fields[name].metadata if isinstance(item, Check)), None)
        return check is not None and check.fits(value)

    orders = [every, own] if count >= len(first) > 0 else [own, every]
    if first and all(is_inferred(fields[name]) for name in first):  # BatchNorm2d(64) is of 64 channels, and no eps
        orders = [every]
    return Keys(orders, fits, [name for name in every if fields[name].is_required()])


def without_keys(node: Mapping, extra: Collection[str], keys: Callable[[int], Keys], subject: Subject) -> Told | None:
    """E0103 for values of a mapping that stand alone, in one place on a line; None where it has none. `extra` are the keys that
    are none of its own, and `keys` answers those for so many values.

    A change is safe where it is the only one that leaves the spec right; not of a single value, which may belong to another key.
    """
    entry = next((entry for key, entry in node.entries.items() if key in extra and _is_alone(entry)), None)
    if entry is None or entry.key_span.line != entry.key_span.end_line:
        return None
    span = entry.key_span
    values = split(span.text())
    if not all(_VALUE.fullmatch(value) for value in values):
        return None
    are_several = len(values) > 1
    readings = _readings(keys(len(values)), values)
    if not readings and len(values) == 1 and values[0].startswith(("[", "(")):
        values = split(_own(values[0])[1:-1])
        readings = _readings(keys(len(values)), values)
    if not readings:
        return None
    ways = []
    for names in readings:
        written = ", ".join(f"{name}: {_own(value)}" for name, value in zip(names, values, strict=True))
        said = f"write {_layer(node, span, written) or written}"
        ways.append(Fix(said, (Edit(span, written),), is_safe_alone=are_several, is_reading=len(readings) > 1))
    is_one = len(values) == 1
    whose = f"{subject.name}: " if subject.layer else ""
    message = f"{whose}{clip(span.text(), 40)} {'stands without a key' if is_one else 'stand without keys'}"
    label = "a key is missing" if is_one else "keys are missing"
    told = Diagnostic("E0103", message, span, label=label, help=ways[0].said, layer=subject.layer, ways=tuple(ways))
    return Told(told, frozenset([entry.key, *(name for names in readings for name in names)]))


def read_without_from(node: Mapping, extra: Collection[str], subject: Subject) -> Told | None:
    """E0103 for the names of what a layer joins without their key, `{type: Add, a, b}`, `{type: Cat, [a, b]}`, in one place on a
    line; None where they are written otherwise. Sure, since only names of layers leave nothing wrong."""
    entries = list(node.entries.values())
    places = [place for place, entry in enumerate(entries) if entry.key in extra and _is_alone(entry)]
    if not places or "from" in node.entries or places != list(range(places[0], places[-1] + 1)):
        return None
    first, last = entries[places[0]].key_span, entries[places[-1]].key_span
    span = first.to(last)
    names = [name.strip() for name in span.text().strip("[]()").split(",")] if span.line == span.end_line else []
    if not names or not all(map(_NAME.fullmatch, names)):
        return None
    said = f"write from: [{clip(', '.join(names), 200)}]"
    edit = Edit(span, f"from: [{', '.join(names)}]")
    whose = f"{subject.name}: " if subject.layer else ""
    message = f"{whose}{clip(span.text(), 40)} {'stands' if len(names) == 1 else 'stand'} without a key"
    told = Diagnostic("E0103", message, span, label="from is missing", help=said, layer=subject.layer,
                      ways=(Fix(said, (edit,), is_safe=True),))  # fmt: skip
    return Told(told, frozenset(entries[place].key for place in places))


def _readings(keys: Keys, values: Sequence[str]) -> list[tuple[str, ...]]:
    """The keys that the values may have: where some are all that is needed, none that are not."""
    found = dict.fromkeys(tuple(order[: len(values)]) for order in keys.orders if len(order) >= len(values))
    fitting = [names for names in found if all(map(partial(_fits, keys), names, values))]
    return [names for names in fitting if set(keys.needed) <= set(names)] or fitting


def _fits(keys: Keys, name: str, value: str) -> bool:
    """Whether a key takes a value; of an expression that is not known, and taken for true."""
    if value.startswith('"'):
        return True
    try:
        found = json.loads(_own(value))
    except ValueError:  # 1., 01
        return False
    return keys.fits(name, tuple(found) if isinstance(found, list) else found)


def _layer(node: Mapping, span: Span, written: str) -> str:
    """The whole layer with its keys; nothing where it is long, or on several lines."""
    whole = node.span
    if not is_flow(node) or whole.line != whole.end_line:
        return ""
    line = whole.source.lines[whole.line - 1]
    text = line[whole.column - 1 : span.column - 1] + written + line[span.end_column - 1 : whole.end_column - 1]
    return text if len(text) <= MAX_LAYER else ""


def _is_alone(entry: Entry) -> bool:
    """Whether a key has no value, and none was written."""
    return isinstance(entry.value, Scalar) and entry.value.value is None and not entry.value.text


def _own(value: str) -> str:
    """A value as it is written here."""
    if value.startswith(("(", "[")):
        return f"[{value[1:-1].strip().rstrip(',').rstrip()}]"
    return value if value.startswith('"') else value.lower()
