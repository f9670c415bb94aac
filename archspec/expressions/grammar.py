"""The grammar of expressions, which stand between `${` and `}`. Enters: a text; leaves: a tree, which `evaluation` gives a value.

A small total language: numbers, texts, lists, the names in scope and a fixed table of functions. There are no attributes but
`.shape`, no calls but the table's, and every intermediate value is bounded before it is computed. Nothing is ever handed to
Python's own `eval`. Operators mean what they mean in Python, so that generated code can use them as they stand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from archspec.expressions.tree import (
    Binary,
    Call,
    Choice,
    Compare,
    Comprehension,
    Constant,
    Embedded,
    Expression,
    Fault,
    Item,
    Items,
    Name,
    Part,
    ShapeOf,
    Template,
    Unary,
)
from archspec.limits import MAX_BITS, MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_LENGTH, MAX_LOOPS, MAX_TEXT_LENGTH

FUNCTIONS = ("len", "min", "max", "abs", "round", "floor", "ceil", "sum", "int", "range")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
RESERVED = frozenset({*FUNCTIONS, *_WORDS, "and", "or", "not", "if", "else", "in", "is", "for"})
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<text>'[^'\\]*'|"[^"\\]*")|(?P<sign>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],.:])|(?P<wrong>\S))"""
)
_PART = re.compile(r"\$\{([^{}]*)\}")
_BINDING = {"+": 50, "-": 50, "*": 60, "/": 60, "//": 60, "%": 60, "**": 80}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class _Token(NamedTuple):
    kind: str  # number, name, text, sign, end
    text: str
    position: int


def parts(text: str) -> tuple[str | tuple[str, int], ...]:
    """A text cut at its expressions: plain pieces, and (expression, its position).

    Raises Fault for a `${` left open, and for a long text, which each layer of a repeat would read again.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise Fault(
            "E0501",
            f"the text has {len(text):,} characters; at most {MAX_TEXT_LENGTH:,} are allowed beside an expression",
            0,
        )
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
    return tuple(found)


@lru_cache(maxsize=10_000)
def template(text: str) -> Template:
    """A text with its expressions as trees, made once for all places that have this text. Raises Fault, at a character of it."""
    return Template(text, tuple(piece if isinstance(piece, str) else _embedded(*piece) for piece in parts(text)))


def readable(text: str) -> Template | None:
    """The same; None where an expression in it cannot be read, which is said where it is evaluated."""
    try:
        return template(text)
    except Fault:
        return None


def _embedded(text: str, position: int) -> Embedded:
    try:
        return Embedded(parse(text), position)
    except Fault as fault:
        raise fault.moved(position) from None


def parse(text: str) -> Expression:
    """The tree of an expression. Raises Fault."""
    if len(text) > MAX_EXPRESSION_LENGTH:
        raise Fault(
            "E0501", f"the expression has {len(text)} characters; at most {MAX_EXPRESSION_LENGTH} are allowed", 0
        )
    return _Parser(text).parse()


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
        if self.depth > MAX_EXPRESSION_DEPTH:
            raise Fault(
                "E0501", f"the expression is nested more than {MAX_EXPRESSION_DEPTH} deep", self._token.position
            )
        position = self._token.position
        then = self._logic("or")
        if self._take("if"):
            condition = self._logic("or")
            self._need("else")
            then = Choice(condition, then, self._choice(), position)
        self.depth -= 1
        return then

    def _logic(self, word: str) -> Expression:
        left = self._logic("and") if word == "or" else self._negation()
        while self._token.kind == "name" and self._token.text == word:
            position = self._token.position
            self.at += 1
            left = Binary(word, left, self._logic("and") if word == "or" else self._negation(), position)
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
        if self.depth > MAX_EXPRESSION_DEPTH:
            raise Fault(
                "E0501", f"the expression is nested more than {MAX_EXPRESSION_DEPTH} deep", self._token.position
            )
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
