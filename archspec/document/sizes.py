"""Lists of sizes as people write them elsewhere: `3x32x32`, `(3, 32, 32)`, `3 32, 32`. Enters: a text; leaves: the sizes that it
can be read as. Imported only where a value is wrong.
"""

from __future__ import annotations

import re
from math import prod

from archspec.diagnostics.model import Edit, Fix
from archspec.dims import BATCH
from archspec.document.edits import put
from archspec.document.grouped import grouped, pointed
from archspec.document.quantity import quantity
from archspec.document.tree import show
from archspec.source import Span

MAX_TEXT = 200
_TIMES = re.compile(r"(?<=[0-9])\s*[x×*]\s*(?=[0-9])")
_PRODUCT = re.compile(r"[0-9]{1,6}(?:\s*\*\s*[0-9]{1,6}){1,3}")
"""A product, as Python has it: one size, where whoever writes it for an image would not multiply."""
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+")
_NUMBER = re.compile(r"(?!-0)-?(?!0[0-9])[0-9]{1,9}(?:\.(?!000$)0*)?")
"""A whole number; not 1.000, which may be a thousand, nor 000, which ends one, nor -0, which begins -0,5."""
_DECIMAL = re.compile(r"-?[0-9]{1,9},[0-9]{1,9}(?:e[-+]?[0-9]{1,2})?")
_COUNTED = re.compile(
    r"([0-9]{1,9}) ?(?:px|pixels?|channels?|filters?|units?|neurons?|features?|class(?:es)?|heads?|maps?)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Z][A-Za-z0-9_]*")
_NAMED_TIMES = re.compile(r"(?:[0-9]{1,9}|[A-WYZ][A-Za-z0-9_]*)(?:\s*[x×*]\s*(?:[0-9]{1,9}|[A-WYZ][A-Za-z0-9_]*))+")
"""Sizes with a sign of multiplication between them, some by name."""
_BRACKETED = re.compile(r"\(\s*(?:[0-9]{1,9}|[A-Za-z]\w*)(?:\s*,\s*(?:[0-9]{1,9}|[A-Za-z]\w*))+\s*,?\s*\)")
"""Sizes and names of sizes in round brackets."""


def sizes_in(text: str) -> tuple[int | str, ...]:
    """The sizes of a text, numbers and names; none where it is no list of them."""
    if len(text) > MAX_TEXT:
        return ()
    bare = _TIMES.sub(",", text.replace('"', " ").replace("'", " ").strip().strip("[](){} \t"))
    parts = _BETWEEN.split(bare.strip(",; \t"))
    if not all(_NUMBER.fullmatch(part) or _NAME.fullmatch(part) for part in parts):
        return ()
    return tuple(part if _NAME.fullmatch(part) else int(part.partition(".")[0]) for part in parts)


def number_in(text: str) -> int | float | None:
    """The number of a text whose digits are grouped, whose point is a comma, or that a unit or a word for what it counts follows:
    `1,000`, `0,5`, `11px`, `1 k`, `96 filters`; None where it is no such text."""
    if (number := grouped(text)) is not None:
        return number
    if _DECIMAL.fullmatch(text):
        return float(text.replace(",", "."))
    counted = _COUNTED.fullmatch(text)
    return int(counted[1]) if counted is not None else quantity(text)


def shape_ways(name: str, span: Span) -> tuple[Fix, ...]:
    """The shape of an input as a list, where what stands there can be read as one; without the batch."""
    text = span.text() if span.line == span.end_line else ""
    if (product := _PRODUCT.fullmatch(text.strip("[](){}\"' "))) is not None:
        numbers = [int(number) for number in product[0].split("*")]
        written = show((prod(numbers),))
        said = f"write {name}: {written}, or {show(tuple(numbers))} for an image"
        return (Fix(said, (Edit(span, written),)),) if min(numbers) > 0 else ()
    readings = [read for other in pointed(text) or (text,) if (read := _shape_in(other)) and read != text]
    said = f"write {name}: {', or '.join(dict.fromkeys(readings))}"
    return tuple(Fix(said, (Edit(span, written),), is_safe=not pointed(text)) for written in readings[:1])


def one_input_ways(key: Span, span: Span) -> tuple[Fix, ...]:
    """A shape that stands in `inputs`, whose key this is, as the shape of the one input."""
    written = _shape_in(span.text()) if span.line == span.end_line else ""
    return (Fix(f"write input: {written}", (put(key, "input"), Edit(span, written)), is_safe=True),) if written else ()


def _shape_in(text: str) -> str:
    """The sizes of a text as a list, without the batch; nothing where they are no shape."""
    bare = text.strip("\"' ")
    if _NAMED_TIMES.fullmatch(bare):
        text = re.sub(r"\s*[x×*]\s*", ", ", bare)
    is_named = _BRACKETED.fullmatch(bare) is not None
    sizes = (
        tuple(int(part) if part.isdecimal() else part for part in re.findall(r"\w+", bare))
        if is_named
        else sizes_in(text)
    )
    is_image = len(sizes) == 4 and sizes[1] in (1, 3, 4)
    sizes = sizes[1:] if sizes[:1] == (BATCH,) or (is_image and sizes[0] in ("B", "b")) else sizes
    return "" if not sizes or any(type(size) is int and size < 1 for size in sizes) else show(sizes)
