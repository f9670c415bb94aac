"""Counts and bytes as people write them. Enters: a value, such as 62378344, `65_000_000`, `1.5 G`, `64 MiB`; leaves: a number, or
None."""

from __future__ import annotations

import re

_UNITS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BYTE_UNITS = {
    **_UNITS, "B": 1, "bytes": 1, "byte": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGTPE", 1)},
}  # fmt: skip
_QUANTITY = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?) ?([A-Za-z]*)")

MAX_DIGITS = 110
"""Of a count as written; the largest that there is has 78, and every third may have an underscore before it."""


def quantity(value: object) -> int | None:
    """A number of something: 62378344, `65_000_000`, `1.5 G`; None for anything else."""
    found = _scaled(value, _UNITS)
    return found[0] // found[1] if found is not None and found[0] % found[1] == 0 else None


def byte_quantity(value: object, *, is_least: bool = False) -> int | None:
    """A number of bytes: 209715200, `64 MiB`, `200 kB`; None for anything else.

    `0.1 KiB` is the whole bytes in it, or, of the least that is allowed, the fewest that reach it.
    """
    found = _scaled(value, _BYTE_UNITS)
    if found is None:
        return None
    number, parts = found
    return -(-number // parts) if is_least else number // parts


def is_bytes(key: str) -> bool:
    """Whether a figure is a number of bytes."""
    return key.endswith("_bytes")


def figure(key: str, value: object, *, is_least: bool = False) -> int | None:
    """The number that is written for a figure; None where none is."""
    return byte_quantity(value, is_least=is_least) if is_bytes(key) else quantity(value)


def is_rounded(key: str, written: object, exact: int) -> bool:
    """Whether a figure as it is written, with a unit, is the exact one rounded to so many digits: 241 KiB of 246,824 bytes."""
    found = _scaled(written, _BYTE_UNITS if is_bytes(key) else _UNITS) if isinstance(written, str) else None
    match = _QUANTITY.fullmatch(written) if isinstance(written, str) else None
    if found is None or match is None:
        return False
    number, parts = found
    unit = (_BYTE_UNITS if is_bytes(key) else _UNITS)[match[2]]
    return unit > 1 and number != exact * parts and 2 * abs(exact * parts - number) <= unit


def _scaled(value: object, units: dict[str, int]) -> tuple[int, int] | None:
    """The number as a fraction of two whole ones."""
    if type(value) is int:
        return (value, 1) if value >= 0 else None
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None or len(match[1]) > MAX_DIGITS or match[2] not in units:
        return None
    whole, _, fraction = match[1].replace("_", "").partition(".")
    return int(whole + fraction) * units[match[2]], 10 ** len(fraction)
