"""Totals before and after, and what becomes of the weights. Enters: a comparison; leaves: columns and sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archspec.backends.table.difference.phrases import ARROW, counted, difference, percent
from archspec.backends.table.figures import count, in_bytes
from archspec.backends.table.grid import Cell, Column
from archspec.comparison.model import Comparison, Loading
from archspec.dims import Size
from archspec.facts.model import Totals
from archspec.ops.base import show_shape
from archspec.weights import recipe
from archspec.words import listed

_TOTALS = (
    ("layers", "layers"), ("params", "parameters"), ("trainable_params", "trainable"), ("buffers", "buffers"),
    ("macs", "MACs"), ("peak_activation_bytes", "peak activations"),
)  # fmt: skip
KEYS = tuple(key for key, _ in _TOTALS)
MAX_CELL = 20
"""Characters of a total that has a row in a table."""
_ALWAYS = ("layers", "params", "macs")


class _Row(NamedTuple):
    """A total of both."""

    label: str
    before: Size | None
    after: Size | None
    show: Callable[[Size | None], str]

    @property
    def texts(self) -> tuple[str, str]:
        return self.show(self.before), self.show(self.after)

    @property
    def difference(self) -> str:
        """How much more it is, in the unit that it is shown in."""
        if self.show is not in_bytes or not isinstance(self.before, int) or not isinstance(self.after, int):
            return difference(self.before, self.after)
        apart = self.after - self.before
        return f"{'+' if apart > 0 else '-'}{in_bytes(abs(apart))}" if apart else "="

    @property
    def is_long(self) -> bool:
        """Whether it has no room in a table, as a formula in symbolic sizes."""
        return max(map(len, self.texts)) > MAX_CELL


def columns(found: Comparison, has_long: bool = True) -> list[Column]:
    """A row a total: those that everybody asks for, and others where they differ; long ones too where `has_long`."""
    rows = [row for row in _rows(found) if has_long or not row.is_long]
    return [
        _column("total", False, [row.label for row in rows], 5),
        _column("before", True, [row.texts[0] for row in rows], 4),
        _column("after", True, [row.texts[1] for row in rows], 3),
        _column("difference", True, [row.difference for row in rows], 2),
        _column("in %", True, [percent(row.before, row.after) for row in rows], 1),
    ]


def long_totals(found: Comparison) -> list[tuple[str, list[str]]]:
    """The totals that have no room in a table: what each is called, and what it was and is."""
    return [
        (row.label, [row.texts[0] if row.before == row.after else f"{row.texts[0]}{ARROW}{row.texts[1]}"])
        for row in _rows(found)
        if row.is_long
    ]


def _rows(found: Comparison) -> list[_Row]:
    before, after = found.before.totals, found.after.totals
    return [
        _Row(label, getattr(before, key), getattr(after, key), in_bytes if key.endswith("bytes") else count)
        for key, label in _TOTALS
        if key in _ALWAYS or _tells(before, after, key)
    ]


def _tells(before: Totals, after: Totals, key: str) -> bool:
    """Whether a total is worth a row: it differs, and not only as the parameters do, all of which train."""
    is_all = key == "trainable_params" and all(found.trainable_params == found.params for found in (before, after))
    return not is_all and getattr(before, key) != getattr(after, key)


def _column(title: str, is_right: bool, texts: Sequence[str], keep: int) -> Column:
    return Column(title, title, is_right, keep, [Cell(text, text) for text in texts])


def weights(loading: Loading) -> list[str]:
    """What of a `state_dict` of the first network loads into the second, a sentence each; nothing where there are no tensors."""
    if not loading.wanted and not loading.unexpected:
        return []
    if len(loading.loads) == loading.wanted and not loading.unexpected:
        return [f"all {loading.wanted:,} tensors load"]
    way = " with strict=False" if loading.loads and not loading.is_strict and not loading.reshaped else ""
    said = [f"{len(loading.loads):,} of {counted(loading.wanted, 'tensor')} load{way}"]
    if loading.renamed:
        one = loading.renamed[0]
        said.append(
            f"{len(loading.renamed):,} under other keys: {one.before}{ARROW}{one.after}{_more(loading.renamed)}"
        )
    if loading.reshaped:
        one = loading.reshaped[0]
        sizes = ARROW.join(map(show_shape, (one.shape_before, one.shape_after)))
        said.append(f"{len(loading.reshaped):,} of another shape: {one.after} {sizes}{_more(loading.reshaped)}")
    if loading.begun:
        said.append(f"{len(loading.begun):,} begin at 0: {_ends(loading.begun)}")
    if loading.missing:
        said.append(f"{len(loading.missing):,} missing: {_ends(loading.missing)}")
    if loading.unexpected:
        said.append(f"{len(loading.unexpected):,} left over: {_ends(loading.unexpected)}")
    if loading.absorbed:
        bias, means = next(iter(loading.absorbed.items()))
        mean = listed(means)
        many = f" ({len(loading.absorbed):,} such)" if len(loading.absorbed) > 1 else ""
        have = "has" if len(means) == 1 else "have"
        said.append(f"a trained {mean} {have} {bias} in it{many}: subtract it, or evaluation gives other numbers")
    if loading.misled:
        keys = _ends(loading.misled)
        said.append(f"{len(loading.misled):,} would load by name into another layer than their own: {keys}")
    return said


def partly(loading: Loading) -> tuple[str, list[str]] | None:
    """How the tensors that load are loaded where others have another shape: a sentence, and lines of Python."""
    if not loading.reshaped or not loading.loads:
        return None
    return recipe.RAISES, recipe.lines("weights.pt")


def _more(items: Sequence[object]) -> str:
    return ", …" if len(items) > 1 else ""


def _ends(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]}{' …' if len(keys) > 2 else ','} {keys[-1]}"
