"""The names in scope with their values, and the shapes of its inputs. Data only: specs without expressions pay for no more.

`lookup` reads them for expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from archspec.dims import Shape
from archspec.expressions.value import Unknown, Value

Names = Mapping[str, Value | Unknown]
"""The names in a scope."""


class Nested(Names):
    """Names on top of those of an outer scope, which all scopes in it share: nothing is copied. Nearer ones win."""

    __slots__ = ("nearer", "outer")

    def __init__(self, outer: Names, nearer: Names) -> None:
        self.outer = outer
        self.nearer = nearer

    def __getitem__(self, name: str) -> Value | Unknown:
        return self.nearer[name] if name in self.nearer else self.outer[name]

    def __contains__(self, name: object) -> bool:
        return name in self.nearer or name in self.outer

    def __iter__(self) -> Iterator[str]:
        yield from self.outer
        yield from (name for name in self.nearer if name not in self.outer)

    def __len__(self) -> int:
        return len(self.outer) + sum(name not in self.outer for name in self.nearer)


ShapeOfInput = Callable[[str], Shape | None]
"""The shape of one of the scope's inputs; None where it is not known."""


def _no_shape(name: str) -> None:
    """There are no inputs to ask for."""


class Environment:
    """The names in scope: arguments, `let` values, the repeat's `i` and `n`; and the scope's inputs for `.shape`."""

    __slots__ = ("around", "inputs", "names", "shape")

    def __init__(
        self,
        names: Names,
        inputs: Collection[str] = (),
        shape: ShapeOfInput = _no_shape,
        around: Collection[str] = (),
    ) -> None:
        self.names = names
        self.inputs = inputs
        self.shape = shape
        self.around = around
        """The document's own names, which a block does not see, for help."""

    def with_names(self, names: Names) -> Environment:
        """The same scope with more names; nearer ones win."""
        return self.inside(Nested(self.names, names) if self.names else names) if names else self

    def inside(self, names: Names) -> Environment:
        """The same scope with other names."""
        return Environment(names, self.inputs, self.shape, self.around)
