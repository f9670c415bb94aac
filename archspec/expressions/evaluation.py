"""The value of an expression. Enters: a tree of `expressions` and what names stand for; leaves: a value, or a `Fault`.

Every intermediate value is bounded before it is computed. Operators mean what they mean in Python.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from archspec.dims import BATCH
from archspec.expressions.tree import (
    Binary,
    Call,
    Choice,
    Compare,
    Comprehension,
    Constant,
    Expression,
    Fault,
    Item,
    Items,
    Name,
    Part,
    ShapeOf,
    Unary,
)
from archspec.expressions.value import Symbol, Value, show
from archspec.expressions.work import Work
from archspec.limits import MAX_BITS, MAX_ITEMS

Lookup = Callable[["Name | ShapeOf"], Value]
"""The value of a name in scope. Raises Fault where there is none."""


def evaluate(expression: Expression, lookup: Lookup, work: Work) -> Value:
    """The value of an expression. Raises Fault, or Exhausted."""
    work.spend(1)
    return _EVALUATE[type(expression)](expression, lookup, work)


def _of_items(items: Items, lookup: Lookup, work: Work) -> Value:
    return tuple(evaluate(item, lookup, work) for item in items.items)


def _of_choice(choice: Choice, lookup: Lookup, work: Work) -> Value:
    holds = _truth(evaluate(choice.condition, lookup, work), choice.position)
    return evaluate(choice.then if holds else choice.other, lookup, work)


def _of_unary(unary: Unary, lookup: Lookup, work: Work) -> Value:
    operand = evaluate(unary.operand, lookup, work)
    if unary.operator == "not":
        return not _truth(operand, unary.position)
    number = _numeric(operand, unary.operator, unary.position)
    return -number if unary.operator == "-" else number


def _of_binary(binary: Binary, lookup: Lookup, work: Work) -> Value:
    sign, left, right, position = binary
    if sign in ("and", "or"):
        first = _truth(evaluate(left, lookup, work), position)
        return _truth(evaluate(right, lookup, work), position) if first == (sign == "and") else first
    return _compute(sign, evaluate(left, lookup, work), evaluate(right, lookup, work), work, position)


def _of_compare(compare: Compare, lookup: Lookup, work: Work) -> Value:
    return _compare(evaluate(compare.first, lookup, work), compare.rest, lookup, work, compare.position)


def _of_item(item: Item, lookup: Lookup, work: Work) -> Value:
    return _item(evaluate(item.target, lookup, work), evaluate(item.at, lookup, work), item.position)


def _of_part(part: Part, lookup: Lookup, work: Work) -> Value:
    ends = evaluate(part.start, lookup, work), evaluate(part.stop, lookup, work)
    return _part(evaluate(part.target, lookup, work), *ends, work, part.position)


def _of_call(call: Call, lookup: Lookup, work: Work) -> Value:
    return _call(call.function, [evaluate(argument, lookup, work) for argument in call.arguments], work, call.position)


class _Bound:
    """Names that a comprehension binds, before those in scope."""

    def __init__(self, outer: Lookup) -> None:
        self.outer = outer
        self.names: dict[str, Value] = {}

    def __call__(self, name: Name | ShapeOf) -> Value:
        if isinstance(name, Name) and name.name in self.names:
            return self.names[name.name]
        return self.outer(name)


def _nested(expression: Comprehension) -> str:
    """How the numbers of a tensor are written of which one list has too many: as PyTorch's own, axis by axis."""
    if len(expression.loops) < 2:
        return ""
    names = [name for name, _ in expression.loops]
    inner = f"[… for {names[-1]} in …]"
    for name in reversed(names[:-1]):
        inner = f"[{inner} for {name} in …]"
    way = f"write {inner}, which has as many items in each list"
    return f"numbers of a tensor: {way}; a Flatten with start_dim: 0 puts them in one row"


def _comprehend(expression: Comprehension, lookup: Lookup, work: Work) -> Value:
    bound = _Bound(lookup)
    found: list[Value] = []

    def loop(depth: int) -> None:
        if depth == len(expression.loops):
            if len(found) >= MAX_ITEMS:
                raise Fault(
                    "E0503", f"a list has at most {MAX_ITEMS:,} items", expression.position, _nested(expression)
                )
            found.append(evaluate(expression.item, bound, work))
            return
        name, source = expression.loops[depth]
        values = evaluate(source, bound, work)
        if not isinstance(values, tuple):
            raise Fault("E0503", f"for goes over a list, not over {show(values)}", expression.position)
        for value in values:
            bound.names[name] = value
            loop(depth + 1)
        bound.names.pop(name, None)

    loop(0)
    return tuple(found)


