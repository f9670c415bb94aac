"""Values that may differ between the uses of a class. Enters: expressions and scopes; leaves: series, compared or as text.

A series has one value for each use, in the same order throughout; a hole where the layer is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from archspec.backends.python.code import Atom, Code, flat, literal
from archspec.document.lookup import Lookup, NotKnown
from archspec.document.values import Environment, Names
from archspec.expressions.evaluation import evaluate, names_in
from archspec.expressions.grammar import Expression, Fault, Name, ShapeOf
from archspec.expressions.work import Work
from archspec.facts.model import Facts
from archspec.graph import Scope


class Hole:
    """There is no value, for the layer is left out in this use."""


HOLE = Hole()
Values = tuple[object, ...]
"""One value for each use."""


class ClassName(str):
    """A class of torch, as a value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Varying:
    """Stands in an emission for a literal that differs between uses."""

    values: Values


def agree(known: Values, values: Values) -> bool:
    """Whether two series are the same wherever the second has a value."""
    return len(known) == len(values) and all(
        value is HOLE or same(value, other) for other, value in zip(known, values, strict=True)
    )


def fit(left: Values, right: Values) -> bool:
    """Whether two series are the same wherever both have a value, and there is such a place."""
    both = [(a, b) for a, b in zip(left, right, strict=True) if a is not HOLE and b is not HOLE]
    return bool(both) and all(a == b for a, b in both)


def same(left: object, right: object) -> bool:
    """Equality in which true is not 1, and 1 is not 1.0."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def constant_of(value: object) -> Code:
    """One value."""
    return Atom(str(value)) if isinstance(value, ClassName) else literal(value)


MOST_NAMED = 6
"""Items of a tuple whose types are named one by one."""


def kind(value: object) -> str:
    """The type of one value, as an annotation says it."""
    if value is None:
        return "None"
    if isinstance(value, ClassName):
        return "type[nn.Module]"
    if isinstance(value, tuple):
        items = [kind(item) for item in value]
        if len(items) > MOST_NAMED and len(set(items)) == 1:
            items = [items[0], "..."]
        return f"tuple[{', '.join(items)}]" if items else "tuple[()]"
    return type(value).__name__


def rank_of(kind: str) -> int:
    """The order of types in a union: None comes last, as everybody writes it."""
    return {"bool": 0, "int": 1, "float": 2, "str": 3, "None": 9}.get(kind, 5)


def shown(value: object) -> str:
    """A value as a default in a signature."""
    return flat(constant_of(value))


def scope_environment(scope: Scope, facts: Facts) -> Environment:
    """The names in a scope with their values, and the shapes of its inputs."""

    def shape(name: str) -> object:
        if name not in scope.inputs:
            return False
        tensor = facts.tensor(scope.inputs[name])
        return tensor.shape if tensor else None

    return Environment(_known_names(scope.values), shape)  # type: ignore[arg-type]


def environment(scope: Scope, values: Mapping[str, object], facts: Facts) -> Environment:
    """The names that a layer's expressions read: its scope's, and its own `i`, `n`, `for` and `let`."""
    return scope_environment(scope, facts).with_names(_known_names(values))


def _known_names(values: Mapping[str, object]) -> Names:
    return values  # type: ignore[return-value]


def evaluated(tree: Expression, environments: Sequence[Environment | None]) -> Values:
    """The value of an expression in each use; a hole where it has none. It is computed once for the same values of its names."""
    names = list(dict.fromkeys(names_in(tree)))
    known: dict[object, object] = {}
    found: list[object] = []
    for number, environment in enumerate(environments):
        value: object = HOLE
        if environment is not None:
            lookup = Lookup(environment)
            key = number if isinstance(tree, Name) else _read(names, lookup, number)
            with suppress(Fault, NotKnown):
                if key not in known:
                    known[key] = evaluate(tree, lookup, Work())
                value = known[key]
        found.append(value)
    return tuple(found)


def _read(names: Sequence[Name | ShapeOf], lookup: Lookup, otherwise: int) -> object:
    """What an expression reads, to know it again; something else where a name has no value, which need not be read."""
    try:
        return tuple(typed(evaluate(name, lookup, Work())) for name in names)
    except (Fault, NotKnown):
        return otherwise


def typed(value: object) -> tuple[object, ...]:
    """A value with its types, for true is 1 to Python."""
    return type(value), tuple(map(typed, value)) if isinstance(value, tuple) else value
