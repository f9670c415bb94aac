"""Values behind a type's name that is a key, `conv2d: [3, 64, 3]`, `upsample: 2`. Enters: the values; leaves: keys with them.

Imported only for such layers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.document.positional import keys_of
from archspec.document.tree import Sequence
from archspec.expand.written_layer import is_right
from archspec.ops.base import Op

MOST_TIMES = 8
"""The number of an upsampling without a key that is how many times as large its output is, at most: others are sizes."""


def is_factor(fields: Collection[str], number: str) -> bool:
    """Whether a number without a key is how many times as large an output is, and not its size."""
    return "scale_factor" in fields and number.isdecimal() and int(number) <= MOST_TIMES


def keys_of_list(value: Sequence, known: str, op: type[Op]) -> Iterator[list[str]]:
    """The keys for `[3, 64, 3]`, in PyTorch's order of arguments, with those of the input or without; or for the whole list as
    the first of them, as `[2, 2]` is of a pooling."""
    values = [item.span.text() for item in value.items]
    if value.span.line != value.span.end_line or not values:
        return
    orders = keys_of(op, (), len(values)).orders
    readings = [dict(zip(order, values, strict=False)) for order in orders]
    first = ["scale_factor"] if all(is_factor(op.model_fields, number) for number in values) else orders[-1][:1]
    readings += [{name: value.span.text()} for name in first]
    for keys in readings:
        is_whole = len(keys) == len(values) or keys is readings[-1]
        if is_whole and is_right(known, keys):
            yield [f"{key}: {written}" for key, written in keys.items()]
