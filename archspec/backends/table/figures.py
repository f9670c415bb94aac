"""How figures read: counts with separators, bytes and large numbers in units, parts in per cent. `?` is what is not known."""

from __future__ import annotations

from functools import lru_cache

from archspec.backends.table.grid import ALL, Cell
from archspec.dims import Shape, Size
from archspec.facts.model import AxisField, Extent, Scattered, Whole
from archspec.ops.base import show_shape, without_batch
from archspec.words import bytes_in_units

_UNITS = (("M", 10**6), ("G", 10**9), ("T", 10**12), ("P", 10**15), ("E", 10**18))


def amount(size: Size | None) -> Cell:
    """A count, and nothing for none."""
    return Cell(size, "" if size == 0 else count(size))


def count(size: Size | None) -> str:
    """A count in full."""
    if size is None:
        return "?"
    return f"{size:,}" if isinstance(size, int) else str(size)


def percent(part: Size | None, whole: Size | None) -> Cell:
    """A part of a whole in per cent; not known where one of them is no number."""
    if part == 0 and whole == 0:
        return Cell(None, "")
    if part == 0:
        return Cell(0, "")
    if part is not None and part == whole:  # also of sizes that are symbols
        return Cell(100.0, "100.0")
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return Cell(None, "?")
    share = 100 * part / whole if part <= whole * 10**12 else None
    return Cell(None, "?") if share is None else Cell(round(share, 4), f"{share:.1f}")


def scaled(size: Size | None) -> str:
    """` (1.14 G)` for numbers that are hard to read, with the units that a claim may have."""
    if not isinstance(size, int) or size < 10**6:
        return ""
    return f"  ({short(size)}; FLOPs are twice as many)"


def short(size: int, units: tuple[tuple[str, int], ...] = _UNITS) -> str:
    """A count in the unit that leaves the fewest digits; beyond the largest as a power of ten."""
    for unit, factor in units:
        text = f"{size / factor:.3g}"
        if "e" not in text:
            return f"{text} {unit}"
    mantissa, _, exponent = f"{size:.2e}".partition("e")
    return f"{mantissa} × 10^{int(exponent)}"


def in_bytes(size: Size | None) -> str:
    """A number of bytes in its unit; an expression of symbolic sizes is one of bytes."""
    if not isinstance(size, int):
        return "?" if size is None else f"{size} bytes"
    return bytes_in_units(size) or f"{short(size, ())} bytes"


@lru_cache(maxsize=1_000)
def shape(sizes: Shape, layout: str = "NCHW") -> Cell:
    """A tensor's shape without its batch: as papers write it, and as specs do."""
    shown = without_batch(sizes)
    if layout == "NHWC" and len(sizes) >= 4 and len(shown) == len(sizes) - 1:
        shown = (*shown[1:], shown[0])
    return Cell(f"[{', '.join(map(str, shown))}]", show_shape(shown) if shown else "scalar")


def extent_text(extent: Extent, key: str) -> str:
    """The size, stride or padding of a receptive field along one axis."""
    if isinstance(extent, AxisField) and getattr(extent, key) is not None:
        return str(getattr(extent, key))
    if key != "size":
        return "–"
    if isinstance(extent, Scattered):
        return str(extent.size)
    return ALL if isinstance(extent, Whole) else "?"
