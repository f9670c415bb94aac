"""Expressions: what stands between `${` and `}`. Enters: their text; leaves: a tree, and its value for given names.

A small total language: numbers, texts, lists, the names in scope and a fixed table of functions. There are no attributes but
`.shape`, no calls but the table's, and every intermediate value is bounded before it is computed. Nothing is ever handed to
Python's own `eval`. Operators mean what they mean in Python, so that generated code can use them as they stand.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from archspec.dims import BATCH

MAX_LENGTH = 400
MAX_DEPTH = 40
MAX_BITS = 62
MAX_ITEMS = 10_000
MAX_STEPS = 200_000
MAX_LOOPS = 4


class Symbol:
    """A size that is known by a name only. No expression can compute with it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


Value = None | bool | int | float | str | Symbol | tuple["Value", ...]


class Fault(Exception):
    """An expression has no tree or no value; `position` is the character concerned."""

    def __init__(self, code: str, message: str, position: int, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.help = help


class Constant(NamedTuple):
    """A number, a text, true, false or null."""

    value: Value
    position: int


class Name(NamedTuple):
    """A name in scope."""

    name: str
    position: int


class ShapeOf(NamedTuple):
    """`input.shape`: the sizes of one of the scope's inputs, the batch first."""

    name: str
    position: int


class Unary(NamedTuple):
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression
    position: int


class Binary(NamedTuple):
    """`x + y` and the other arithmetic; `and`, `or`."""

    operator: str
    left: Expression
    right: Expression
    position: int


class Compare(NamedTuple):
    """`a < b <= c`, as Python chains them."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    position: int


class Choice(NamedTuple):
    """`then if condition else other`."""

    condition: Expression
    then: Expression
    other: Expression
    position: int


class Item(NamedTuple):
    """`x[index]`."""

    target: Expression
    index: Expression
    position: int


class Part(NamedTuple):
    """`x[start:stop]`; null leaves an end out."""

    target: Expression
    start: Expression
    stop: Expression
    position: int


class Call(NamedTuple):
    """A function of the table."""

    function: str
    arguments: tuple[Expression, ...]
    position: int


class Items(NamedTuple):
    """`[a, b]`."""

    items: tuple[Expression, ...]
    position: int


class Comprehension(NamedTuple):
    """`[item for name in source]`, with one `for` or several."""

    item: Expression
    loops: tuple[tuple[str, Expression], ...]
    position: int


Expression = Constant | Name | ShapeOf | Unary | Binary | Compare | Choice | Item | Part | Call | Items | Comprehension

FUNCTIONS = ("len", "min", "max", "abs", "round", "floor", "ceil", "sum", "int", "range")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
RESERVED = frozenset({*FUNCTIONS, *_WORDS, "and", "or", "not", "if", "else", "in", "is", "for"})
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<text>'[^'\\]*'|"[^"\\]*")|(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],.:])|(?P<wrong>\S))"""
)
_PART = re.compile(r"\$\{([^{}]*)\}")
_BINDING = {"+": 50, "-": 50, "*": 60, "/": 60, "//": 60, "%": 60, "**": 80}
_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # type: ignore[dict-item]  # fmt: skip


class _Token(NamedTuple):
    kind: str  # number, name, text, sign, end
    text: str
    position: int


def is_expression(text: str) -> bool:
    """Whether a text has anything to evaluate in it."""
    return "${" in text


def parts(text: str) -> list[str | tuple[str, int]]:
    """A text cut at its expressions: plain pieces, and (expression, its position). Raises Fault for a `${` left open."""
    found: list[str | tuple[str, int]] = []
    end = 0
    for match in _PART.finditer(text):
        if match.start() > end:
            found.append(text[end : match.start()])
        found.append((match[1], match.start(1)))
        end = match.end()
    if end < len(text):
        found.append(text[end:])
    for piece in found:
        if isinstance(piece, str) and "${" in piece:
            raise Fault("E0501", "the ${ has no } that closes it", text.index("${", text.index(piece)))
    return found


