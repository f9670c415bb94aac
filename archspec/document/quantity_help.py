"""Counts as people write them: `10,000`, `1e4`, `5 GMACs`, `2GB`. Enters: a value that is no count; leaves: one as a spec has it.

Imported only where a value is wrong.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from archspec.diagnostics.model import Edit, Fix
from archspec.document.grouped import grouped, grouped_ways, unquoted
from archspec.document.quantity import figure, is_bytes, quantity
from archspec.document.tree import Mapping, Scalar, clip
from archspec.source import Span

_WRITTEN = re.compile(
    r"(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?) ?(?P<unit>thousand|million|billion|[kmgtp]i?|b(?:n|illion)?(?= |$))?"
    r" ?(?:(?P<macs>macs?|mult-?adds?)|(?P<flops>flops?)|(?P<params>params?|parameters|weights)|(?P<bytes>bytes?|b))?",
    re.IGNORECASE,
)
_PARAMS = ("params", "trainable_params", "running_params", "weights", "biases", "buffers")
_SCALED = {("flops", "macs"): (1, 2), ("macs", "flops"): (2, 1)}
"""What a number of one is as a number of the other: a multiply and an add are one MAC, and two FLOPs."""
_NAMED = {"macs": "MACs", "flops": "FLOPs", "params": "parameters", "bytes": "bytes"}
_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,3}),(?P<rest>[0-9]{1,2}) ?(?P<unit>[kMGTP])")
_BYTES = re.compile(r"[0-9._]+ ?(?P<unit>[KkMGTPEm]i?[Bb](?:its?)?|bytes?|bits?)")
_BYTES_WRITTEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?) ?(?P<letter>[kmgtpe])(?P<i>i?)(?P<of>bits?|b|(?<=i))", re.IGNORECASE
)
_DECIMAL_COMMA = re.compile(r"([0-9]+),((?:[0-9]{1,2}|[0-9]{4,}) ?[A-Za-z]*)")
_AFTER_COMMA = re.compile(r"[0-9]{1,9} ?[A-Za-z]{0,3}")
_UNITS = {"thousand": "k", "million": "M", "billion": "G", "bn": "G", "b": "G"}
MAX_TEXT = 60


def quantity_help(path: tuple[int | str, ...], value: object) -> str:
    """What to write in place of bytes where something else is counted."""
    text, key = value.strip() if isinstance(value, str) and len(value) < MAX_TEXT else "", str(path[0])
    found = _BYTES.fullmatch(text)
    if found is None and (written := _WRITTEN.fullmatch(text)) is not None and _factor(key, written) is None:
        counted = next(of for of in _NAMED if written[of])
        takes = "is a number of bytes" if is_bytes(key) else f"counts {_NAMED.get(key, key)}"
        return f"{clip(text)} is a number of {_NAMED[counted]}, and {key} {takes}"
    if found is None or is_bytes(key):
        return ""
    if found["unit"].endswith(("b", "bit", "bits")):
        return f"{found['unit']} counts bits or bytes, and {key} is a count: write one such as 1.5 M"
    other = " (param_bytes is what parameters take)" if key in ("params", "trainable_params") else ""
    return f"{found['unit']} counts bytes, and {key} is a count{other}: write one such as 1.5 M"


def quantity_ways(path: tuple[int | str, ...], value: object, span: Span) -> tuple[Fix, ...]:
    """A count in place of what was probably one."""
    key, of = str(path[-1]), str(path[0])
    meant = _meant(of, value)
    if grouped(unquoted(span)) is not None:
        return _grouped_ways(key, span)
    if meant is None or span.line != span.end_line or "${" in span.text():
        return ()
    way = Fix(f"write {key}: {meant.text}{meant.why}", (Edit(span, meant.text),), meant.is_sure)
    if not meant.otherwise or key != of:
        return (way,)  # of two limits none is tried: the looser one nearly always holds
    why = f", where FLOPs are said for {_NAMED['macs']}"
    return way, Fix(f"write {key}: {meant.otherwise}{why}", (Edit(span, meant.otherwise),))


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
    span = first.to(last)
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
    meant = _Meant(span.text()) if is_right else _meant(key, value)
    if grouped(unquoted(span)) is not None:
        ways = _grouped_ways(key, span)
        return tuple(_limit(key, span, way.edits[0].replacement) for way in ways)
    if meant is None or span.line != span.end_line or "${" in span.text():
        return ()
    return (_limit(key, span, meant.text, meant.why),)


def decimal_count(text: str) -> str:
    """A count with a comma for its point, `1,8 M`, as a spec has it; nothing where it is no such count."""
    found = _DECIMAL.fullmatch(text.strip())
    return f"{found['whole']}.{found['rest']} {found['unit']}" if found is not None else ""


def _limit(key: str, span: Span, written: str, why: str = "") -> Fix:
    limit = f"{{max: {written}}}"
    return Fix(f"write {key}: {limit}{why}", (Edit(span, limit),))


def _grouped_ways(key: str, span: Span) -> tuple[Fix, ...]:
    """A count with an underscore between its groups."""
    ways = grouped_ways(key, span, lambda value: type(value) is int, is_listed=False)
    written = [(way, _with_underscores(way.edits[0].replacement)) for way in ways]
    return tuple(Fix(_with_underscores(way.said), (Edit(span, text),), way.is_safe) for way, text in written)


def _with_underscores(text: str) -> str:
    return re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+(?![0-9]))", "_", text)


class _Meant(NamedTuple):
    """A count as a spec has it, why it is another number than is written, and whether nothing else can be meant."""

    text: str
    why: str = ""
    is_sure: bool = True
    otherwise: str = ""
    """The number as it is written, where that may be meant."""


def _meant(key: str, value: object) -> _Meant | None:
    """The count as a spec has it; None where it is not plain which is meant."""
    if type(value) is float and value >= 0 and value.is_integer() and value < 2**53:
        return _Meant(str(int(value)))
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return None
    text = value.strip()
    comma = _DECIMAL_COMMA.fullmatch(text)
    if comma is not None:
        written = f"{comma[1]}.{comma[2]}"
        return _Meant(written) if figure(key, written) is not None else None
    if is_bytes(key) and (found := _BYTES_WRITTEN.fullmatch(text)) is not None:
        return _meant_bytes(found)
    counted = _WRITTEN.fullmatch(text)
    if counted is None or (not is_bytes(key) and _BYTES.fullmatch(text)):
        return None
    return _meant_count(key, counted)


def _meant_bytes(found: re.Match[str]) -> _Meant:
    """Bytes by their letters: KB may be 1000 or 1024 of them, and Mb may be bits."""
    letter = found["letter"].upper()
    unit = f"{letter}iB" if found["i"] else f"{'k' if letter == 'K' else letter}B"
    written, of = f"{found['number']} {unit}", found["of"]
    eighth = f"{_shown(Decimal(found['number']) / 8)} {unit}"
    if of.lower().startswith("bit"):
        return _Meant(eighth, ": a byte has 8 bits")
    is_of_bits = of == "b" and found["letter"].isupper()
    return _Meant(written, f", or {eighth} if {found['letter']}{found['i']}b are bits" if is_of_bits else "", not of)


def _meant_count(key: str, found: re.Match[str]) -> _Meant | None:
    """The number of what the key counts."""
    factor = _factor(key, found)
    if factor is None:
        return None
    unit, why = (found["unit"] or "").lower(), "" if factor == (1, 1) else ": FLOPs are twice MACs"
    if unit.endswith("i") and "." in found["number"]:
        return None

    def written(number: str) -> str:
        if unit.endswith("i"):
            return _shown(Decimal(number) * 1024 ** ("kmgtp".index(unit[0]) + 1))
        return f"{number} {_UNITS.get(unit, unit.upper() if unit != 'k' else unit)}".strip()

    plain = written(found["number"]) if not unit.endswith("i") else written(found["number"].replace("_", ""))
    scaled = written(_shown(Decimal(found["number"].replace("_", "")) * factor[0] / factor[1])) if why else plain
    if quantity(int(scaled) if scaled.isdecimal() else scaled) is None:
        return None
    return _Meant(scaled, why, not why, plain if key == "macs" and why else "")


def _factor(key: str, found: re.Match[str]) -> tuple[int, int] | None:
    """What a number of what is named after it is in what the key counts; None where that says nothing of it."""
    named = next((of for of in _NAMED if found[of]), "")
    own = "params" if key in _PARAMS else "bytes" if is_bytes(key) else key
    return (1, 1) if named in ("", own) else _SCALED.get((named, own))


def _shown(number: Decimal) -> str:
    """A number without zeros behind its point."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
