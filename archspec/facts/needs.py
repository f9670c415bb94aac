"""What layers need of symbolic sizes and claims say of them, taken together: for which numbers it holds.

Enters: facts with needs. Leaves: `facts.solution`, and an error where no number fits, with the two that contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from archspec.diagnostics.model import Diagnostic, Label
from archspec.dims import evaluate, symbols
from archspec.facts.model import Facts, Need
from archspec.limits import MAX_NEEDS_TRIED
from archspec.ops.assumptions import Assumption, numbers_for

if TYPE_CHECKING:
    from archspec.conditions.solve import Solution, Solver
    from archspec.document.claims import Owner

CODES: dict[Owner, str] = {"expect": "E0401", "budget": "E0402"}
_CLAIMS: dict[Owner, str] = {"expect": "claims", "budget": "asks for"}


def settle(facts: Facts, report: list[Diagnostic]) -> None:
    """Solves what layers need of symbolic sizes. E0312 where they contradict each other."""
    if facts.needs:
        facts.solution = _solved(facts, report)


def settle_claims(facts: Facts, report: list[Diagnostic]) -> None:
    """The same with what has to hold for claims. E0401 or E0402 where one contradicts what is needed."""
    if facts.solution is not None and facts.solution.is_empty:
        return
    if any(need.claim for need in facts.needs):
        facts.claims_solution = _solved(facts, report)


def _solved(facts: Facts, report: list[Diagnostic]) -> Solution:
    from archspec.conditions.solve import Solver

    solver = Solver(facts.solved)
    found = solver.solve([need.statement for need in facts.needs])
    if found.is_empty:
        report.append(_contradiction(facts.needs, solver))
    return found


def _contradiction(needs: list[Need], solver: Solver) -> Diagnostic:
    """The first need that does not fit those before it, with one of them where one is enough."""
    low, high = 1, len(needs)  # the shortest part from the beginning that nothing fits
    while low < high:
        middle = (low + high) // 2
        if solver.solve([need.statement for need in needs[:middle]]).is_empty:
            high = middle
        else:
            low = middle + 1
    last = needs[low - 1]
    others = needs[: low - 1]
    if solver.solve([last.statement]).is_empty:
        return _impossible(last)
    first = next(
        (one for one in others[:MAX_NEEDS_TRIED] if solver.solve([one.statement, last.statement]).is_empty), None
    )
    if first is not None:
        return _between(last, first)
    return _together(last, others)


def _said(need: Need) -> str:
    """`conv needs L >= 5`, `expect claims an output of 96 × 55 × 55 of conv1`."""
    if need.claim:
        return f"{need.claimant} {_CLAIMS[need.owner or 'expect']} {need.claim} of {need.of}"
    return f"{need.node.path if need.node is not None else 'the network'} needs {need.statement}"


def _diagnostic(need: Need, message: str, labels: tuple[Label, ...], help: str) -> Diagnostic:
    layer = need.node.path if need.node is not None else None
    code = CODES[need.owner] if need.owner is not None else "E0312"
    return Diagnostic(code, message, need.span, label=f"{need.statement} here", labels=labels,
                      layer=layer, help=help, claimant=need.claimant)  # fmt: skip


def _between(last: Need, first: Need) -> Diagnostic:
    labels = (Label(first.span, f"{first.statement} here"),) if first.span != last.span else ()
    return _diagnostic(
        last, f"{_said(last)}, but {_said(first)}", labels, "no size is right for both: change one of them"
    )


def _impossible(need: Need) -> Diagnostic:
    return _diagnostic(need, f"{_said(need)}, which no size is", (), "change the layer, or what comes before it")


def _together(last: Need, others: list[Need]) -> Diagnostic:
    """Where it takes more than two: all that speak of the same symbols, the latest first."""
    near = [one for one in reversed(others) if one.statement.symbols & last.statement.symbols][:3]
    labels = tuple(Label(one.span, f"{one.statement} here") for one in near)
    return _diagnostic(last, f"{_said(last)}, which does not fit what is needed before it", labels,
                       "no size is right for all of them: change one")  # fmt: skip


def is_implied(facts: Facts, statement: Assumption) -> bool:
    """Whether a statement holds wherever all that is needed does; False where that is not seen."""
    from archspec.conditions.solve import Solver

    solver, needed = Solver(facts.solved), [need.statement for need in facts.needs]
    before, after = solver.solve(needed), solver.solve([*needed, statement])
    return (before.groups, before.ties, before.open) == (after.groups, after.ties, after.open)


# Numbers that fit -------------------------------------------------------------------------------------------------------

ROUND = 20_160
"""Stands for symbolic sizes where only the structure matters; many numbers divide it."""


def numbers_that_fit(
    facts: Facts, names: Iterable[str], known: Mapping[str, int], around: Mapping[str, int] | None = None
) -> dict[str, int]:
    """A number for each symbol, large and round where it may be, so that all that is solved holds; `known` are given.

    `around` are numbers near which those of some symbols are to be.
    """
    near = around or {}
    numbers = {**dict.fromkeys(names, ROUND), **near, **known}
    solution = facts.solution
    if solution is None or solution.is_empty:
        return numbers
    for group in solution.groups:
        numbers.update({name: sizes.near(near.get(name, ROUND)) for name, sizes in group[0].items()})
    for name, size in solution.ties.items():
        numbers[name] = evaluate(size, {**dict.fromkeys(symbols(size), ROUND), **numbers})
    return numbers_for(solution.open, numbers)
