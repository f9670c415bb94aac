"""Words that depend on a number. Enters: a count, and mostly a noun; leaves: both, as they are read."""

from __future__ import annotations

from collections.abc import Sequence

_BYTE_UNITS = tuple((f"{letter}iB", 2 ** (10 * power)) for power, letter in enumerate("KMGTPE", 1))
_UNITS = {" k": 10**3, " M": 10**6, " G": 10**9, " T": 10**12, " P": 10**15, " E": 10**18}
_PLURALS = {"axis": "axes", "entry": "entries", "fix": "fixes"}


def counted(count: object, noun: str, form: str = "") -> str:
    """`1 layer`, `3 layers`, `H*W layers`, `? layers` of None. `form` is that of a number: `,` separates thousands."""
    if count == 1:
        return f"1 {noun}"
    shown = "?" if count is None else f"{count:{form}}" if isinstance(count, int) else str(count)
    before, _, last = noun.rpartition(" ")
    several = _PLURALS.get(last, f"{last}s")
    return f"{shown} {before} {several}" if before else f"{shown} {several}"


def listed(names: Sequence[str]) -> str:
    """`H`, `H and W`, `D, H and W`; nothing for none."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def bytes_in_units(size: int) -> str | None:
    """`512 bytes`, `94.2 MiB`, as a budget takes it; None beyond the largest unit."""
    if size < 2**10:
        return counted(size, "byte")
    return next((f"{size / factor:.1f} {unit}" for unit, factor in _BYTE_UNITS if size < 1023.95 * factor), None)


def exactly(number: int, *, of_bytes: bool = False) -> str:
    """A number as people write limits, with nothing left out: `1 G`, `2.5 M`, `64 MiB`; `1,234,567` where none is shorter."""
    plain = f"{number:,}{' bytes' if of_bytes else ''}"
    units = {f" {unit}": size for unit, size in _BYTE_UNITS} if of_bytes else _UNITS
    fitting = [
        (unit, size) for unit, size in units.items() if size <= number < 1000 * size and number * 100 % size == 0
    ]
    return min((plain, *(f"{number / size:.15g}{unit}" for unit, size in fitting)), key=len)
