"""What symbolic sizes have to fulfil, need by need. Enters: facts; leaves: plain data."""

from __future__ import annotations

from typing import Any

from archspec.facts.model import Facts
from archspec.limits import MAX_CONDITIONS


def conditions(facts: Facts) -> list[dict[str, Any]]:
    """Each need with its layer, the claim where it is one's, and the sizes that it takes; None where that is not solved."""
    if not facts.needs:
        return []
    from archspec.conditions.solve import Solver
    from archspec.conditions.words import solution_in_words

    solver = Solver(facts.solved)
    found = []
    for need in facts.needs[:MAX_CONDITIONS]:
        solution = solver.solve([need.statement])
        names = [name for name in facts.symbols if name in need.statement.symbols]
        found.append({
            "layer": need.node.path if need.node is not None else None, "claim": need.claim or None,
            "line": need.span.line, "statement": str(need.statement),
            "accepts": None if solution.open else solution_in_words(solution, names),
        })  # fmt: skip
    return found
