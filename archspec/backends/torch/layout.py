"""Expressions as small trees, and their layout over lines as ruff and black lay them out.

Enters: a tree of `Code`. Leaves: lines. A bracket that does not fit has its items on one line below, or else one item a
line with a comma after each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archspec.backends.torch.text import WIDTH

STEP = 4


@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is never broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item in brackets. With a comment, or with lines above it, its bracket takes one item a line."""

    code: Code
    comment: str = ""
    above: tuple[str, ...] = ()  # comment lines, without their indentation


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A call, a tuple or a list: `head` and items in brackets."""

    head: Code
    items: tuple[Item, ...]
    brackets: str = "()"
    is_forced: bool = field(init=False)

    def __post_init__(self) -> None:
        forced = any(item.comment or item.above or is_forced(item.code) for item in self.items)
        object.__setattr__(self, "is_forced", forced)


@dataclass(frozen=True, slots=True)
class Affixed:
    """Code with text before and after it: `name=code`, `code.shape[0]`."""

    code: Code
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """Operands with one operator between each two."""

    operands: tuple[Code, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Parts with spaces between them, one a line in brackets where they do not fit: `*(f(i) for i in range(3))`, a choice.

    `brackets` are there in any case; with `("", "")` only what stands around the parts holds them.
    """

    parts: tuple[Code, ...]
    before: str = ""
    after: str = ""


Code = Atom | Bracketed | Affixed | Sum | Wrapped


def choice(text: str, is_inside: bool = False) -> Code:
    """Python text that may be broken: a comprehension at its `for`s, else before `if` and `else`, `or`, `and`, `+` and `-`.

    `is_inside` brackets it needs none of its own.
    """
    if not is_inside and len(text) + 3 * STEP < WIDTH:
        return Atom(text)
    if text.startswith("[") and text.endswith("]"):
        pieces = _split(text[1:-1], (" for ",))
        if len(pieces) > 1:
            return Wrapped((choice(pieces[0], is_inside=True), *map(Atom, pieces[1:])), "[", "]")
    for words in _BREAKS:
        pieces = _split(text, words)
        if len(pieces) > 1:
            return Wrapped(tuple(map(Atom, pieces)), *(("", "") if is_inside else ("(", ")")))
    return Atom(text)


_BREAKS = ((" if ", " else "), (" or ",), (" and ",), (" + ", " - "), (" * ", " / ", " // ", " % "))


def _split(text: str, words: tuple[str, ...]) -> list[str]:
    """The text cut before these words, outside brackets."""
    pieces, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if depth == 0 and text.startswith(words, i):
            pieces.append(text[start:i])
            start = i + 1
    return [*pieces, text[start:]]


def call(head: Code | str, *arguments: Code) -> Bracketed:
    """A call of `head`."""
    return Bracketed(Atom(head) if isinstance(head, str) else head, tuple(Item(code) for code in arguments))


def group(items: Sequence[Code], brackets: str = "()") -> Bracketed:
    """A tuple, or a list."""
    return Bracketed(Atom(""), tuple(Item(code) for code in items), brackets)


def is_forced(code: Code) -> bool:
    """Whether the code has comments in it, so that it cannot stand on one line."""
    if isinstance(code, Bracketed):
        return code.is_forced
    if isinstance(code, Wrapped):
        return any(map(is_forced, code.parts))
    return isinstance(code, Affixed) and is_forced(code.code)


def flat(code: Code) -> str:
    """The code on one line."""
    if isinstance(code, Atom):
        return code.text
    if isinstance(code, Affixed):
        return f"{code.before}{flat(code.code)}{code.after}"
    if isinstance(code, Wrapped):
        return f"{code.before}{' '.join(map(flat, code.parts))}{code.after}"
    if isinstance(code, Sum):
        rest = (f" {op} {flat(right)}" for op, right in zip(code.operators, code.operands[1:], strict=True))
        return flat(code.operands[0]) + "".join(rest)
    inner = ", ".join(flat(item.code) for item in code.items)
    comma = "," if _is_single(code) else ""
    return f"{flat(code.head)}{code.brackets[0]}{inner}{comma}{code.brackets[1]}"


