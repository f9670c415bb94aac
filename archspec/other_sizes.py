"""Numbers that `expect` has for other sizes than those that are set. Enters: what is missed with sizes that were set, and the
same network without them; leaves: misses that are none, and what is said of the others.

A number in `expect` of a network of symbolic sizes says for which of them it holds. At another size it is not missed, for nothing
was said of that. Where it is not known which sizes it is of, it is missed, and what was set is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.diagnostics.model import UNKNOWN, Diagnostic, breaking
from archspec.facts.model import Facts, Need
from archspec.source import Span


def is_missed(found: Diagnostic) -> bool:
    """Whether it is a claim of `expect` that does not hold."""
    return found.code == "E0401" and found.claimant == "expect"


def leave_other_sizes(
    facts: Facts, report: list[Diagnostic], free: Facts, said: list[Diagnostic], sizes: Mapping[str, int]
) -> None:
    """Takes what is missed at these sizes alone from `report`. `free` and `said` are the network without them."""
    from archspec.conditions.solve import Solver
    from archspec.conditions.words import solution_in_words

    wrong = {one.span for one in said if is_missed(one)}
    needs: dict[Span, list[Need]] = {}
    for need in free.needs:
        if need.owner == "expect" and need.span not in wrong:
            needs.setdefault(need.span, []).append(need)
    missed = [found for found in report if is_missed(found)]
    claimed = [need.statement for found in missed for need in needs.get(found.span, ())]
    known = Solver(free.solved).solve([*(need.statement for need in free.needs if not need.claim), *claimed])
    names = [name for name in free.symbols if any(name in statement.symbols for statement in claimed)]
    unknown = {one.span for one in said if one.code == UNKNOWN}
    is_free_of_errors = not breaking(said) and not known.is_empty
    open, kept = set(known.open), list[Diagnostic]()
    for found in report:
        own = needs.get(found.span, []) if is_missed(found) else []
        is_known = is_free_of_errors and found.span not in unknown and all(need.statement not in open for need in own)
        if is_missed(found) and not is_known:
            kept.append(_noted(found, sizes))
        elif not own:
            kept.append(found)
        else:
            facts.unchecked_sizes.append(f"{found.layer}.{own[0].key}" if found.layer is not None else own[0].key)
            facts.unchecked_sizes_of = solution_in_words(known, names)
    report[:] = kept


def _noted(found: Diagnostic, sizes: Mapping[str, int]) -> Diagnostic:
    """A miss of a number that may be one of other sizes: what was set comes first, and nothing is written anew for it."""
    given = " and ".join(f"{name} = {size}" for name, size in sizes.items())
    said = f"expect may be of another size: {given} is set; if it is of this one, {found.help}"
    return replace(found, help=said, ways=())
