"""Whether a size follows from an argument: of the document, or of a block that the layer stands in. Enters: a layer and the size
that one of its keys has; leaves: the argument with which it changes.

Not by reading expressions, between which lie layers, but by giving arguments other values and looking.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from archspec.advice.case import Case
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit, Fix
from archspec.dims import Size
from archspec.document.edits import mapping_of, with_key
from archspec.document.tree import Mapping, Scalar, Sequence
from archspec.document.tree import Node as Tree
from archspec.graph import Node, Scope
from archspec.ops.base import Problem
from archspec.source import Span

MOST_VARIED = 24
"""Values that are tried at most."""


class Follows(NamedTuple):
    """The argument that a size follows from; empty where what there is to try takes too long, so that it may."""

    argument: str


class _Other(NamedTuple):
    """Another value of an argument, in the text."""

    argument: str
    edit: Edit


def follows(case: Case, node: Node, field: str, true: Size) -> Follows | None:
    """The first argument of which another value gives the layer's key another size; None where no other value does."""
    others = list(islice(_others(case, node), MOST_VARIED + 1))
    for other in others[:MOST_VARIED]:
        if case.trier.left < case.trier.cost:
            return Follows("")
        case.trier.left -= case.trier.cost
        size = _size(case, other.edit, node, field)
        if size is not None and size != true:
            return Follows(other.argument)
    return Follows("") if len(others) > MOST_VARIED else None


def right_for_all(field: str, true: Size, found: Follows, claim: Span, left_out: Edit | None) -> Iterator[Fix]:
    """No claim, which is right for all values of the argument; and the number, which is so for the one that it has."""
    verb, argument = ("follows", found.argument) if found.argument else ("may follow", "an argument")
    if left_out is not None:
        yield Fix(f"leave {field} out: it {verb} from {argument}", (left_out,), is_safe=True)
    yield Fix(f"write {field}: {true}, which is right for this value of {argument}", (Edit(claim, str(true)),))


def _size(case: Case, edit: Edit, node: Node, field: str) -> Size | None:
    """The true size with a change of the text; None where the layer is not there, or what it reads is not known."""
    facts = case.trier.checked(apply(case.found.source, (edit,))).facts
    there = next((one for one in facts.graph.nodes if one.path == node.path), None) if facts is not None else None
    inputs = facts.of(there).inputs if facts is not None and there is not None else None
    if there is None or there.op is None or inputs is None:
        return None
    try:
        found = there.op.resolve(inputs).get(field)
    except Problem:
        return None
    return found if isinstance(found, int) else None


def _others(case: Case, node: Node) -> Iterator[_Other]:
    """Other values of the document's arguments, then of those of the blocks around the layer, outermost last."""
    declared = case.document.root.get("args")
    for name, entry in declared.entries.items() if isinstance(declared, Mapping) else ():
        argument = case.document.args.get(name)
        default = entry.value.get("default") if isinstance(entry.value, Mapping) else entry.value
        if argument is not None and not argument.required and default is not None:
            for other in argument.one_of or (None,):
                edits = _varied(default) if other is None else _written(default, other)
                yield from (_Other(name, edit) for edit in edits)
    scope = case.use(node)
    while scope is not None:
        yield from _given(case, scope)
        scope = case.use(scope)


def _given(case: Case, scope: Scope) -> Iterator[_Other]:
    """Other values of what a block's use gives, or leaves to a default. Expressions follow from arguments further out."""
    use = scope.use
    used = mapping_of(case.document.root, use.span) if use is not None else None
    if use is None or used is None or use.span.source is not case.found.source:
        return
    for name, value in use.arguments.items():
        entry = used.entries.get(name)
        if entry is not None:
            yield from (_Other(name, edit) for edit in _varied(entry.value))
        elif isinstance(value, int):
            edit = with_key(used, name, _text(_numbers(value)[0]))
            yield from [_Other(name, edit)] if edit is not None else []


def _varied(node: Tree) -> Iterator[Edit]:
    """Edits that give a number, a flag, or a number of a list another value."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _varied(item)
    elif isinstance(node, Scalar) and isinstance(node.value, (int, float)):
        yield from (Edit(node.span, _text(number)) for number in _numbers(node.value))


def _written(node: Tree, value: object) -> Iterator[Edit]:
    """The edit that writes one of the values that an argument may have; texts in quotes."""
    if isinstance(node, Scalar) and isinstance(value, (str, int, float)) and node.value != value:
        yield Edit(node.span, f'"{value}"' if isinstance(value, str) else _text(value))


def _numbers(value: float) -> list[float]:
    """A double, and the next: a size may be the same for one of them."""
    return [not value] if isinstance(value, bool) else [2 * value, value + 1]


def _text(value: float) -> str:
    return str(value).lower()