def _is_single(code: Bracketed) -> bool:
    """Whether it is a tuple of one item, which has a comma that is no matter of taste."""
    return code.brackets == "()" and len(code.items) == 1 and code.head == Atom("")


def layout(code: Code, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """The lines of `before code after`."""
    margin = " " * indent
    if not is_forced(code):
        line = f"{margin}{before}{flat(code)}{after}"
        if len(line) <= WIDTH:
            return [line]
    if (
        before.endswith(" = ")
        and isinstance(code, (Bracketed, Affixed))
        and len(_first_line(code, indent, before)) > WIDTH
    ):
        return [f"{margin}{before}(", *layout(code, indent + STEP), f"{margin}){after}"]
    if isinstance(code, Affixed):
        return layout(code.code, indent, before + code.before, code.after + after)
    if isinstance(code, Bracketed) and code.items:
        head = f"{margin}{before}{flat(code.head)}{code.brackets[0]}"
        return [head, *_inside(code, indent + STEP), f"{margin}{code.brackets[1]}{after}"]
    if isinstance(code, Sum):
        return _layout_sum(code, indent, before, after)
    if isinstance(code, Wrapped):
        inside = indent + STEP if code.before else indent
        whole = " ".join(map(flat, code.parts))
        if not is_forced(code) and inside + len(whole) + (0 if code.before else len(before) + len(after)) <= WIDTH:
            if not code.before:
                return [f"{margin}{before}{whole}{after}"]
            return [f"{margin}{before}{code.before}", f"{' ' * inside}{whole}", f"{margin}{code.after}{after}"]
        lines = [line for part in code.parts for line in layout(part, inside)]
        if not code.before:
            lines[0] = f"{margin}{before}{lines[0].lstrip()}"
            lines[-1] += after
            return lines
        return [f"{margin}{before}{code.before}", *lines, f"{margin}{code.after}{after}"]
    return [f"{margin}{before}{flat(code)}{after}"]


def _first_line(code: Bracketed | Affixed, indent: int, before: str) -> str:
    """What a call or tuple has up to its opening bracket; everything where it has none."""
    if isinstance(code, Affixed):
        inner = code.code
        return _first_line(inner, indent, before + code.before) if isinstance(inner, (Bracketed, Affixed)) else ""
    return f"{' ' * indent}{before}{flat(code.head)}{code.brackets[0]}"


def _inside(code: Bracketed, indent: int) -> list[str]:
    margin = " " * indent
    if not code.is_forced and code.head != Atom(""):  # a tuple or a list has one item a line, a call need not
        line = margin + ", ".join(flat(item.code) for item in code.items)
        if len(line) <= WIDTH:
            return [line]
    if len(code.items) == 1 and isinstance(code.items[0].code, Bracketed) and not _has_comment(code.items[0]):
        return layout(code.items[0].code, indent, after="," if _is_single(code) else "")
    lines: list[str] = []
    for item in code.items:
        is_generator = isinstance(item.code, Wrapped) and not item.code.before and len(code.items) == 1
        own = layout(item.code, indent, after="" if is_generator else ",")
        lines += [margin + text for text in item.above]
        if item.comment and len(own) == 1 and len(own[0]) + 4 + len(item.comment) <= WIDTH:
            own = [f"{own[0]}  # {item.comment}"]
        elif item.comment:
            lines.append(f"{margin}# {item.comment}")
        lines += own
    return lines


def _has_comment(item: Item) -> bool:
    return bool(item.comment or item.above)


def _layout_sum(code: Sum, indent: int, before: str, after: str) -> list[str]:
    """One operand a line, in parentheses, its operator first."""
    last = code.operands[-1]
    if len(code.operands) == 2 and isinstance(last, Bracketed) and isinstance(last.head, Atom):
        start = f"{before}{flat(code.operands[0])} {code.operators[0]} "
        if indent + len(start) + len(last.head.text) < WIDTH:
            return layout(last, indent, start, after)
    margin = " " * indent
    lines = layout(code.operands[0], indent + STEP)
    for operator, operand in zip(code.operators, code.operands[1:], strict=True):
        lines += layout(operand, indent + STEP, f"{operator} ")
    return [f"{margin}{before}(", *lines, f"{margin}){after}"]
