"""A scope used again on inputs of other shapes: whether it would still be what it is, layer by layer.

Enters: a scope, and what the same text becomes on the other inputs. Leaves: the first difference, as a diagnostic. One module is
called twice, and what was computed from the first input's shape (a size, whether a layer is there) holds for both calls.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix, Label
from archspec.document.tree import clip, show
from archspec.graph import Node, Ref, Scope, Slot
from archspec.ops.base import Tensor
from archspec.source import Span

_Tensors = Callable[[Ref | None], Tensor | None]


class _Value(NamedTuple):
    """A key of a layer that has another value in its counterpart."""

    first: Node
    again: Node
    field: str


class _Presence(NamedTuple):
    """An entry that is there in one of the two alone."""

    name: str
    place: Span
    is_first: bool


def share(node: Node, first: Node) -> None:
    """Gives a node another's parameters, of which only that one says how they start and whether they train."""
    node.shares = first.index if first.shares is None else first.shares
    node.inits, node.constraints, node.ties = (), (), ()
    node.frozen, node.frozen_parameters = False, ()


def share_scopes(first: Scope, again: Scope) -> None:
    """The same of a scope and of those in it, whose nodes have been given theirs."""
    again.shares = first.shares or first
    for one, other in zip(first.members, again.members, strict=False):
        if isinstance(one, Scope) and isinstance(other, Scope):
            share_scopes(one, other)


def differing(first: Scope, again: Scope, use: Span, tensor_of: _Tensors) -> Diagnostic | None:
    """E0205 where the two are not the same; `use` is where the second is written."""
    found = _difference(first, again)
    if found is None:
        return None
    used, uses = clip(first.path), clip(again.path)
    if isinstance(found, _Presence):
        missing, verb = ("not ", "is") if found.is_first else ("", "is not")
        message = f"{uses} uses {used} again, on an input for which {found.name} would {missing}be there"
        return Diagnostic("E0205", message, use, labels=(Label(found.place, f"{verb} there in {used}"),), layer=again.path,
                          help=f"give it an input like {used}'s, or layers of its own")  # fmt: skip
    one, field = found.first, found.field
    here, there = (show(getattr(node.op, field)) for node in (one, found.again))
    name = clip(one.path.removeprefix(f"{first.path}."))
    place = one.place.argument(field) or one.place.name
    return Diagnostic(
        "E0205", f"{uses} uses {used} again, whose {name}.{field} is {here}, on an input that needs {there}", use,
        labels=(Label(place, f"{here} in {used}, {there} in {uses}"),), layer=again.path, ways=_scaled(found, tensor_of),
        help=f"use again only the layers that have parameters, and write {name} for each input",
    )  # fmt: skip


def _difference(first: Scope, again: Scope) -> _Value | _Presence | None:
    """The first, in the order of the text."""
    theirs = {(slot.key, slot.name): slot for slot in again.slots}
    for slot in first.slots:
        other = theirs.pop((slot.key, slot.name), None)
        one, two = slot.member, other.member if other is not None else None
        if isinstance(one, Node) and isinstance(two, Node) and one.type == two.type:
            fields = type(one.op).model_fields if one.op is not None and two.op is not None else ()
            field = next((field for field in fields if getattr(one.op, field) != getattr(two.op, field)), None)
            if field is not None:
                return _Value(one, two, field)
        elif isinstance(one, Scope) and isinstance(two, Scope):
            inner = _difference(one, two)
            if inner is not None:
                return inner
        elif one is not None or two is not None:
            return _presence(slot, one is not None)
    added = next((slot for slot in theirs.values() if slot.member is not None), None)
    return _presence(added, False) if added is not None else None


def _presence(slot: Slot, is_first: bool) -> _Presence:
    assert slot.name is not None, "what is there has a name"
    return _Presence(slot.name, slot.place.name, is_first)


def _scaled(found: _Value, tensor_of: _Tensors) -> tuple[Fix, ...]:
    """A resized image: the factor, where it is one for both inputs."""
    key, value = found.first.place.key(found.field), found.first.place.argument(found.field)
    if found.field != "size" or key is None or value is None or value.line != value.end_line:
        return ()
    if not hasattr(found.first.op, "scale_factor"):
        return ()
    factors = {_factor(node, tensor_of) for node in (found.first, found.again)}
    factor = factors.pop()
    if factors or factor is None or factor.denominator & (factor.denominator - 1):  # halves and quarters are exact
        return ()
    text = f"{float(factor):g}" if factor.denominator > 1 else str(factor)
    return (Fix(f"write scale_factor: {text} in place of size", (Edit(key, "scale_factor"), Edit(value, text))),)


def _factor(node: Node, tensor_of: _Tensors) -> Fraction | None:
    """Of all axes; None where they are not one, or not known."""
    tensor = tensor_of(node.inputs[0]) if node.inputs else None
    size = getattr(node.op, "size", None)
    if tensor is None or size is None:
        return None
    before = tensor.shape[2:]
    after = size if isinstance(size, tuple) else (size,) * len(before)
    if len(before) != len(after):
        return None
    factors = {Fraction(a, b) for a, b in zip(after, before, strict=True) if isinstance(a, int) and isinstance(b, int)}
    return factors.pop() if len(factors) == 1 and all(isinstance(size, int) for size in (*before, *after)) else None
