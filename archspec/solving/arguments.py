"""Which values of one argument a network could have. Enters: a result and an argument; leaves: the values that fit.

An argument is one of the network (`heads`), of a layer (`conv1.stride`), or of a block where it is used (`stage1.channels`). Each
value is tried: the network with it is checked, in memory. What was not tried is not said. Of an argument that follows from what
the layer reads, that value alone is tried, since it is the only one that can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archspec.checking import Result, check_source
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.explain.changes import CannotChange, change, changed, written
from archspec.explain.why import FIGURES, TOTALS, find
from archspec.graph import Node, Place, Scope
from archspec.ops.base import Problem
from archspec.solving.inputs import first_error
from archspec.source import Source

MAX_LAYERS = 12_000
"""Layers that all trials together may check."""
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
    """Those of them for which all claims are true as well."""
    why_not: str
    """What is wrong for the value after the largest that fits, or for the first."""
    unchecked: str = ""
    """The values of which alone something is claimed, so that it was not held against others: `heads = 12`."""
    reader: str = ""
    """The layer whose input gives the value, so that no other needs to be tried."""


class _Knob(NamedTuple):
    """An argument that can be given other values."""

    name: str
    value: object
    at: Callable[[int], Result]
    """The network with another value."""
    choices: Sequence[int] = ()
    """The whole numbers that it takes, where only some are allowed."""
    reader: str = ""
    """The layer whose input gives it, and so the one choice."""


def fitting(result: Result, target: str) -> Fitting:
    """The whole numbers that an argument may have. Raises CannotChange, NoFigure."""
    knob = _knob(result, target)
    numbers = knob.choices or _numbers(result, knob)
    fits, true, wrong, unchecked = [], [], {}, ""
    for number in numbers:
        tried = knob.at(number)
        error = first_error(tried)
        if error is not None:
            wrong[number] = f"{number}: {error.code}, {error.message}"
            continue
        fits.append(number)
        if tried.facts is not None and tried.facts.unchecked:
            unchecked = tried.facts.unchecked_of
        if tried.ok:
            true.append(number)
    after = next((number for number in numbers if number > max(fits, default=-1)), None)
    why_not = wrong.get(after, "") if after is not None else ""
    return Fitting(knob.name, numbers, fits, true, why_not, unchecked, knob.reader)


def _numbers(result: Result, knob: _Knob) -> range:
    """The values that are tried: from the least, or around the written one where that is large."""
    value = knob.value
    if isinstance(value, tuple):
        value = value[0] if len(set(value)) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise CannotChange(f"{knob.name} is no whole number")
    assert result.graph is not None
    count = max(2, min(MOST, MAX_LAYERS // len(result.graph.nodes)))
    first = 0 if knob.name.rpartition(".")[2] in _FROM_ZERO else 1
    if value is not None and value > first + count:
        first = value - count // 2
    return range(first, first + count)


def _knob(result: Result, target: str) -> _Knob:
    assert result.graph is not None
    assert result.facts is not None
    path, dot, field = target.rpartition(".")
    if not dot:
        return _of_network(result, field)
    scope = result.graph.scopes.get(path)
    step = scope.members[0] if scope is not None and scope.is_repeat and scope.members else scope
    if isinstance(step, Scope):
        return _of_use(result, path, step, field)
    return _of_layer(result, target, step if step is not None else find(result.facts, path), field)


def _of_layer(result: Result, target: str, node: Node, field: str) -> _Knob:
    """An argument of a layer; of a repeat, of all its steps."""
    if field in FIGURES and (node.op is None or field not in type(node.op).model_fields):
        raise CannotChange(f"{target} is a figure, no argument: {_explained(result, f'{node.path}.{field}')}")
    change(result, node, field, "1")  # or it says why not
    inferred = _inferred(result, node, field)

    def at(number: int) -> Result:
        return changed(result, [change(result, node, field, str(number))])

    if inferred is not None:
        return _Knob(target, inferred, at, [inferred], node.path)
    return _Knob(target, getattr(node.op, field), at)


def _inferred(result: Result, node: Node, field: str) -> int | None:
    """What the layer's input gives for an argument; None where it gives none, or no number."""
    record = result.facts.of(node) if result.facts is not None else None
    if record is None or record.inputs is None or node.op is None:
        return None
    try:
        value = node.op.resolve(record.inputs).get(field)
    except Problem:
        return None
    return value if isinstance(value, int) and value > 0 else None


def _of_network(result: Result, name: str) -> _Knob:
    """An argument of the document, which is given other values as `--set` does."""
    assert result.document is not None
    argument = result.document.args.get(name)
    if argument is None:
        raise CannotChange(_no_argument(result, name))

    def at(number: int) -> Result:
        return check_source(result.source, {**result.given, name: number}, result.settings)

    choices = [choice for choice in argument.one_of if type(choice) is int]
    if not choices and not argument.fits(1):
        raise CannotChange(f"{name} takes {argument.takes}, and whole numbers are tried")
    return _Knob(name, result.document.values.get(name), at, choices)


def _no_argument(result: Result, name: str) -> str:
    """What a name without a dot is, if it is no argument of the network."""
    document = result.document
    assert document is not None
    if name in document.symbols:
        return f"{name} is a size of the inputs: archspec solve {result.source.path} says which it may have"
    if name.lower() in TOTALS:
        return f"{name} is a figure, no argument: {_explained(result, name)}"
    known = ", ".join(document.args) or "none"
    return (
        f"the network has no argument {name[:60]}; it has {known}. "
        "LAYER.ARGUMENT is one of a layer, or of a block where it is used"
    )


def _explained(result: Result, figure: str) -> str:
    return f"archspec explain {result.source.path} --why {figure} says where it comes from"


def _of_use(result: Result, path: str, scope: Scope, name: str) -> _Knob:
    """An argument of a block where it is used; of a repeat, of all its steps."""
    place, use = _place(result, scope), scope.use
    if use is None or place is None:
        inside = next((node.path for node in scope.nodes()), "?")
        raise CannotChange(f"{path} is a group, which has no arguments: ask for one of a layer in it, such as {inside}")
    if name not in use.arguments:
        known = ", ".join(use.arguments) or "none"
        raise CannotChange(f"{path} ({use.block}) has no argument {name[:60]}; it has {known}")
    if place.type.source is not result.source:
        raise CannotChange(f"{path} is written in another file, {place.type.source.path}: change it there")
    if place.key("type") is None and place.type.text() != use.block:
        raise CannotChange(f"{path} is what another layer is, and has its arguments")
    if place.argument(name) is not None and place.argument_edit(name, "1") is None:
        raise written(result, f"{path}.{name}", scope.path, place.argument(name))

    def at(number: int) -> Result:
        edit = place.argument_edit(name, str(number))
        edit = edit or Edit(place.type, f'{{"type": "{use.block}", "{name}": {number}}}')
        text = apply(result.source, [edit])
        return check_source(Source(result.source.path, text, result.source.folder), result.given, result.settings)

    return _Knob(f"{path}.{name}", use.arguments[name], at)


def _place(result: Result, scope: Scope) -> Place | None:
    """Where a scope is written."""
    assert result.graph is not None
    outer = result.graph.scopes.get(scope.path.removesuffix(scope.name).removesuffix("."), result.graph.root)
    return next((slot.place for slot in outer.slots if slot.member is scope), None)
