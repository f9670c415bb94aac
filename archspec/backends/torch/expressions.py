"""Emission records to code. Enters: an `Expression` and what stands for its inputs. Leaves: a `Code` tree.

Spec data comes in as `Literal` values only, and goes out as constants.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archspec.backends.python.code import Atom, Code, Slice, call, group, keyword, literal, member, operation, subscript
from archspec.limits import MAX_PYTHON_DEPTH, MAX_PYTHON_OPERANDS
from archspec.ops import emission as emit


class TooDeep(Exception):
    """The expression is nested deeper, or has more operands, than Python reads."""


class Names(NamedTuple):
    """What stands for the parts of an expression that a layer does not know itself."""

    inputs: tuple[str, ...]
    own: str
    """The layer's module or tensor: `self.conv1`."""
    batch: Callable[[], str]
    literal: Callable[[emit.Argument], Code] = literal
    """A constant, or what stands for one that differs between the uses of a class."""


def express(expression: emit.Expression, names: Names, depth: int = 0) -> Code:
    """An expression as code. Raises TooDeep."""
    if depth > MAX_PYTHON_DEPTH:
        raise TooDeep

    def inner(part: emit.Expression) -> Code:
        return express(part, names, depth + 1)

    match expression:
        case emit.Input(position):
            return Atom(names.inputs[position])
        case emit.BatchSize():
            return Atom(names.batch())
        case emit.State():
            return Atom(names.own)
        case emit.Data(value):
            return names.literal(value)
        case emit.Several(items, is_list):
            return group([inner(item) for item in items], "[]" if is_list else "()")
        case emit.SizeOf(target, axis):
            return subscript(member(inner(target), "shape"), literal(int(axis)))
        case emit.ShapeOf(target):
            return member(inner(target), "shape")
        case emit.Apply(arguments, keywords):
            return call(names.own, *map(inner, arguments), *(keyword(k, inner(v)) for k, v in keywords))
        case emit.Call(function, arguments, keywords):
            return call(function, *map(inner, arguments), *(keyword(k, inner(v)) for k, v in keywords))
        case emit.Method(target, name, arguments, keywords):
            method = member(inner(target), name)
            return call(method, *map(inner, arguments), *(keyword(k, inner(v)) for k, v in keywords))
        case emit.Index(target, items):
            return subscript(inner(target), *(_item(item, names) for item in items))
        case emit.Infix():
            return _infix(expression, inner)
    raise AssertionError(f"there is no code for {type(expression).__name__}")


def _infix(expression: emit.Infix, inner: Callable[[emit.Expression], Code]) -> Code:
    """A chain of operators that leans to the left, without a call for each."""
    rights: list[tuple[str, emit.Expression]] = []
    left: emit.Expression = expression
    while isinstance(left, emit.Infix):
        rights.append((left.operator, left.right))
        left = left.left
        if len(rights) > MAX_PYTHON_OPERANDS:
            raise TooDeep
    found = inner(left)
    for operator, right in reversed(rights):
        found = operation(operator, found, inner(right))
    return found


def _item(item: int | emit.Open | emit.Slice | emit.Input, names: Names) -> Code:
    if isinstance(item, emit.Input):
        return Atom(names.inputs[item.position])
    if not isinstance(item, emit.Slice):
        return names.literal(item)
    start, stop, step = (None if end is None else names.literal(end) for end in item)
    return Slice((start, stop, step))


def reads_batch(expression: object) -> bool:
    """Whether a part of an expression is the number of samples."""
    if isinstance(expression, emit.BatchSize):
        return True
    return isinstance(expression, tuple) and any(map(reads_batch, expression))
