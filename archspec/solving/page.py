"""What `archspec solve` says, as a page. Enters: a result; leaves: which sizes its inputs may have, or an argument's values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archspec.backends.table.grid import Cell, Column, Grid
from archspec.backends.table.totals import claimants, statement_in_words
from archspec.checking import Result
from archspec.conditions.sets import of
from archspec.conditions.solve import Solution, Solver
from archspec.conditions.words import sizes_in_words, solution_in_words
from archspec.diagnostics.model import Diagnostic
from archspec.explain.page import Page
from archspec.facts.model import Facts, Need
from archspec.ops.base import show_shape, without_batch
from archspec.ops.intervals import collected
from archspec.solving.arguments import Fitting, fitting
from archspec.solving.inputs import Freed, Tried, first_error, fits_nothing, freed, tried
from archspec.words import listed

MAX_NEEDS = 200
"""Statements of which it is found out whether the others say them already."""

MAX_SHORT = 40
"""Characters of a statement that stands in a sentence."""

MAX_WAYS = 3
"""Sizes of the input that are named beside the values of an argument that leave them."""

_PARAMETERS_STAY = "parameters keep the sizes that they have there"


class Answer(NamedTuple):
    """What is said, and whether anything fits."""

    page: Page
    fits: bool


def sizes_page(result: Result) -> Answer:
    """Which sizes the network's inputs may have."""
    free = freed(result)
    facts = free.result.facts
    assert facts is not None
    name = result.document.name if result.document is not None else "the network"
    error, is_empty = first_error(free.result), fits_nothing(free.result)
    notes, trial = _kept(result, free)
    page = Page(f"{name} {_title(free, trial)}")
    page.about += _inputs(facts)
    if free.names:
        written = ", ".join(f"{symbol} = {size}" for symbol, size in free.names.items())
        page.about.append(f"written in the spec: {written}; {_PARAMETERS_STAY}")
    elif trial is not None and trial.fits:
        page.about.append(f"written in the spec; {_PARAMETERS_STAY}")
    if facts.claims_solution is not None:
        also = _not_solved(facts, facts.claims_solution)
        holds = solution_in_words(facts.claims_solution, facts.symbols, also)
        page.about.append(
            f"what {claimants(facts)} {'say' if ' and ' in claimants(facts) else 'says'} holds for {holds}"
        )
    is_whole = error is None or is_empty
    deciding = _deciding(facts, "what decides it" if is_whole else "what is needed as far as it is followed")
    if deciding is not None:
        page.parts.append(deciding)
    last = facts.claims_solution or facts.solution
    page.notes += [
        f"not solved: {statement_in_words(facts, statement)}" for statement in (last.open if last is not None else ())
    ]
    page.notes += notes
    if free.names and (error := first_error(result)) is not None:
        page.notes.append(f"as written: {error.code}, {error.message}")
    return Answer(page, not is_empty)


def _title(free: Freed, trial: Tried | None) -> str:
    """What is known of all sizes; else which of those that were tried fit."""
    facts = free.result.facts
    assert facts is not None
    error = first_error(free.result)
    if error is not None and fits_nothing(free.result):
        return f"accepts no sizes: {error.message}"
    if error is not None:
        sizes = listed(facts.symbols) or "the sizes of its inputs"
        return f"is not followed to its end for {sizes}: {error.code}, {error.message}"
    if facts.symbols:
        return f"accepts {solution_in_words(facts.solution, facts.symbols, _not_solved(facts, facts.solution))}"
    if trial is None or not any(number != free.kept[0].size for number in trial.fits):
        return "has no size of an input that could be another"
    names = f"{trial.names} alike" if len(free.kept) > 1 else trial.names
    return f"accepts {sizes_in_words(of(trial.fits), names)}, as far as was tried"


def _not_solved(facts: Facts, solution: Solution | None) -> str:
    """What has to hold beside, and is not solved: a short statement, or how many, which the page lists."""
    open = solution.open if solution is not None else []
    if not open:
        return ""
    short = statement_in_words(facts, open[0]) if len(open) == 1 else ""
    said = "a statement holds that is" if len(open) == 1 else f"{len(open)} statements hold that are"
    return short if 0 < len(short) <= MAX_SHORT else f"{said} not solved"


def _inputs(facts: Facts) -> list[str]:
    return [f"{node.path}: {show_shape(without_batch(tensor.shape))}"
            for node in facts.graph.inputs for tensor in (facts.of(node).outputs or {}).values()]  # fmt: skip


def _kept(result: Result, free: Freed) -> tuple[list[str], Tried | None]:
    """What is said of sizes that could not be set free, and which numbers were tried for them."""
    if not free.kept:
        return [], None
    wrong = first_error(result)
    if wrong is not None and all(one.why == f"{wrong.code}: {wrong.message}" for one in free.kept):
        return [f"help: {wrong.help}"] if wrong.help else [], None  # no size is the reason, and the title has the error
    found = [f"{one.name} stays {one.size}: {one.why}" for one in free.kept if one.why != "as the other side"]
    trial = tried(result, free.kept)
    return ([*found, _trial(trial)] if trial is not None else found), trial


