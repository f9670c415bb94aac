"""Expressions as trees: what the parser makes of a text, and everything else reads. Data only.

A part's position is its character in the text between `${` and `}`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from archspec.diagnostics.nearest import Near
from archspec.expressions.value import Value

_T = TypeVar("_T", bound=tuple[object, ...])


def _exact(kind: type[_T]) -> type[_T]:
    """Equal are those of one kind that hold the same: `x` is not `x.shape`, and 1 is neither 1.0 nor true."""

    def is_equal(self: tuple[object, ...], other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, tuple):
            return False
        return all(type(mine) is type(its) and mine == its for mine, its in zip(self, other, strict=True))

    own = {"__eq__": is_equal, "__ne__": lambda self, other: not is_equal(self, other), "__hash__": tuple.__hash__}
    for name, method in own.items():
        setattr(kind, name, method)
    return kind


class Fault(Exception):
    """An expression has no tree or no value; `position` is the character concerned."""

    def __init__(self, code: str, message: str, position: int, help: str = "", near: Near | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.help = help
        self.near = near
        """The name that may be meant by the one at the position."""

    def moved(self, start: int) -> Fault:
        """The same in a text in which the expression begins at this character."""
        return Fault(self.code, self.message, start + self.position, self.help, self.near)


@_exact
class Constant(NamedTuple):
    """A number, a text, true, false or null."""

    value: Value
    position: int


@_exact
class Name(NamedTuple):
    """A name in scope."""

    name: str
    position: int


@_exact
class ShapeOf(NamedTuple):
    """`input.shape`: the sizes of one of the scope's inputs, the batch first."""

    name: str
    position: int


@_exact
class Unary(NamedTuple):
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression
    position: int


@_exact
class Binary(NamedTuple):
    """`x + y` and the other arithmetic; `and`, `or`."""

    operator: str
    left: Expression
    right: Expression
    position: int


@_exact
class Compare(NamedTuple):
    """`a < b <= c`, as Python chains them."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    position: int


@_exact
class Choice(NamedTuple):
    """`then if condition else other`."""

    condition: Expression
    then: Expression
    other: Expression
    position: int


@_exact
class Item(NamedTuple):
    """`x[index]`."""

    target: Expression
    at: Expression
    position: int


@_exact
class Part(NamedTuple):
    """`x[start:stop]`; null leaves an end out."""

    target: Expression
    start: Expression
    stop: Expression
    position: int


@_exact
class Call(NamedTuple):
    """A function of the table."""

    function: str
    arguments: tuple[Expression, ...]
    position: int


@_exact
class Items(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expression, ...]
    position: int


@_exact
class Comprehension(NamedTuple):
    """`[item for name in source]`, with one `for` or several."""

    item: Expression
    loops: tuple[tuple[str, Expression], ...]
    position: int


Expression = Constant | Name | ShapeOf | Unary | Binary | Compare | Choice | Item | Part | Call | Items | Comprehension


@_exact
class Embedded(NamedTuple):
    """An expression in a text, and where its text begins there."""

    tree: Expression
    position: int


@_exact
class Template(NamedTuple):
    """A text with expressions in it, cut at them."""

    text: str
    pieces: tuple[str | Embedded, ...]

    @property
    def expression(self) -> Expression | None:
        """The one expression that the whole text is; None where it is more, or none."""
        first = self.pieces[0] if len(self.pieces) == 1 else None
        return first.tree if isinstance(first, Embedded) else None

    @property
    def trees(self) -> list[Expression]:
        """All expressions in it."""
        return [piece.tree for piece in self.pieces if isinstance(piece, Embedded)]
