"""A comparison for a pull request: the totals as a table, what was done as a list, what follows folded. Leaves: Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.table.difference import claims
from archspec.backends.table.difference.entries import Entry, causes, consequences
from archspec.backends.table.difference.sums import columns, partly, weights
from archspec.backends.table.difference.text import BOUNDED, MOST_LINES, Named, differing
from archspec.backends.table.formats import markdown
from archspec.backends.table.grid import Grid
from archspec.comparison.model import Comparison
from archspec.words import counted


def write(found: Comparison, before: Named, after: Named, *, has_all: bool = False, note: str = "") -> str:
    """The whole of it. Nothing of a spec is markup in it. `note` says what was not compared."""
    title = before.name if before.name == after.name else f"{before.name} → {after.name}"
    said = [
        f"### {markdown.escape(title)}",
        "",
        f"{markdown.escape(before.label)} → {markdown.escape(after.label)}",
        "",
    ]
    if note:
        said += [markdown.escape(f"Note: {note}."), ""]
    missed = missed_items(claims.sentences(before.missed, after.missed, has_all))
    if found.is_same:
        same = f"The same network: {counted(found.after.totals.layers, 'layer', ',')}."
        said += ["No other difference." if note else same, *(["", *missed] if missed else [])]
        return "\n".join(said) + "\n"
    said += [markdown.write([Grid(columns(found))])]
    arguments = differing(before, after)
    said += [*_items(causes(found, arguments, has_all), has_all), ""]
    if missed:
        said += [*missed, ""]
    loading = weights(found.loading)
    if loading:
        said += [f"**Weights**: {markdown.escape('; '.join(loading))}", ""]
    way = partly(found.loading)
    if way is not None:
        said += [markdown.escape(f"{way[0]}:"), "", "```python", *way[1], "```", ""]
    if found.is_bounded:
        said += [markdown.escape(BOUNDED), ""]
    follows = list(_items(consequences(found, arguments, has_all), has_all))
    if follows:
        said += ["<details><summary>What follows</summary>", "", *follows, "", "</details>", ""]
    return "\n".join(said[:-1]) + "\n"


def missed_items(sentences: Sequence[str]) -> list[str]:
    """Claims that do not hold, as a list."""
    return [f"- **missed** {markdown.escape(said)}" for said in sentences]


def _items(entries: Sequence[Entry], has_all: bool) -> Iterator[str]:
    most = len(entries) if has_all or len(entries) <= MOST_LINES + 1 else MOST_LINES
    for entry in entries[:most]:
        names = ", ".join(map(markdown.escape, entry.names))
        says = ", ".join(map(markdown.escape, entry.says))
        yield f"- **{entry.word}** {names}{': ' if says else ''}{says}"
    if most < len(entries):
        yield f"- … and {len(entries) - most:,} more"
