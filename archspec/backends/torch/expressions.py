"""Emission records to code. Enters: an `Expression` and what stands for its inputs. Leaves: a `Code` tree.

Spec data comes in as `Literal` values only, and goes out as constants.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archspec.backends.torch.layout import Affixed, Atom, Code, Sum, call, flat, group
from archspec.backends.torch.text import number, string
from archspec.ops import emission as emit

MAX_DEPTH = 60
"""Python's parser refuses brackets nested more than 200 deep."""
MAX_OPERANDS = 500

_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "//": 2}


class TooDeep(Exception):
    """The expression is nested deeper, or has more operands, than Python reads."""


def literal(value: emit.Literal) -> Code:
    """A constant."""
    if value is None:
        return Atom("None")
    if isinstance(value, (bool, int, float)):
        return Atom(number(value))
    if isinstance(value, str):
        return Atom(string(value))
    assert isinstance(value, tuple)
    return group([literal(item) for item in value])


class Names(NamedTuple):
    """What stands for the parts of an expression that a layer does not know itself."""

    inputs: tuple[str, ...]
    own: str
    """The layer's module or tensor: `self.conv1`."""
    batch: Callable[[], str]
    literal: Callable[[emit.Literal], Code] = literal
    """A constant, or what stands for one that differs between the uses of a class."""


def nested_list(value: emit.Literal) -> Code:
    """Nested tuples as nested lists, as torch.tensor is given its numbers."""
    return group([nested_list(item) for item in value], "[]") if isinstance(value, tuple) else literal(value)


def keyword(name: str, value: Code) -> Code:
    """`name=value`."""
    return Affixed(value, f"{name}=")


def express(expression: emit.Expression, names: Names, depth: int = 0) -> Code:
    """An expression as code. Raises TooDeep."""
    if depth > MAX_DEPTH:
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
        case emit.Several(items):
            return group([inner(item) for item in items])
        case emit.SizeOf(target, axis):
            return Affixed(_operand(inner(target), 3), after=f".shape[{int(axis)}]")
        case emit.Apply(arguments, keywords):
            return call(names.own, *map(inner, arguments), *(keyword(k, inner(v)) for k, v in keywords))
        case emit.Call(function, arguments, keywords):
            return call(function, *map(inner, arguments), *(keyword(k, inner(v)) for k, v in keywords))
        case emit.Method(target, name, arguments, keywords):
            head = Affixed(_operand(inner(target), 3), after=f".{name}")
            simple = Atom(flat(head)) if isinstance(head.code, Atom) else head
            return call(simple, *map(inner, arguments), *(keyword(k, inner(v)) for k, v in keywords))
        case emit.Index(target, items):
            inside = ", ".join(_item(item, names) for item in items)
            return Affixed(_operand(inner(target), 3), after=f"[{inside}]")
        case emit.Infix():
            return _infix(expression, inner)
    raise AssertionError(f"there is no code for {type(expression).__name__}")


def _infix(expression: emit.Infix, inner: Callable[[emit.Expression], Code]) -> Code:
    """A chain of operators of one precedence, flattened from the left."""
    rank = _PRECEDENCE[expression.operator]
    operands: list[Code] = []
    operators: list[str] = []
    left: emit.Expression = expression
    while isinstance(left, emit.Infix) and _PRECEDENCE[left.operator] == rank:
        operands.append(_operand(inner(left.right), rank + 1))
        operators.append(left.operator)
        left = left.left
        if len(operands) > MAX_OPERANDS:
            raise TooDeep
    operands.append(_operand(inner(left), rank))
    return Sum(tuple(reversed(operands)), tuple(reversed(operators)))


def _operand(code: Code, rank: int) -> Code:
    """The code, in parentheses where it binds less than `rank` asks."""
    if isinstance(code, Sum) and _PRECEDENCE[code.operators[0]] < rank:
        return Affixed(code, "(", ")")
    return code


def _item(item: int | emit.Slice | emit.Input, names: Names) -> str:
    if isinstance(item, emit.Input):
        return names.inputs[item.position]
    if not isinstance(item, emit.Slice):
        return flat(names.literal(item))
    ends = ["" if end is None else flat(names.literal(end)) for end in (item.start, item.stop)]
    colon = ":" if all(_is_simple(end) for end in ends) else " : " if all(ends) else " :" if ends[0] else ": "
    return colon.join(ends) + ("" if item.step is None else f":{flat(names.literal(item.step))}")


def _is_simple(text: str) -> bool:
    """Whether ruff sets no spaces around the colon beside it."""
    return not text or text.removeprefix("-").isalnum()
