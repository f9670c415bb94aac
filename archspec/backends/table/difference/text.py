"""A comparison for a terminal: what was done, what follows, the weights, the totals. Enters: a comparison; leaves: text.

A list goes on in the next line where it has no room, between two of its items; only an item that no line has room for is parted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archspec.backends.table.difference import claims
from archspec.backends.table.difference.entries import Argument, Entry, causes, consequences
from archspec.backends.table.difference.sums import columns, long_totals, partly, weights
from archspec.backends.table.text import MAX_NAME, lines
from archspec.comparison.model import Comparison
from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.text import escape
from archspec.diagnostics.text import width as text_width
from archspec.words import counted

WIDTH = 80
"""Where there is no terminal."""
MAX_VALUE = 60
MOST_LINES = 40
"""Entries of one kind that are shown before the rest is a number."""
BOUNDED = "parts were too large to be searched through: layers that stayed may be said to have come and gone"
_INDENT = 10
_COLORS = {
    "inserted": "32",
    "removed": "31",
    "changed": "33",
    "missed": "31",
    "moved": "36",
    "renamed": "36",
    "shifted": "2",
    "follows": "2",
}


class Named(NamedTuple):
    """A network as it was asked for: the file with what was set of it, and its name."""

    label: str
    name: str
    arguments: Mapping[str, object] = {}
    """The values of its arguments and symbolic sizes, as plain data."""
    missed: Sequence[Diagnostic] = ()
    """The claims that it does not keep."""


def differing(before: Named, after: Named) -> list[Argument]:
    """The arguments that both have, with another value."""
    both = [name for name in before.arguments if name in after.arguments]
    return [
        Argument(name, _value(before.arguments[name]), _value(after.arguments[name]))
        for name in both
        if before.arguments[name] != after.arguments[name]
    ]


def _value(value: object) -> str:
    import json

    return "none" if value is None else json.dumps(value, ensure_ascii=False)[:MAX_VALUE]


def text(
    found: Comparison, before: Named, after: Named, *, width: int | None = None, color: bool = False, has_all: bool = False,
    note: str = "",
) -> str:  # fmt: skip
    """The whole of it. `width` is that of the terminal; `has_all`: nothing is cut short; `note` says what was not compared."""
    width = max(width or WIDTH, 40)
    said = [escape(f"{one.label}: {one.name}") for one in (before, after)]
    if note:
        said.append(escape(f"note: {note}"))
    missed = claims.sentences(before.missed, after.missed, has_all)
    lost = [line for one in missed for line in _packed("missed", _ended(one.split(" "), ""), width, color)]
    if found.is_same:
        same = f"the same network: {counted(found.after.totals.layers, 'layer', ',')}"
        said += ["", "no other difference" if note else same, *lost]
        return "\n".join(said) + "\n"
    arguments = differing(before, after)
    for entries in (causes(found, arguments, has_all), consequences(found, arguments, has_all)):
        if entries:
            said += ["", *_shown(entries, width, color, has_all)]
    loading = weights(found.loading)
    if loading:
        said += ["", *_packed("weights", _ended(loading, ";"), width, color)]
    way = partly(found.loading)
    if way is not None:
        said += [*_packed("", [f"{way[0]}:"], width, color), *(f"  {line}" for line in way[1])]
    if lost:
        said += ["", *lost]
    if found.is_bounded:
        said += ["", BOUNDED]
    said += ["", *lines(columns(found, has_long=False), width, color)]
    for label, values in long_totals(found):
        said += _packed(label, _ended(values, ""), width, color)
    return "\n".join(said) + "\n"


def _shown(entries: Sequence[Entry], width: int, color: bool, has_all: bool) -> Iterator[str]:
    most = len(entries) if has_all or len(entries) <= MOST_LINES + 1 else MOST_LINES
    for entry in entries[:most]:
        names = _ended(entry.names, ",")
        if entry.says:
            names[-1] += ":"
        yield from _packed(entry.word, [*names, *_ended(entry.says, ",")], width, color)
    if most < len(entries):
        yield f"… and {len(entries) - most:,} more; --all shows them"


def _ended(items: Sequence[str], mark: str) -> list[str]:
    """The items with a mark after each but the last; of names, nothing that a terminal acts on is left."""
    clean = [escape(item if len(item) <= MAX_NAME else f"{item[: MAX_NAME - 1]}…") for item in items]
    return [*(f"{item}{mark}" for item in clean[:-1]), *clean[-1:]]


def _packed(word: str, items: Sequence[str], width: int, color: bool) -> Iterator[str]:
    """Lines of as many items as there is room for, the word in front of the first, or above it where it is long."""
    line = ""
    head = word.ljust(_INDENT)
    paint = f"\x1b[{_COLORS.get(word, '1')}m{head}\x1b[0m" if color else head
    if len(word) >= _INDENT:
        yield paint
        paint = " " * _INDENT
    room = width - _INDENT
    for item in (part for whole in items for part in _parts(whole, room)):
        longer = f"{line} {item}" if line else item
        if line and text_width(longer) > room:
            yield f"{paint}{line}"
            paint, longer = " " * _INDENT, item
        line = longer
    yield f"{paint}{line}".rstrip()


def _parts(item: str, room: int) -> list[str]:
    """An item that has no room in any line in two, at its colon, and else by its words."""
    if text_width(item) <= room:
        return [item]
    head, colon, rest = item.partition(": ")
    return [f"{head}:", *_parts(rest, room)] if colon else item.split(" ")
