"""Expressions of the spec language as Python source. Enters: a tree and what stands for its names; leaves: code.

Operators and functions mean the same in both languages, so only names, and what is the same in all uses, change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from archspec.backends.python.code import (
    Affixed,
    Atom,
    Bracketed,
    Code,
    Slice,
    Wrapped,
    call,
    choice,
    compared,
    flat,
    generator,
    group,
    literal,
    member,
    names,
    operation,
    signed,
    subscript,
)
from archspec.backends.python.code import Name as LocalName
from archspec.backends.torch.names import RESERVED, free
from archspec.expressions.evaluation import names_in
from archspec.expressions.grammar import (
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

_NOTHING: Mapping[str, str] = MappingProxyType({})
_FUNCTIONS = {"floor": Atom("math.floor"), "ceil": Atom("math.ceil")}
_ZERO = literal(0)
_OF_A_LIST = frozenset({"sum", "min", "max"})
"""Functions that take what can be gone through once as they take a list."""


MAX_TABLE = 64
"""How long a table of constants may be that stands on one line."""


class Untranslatable(Exception):
    """There is no Python name for something that the expression reads."""


def translate(
    expression: Expression, known: Callable[[Expression], Code | None], bound: Mapping[str, str] = _NOTHING
) -> Code:
    """An expression as code. `known` answers parts that are constants or have a name; it must know every name but those
    that a comprehension around has `bound`, which are called as given there.

    Lists are tuples, as the values of arguments are: a list and a tuple are neither equal nor can they be joined.
    """
    if not bound or not any(isinstance(name, Name) and name.name in bound for name in names_in(expression)):
        found = known(expression)
        if found is not None:
            return found

    def inner(part: Expression) -> Code:
        return translate(part, known, bound)

    match expression:
        case Constant(value):
            return literal(value)
        case Name(name) if name in bound:
            return Atom(bound[name])
        case Name() | ShapeOf():
            raise Untranslatable
        case Unary(sign, operand):
            return signed(sign, inner(operand))
        case Binary("and" | "or" as word, left, right):
            parts = [inner(part) for part in (left, right)]
            kept = [part for part in parts if flat(part) != ("True" if word == "and" else "False")]
            return (
                operation(word, *kept) if len(kept) == 2 else (kept or parts)[0]
            )  # what is settled in all uses is left out
        case Binary(sign, left, right):
            parts = [inner(left), inner(right)]
            kept = [part for part in parts if sign != "+" or part != _ZERO]
            return operation(sign, *parts) if len(kept) == 2 else (kept or parts)[0]
        case Compare(first, rest):
            return compared(inner(first), [(sign, inner(operand)) for sign, operand in rest])
        case Choice() if (table := _table(expression, inner)) is not None:
            return table
        case Choice(condition, then, other):
            settled = flat(inner(condition))  # what is settled in all uses is left out
            if settled in ("True", "False"):
                return inner(then if settled == "True" else other)
            return choice(inner(condition), inner(then), inner(other))
        case Item(target, index):
            return subscript(inner(target), inner(index))
        case Part(target, start, stop):
            ends = [
                None if isinstance(part, Constant) and part.value is None else inner(part) for part in (start, stop)
            ]
            return subscript(inner(target), Slice((ends[0], ends[1], None)))
        case Call("int", (Call("round" | "floor" | "ceil" | "len", (_,)) as whole,)):
            return inner(whole)
        case Call("range", arguments):
            return call("tuple", call("range", *map(inner, arguments)))
        case Call(function, arguments):
            given = [inner(part) for part in arguments]
            if function in _OF_A_LIST and len(given) == 1:
                given = [_once(given[0])]
            return call(_FUNCTIONS.get(function, Atom(function)), *given)
        case Comprehension(item, loops):
            return _comprehension(item, loops, known, bound)
        case Items(items):
            return group([inner(item) for item in items])
    raise AssertionError(f"{type(expression).__name__} has no Python text")


def _table(tree: Expression, inner: Callable[[Expression], Code]) -> Code | None:
    """Constants for some values of one name as `{18: …, 34: …}.get(depth, …)`; None where a choice is something else."""
    found: dict[object, Code] = {}
    subjects: list[Code] = []
    while isinstance(tree, Choice):
        match tree.condition:
            case Compare(Name() as name, (("==", Constant(str() | int() as key)),)) if key not in found:
                subjects.append(inner(name))
                found[key] = inner(tree.then)
            case _:
                return None
        tree = tree.other
    last = inner(tree)
    is_one = len(subjects) > 1 and isinstance(subjects[0], LocalName) and all(one == subjects[0] for one in subjects)
    if not is_one or any(names(code) for code in (*found.values(), last)) or len(set(map(type, found))) > 1:
        return None
    items = [Affixed(value, f"{flat(literal(key))}: ", binding=0) for key, value in found.items()]
    table = group(items, "{}")
    return call(member(table, "get"), subjects[0], last) if len(flat(table)) <= MAX_TABLE else None


def _once(code: Code) -> Code:
    """A range or a generator, where it need not be a tuple; any other code as it is."""
    if isinstance(code, Bracketed) and code.head == Atom("tuple"):
        return code.items[0].code
    return code


def _comprehension(
    item: Expression,
    loops: Sequence[tuple[str, Expression]],
    known: Callable[[Expression], Code | None],
    outer: Mapping[str, str],
) -> Code:
    """`tuple(item for name in source)`. Its own names are such that nothing it reads from outside bears them."""
    taken: frozenset[str] = frozenset(outer.values())

    def written(taken: frozenset[str]) -> Wrapped:
        bound = dict(outer)
        parts: list[tuple[str, Code]] = []
        for name, source in loops:
            iterated = _once(translate(source, known, bound))
            bound[name] = free(name, taken | RESERVED)
            parts.append((bound[name], iterated))
        return generator(translate(item, known, bound), parts)

    first = written(taken)
    return call("tuple", written(taken | names(first)))
