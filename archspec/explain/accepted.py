"""Which symbolic sizes a network takes after a change, beside those that it took. Enters: facts before and after; leaves: words.

A change that leaves one size of many is no error, and nothing that fits as it did.
"""

from __future__ import annotations

from archspec.backends.table.totals import accepted
from archspec.conditions.solve import Solution
from archspec.facts.model import Facts


def sizes_left(before: Facts | None, after: Facts | None) -> str:
    """`for H = 1 only (before: any H)`, `for H ≥ 5 (before: H ≥ 3)`; nothing where the sizes are the same, or there are none."""
    if before is None or after is None:
        return ""
    was, said = dict(accepted(before)), []
    for label, words in accepted(after):
        earlier = was.get(label) or was.get("accepts", "")
        if words.removeprefix("for ") == earlier.removeprefix("for "):
            continue
        holds = words if label != "accepts" else f"for {words}"
        only = " only" if narrowed(before, after, is_claimed=label != "accepts") else ""
        beside = f" (before: {earlier.removeprefix('for ')})" if earlier else ""
        said.append(f"{'' if label == 'accepts' else f'{label} '}{holds}{only}{beside}")
    return "; ".join(said)


def narrowed(before: Facts, after: Facts, *, is_claimed: bool = False) -> set[str]:
    """The symbols that could be as large as anybody likes, each by itself, and no longer can."""
    one, other = (
        facts.claims_solution if is_claimed and facts.claims_solution is not None else facts.solution
        for facts in (before, after)
    )
    return _free(before, one) - _free(after, other)


def _free(facts: Facts, solution: Solution | None) -> set[str]:
    """The symbols that have no largest number, and do not follow from others."""
    if solution is None:
        return set(facts.symbols)
    fixed = set(solution.ties)
    for group in solution.groups:
        for name in facts.symbols:
            if all(name in box and box[name].is_finite for box in group):
                fixed.add(name)
    return set(facts.symbols) - fixed