def names_in(expression: Expression) -> Iterator[Name | ShapeOf]:
    """Every name that an expression reads."""
    match expression:
        case Name() | ShapeOf():
            yield expression
        case Unary(_, operand):
            yield from names_in(operand)
        case Binary(_, left, right) | Item(left, right):
            yield from names_in(left)
            yield from names_in(right)
        case Compare(first, rest):
            yield from names_in(first)
            for _, operand in rest:
                yield from names_in(operand)
        case Choice(condition, then, other) | Part(condition, then, other):
            for part in (condition, then, other):
                yield from names_in(part)
        case Comprehension(item, loops):
            own = {name for name, _ in loops}
            for part in (item, *(source for _, source in loops)):
                yield from (name for name in names_in(part) if isinstance(name, ShapeOf) or name.name not in own)
        case Call(_, arguments) | Items(arguments):
            for part in arguments:
                yield from names_in(part)


def need_known(value: Value, work: Work, position: int) -> None:
    """Raises Fault for a size that has no number, also in lists of lists, each item of which is a step."""
    if isinstance(value, tuple):
        work.spend(len(value))
        for item in value:
            need_known(item, work, position)
    elif isinstance(value, Symbol):
        raise _no_number(value, position)


def _no_number(size: Symbol, position: int) -> Fault:
    way = "the batch is always free" if size.name == BATCH else f"give it in the spec, or with --set {size.name}=…"
    return Fault("E0308", f"the size {size.name} is not a number here", position, way)


def _truth(value: Value, position: int) -> bool:
    if isinstance(value, bool):
        return value
    raise Fault("E0503", f"a condition is true or false, not {show(value)}", position, "compare it with something")


def _numeric(value: Value, sign: str, position: int) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, Symbol):
        raise _no_number(value, position)
    raise Fault("E0503", f"{sign} works on numbers, not on {show(value)}", position)


def _compute(sign: str, left: Value, right: Value, work: Work, position: int) -> Value:
    if sign == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        work.spend(len(left) + len(right))
        if len(left) + len(right) > MAX_ITEMS:
            raise Fault("E0503", f"lists have at most {MAX_ITEMS} items", position)
        return left + right
    first, second = _numeric(left, sign, position), _numeric(right, sign, position)
    if sign in ("/", "//", "%") and second == 0:
        raise Fault("E0503", f"{show(first)} {sign} 0 has no value", position)
    if sign == "**":
        return _power(first, second, position)
    return _bounded(_ARITHMETIC[sign](first, second), position)


def _power(base: int | float, exponent: int | float, position: int) -> int | float:
    """A power, refused before it is computed where it would be too large."""
    if base < 0 and not float(exponent).is_integer():
        raise Fault("E0503", f"{show(base)} ** {show(exponent)} is no real number", position)
    if base == 0 and exponent < 0:
        raise Fault("E0503", f"0 ** {show(exponent)} has no value", position)
    if abs(base) > 1 and exponent * math.log2(abs(base)) > (MAX_BITS if isinstance(base, int) else 1000):
        raise Fault("E0503", f"{show(base)} ** {show(exponent)} is not below 2^{MAX_BITS}", position)
    if 0 < abs(base) < 1 and exponent * math.log2(abs(base)) > 1000:
        raise Fault("E0503", f"{show(base)} ** {show(exponent)} is too large", position)
    result: int | float = base**exponent
    return _bounded(result, position)


def _bounded(result: int | float, position: int) -> int | float:
    if isinstance(result, int):
        if abs(result) >= 2**MAX_BITS:
            raise Fault("E0503", f"the result is not below 2^{MAX_BITS}", position)
    elif not math.isfinite(result):
        raise Fault("E0503", "the result is not finite", position)
    return result


def _compare(first: Value, rest: tuple[tuple[str, Expression], ...], lookup: Lookup, work: Work, position: int) -> bool:
    left = first
    for sign, operand in rest:
        right = evaluate(operand, lookup, work)
        need_known((left, right), work, position)
        if sign not in ("==", "!="):
            for value in (left, right):
                _numeric(value, sign, position)
        elif isinstance(left, bool) != isinstance(right, bool):  # true is not 1
            if sign == "==":
                return False
            left = right
            continue
        if not _holds(sign, left, right):
            return False
        left = right
    return True


