"""Which values of one argument a network could have. Enters: a result and an argument; leaves: the values that fit.

An argument is one of the network (`heads`), of a layer (`conv1.stride`), or of a block where it is used (`stage1.channels`). Each
value is tried: the network with it is checked, in memory. What was not tried is not said. Of an argument that follows from what
the layer reads, that value alone is tried, since it is the only one that can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from archspec.backends.table.totals import accepted
from archspec.checking import Result
from archspec.diagnostics.model import Diagnostic, breaking
from archspec.explain.accepted import narrowed
from archspec.explain.changes import CannotChange
from archspec.explain.knobs import Knob, find_knob
from archspec.limits import MAX_ARGUED_LAYERS
from archspec.ops.base import Problem
from archspec.ops.fields import Check

MOST = 64
"""Values that are tried at most."""
_FROM_ZERO = ("padding", "output_padding")


class Fitting(NamedTuple):
    """Values of an argument."""

    name: str
    tried: Sequence[int]
    fits: list[int]
    """Those for which the network has no error, its claims left aside."""
    true: list[int]
    """Those of them for which all claims that were held against them are true as well."""
    why_not: str
    """What is wrong for the value after the largest that fits, or for the first."""
    unchecked: str = ""
    """The values of which alone something is claimed, so that it was not held against others: `heads = 12`."""
    reader: str = ""
    """The layer whose input gives the value, so that no other needs to be tried."""
    stands: Diagnostic | None = None
    """What is wrong in the same words as written and with every value that was tried: the argument is not the reason."""
    left: Diagnostic | None = None
    """What is wrong elsewhere with the value that the layer's input gives."""
    claimants: Sequence[str] = ()
    """Whose claims do not hold for the others of `fits` (`expect`, `budget`, `archspec.toml: budget.params`)."""
    narrow: Mapping[str, list[int]] = {}
    """Those of `fits` with which an input can no longer be as large as it can be as written, by the sizes that they leave."""


def fitting(result: Result, target: str) -> Fitting:
    """The whole numbers that an argument may have. Raises CannotChange, NoFigure."""
    knob = find_knob(result, target)
    inferred = _inferred(result, knob)
    reader = knob.node.path if knob.node is not None and inferred is not None else ""
    numbers = [inferred] if inferred is not None else _choices(result, knob) or _numbers(result, knob)
    fits, wrong, unchecked = [], {}, ""
    narrow: dict[str, list[int]] = {}
    missed: dict[int, list[str]] = {}
    standing, left = breaking(result.diagnostics), None
    for number in numbers:
        tried = knob.at(number)
        errors = breaking(tried.diagnostics)
        standing = [error for error in standing if _stands(error, errors, tried)]
        left = next(iter(errors), None) if reader and all(error.layer != reader for error in errors) else None
        if errors and left is None:
            wrong[number] = f"{number}: {errors[0].code}, {errors[0].message}"
            continue
        fits.append(number)
        if result.facts is not None and tried.facts is not None and narrowed(result.facts, tried.facts):
            narrow.setdefault(dict(accepted(tried.facts)).get("accepts", "?"), []).append(number)
        if tried.facts is not None and tried.facts.unchecked:
            unchecked = tried.facts.unchecked_of
        missed[number] = [claim.claimant for claim in tried.missed]
    after = next((number for number in numbers if number > max(fits, default=-1)), None)
    why_not = wrong.get(after, "") if after is not None else ""
    stands = standing[0] if standing and not fits else None
    aside = {"expect"} if unchecked else set()  # some of it was held against no other value
    claimants = [one for one in dict.fromkeys(chain(*missed.values())) if one not in aside]
    true = [number for number in fits if aside.issuperset(missed[number])]
    return Fitting(knob.name, numbers, fits, true, why_not, unchecked, reader, stands, left, claimants, narrow)


def _stands(error: Diagnostic, errors: list[Diagnostic], tried: Result) -> bool:
    """Whether a network has an error as well, or is not followed to where it would be seen."""
    if any((other.code, other.message) == (error.code, error.message) for other in errors):
        return True
    if not errors or tried.facts is None:
        return bool(errors)
    known = {node.path for node, record in zip(tried.facts.graph.nodes, tried.facts.layers, strict=False)
             if record.inputs is not None}  # fmt: skip
    return error.layer not in known


def _numbers(result: Result, knob: Knob) -> range:
    """The values that are tried: from the least, or around the written one where that is large."""
    value = knob.value
    if isinstance(value, tuple):
        value = value[0] if len(set(value)) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise CannotChange(f"{knob.name} is no whole number")
    assert result.graph is not None
    count = max(2, min(MOST, MAX_ARGUED_LAYERS // len(result.graph.nodes)))
    first = 0 if knob.name.rpartition(".")[2] in _FROM_ZERO else 1
    if value is not None and value > first + count:
        first = value - count // 2
    return range(first, first + count)


def _choices(result: Result, knob: Knob) -> Sequence[int]:
    """The whole numbers that the argument takes, where only some are allowed. Raises CannotChange where none are."""
    if knob.argument is None:
        _need_numbers(knob)
        return ()
    choices = [choice for choice in knob.argument.one_of if type(choice) is int]
    if not choices and not knob.argument.fits(1):
        raise CannotChange(f"{knob.name} takes {knob.argument.takes}, and only whole numbers are tried")
    return choices


def _need_numbers(knob: Knob) -> None:
    """Raises CannotChange where a layer's argument takes no whole number, as one that is a list."""
    if knob.node is None or knob.node.op is None:
        return
    field = type(knob.node.op).model_fields[knob.name.rpartition(".")[2]]
    check = next(item for item in field.metadata if isinstance(item, Check))
    if not any(map(check.fits, range(MOST))):
        raise CannotChange(f"{knob.name} takes {check.takes}, and only whole numbers are tried")


def _inferred(result: Result, knob: Knob) -> int | None:
    """What the layer's input gives for its argument; None where it gives none, or no number."""
    node = knob.node
    record = result.facts.of(node) if result.facts is not None and node is not None else None
    if record is None or record.inputs is None or node is None or node.op is None:
        return None
    try:
        value = node.op.resolve(record.inputs).get(knob.name.rpartition(".")[2])
    except Problem:
        return None
    return value if isinstance(value, int) and value > 0 else None
