"""What a name of an argument means, and the network with another value of it.

Enters: a result and a name: of the network (`heads`), of a layer (`conv1.stride`), or of a block where it is used
(`stage1.channels`). Leaves: a `Knob`. Nothing is tried here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from shlex import quote
from typing import NamedTuple

from archspec.checking import Result
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.document.blocks import Argument
from archspec.explain.changes import CannotChange, again, change, changed, place_of, shown, written
from archspec.explain.why import FIGURES, TOTALS, find
from archspec.expressions.value import Symbol, Value, as_data, show
from archspec.graph import Node, Scope
from archspec.shell import spec_argument


class Knob(NamedTuple):
    """An argument that can be given other values."""

    name: str
    value: object
    shown: str
    """The value, as the spec would have it."""
    at: Callable[[Value], Result]
    """The network with another value. Raises UnknownSymbol where an argument of the network does not take it."""
    argument: Argument | None = None
    """Its declaration, if it is one of the network or of a block."""
    node: Node | None = None
    """The layer, if it is one of a layer."""


def find_knob(result: Result, target: str) -> Knob:
    """The argument of this name. Raises CannotChange, NoFigure."""
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


def _of_layer(result: Result, target: str, node: Node, field: str) -> Knob:
    """An argument of a layer; of a repeat, of all its steps."""
    if field in FIGURES and (node.op is None or field not in type(node.op).model_fields):
        raise CannotChange(f"{target} is a figure, no argument: {_explained(result, f'{node.path}.{field}')}")
    change(result, node, field, "1")  # or it says why not

    def at(value: Value) -> Result:
        return changed(result, [change(result, node, field, json.dumps(as_data(value)))])

    value = getattr(node.op, field)
    return Knob(target, value, shown(value), at, node=node)


def _of_network(result: Result, name: str) -> Knob:
    """An argument of the document, which is given other values as `--set` does."""
    assert result.document is not None
    argument = result.document.args.get(name)
    if argument is None:
        raise CannotChange(_no_argument(result, name))

    def at(value: Value) -> Result:
        return again(result, values={name: value})

    value = result.document.values.get(name)
    return Knob(name, as_data(value), _shown(value), at, argument)


def _no_argument(result: Result, name: str) -> str:
    """What a name without a dot is, if it is no argument of the network."""
    document = result.document
    assert document is not None
    if name in document.symbols:
        return (
            f"{name} is a size of the inputs: archspec solve {spec_argument(result.source.path)} says which it may have"
        )
    if name.lower() in TOTALS:
        return f"{name} is a figure, no argument: {_explained(result, name)}"
    known = ", ".join(document.args) or "none"
    return (
        f"the network has no argument {name[:60]}; it has {known}. "
        "LAYER.ARGUMENT is one of a layer, or of a block where it is used"
    )


def _explained(result: Result, figure: str) -> str:
    return f"archspec explain {spec_argument(result.source.path)} --why {quote(figure)} says where it comes from"


def _of_use(result: Result, path: str, scope: Scope, name: str) -> Knob:
    """An argument of a block where it is used; of a repeat, of all its steps."""
    place, use = place_of(result, scope), scope.use
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

    def at(value: Value) -> Result:
        text = json.dumps(as_data(value))
        edit = place.argument_edit(name, text)
        edit = edit or Edit(place.type, f'{{"type": "{use.block}", "{name}": {text}}}')
        return again(result, apply(result.source, [edit]))

    assert result.document is not None
    block = result.document.blocks.get(use.block)
    declared = block.args.get(name) if block is not None else None
    return Knob(f"{path}.{name}", use.arguments[name], _shown(use.arguments[name]), at, declared)


def _shown(value: object) -> str:
    return show(value) if isinstance(value, int | float | str | tuple | Symbol | None) else "?"