def _holds(sign: str, left: Value, right: Value) -> bool:
    if sign == "==":
        return left == right
    if sign == "!=":
        return left != right
    assert isinstance(left, (int, float))
    assert isinstance(right, (int, float))
    return {"<": left < right, "<=": left <= right, ">": left > right}.get(sign, left >= right)


def _item(target: Value, index: Value, position: int) -> Value:
    if not isinstance(target, tuple):
        raise Fault("E0503", f"only lists have items, {show(target)} has none", position)
    if not isinstance(index, int) or isinstance(index, bool):
        raise Fault("E0503", f"an index is a whole number, not {show(index)}", position)
    if not -len(target) <= index < len(target):
        raise Fault("E0503", f"there is no item {index} in a list of {len(target)}", position)
    return target[index]


def _part(target: Value, start: Value, stop: Value, work: Work, position: int) -> Value:
    if not isinstance(target, tuple):
        raise Fault("E0503", f"only lists have parts, {show(target)} has none", position)
    work.spend(len(target))
    ends: list[int | None] = []
    for end in (start, stop):
        if end is not None and (not isinstance(end, int) or isinstance(end, bool)):
            raise Fault("E0503", f"a part's ends are whole numbers, not {show(end)}", position)
        ends.append(end)
    return target[ends[0] : ends[1]]


def _call(function: str, arguments: list[Value], work: Work, position: int) -> Value:
    if function == "range":
        return _range(arguments, work, position)
    if function in ("min", "max", "sum", "len"):
        return _of_list(function, arguments, work, position)
    if len(arguments) != 1 and not (function == "round" and len(arguments) == 2):
        raise Fault("E0503", f"{function} takes one number, not {len(arguments)} values", position)
    value = arguments[0]
    if function == "int" and isinstance(value, bool):
        return int(value)
    number = _numeric(value, function, position)
    if function == "round" and len(arguments) == 2:
        digits = arguments[1]
        if not isinstance(digits, int) or isinstance(digits, bool) or abs(digits) > 15:
            raise Fault("E0503", "round takes a number of digits up to 15", position)
        return _bounded(round(number, digits), position)
    one: dict[str, Callable[[int | float], int | float]] = {
        "abs": abs, "round": round, "floor": math.floor, "ceil": math.ceil, "int": int,
    }  # fmt: skip
    return _bounded(one[function](number), position)


def _range(arguments: list[Value], work: Work, position: int) -> Value:
    ends = [value for value in arguments if isinstance(value, int) and not isinstance(value, bool)]
    if len(ends) != len(arguments) or not 1 <= len(ends) <= 2:
        raise Fault("E0503", "range takes one or two whole numbers", position)
    found = range(*ends)
    if len(found) > MAX_ITEMS:
        raise Fault("E0503", f"a list has at most {MAX_ITEMS:,} items", position)
    work.spend(len(found))
    return tuple(found)


def _of_list(function: str, arguments: list[Value], work: Work, position: int) -> Value:
    items: tuple[Value, ...] = tuple(arguments)
    if len(arguments) == 1 or function in ("len", "sum"):
        only = arguments[0] if len(arguments) == 1 else None
        if not isinstance(only, tuple):
            raise Fault("E0503", f"{function} takes a list", position)
        items = only
    if function == "len":
        return len(items)
    work.spend(len(items))
    numbers = [_numeric(item, function, position) for item in items]
    if function == "sum":
        return _bounded(sum(numbers), position)
    if not numbers:
        raise Fault("E0503", f"{function} of nothing has no value", position)
    return min(numbers) if function == "min" else max(numbers)


_ARITHMETIC: dict[str, Callable[[Any, Any], int | float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod,
}  # fmt: skip
_EVALUATE: dict[type[Expression], Callable[[Any, Lookup, Work], Value]] = {
    Constant: lambda constant, lookup, work: constant.value,
    Name: lambda name, lookup, work: lookup(name),
    ShapeOf: lambda shape, lookup, work: lookup(shape),
    Items: _of_items,
    Choice: _of_choice,
    Unary: _of_unary,
    Binary: _of_binary,
    Compare: _of_compare,
    Comprehension: _comprehend,
    Item: _of_item,
    Part: _of_part,
    Call: _of_call,
}
"""By the kind of a tree: looked up, since a comprehension evaluates each part of its item for each of its turns."""
