"""The sums over a network, as lines beneath its table. Enters: facts; leaves: names and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from archspec.backends.table.figures import count, in_bytes, scaled
from archspec.backends.table.text import clip
from archspec.diagnostics.text import escape
from archspec.facts.cost import count_batch
from archspec.facts.memory import BatchMemory, measure_batch
from archspec.facts.model import Facts, Totals
from archspec.words import counted, exactly, listed

if TYPE_CHECKING:
    from archspec.ops.assumptions import Assumption

MAX_SUM = 80
"""The letters of a sum on a terminal."""


MAX_UNCHECKED = 4
"""Claims that are named where arguments have other values than they are made for."""


class Sum(NamedTuple):
    """A total by its name in the report, with its label and how it reads."""

    key: str
    label: str
    text: str


def totals(facts: Facts, batch: int | None = None, shown: Callable[[str], str] = str) -> list[Sum]:
    """The sums as they are `shown`, each with the reason where it is not known; with those of a batch of so many samples where
    that is asked."""
    found = facts.totals
    layers = "?" if found.layers is None else f"{found.layers:,}"
    sums = [Sum("layers", "layers", layers), Sum("params", "parameters", count(found.params))]
    if found.trainable_params != found.params:
        sums.append(Sum("trainable_params", "  trainable", count(found.trainable_params)))
    if found.buffers != 0:
        sums.append(Sum("buffers", "buffers", count(found.buffers)))
    sums.append(Sum("macs", "MACs", f"{count(found.macs)}{scaled(found.macs)}"))
    sums.append(Sum("param_bytes", "parameter memory", in_bytes(found.param_bytes)))
    sums.append(Sum("peak_activation_bytes", "peak activations", _peak(found, " a sample")))
    sums = [sum._replace(text=f"{shown(sum.text)}{_why(facts, sum.key)}") for sum in sums]
    return sums if batch is None else [*sums, *of_batch(facts, batch)]


def of_batch(facts: Facts, batch: int) -> list[Sum]:
    """What a batch costs: its MACs, and the memory that it takes beside the parameters."""
    memory = measure_batch(facts, batch)
    macs = count_batch(facts, batch).macs
    why = f" ({memory.unknown})" if memory.peak_activation_bytes is None and memory.unknown else ""
    why_no_sum = f" ({memory.sum_unknown})" if memory.sum_unknown else ""
    return [
        Sum("batch", "batch", counted(batch, "sample", ",")),
        Sum("batch_macs", "  MACs", f"{count(macs)}{scaled(macs)}"),
        Sum("batch_activation_bytes", "  all activations", f"{in_bytes(memory.activation_bytes)}{why_no_sum}"),
        Sum("batch_peak_activation_bytes", "  peak activations", f"{_peak(memory, '')}{why}"),
    ]


def lines(facts: Facts, batch: int | None = None, is_clipped: bool = False) -> list[str]:
    """The sums below each other, and which symbolic sizes the network takes. `is_clipped`: long texts are cut, on a terminal."""
    cut = _clipped if is_clipped else str
    rows = [*((sum.label, sum.text) for sum in totals(facts, batch, cut)), *accepted(facts, cut), *unchecked(facts)]
    width = max(len(label) for label, _ in rows)
    return [f"{label.ljust(width)}  {escape(text)}" for label, text in rows]


def _clipped(text: str) -> str:
    return clip(text, MAX_SUM)


def accepted(facts: Facts, cut: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Which symbolic sizes the network takes, for which of them its claims hold, and what of that is not solved."""
    names = facts.symbols
    if not names or any(record.outputs is None for record in facts.layers):
        return []
    from archspec.conditions.words import solution_in_words

    open = facts.solution.open if facts.solution is not None else []
    found = [("accepts", solution_in_words(facts.solution, names, _all(cut(str(statement)) for statement in open)))]
    if facts.claims_solution is not None:
        owners = claimants(facts)
        own = (statement for statement in facts.claims_solution.open if statement not in open)
        also = _all(cut(statement_in_words(facts, statement)) for statement in own)
        holds = solution_in_words(facts.claims_solution, names, also)
        found.append((f"{owners} hold{'' if ' and ' in owners else 's'}", f"for {holds}"))
    return found


def _all(statements: Iterable[str]) -> str:
    return ", and ".join(statements)


def statement_in_words(facts: Facts, statement: Assumption) -> str:
    """A statement; where a claim makes it, with its number as people write it: `432*H*W <= 1 G`."""
    claim = next((need.claim for need in facts.needs if need.statement == statement), "")
    number = next((side for side in statement[:2] if isinstance(side, int)), None)
    if not claim or number is None:
        return str(statement)
    said, shown = str(statement), exactly(number, of_bytes=" bytes" in claim)
    if said.endswith(f"= {number}"):
        return f"{said.removesuffix(str(number))}{shown}"
    return said


def unchecked(facts: Facts) -> list[tuple[str, str]]:
    """What `expect` claims for other values of arguments than these, or other sizes; what a project limits and is not known."""
    found = []
    for keys, of in ((facts.unchecked, facts.unchecked_of), (facts.unchecked_sizes, facts.unchecked_sizes_of)):
        if keys:
            more = f" and {len(keys) - MAX_UNCHECKED} more" if len(keys) > MAX_UNCHECKED else ""
            names = ", ".join(keys[:MAX_UNCHECKED]) if more else listed(keys)
            found.append(("not checked", f"{names}{more}, which expect claims for {of}"))
    if facts.unchecked_budget:
        names = listed(list(facts.unchecked_budget))
        found.append(("not checked", f"{names}, which {facts.unchecked_budget_of} limits"))
    return found


def claimants(facts: Facts) -> str:
    """Who claims something of symbolic sizes: `expect`, `budget`, or a project's file of settings."""
    return listed(list(dict.fromkeys(need.claimant.partition(": ")[0] for need in facts.needs if need.claimant)))


def _why(facts: Facts, key: str) -> str:
    """` (the reason)` for a total that is not known; nothing where an error says why."""
    reason = facts.totals.unknown.get(key)
    return f" ({reason})" if reason else ""


def _peak(found: Totals | BatchMemory, of: str) -> str:
    """The peak, and beside it that of the generated module where it is another."""
    if found.peak_activation_bytes is None:
        return in_bytes(None)
    module = found.module_peak_activation_bytes
    beside = (
        f", {in_bytes(module)} in the generated module" if module not in (None, found.peak_activation_bytes) else ""
    )
    return f"{in_bytes(found.peak_activation_bytes)}{of}{beside}"
