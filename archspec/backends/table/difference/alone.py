"""A network that came or went as a whole, with none to compare it with. Enters: facts and names; leaves: text, Markdown, data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archspec.backends.table.difference import claims
from archspec.backends.table.difference.markdown import missed_items
from archspec.backends.table.difference.report import SCHEMA
from archspec.backends.table.difference.sums import KEYS
from archspec.backends.table.figures import count
from archspec.backends.table.formats import markdown as marks
from archspec.diagnostics.model import Diagnostic
from archspec.diagnostics.text import escape
from archspec.facts.model import Facts
from archspec.facts.plain import plain_size
from archspec.words import counted


class Alone(NamedTuple):
    """The one network that there is, the files as they were asked for, and whether it is the one that was there before."""

    facts: Facts
    before: str
    after: str
    is_gone: bool
    missed: Sequence[Diagnostic] = ()
    """The claims that it does not keep."""

    @property
    def said(self) -> str:
        """What became of it, in a sentence."""
        absent, word = (self.after, "is gone") if self.is_gone else (self.before, "is new")
        return f"{self.facts.graph.name} {word}, all of it: there is no {absent}"

    @property
    def counts(self) -> str:
        """How large it is."""
        return sizes(self.facts)


def sizes(facts: Facts) -> str:
    """`5 layers, 1,234 parameters, 56,789 MACs`."""
    totals = facts.totals
    return f"{counted(totals.layers, 'layer', ',')}, {count(totals.params)} parameters, {count(totals.macs)} MACs"


def text(found: Alone) -> str:
    """Two lines for a terminal, and one for each claim that does not hold."""
    missed = [f"missed: {said}" for said in claims.of(found.missed)]
    return "\n".join(map(escape, [found.said, found.counts, *missed])) + "\n"


def markdown(found: Alone) -> str:
    """The same for a pull request."""
    title = f"### {marks.escape(found.facts.graph.name)}"
    missed = missed_items(claims.of(found.missed))
    said = [
        title,
        "",
        f"{marks.escape(found.said)}.",
        "",
        marks.escape(found.counts),
        *(["", *missed] if missed else []),
    ]
    return "\n".join(said) + "\n"


def report(found: Alone, about: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a comparison, where one network is null: all of the other came or went."""
    totals = {key: plain_size(getattr(found.facts.totals, key)) for key in KEYS}
    before, after = (dict(about), None) if found.is_gone else (None, dict(about))
    return {
        "schema": SCHEMA, "before": before, "after": after, "same": False, "complete": True, "note": found.said,
        "inputs_and_outputs": [], "changes": [], "shifted": [], "figures": [],
        "weights": {"loads": [], "renamed": {}, "reshaped": [], "missing": [], "begun": [], "unexpected": [], "misled": [],
                    "strict": None, "absorbed": {}},
        "totals": {
            key: {"before": size if found.is_gone else None, "after": None if found.is_gone else size}
            for key, size in totals.items()
        },
    }  # fmt: skip
