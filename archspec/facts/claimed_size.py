"""A size as a claim writes it: `H`, `(W - 1)//2`, `floor((H + 1)/2)`. Enters: the text; leaves: the size in its normal form.

So that a claim holds however it is written, and for the numbers that symbols are given.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.dims import Size, TooComplex, floor_div, product, substitute, symbol
from archspec.expressions.grammar import Binary, Call, Constant, Expression, Fault, Name, Unary, parse
from archspec.limits import MAX_CLAIMED_TEXT, MAX_POWER


def claimed_size(text: str, known: Mapping[str, int]) -> Size | None:
    """The size that a text writes, with the symbols that have a number; None where it writes none."""
    if len(text) > MAX_CLAIMED_TEXT:
        return None
    try:
        size = _size(parse(text))
        return None if size is None else substitute(size, known)
    except (Fault, TooComplex, ZeroDivisionError, RecursionError):
        return None


def _size(expression: Expression) -> Size | None:
    match expression:
        case Constant(value) if type(value) is int:
            return value
        case Name(name):
            return symbol(name)
        case Unary("-", operand):
            size = _size(operand)
            return None if size is None else 0 - size
        case Call("floor", (Binary("/", left, right, position),)):
            return _size(Binary("//", left, right, position))
        case Binary("**", left, Constant(power)) if type(power) is int and 0 < power <= MAX_POWER:
            size = _size(left)
            return None if size is None else product([size] * power)
        case Binary(operator, left, right):
            return _combined(operator, _size(left), _size(right))
    return None


def _combined(operator: str, left: Size | None, right: Size | None) -> Size | None:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "//":
            return floor_div(left, right)
    return None
