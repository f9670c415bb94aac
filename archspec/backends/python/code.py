"""Python expressions as small trees that know how tightly they bind: parentheses are made by the tree.

Enters: names, constants and other trees. Leaves: `Code`; `flat` gives its text on one line, `layout` its lines. Every operand is
put in by `within`, which knows what its place asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from archspec.backends.python.text import number, string

CHOICE, OR, AND, NOT, COMPARED, ADDED, MULTIPLIED, SIGNED, RAISED, RECEIVER, ATOM = (
    5,
    10,
    20,
    30,
    40,
    50,
    60,
    70,
    80,
    90,
    100,
)
"""How tightly things bind, as Python's grammar has it; `RECEIVER` is what `.name`, `[…]` and a call ask of what they follow."""
_BINDING = {
    "or": OR, "and": AND, "+": ADDED, "-": ADDED, "*": MULTIPLIED, "/": MULTIPLIED, "//": MULTIPLIED, "%": MULTIPLIED,
    "@": MULTIPLIED, "**": RAISED,
}  # fmt: skip
MANY = 16
"""Items of a list that do not take a line each."""
_SIMPLE = re.compile(r"-?[A-Za-z0-9_.]+")
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is never broken."""

    text: str
    binding: int = ATOM


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the constructor: a parameter or a local variable. `forward` knows it by another."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item in brackets. With a comment, or with lines above it, its bracket takes one item a line."""

    code: Code
    comment: str = ""
    above: tuple[str, ...] = ()  # comment lines, without their indentation


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A call, a tuple or a list: `head` and items in brackets. `is_packed`: on many lines, each has as many items as it takes."""

    head: Code
    items: tuple[Item, ...]
    brackets: str = "()"
    is_packed: bool = False
    is_forced: bool = field(init=False)

    def __post_init__(self) -> None:
        forced = any(item.comment or item.above or is_forced(item.code) for item in self.items)
        object.__setattr__(self, "is_forced", forced)


@dataclass(frozen=True, slots=True)
class Affixed:
    """Code with text before and after it: `name=code`, `code.shape[0]`, `-code`."""

    code: Code
    before: str = ""
    after: str = ""
    binding: int = ATOM


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands with one operator between each two."""

    operands: tuple[Code, ...]
    operators: tuple[str, ...]

    @property
    def binding(self) -> int:
        return _BINDING.get(self.operators[0], COMPARED)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Parts with spaces between them, one a line in brackets where they do not fit: `*(f(i) for i in range(3))`, a choice.

    `before` and `after` are there in any case; without them only what stands around the parts holds them.
    """

    parts: tuple[Code, ...]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Subscript:
    """`target[item]`."""

    target: Code
    items: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """`start:stop:step` in a subscript; None leaves an end out."""

    ends: tuple[Code | None, Code | None, Code | None]


Code = Atom | Name | Bracketed | Affixed | Chain | Wrapped | Subscript | Slice


def binding(code: Code) -> int:
    """How tightly the code binds."""
    if isinstance(code, (Atom, Affixed, Chain)):
        return code.binding
    return CHOICE if isinstance(code, Wrapped) and not code.before else ATOM


def within(code: Code, least: int) -> Code:
    """The code, in parentheses where it binds less than its place asks for."""
    is_number = (
        least == RECEIVER and isinstance(code, Atom) and _DIGITS.fullmatch(code.text) is not None
    )  # 5.shape is no Python
    return Wrapped((code,), "(", ")") if is_number or binding(code) < least else code


# Making ------------------------------------------------------------------------------------------------------------


def literal(value: object) -> Code:
    """A constant."""
    if value is None:
        return Atom("None")
    if isinstance(value, (bool, int, float)):
        text = number(value)
        return Atom(text, SIGNED if text.startswith("-") else ATOM)
    if isinstance(value, str):
        return Atom(string(value))
    assert isinstance(value, tuple)
    return group([literal(item) for item in value])


def call(head: Code | str, *arguments: Code) -> Bracketed:
    """A call of `head`."""
    function = Atom(head) if isinstance(head, str) else within(head, RECEIVER)
    return Bracketed(function, tuple(Item(code) for code in arguments))


def group(items: Sequence[Code], brackets: str = "()") -> Bracketed:
    """A tuple, or a list."""
    return Bracketed(Atom(""), tuple(Item(code) for code in items), brackets)


def keyword(name: str, value: Code) -> Code:
    """`name=value`."""
    return Affixed(value, f"{name}=", binding=0)


def member(target: Code, name: str) -> Code:
    """`target.name`."""
    head = within(target, RECEIVER)
    return Atom(f"{head.text}.{name}") if isinstance(head, Atom) else Affixed(head, after=f".{name}")


def subscript(target: Code, *items: Code) -> Code:
    """`target[items]`."""
    return Subscript(within(target, RECEIVER), items)


def operation(operator: str, left: Code, right: Code) -> Code:
    """`left operator right`; a chain of operators of one rank is flattened from the left."""
    rank = _BINDING[operator]
    if operator == "**":
        return Chain((within(left, RAISED + 1), within(right, SIGNED)), (operator,))
    last = within(right, rank + 1)
    if isinstance(left, Chain) and left.binding == rank:
        return Chain((*left.operands, last), (*left.operators, operator))
    return Chain((within(left, rank), last), (operator,))


def times(factor: int, code: Code) -> Code:
    """`factor * code`, as one number where the code is a number times something already."""
    if isinstance(code, Chain) and set(code.operators) == {"*"}:
        first = code.operands[0]
        if isinstance(first, Atom) and _DIGITS.fullmatch(first.text):
            return replace(code, operands=(literal(factor * int(first.text)), *code.operands[1:]))
    return operation("*", literal(factor), code)


def signed(sign: str, operand: Code) -> Code:
    """`-operand`, `not operand`."""
    rank = NOT if sign == "not" else SIGNED
    return Affixed(within(operand, rank), "not " if sign == "not" else sign, binding=rank)


def compared(first: Code, rest: Sequence[tuple[str, Code]]) -> Code:
    """`first < a <= b`."""
    operands = (first, *(operand for _, operand in rest))
    return Chain(tuple(within(code, COMPARED + 1) for code in operands), tuple(sign for sign, _ in rest))


def choice(condition: Code, then: Code, other: Code) -> Wrapped:
    """`then if condition else other`; a chain of them is one, a line each where it does not fit on one."""
    last, *rest = other.parts if isinstance(other, Wrapped) and not other.before else (other,)
    return Wrapped((within(then, OR), Affixed(within(condition, OR), "if "), Affixed(last, "else "), *rest))


def generator(item: Code, loops: Sequence[tuple[str, Code]], before: str = "", after: str = "") -> Wrapped:
    """`item for name in source`; without brackets of its own it is the one argument of a call."""
    return Wrapped((item, *(Affixed(within(source, OR), f"for {name} in ") for name, source in loops)), before, after)


def listed(code: Code) -> Code:
    """A tuple as a list, and so what is in it; a range as it is."""
    if not isinstance(code, Bracketed) or code.brackets != "()":
        return code
    inside = [item.code for item in code.items]
    if code.head == Atom(""):
        return group([listed(item) for item in inside], "[]")
    if code.head != Atom("tuple"):
        return code
    if isinstance(inside[0], Wrapped):
        return Wrapped((listed(inside[0].parts[0]), *inside[0].parts[1:]), "[", "]")
    return inside[0]


# Reading -----------------------------------------------------------------------------------------------------------


def is_forced(code: Code) -> bool:
    """Whether the code has comments in it, so that it cannot stand on one line."""
    if isinstance(code, Bracketed):
        return code.is_forced
    if isinstance(code, Wrapped):
        return any(map(is_forced, code.parts))
    return isinstance(code, Affixed) and is_forced(code.code)


def flat(code: Code) -> str:
    """The code on one line."""
    match code:
        case Atom() | Name():
            return code.text
        case Affixed():
            return f"{code.before}{flat(code.code)}{code.after}"
        case Wrapped():
            return f"{code.before}{' '.join(map(flat, code.parts))}{code.after}"
        case Subscript():
            return f"{flat(code.target)}[{', '.join(map(flat, code.items))}]"
        case Chain():
            return _flat_chain(code)
        case Slice():
            return _flat_slice(code)
    inner = ", ".join(flat(item.code) for item in code.items)
    comma = "," if is_single(code) else ""
    return f"{flat(code.head)}{code.brackets[0]}{inner}{comma}{code.brackets[1]}"


def _flat_chain(code: Chain) -> str:
    operands = [flat(operand) for operand in code.operands]
    if code.operators == ("**",) and all(map(_SIMPLE.fullmatch, operands)):
        return "**".join(operands)
    return operands[0] + "".join(f" {op} {right}" for op, right in zip(code.operators, operands[1:], strict=True))


def _flat_slice(code: Slice) -> str:
    start, stop, step = ("" if end is None else flat(end) for end in code.ends)
    simple = all(not end or end.removeprefix("-").isalnum() for end in (start, stop))
    colon = ":" if simple else " : " if start and stop else " :" if start else ": "
    return f"{start}{colon}{stop}" + (f":{step}" if step else "")


def is_single(code: Bracketed) -> bool:
    """Whether it is a tuple of one item, which has a comma that is no matter of taste."""
    return code.brackets == "()" and len(code.items) == 1 and code.head == Atom("")


def renamed(code: Code, name: Callable[[str], Code]) -> Code:
    """The code with something else for each name of the constructor."""

    def inner(part: Code) -> Code:
        return renamed(part, name)

    match code:
        case Atom():
            return code
        case Name():
            return name(code.text)
        case Affixed():
            return replace(code, code=inner(code.code))
        case Wrapped():
            return replace(code, parts=tuple(map(inner, code.parts)))
        case Subscript():
            return Subscript(inner(code.target), tuple(map(inner, code.items)))
        case Chain():
            return replace(code, operands=tuple(map(inner, code.operands)))
        case Slice((start, stop, step)):
            return Slice((start and inner(start), stop and inner(stop), step and inner(step)))
    items = tuple(replace(item, code=inner(item.code)) for item in code.items)
    return Bracketed(inner(code.head), items, code.brackets, code.is_packed)


def packed(code: Code) -> Code:
    """The code, its long lists of numbers and texts packed."""
    if isinstance(code, Affixed):
        return replace(code, code=packed(code.code))
    if not isinstance(code, Bracketed):
        return code
    if code.head == Atom("") and len(code.items) > MANY and all(isinstance(item.code, Atom) for item in code.items):
        return replace(code, is_packed=True)
    return replace(code, items=tuple(replace(item, code=packed(item.code)) for item in code.items))


def names(code: Code) -> frozenset[str]:
    """The names of the constructor that the code reads."""
    found: set[str] = set()

    def note(text: str) -> Code:
        found.add(text)
        return Name(text)

    renamed(code, note)
    return frozenset(found)
