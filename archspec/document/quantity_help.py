"""Counts as people write them: `10,000`, `1e4`, `5 GMACs`, `2GB`. Enters: a value that is no count; leaves: one as a spec has it.

Imported only where a value is wrong.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Edit, Fix
from archspec.document.claims import quantity
from archspec.document.grouped import grouped, grouped_ways, unquoted
from archspec.source import Span

_WRITTEN = re.compile(
    r"(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?) ?(?P<unit>thousand|million|billion|[kmgtp]i?|b(?:n|illion)?(?= |$))?"
    r" ?(?:macs?|mult-?adds?|flops?|params?|parameters|weights|bytes?|b)?",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,3}),(?P<rest>[0-9]{1,2}) ?(?P<unit>[kMGTP])")
_UNITS = {"thousand": "k", "million": "M", "billion": "G", "bn": "G", "b": "G"}
MAX_TEXT = 60


def quantity_ways(path: tuple[int | str, ...], value: object, span: Span) -> tuple[Fix, ...]:
    """A count in place of what was probably one."""
    key, written = path[-1], _meant(str(path[0]), value)
    if grouped(unquoted(span)) is not None:
        return _grouped_ways(str(key), span)
    if not written or span.line != span.end_line or "${" in span.text():
        return ()
    return (Fix(f"write {key}: {written}", (Edit(span, written),), is_safe=True),)


def limit_ways(path: tuple[int | str, ...], value: object, span: Span) -> tuple[Fix, ...]:
    """A limit in place of a count alone, which is the most that is allowed."""
    key = str(path[0])
    written = span.text() if quantity(value) is not None else _meant(key, value)
    if grouped(unquoted(span)) is not None:
        ways = _grouped_ways(key, span)
        return tuple(_limit(key, span, way.edits[0].replacement) for way in ways)
    if not written or span.line != span.end_line or "${" in span.text():
        return ()
    return (_limit(key, span, written),)


def decimal_count(text: str) -> str:
    """A count with a comma for its point, `1,8 M`, as a spec has it; nothing where it is no such count."""
    found = _DECIMAL.fullmatch(text.strip())
    return f"{found['whole']}.{found['rest']} {found['unit']}" if found is not None else ""


def _limit(key: str, span: Span, written: str) -> Fix:
    limit = f"{{max: {written}}}"
    return Fix(f"write {key}: {limit}", (Edit(span, limit),))


def _grouped_ways(key: str, span: Span) -> tuple[Fix, ...]:
    """A count with an underscore between its groups."""
    ways = grouped_ways(key, span, lambda value: type(value) is int, is_listed=False)
    written = [(way, _with_underscores(way.edits[0].replacement)) for way in ways]
    return tuple(Fix(_with_underscores(way.said), (Edit(span, text),), way.is_safe) for way, text in written)


def _with_underscores(text: str) -> str:
    return re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+(?![0-9]))", "_", text)


def _meant(key: str, value: object) -> str:
    """The count as a spec has it; nothing where it is not plain which is meant."""
    if type(value) is float and value >= 0 and value.is_integer() and value < 2**53:
        return str(int(value))
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return ""
    text = value.strip()
    if decimal_count(text):
        return decimal_count(text)
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return ""
    unit = (found["unit"] or "").lower()
    if unit == "b" and key.endswith("bytes"):
        unit = ""
    if unit.endswith("i") and "." in found["number"]:
        return ""
    if unit.endswith("i"):
        return str(int(found["number"].replace("_", "")) * 1024 ** ("kmgtp".index(unit[0]) + 1))
    short = _UNITS.get(unit, unit.upper() if unit != "k" else unit)
    written = f"{found['number']} {short}".strip()
    return written if quantity(int(written) if written.isdecimal() else written) is not None else ""
