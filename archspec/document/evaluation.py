"""The value of an expression. Enters: a tree of `expressions` and what names stand for; leaves: a value, or a `Fault`.

Every intermediate value is bounded before it is computed. Operators mean what they mean in Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from archspec.dims import BATCH
from archspec.document.expressions import (
    MAX_BITS,
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
from archspec.document.value import Symbol, Value, show

MAX_ITEMS = 10_000
MAX_STEPS = 200_000


Lookup = Callable[["Name | ShapeOf"], Value]
"""The value of a name in scope. Raises Fault where there is none."""


def evaluate(expression: Expression, lookup: Lookup) -> Value:
    """The value of an expression. Raises Fault."""
    match expression:
        case Constant(value):
            return value
        case Name() | ShapeOf():
            return lookup(expression)
        case Items(items):
            return tuple(evaluate(item, lookup) for item in items)
        case Choice(condition, then, other, position):
            return evaluate(then if _truth(evaluate(condition, lookup), position) else other, lookup)
        case Unary("not", operand, position):
            return not _truth(evaluate(operand, lookup), position)
        case Unary(sign, operand, position):
            number = _numeric(evaluate(operand, lookup), sign, position)
            return -number if sign == "-" else number
        case Binary("and" | "or" as word, left, right, position):
            first = _truth(evaluate(left, lookup), position)
            return _truth(evaluate(right, lookup), position) if first == (word == "and") else first
        case Binary(sign, left, right, position):
            return _compute(sign, evaluate(left, lookup), evaluate(right, lookup), position)
        case Compare(first, rest, position):
            return _compare(evaluate(first, lookup), rest, lookup, position)
        case Comprehension():
            return _comprehend(expression, lookup)
        case Item(target, index, position):
            return _item(evaluate(target, lookup), evaluate(index, lookup), position)
        case Part(target, start, stop, position):
            return _part(evaluate(target, lookup), evaluate(start, lookup), evaluate(stop, lookup), position)
        case Call(function, arguments, position):
            return _call(function, [evaluate(argument, lookup) for argument in arguments], position)
    raise AssertionError(f"{type(expression).__name__} has no value")


class _Bound:
    """Names that a comprehension binds, before those in scope; counts steps, so that loops in loops end."""

    def __init__(self, outer: Lookup) -> None:
        self.outer = outer
        self.names: dict[str, Value] = {}
        self.steps: list[int] = outer.steps if isinstance(outer, _Bound) else [0]

    def __call__(self, name: Name | ShapeOf) -> Value:
        if isinstance(name, Name) and name.name in self.names:
            return self.names[name.name]
        return self.outer(name)


def _comprehend(expression: Comprehension, lookup: Lookup) -> Value:
    bound = _Bound(lookup)
    found: list[Value] = []

    def loop(depth: int) -> None:
        if depth == len(expression.loops):
            bound.steps[0] += 1
            if bound.steps[0] > MAX_STEPS or len(found) >= MAX_ITEMS:
                raise Fault("E0503", f"a list has at most {MAX_ITEMS:,} items, made in at most {MAX_STEPS:,} steps",
                            expression.position)  # fmt: skip
            found.append(evaluate(expression.item, bound))
            return
        name, source = expression.loops[depth]
        values = evaluate(source, bound)
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


def need_known(value: Value, position: int) -> None:
    """Raises Fault for a size that has no number."""
    if isinstance(value, Symbol):
        way = (
            "the batch is always free" if value.name == BATCH else f"give it in the spec, or with --set {value.name}=…"
        )
        raise Fault("E0308", f"the size {value.name} is not a number here", position, way)
    for item in value if isinstance(value, tuple) else ():
        need_known(item, position)


def _truth(value: Value, position: int) -> bool:
    if isinstance(value, bool):
        return value
    raise Fault("E0503", f"a condition is true or false, not {show(value)}", position, "compare it with something")


def _numeric(value: Value, sign: str, position: int) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    need_known(value, position)
    raise Fault("E0503", f"{sign} works on numbers, not on {show(value)}", position)


def _compute(sign: str, left: Value, right: Value, position: int) -> Value:
    if sign == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) + len(right) > MAX_ITEMS:
            raise Fault("E0503", f"lists have at most {MAX_ITEMS} items", position)
        return left + right
    first, second = _numeric(left, sign, position), _numeric(right, sign, position)
    if sign in ("/", "//", "%") and second == 0:
        raise Fault("E0503", f"{show(first)} {sign} 0 has no value", position)
    if sign == "**":
        return _power(first, second, position)
    result: int | float
    match sign:
        case "+":
            result = first + second
        case "-":
            result = first - second
        case "*":
            result = first * second
        case "/":
            result = first / second
        case "//":
            result = first // second
        case _:
            result = first % second
    return _bounded(result, position)


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


def _compare(first: Value, rest: tuple[tuple[str, Expression], ...], lookup: Lookup, position: int) -> bool:
    left = first
    for sign, operand in rest:
        right = evaluate(operand, lookup)
        need_known((left, right), position)
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


def _part(target: Value, start: Value, stop: Value, position: int) -> Value:
    if not isinstance(target, tuple):
        raise Fault("E0503", f"only lists have parts, {show(target)} has none", position)
    ends: list[int | None] = []
    for end in (start, stop):
        if end is not None and (not isinstance(end, int) or isinstance(end, bool)):
            raise Fault("E0503", f"a part's ends are whole numbers, not {show(end)}", position)
        ends.append(end)
    return target[ends[0] : ends[1]]


def _call(function: str, arguments: list[Value], position: int) -> Value:
    if function == "range":
        return _range(arguments, position)
    if function in ("min", "max", "sum", "len"):
        return _of_list(function, arguments, position)
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


def _range(arguments: list[Value], position: int) -> Value:
    ends = [value for value in arguments if isinstance(value, int) and not isinstance(value, bool)]
    if len(ends) != len(arguments) or not 1 <= len(ends) <= 2:
        raise Fault("E0503", "range takes one or two whole numbers", position)
    found = range(*ends)
    if len(found) > MAX_ITEMS:
        raise Fault("E0503", f"a list has at most {MAX_ITEMS:,} items", position)
    return tuple(found)


def _of_list(function: str, arguments: list[Value], position: int) -> Value:
    items = arguments
    if len(arguments) == 1 or function in ("len", "sum"):
        if len(arguments) != 1 or not isinstance(arguments[0], tuple):
            raise Fault("E0503", f"{function} takes a list", position)
        items = list(arguments[0])
    if function == "len":
        return len(items)
    numbers = [_numeric(item, function, position) for item in items]
    if function == "sum":
        return _bounded(sum(numbers), position)
    if not numbers:
        raise Fault("E0503", f"{function} of nothing has no value", position)
    return min(numbers) if function == "min" else max(numbers)
