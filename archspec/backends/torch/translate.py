"""Expressions of the spec language as Python source. Enters: a tree and what stands for its names; leaves: text.

Operators and functions mean the same in both languages, so only names, and what is the same in all uses, change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archspec.backends.torch.text import number, string
from archspec.document.evaluation import names_in
from archspec.document.expressions import (
    Binary,
    Call,
    Choice,
    Compare,
    Comprehension,
    Constant,
    Expression,
    Item,
    Items,
    Name,
    Part,
    ShapeOf,
    Unary,
)

ATOM = 100
_BINDING = {"+": 50, "-": 50, "*": 60, "/": 60, "//": 60, "%": 60, "**": 80}
_IMPORTED = {"floor": "math.floor", "ceil": "math.ceil"}


class Source(NamedTuple):
    """Python text and how tightly it binds."""

    text: str
    binding: int = ATOM

    def within(self, least: int) -> str:
        """The text, in parentheses where it binds less than is needed."""
        return self.text if self.binding >= least else f"({self.text})"


class Untranslatable(Exception):
    """There is no Python name for something that the expression reads."""


def translate(expression: Expression, known: Callable[[Expression], Source | None]) -> Source:
    """The text of an expression. `known` answers parts that are constants or have a name; it must know every name."""
    found = known(expression)
    if found is not None:
        return found

    def inner(part: Expression) -> Source:
        return translate(part, known)

    match expression:
        case Constant(value):
            return constant(value)
        case Name() | ShapeOf():
            raise Untranslatable
        case Unary("not", operand):
            return Source(f"not {inner(operand).within(30)}", 30)
        case Unary(sign, operand):
            return Source(f"{sign}{inner(operand).within(70)}", 70)
        case Binary("and" | "or" as word, left, right):
            rank = 20 if word == "and" else 10
            parts = [inner(part) for part in (left, right)]
            kept = [part for part in parts if part.text != ("True" if word == "and" else "False")]
            if len(kept) < 2:  # what is settled in all uses is left out
                return kept[0] if kept else parts[0]
            return Source(f" {word} ".join(part.within(rank) for part in kept), rank)
        case Binary("**", left, right):
            return Source(f"{inner(left).within(81)}**{inner(right).within(70)}", 80)
        case Binary(sign, left, right):
            rank = _BINDING[sign]
            return Source(f"{inner(left).within(rank)} {sign} {inner(right).within(rank + 1)}", rank)
        case Compare(first, rest):
            text = "".join(f" {sign} {inner(operand).within(41)}" for sign, operand in rest)
            return Source(f"{inner(first).within(41)}{text}", 40)
        case Choice(condition, then, other):
            settled = inner(condition).text  # what is settled in all uses is left out
            if settled in ("True", "False"):
                return inner(then if settled == "True" else other)
            return Source(f"{inner(then).within(10)} if {inner(condition).within(10)} else {inner(other).within(5)}", 5)
        case Item(target, index):
            return Source(f"{inner(target).within(90)}[{inner(index).text}]")
        case Part(target, start, stop):
            ends = ("" if part == Constant(None, part.position) else inner(part).text for part in (start, stop))
            return Source(f"{inner(target).within(90)}[{':'.join(ends)}]")
        case Call("int", (Call("round" | "floor" | "ceil" | "len", (_,)) as whole,)):
            return inner(whole)
        case Call(function, arguments):
            inside = ", ".join(inner(argument).text for argument in arguments)
            return Source(f"{_IMPORTED.get(function, function)}({inside})")
        case Comprehension(item, loops):
            own = frozenset(name for name, _ in loops)

            def bound(part: Expression) -> Source:
                return translate(part, lambda inside: _unbound(inside, own, known))

            text = "".join(f" for {name} in {bound(source).text}" for name, source in loops)
            return Source(f"[{bound(item).text}{text}]")
        case Items(items):
            return Source(f"[{', '.join(inner(item).text for item in items)}]")
    raise AssertionError(f"{type(expression).__name__} has no Python text")


def _unbound(part: Expression, own: frozenset[str], known: Callable[[Expression], Source | None]) -> Source | None:
    """What stands for a part of a comprehension: its own names stay as they are."""
    read = {name.name for name in names_in(part) if isinstance(name, Name)}
    if isinstance(part, Name) and part.name in own:
        return Source(part.name)
    return None if read & own else known(part)


def constant(value: object) -> Source:
    """A plain value."""
    if value is None:
        return Source("None")
    if isinstance(value, (bool, int, float)):
        text = number(value)
        return Source(text, 70 if text.startswith("-") else ATOM)
    if isinstance(value, str):
        return Source(string(value))
    assert isinstance(value, tuple)
    inside = ", ".join(constant(item).text for item in value)
    return Source(f"({inside}{',' if len(value) == 1 else ''})")