def _trial(trial: Tried) -> str:
    said = sizes_in_words(of(trial.fits), trial.names) if trial.fits else "none"
    return f"tried, not solved: {trial.names} alike from {trial.first} to {trial.last}: {said} fits"


def _deciding(facts: Facts, caption: str) -> Grid | None:
    """The needs that say what no others say, with the sizes that each allows."""
    if not facts.needs:
        return None
    solver = Solver(facts.solved)
    kept = _without_implied(facts.needs, solver)
    rows = [(_of(need), statement_in_words(facts, need.statement), _allowed(facts, need, solver)) for need in kept]
    rows = list(dict.fromkeys(rows))
    titles = ("layer", "needs", "which holds for")
    columns = [Column(title, title, False, 9, [Cell(row[i], row[i]) for row in rows]) for i, title in enumerate(titles)]
    return Grid(columns, None, [], caption)


def _without_implied(needs: list[Need], solver: Solver) -> list[Need]:
    """The needs without those that the others imply, seen one after the other from the first of those that speak of most."""
    kept = list(needs)
    whole = solver.solve([need.statement for need in needs])
    for need in sorted(needs[:MAX_NEEDS], key=lambda need: -len(need.statement.symbols)):
        others = [one for one in kept if one is not need]
        if _same(solver.solve([one.statement for one in others]), whole):
            kept = others
    return kept


def _same(one: Solution, other: Solution) -> bool:
    return (one.groups, one.ties, set(one.open)) == (other.groups, other.ties, set(other.open))


def _of(need: Need) -> str:
    if need.owner is not None:
        return f"{need.of} ({need.claimant})"
    return need.node.path if need.node is not None else "the network"


def _allowed(facts: Facts, need: Need, solver: Solver) -> str:
    solution = solver.solve([need.statement])
    if solution.open:
        return "?"
    return solution_in_words(solution, [name for name in facts.symbols if name in need.statement.symbols])


def argument_page(result: Result, target: str) -> Answer:
    """Which values an argument may have. Raises NoFigure, CannotChange."""
    found = fitting(result, target)
    if found.stands is not None:
        return Answer(_stands_all_the_same(found, found.stands), False)
    page = Page(f"{found.name} {_values(found, found.fits)}")
    if found.reader:
        page.about.append(f"{found.tried[0]} is what {found.reader} reads")
    else:
        page.about.append(f"tried {_tried(found.tried)}; others were not")
    if found.unchecked:
        page.about.append(f"what expect claims for {found.unchecked} was not held against other values")
    if found.claimants and found.left is None:
        page.about.append(f"with all that {_wanted(found.claimants)}: {_values(found, found.true)}")
    if found.why_not:
        page.notes.append(f"not {found.why_not}")
    if found.left is not None:
        page.notes.append(f"with it: {found.left.code}, {found.left.message}")
    return Answer(page, bool(found.fits) and found.left is None)


def _wanted(claimants: Sequence[str]) -> str:
    """`expect claims`, `archspec.toml: budget.params allows`, or both."""
    limits = [claimant for claimant in claimants if claimant != "expect"]
    said = ["expect claims"] * ("expect" in claimants)
    return listed([*said, *([f"{listed(limits)} allow{'' if len(limits) > 1 else 's'}"] if limits else [])])


def _stands_all_the_same(found: Fitting, error: Diagnostic) -> Page:
    """That something else is wrong."""
    is_part = f"{found.name.rpartition('.')[2]}:" in error.help
    said = "alone does not put it right" if is_part else "is not what is wrong"
    page = Page(f"{found.name} {said}: {error.code}, {error.message}")
    page.about.append(
        f"at {error.span.source.path}:{error.span.line}, whatever the value is: tried {_tried(found.tried)}"
    )
    page.notes += [f"help: {error.help}"] if error.help else []
    return page


def _values(found: Fitting, numbers: list[int]) -> str:
    if not numbers:
        return "has no value that fits"
    if found.reader:
        return f"is {numbers[0]}"
    narrow = {sizes: [number for number in leaves if number in numbers] for sizes, leaves in found.narrow.items()}
    as_before = [number for number in numbers if not any(number in leaves for leaves in narrow.values())]
    ways = [_runs(as_before)] if as_before else []
    ways += [f"{_runs(leaves)} for {sizes} only" for sizes, leaves in narrow.items() if leaves]
    more = [f"others for other sizes ({len(ways) - MAX_WAYS} more ways)"] if len(ways) > MAX_WAYS else []
    is_any = len(numbers) == len(found.tried) and len(ways) == 1
    return f"may be {'any of ' if is_any else ''}{'; or '.join([*ways[:MAX_WAYS], *more])}"


def _tried(numbers: Sequence[int]) -> str:
    is_whole = len(numbers) == numbers[-1] - numbers[0] + 1
    return f"from {numbers[0]} to {numbers[-1]}" if is_whole else _runs(numbers)


def _runs(numbers: Sequence[int]) -> str:
    """`1 to 4, 6, 8`, and `1, 2, 8`."""
    return ", ".join(
        f"{first} to {last}" if last > first + 1 else ", ".join(map(str, range(first, last + 1)))
        for first, last in collected(numbers)
    )