_parsed: dict[str, Expression] = {}


def parse(text: str) -> Expression:
    """The tree of an expression. Raises Fault."""
    found = _parsed.get(text)
    if found is None:
        if len(text) > MAX_LENGTH:
            raise Fault("E0501", f"the expression has {len(text)} characters; at most {MAX_LENGTH} are allowed", 0)
        found = _Parser(text).parse()
        if len(_parsed) < 10_000:
            _parsed[text] = found
    return found


class _Parser:
    """Precedence climbing: one method for operators, one for operands."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def parse(self) -> Expression:
        if self.tokens[0].kind == "end":
            raise Fault("E0501", "there is nothing between ${ and }", 0)
        found = self._choice()
        if self._token.kind != "end":
            raise self._unexpected()
        return found

    @property
    def _token(self) -> _Token:
        return self.tokens[self.at]

    def _unexpected(self) -> Fault:
        token = self._token
        if token.kind == "end":
            return Fault("E0501", "the expression ends too early", token.position)
        return Fault("E0501", f"{token.text} does not belong here", token.position)

    def _take(self, *texts: str) -> bool:
        if self._token.kind in ("sign", "name") and self._token.text in texts:
            self.at += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected()

    def _choice(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Fault("E0501", f"the expression is nested more than {MAX_DEPTH} deep", self._token.position)
        position = self._token.position
        then = self._logic("or")
        if self._take("if"):
            condition = self._logic("or")
            self._need("else")
            then = Choice(condition, then, self._choice(), position)
        self.depth -= 1
        return then

    def _logic(self, word: str) -> Expression:
        inner = (lambda: self._logic("and")) if word == "or" else self._negation
        left = inner()
        while self._token.kind == "name" and self._token.text == word:
            position = self._token.position
            self.at += 1
            left = Binary(word, left, inner(), position)
        return left

    def _negation(self) -> Expression:
        positions = []
        while self._token.kind == "name" and self._token.text == "not":
            positions.append(self._token.position)
            self.at += 1
        found = self._comparison()
        for position in reversed(positions):
            found = Unary("not", found, position)
        return found

    def _comparison(self) -> Expression:
        position = self._token.position
        first = self._arithmetic(0)
        rest: list[tuple[str, Expression]] = []
        while self._token.kind == "sign" and self._token.text in _COMPARISONS:
            sign = self._token.text
            self.at += 1
            rest.append((sign, self._arithmetic(0)))
        return Compare(first, tuple(rest), position) if rest else first

    def _arithmetic(self, least: int) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Fault("E0501", f"the expression is nested more than {MAX_DEPTH} deep", self._token.position)
        token = self._token
        if self._take("-", "+"):
            left: Expression = Unary(token.text, self._arithmetic(70), token.position)
        else:
            left = self._operand()
        while self._token.kind == "sign" and _BINDING.get(self._token.text, -1) >= max(least, 1):
            sign, position = self._token.text, self._token.position
            self.at += 1
            # ** binds to the right, and its right side may have a sign: 2 ** -1
            left = Binary(sign, left, self._arithmetic(70 if sign == "**" else _BINDING[sign] + 1), position)
        self.depth -= 1
        return left

    def _operand(self) -> Expression:
        token = self._token
        self.at += 1
        if token.kind == "number":
            found: Expression = Constant(_number(token), token.position)
        elif token.kind == "text":
            found = Constant(token.text[1:-1], token.position)
        elif token.kind == "name" and token.text in _WORDS:
            found = Constant(_WORDS[token.text], token.position)
        elif token.kind == "name" and token.text in FUNCTIONS and self._token.text == "(":
            self.at += 1
            found = Call(token.text, self._list(")"), token.position)
        elif token.kind == "name" and token.text not in RESERVED:
            found = self._name(token)
        elif token.kind == "sign" and token.text == "(":
            found = self._choice()
            self._need(")")
        elif token.kind == "sign" and token.text == "[":
            found = self._items(token.position)
        else:
            self.at -= 1
            raise self._unexpected()
        while self._token.kind == "sign" and self._token.text in ("[", "(", "."):
            if self._token.text != "[":
                raise Fault("E0501", f"{_what_is_called(found)} cannot be called, and .shape is the only attribute there is",
                            self._token.position, f"the functions are {', '.join(FUNCTIONS)}")  # fmt: skip
            position = self._token.position
            self.at += 1
            found = self._index(found, position)
        return found

    def _index(self, target: Expression, position: int) -> Expression:
        """An item or a part of a list."""
        nothing = Constant(None, position)
        start = nothing if self._token.text == ":" else self._choice()
        if not self._take(":"):
            self._need("]")
            return Item(target, start, position)
        stop = nothing if self._token.text == "]" else self._choice()
        self._need("]")
        return Part(target, start, stop, position)

    def _name(self, token: _Token) -> Expression:
        if self._token.text == "." and self.tokens[self.at + 1].text == "shape":
            self.at += 2
            return ShapeOf(token.text, token.position)
        return Name(token.text, token.position)

    def _items(self, position: int) -> Expression:
        """What stands between [ and ]: items, or a comprehension."""
        if self._take("]"):
            return Items((), position)
        first = self._choice()
        loops: list[tuple[str, Expression]] = []
        while self._take("for"):
            name = self._token
            if name.kind != "name" or name.text in RESERVED:
                raise self._unexpected()
            self.at += 1
            self._need("in")
            loops.append((name.text, self._logic("or")))
            if len(loops) > MAX_LOOPS:
                raise Fault("E0501", f"there are more than {MAX_LOOPS} fors", name.position)
        if loops:
            self._need("]")
            return Comprehension(first, tuple(loops), position)
        if self._take("]"):
            return Items((first,), position)
        self._need(",")
        return Items((first, *self._list("]")), position)

    def _list(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._take(closing):
            if items:
                self._need(",")
                if self._take(closing):
                    break
            items.append(self._choice())
        return tuple(items)


def _what_is_called(found: Expression) -> str:
    return found.name if isinstance(found, (Name, ShapeOf)) else "this"


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        if kind == "wrong":
            raise Fault("E0501", f"{match[kind]} is no part of the expression language", match.start(kind))
        yield _Token(kind, match[kind], match.start(kind))
    yield _Token("end", "", len(text))


def _number(token: _Token) -> int | float:
    if token.text.isdigit():
        if len(token.text) > 20 or int(token.text) >= 2**MAX_BITS:
            raise Fault("E0503", f"numbers stay below 2^{MAX_BITS}", token.position)
        return int(token.text)
    value = float(token.text)
    if not math.isfinite(value):
        raise Fault("E0503", "numbers are finite", token.position)
    return value


# Values --------------------------------------------------------------------------------------------------------------

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
        way = "the batch is always free" if value.name == BATCH else f"give it in the spec, or with --set {value.name}=…"
        raise Fault("E0308", f"the size {value.name} is not a number here", position, way)
    for item in value if isinstance(value, tuple) else ():
        need_known(item, position)


def show(value: Value) -> str:
    """A value as messages show it."""
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, tuple):
        return "[" + ", ".join(map(show, value[:8])) + (", …]" if len(value) > 8 else "]")
    if isinstance(value, str):
        return f'"{value[:40]}"'
    return {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)


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
        if not _COMPARISONS[sign](left, right):
            return False
        left = right
    return True


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
    for end in (start, stop):
        if end is not None and (not isinstance(end, int) or isinstance(end, bool)):
            raise Fault("E0503", f"a part's ends are whole numbers, not {show(end)}", position)
    return target[start:stop]  # type: ignore[misc]


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
