"""Counts as people write them: `10,000`, `1e4`, `5 GMACs`, `2GB`. Enters: a value that is no count; leaves: one as a spec has it.

Imported only where a value is wrong.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Edit, Fix
from archspec.document.grouped import grouped, grouped_ways, unquoted
from archspec.document.quantity import figure, is_bytes, quantity
from archspec.document.tree import Mapping, Scalar
from archspec.source import Span

_WRITTEN = re.compile(
    r"(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?) ?(?P<unit>thousand|million|billion|[kmgtp]i?|b(?:n|illion)?(?= |$))?"
    r" ?(?:macs?|mult-?adds?|flops?|params?|parameters|weights|bytes?|b)?",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,3}),(?P<rest>[0-9]{1,2}) ?(?P<unit>[kMGTP])")
_BYTES = re.compile(r"[0-9._]+ ?(?P<unit>[KkMGTPE]i?B|bytes?)")
_BYTES_WRITTEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<letter>[kmgtpe])(?P<i>i?)(?:b|(?<=i))", re.IGNORECASE
)
_DECIMAL_COMMA = re.compile(r"([0-9]+),((?:[0-9]{1,2}|[0-9]{4,}) ?[A-Za-z]*)")
_AFTER_COMMA = re.compile(r"[0-9]{1,9} ?[A-Za-z]{0,3}")
_UNITS = {"thousand": "k", "million": "M", "billion": "G", "bn": "G", "b": "G"}
MAX_TEXT = 60


def quantity_help(path: tuple[int | str, ...], value: object) -> str:
    """What to write in place of bytes where something else is counted."""
    found = _BYTES.fullmatch(value.strip()) if isinstance(value, str) and len(value) < MAX_TEXT else None
    key = str(path[0])
    if found is None or is_bytes(key):
        return ""
    other = " (param_bytes is what parameters take)" if key in ("params", "trainable_params") else ""
    return f"{found['unit']} counts bytes, and {key} is a count{other}: write one such as 1.5 M"


def quantity_ways(path: tuple[int | str, ...], value: object, span: Span) -> tuple[Fix, ...]:
    """A count in place of what was probably one."""
    key, written = path[-1], _meant(str(path[0]), value)
    if grouped(unquoted(span)) is not None:
        return _grouped_ways(str(key), span)
    if not written or span.line != span.end_line or "${" in span.text():
        return ()
    is_plain = not (
        is_bytes(str(path[0])) and isinstance(value, str) and "b" in value.lower()
    )  # KB may be 1000 or 1024
    return (Fix(f"write {key}: {written}", (Edit(span, written),), is_safe=is_plain),)


def comma_ways(owner: Mapping, key: str) -> tuple[Fix, ...]:
    """A decimal point where a comma ended a number in braces, so that what came after it is a key: `{max: 1,8 M}`."""
    names = list(owner.entries)
    before = owner.entries[names[names.index(key) - 1]]
    entry, value = owner.entries[key], before.value
    is_cut = isinstance(value, Scalar) and value.text.isdecimal() and not value.quoted and _AFTER_COMMA.fullmatch(key)
    is_alone = isinstance(entry.value, Scalar) and entry.value.value is None
    first, last = value.span, entry.key_span
    if not is_cut or not is_alone or names[0] == key or first.line != last.end_line:
        return ()
    span = Span(first.source, first.line, first.column, last.end_line, last.end_column)
    written = f"{first.text()}.{key}"
    if figure(before.key, written) is None and figure("_bytes", written) is None:
        return ()
    return (Fix(f"write {before.key}: {written}", (Edit(span, written),), is_safe=True),)


def limit_help(key: str) -> str:
    """How the limit of a figure is written."""
    if key == "output":
        return "write max: or min: and a shape, such as {max: [64, 56, 56]}"
    of = "a number of bytes, such as {max: 64 MiB}" if is_bytes(key) else "a count, such as {max: 1.5 M}"
    return f"write max: or min: and {of}"


def limit_ways(path: tuple[int | str, ...], value: object, span: Span) -> tuple[Fix, ...]:
    """A limit in place of a count alone, which is the most that is allowed."""
    key = str(path[0])
    is_right = figure(key, value) is not None or type(value) is tuple
    written = span.text() if is_right else _meant(key, value)
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
    comma = _DECIMAL_COMMA.fullmatch(text)
    if comma is not None:
        written = f"{comma[1]}.{comma[2]}"
        return written if figure(key, written) is not None else ""
    if is_bytes(key) and (bytes := _BYTES_WRITTEN.fullmatch(text)) is not None:
        letter = bytes["letter"].upper()
        return (
            f"{bytes['number']} {letter}iB" if bytes["i"] else f"{bytes['number']} {'k' if letter == 'K' else letter}B"
        )
    found = _WRITTEN.fullmatch(text)
    if found is None or (not is_bytes(key) and _BYTES.fullmatch(text)):
        return ""
    unit = (found["unit"] or "").lower()
    if unit.endswith("i") and "." in found["number"]:
        return ""
    if unit.endswith("i"):
        return str(int(found["number"].replace("_", "")) * 1024 ** ("kmgtp".index(unit[0]) + 1))
    short = _UNITS.get(unit, unit.upper() if unit != "k" else unit)
    written = f"{found['number']} {short}".strip()
    return written if quantity(int(written) if written.isdecimal() else written) is not None else ""
