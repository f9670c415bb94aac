"""Expressions over lines, as ruff and black lay them out.

Enters: a tree of `Code`. Leaves: lines. A bracket that does not fit has its items on one line below, or else one item a
line with a comma after each.
"""

from __future__ import annotations

from dataclasses import replace

from archspec.backends.python.code import (
    Affixed,
    Atom,
    Bracketed,
    Chain,
    Code,
    Item,
    Wrapped,
    flat,
    is_forced,
    is_single,
    packed,
)
from archspec.backends.python.text import WIDTH

STEP = 4
_AS_IT_IS = "  # fmt: skip"


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
    if isinstance(code, Chain):
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


def statement(code: Code, indent: int, before: str = "", after: str = "") -> list[str]:
    """The lines of a whole statement: a choice that does not fit on one line stands in parentheses there."""
    lines = layout(code, indent, before, after)
    if isinstance(code, Wrapped) and not code.before and (len(lines) > 1 or len(lines[0]) > WIDTH):
        return layout(replace(code, before="(", after=")"), indent, before, after)
    return lines


def long_statement(code: Code, indent: int, before: str = "", after: str = "") -> list[str]:
    """The lines of a whole statement that may spell out many numbers or names. Those do not take a line each, which a comment
    says to formatters."""
    lines = layout(packed(code), indent, before, after)
    is_packed = len(lines) > 1 and lines != layout(code, indent, before, after)
    return [*lines[:-1], f"{lines[-1]}{_AS_IT_IS}"] if is_packed else lines


def _first_line(code: Bracketed | Affixed, indent: int, before: str) -> str:
    """What a call or tuple has up to its opening bracket; everything where it has none."""
    if isinstance(code, Affixed):
        inner = code.code
        return _first_line(inner, indent, before + code.before) if isinstance(inner, (Bracketed, Affixed)) else ""
    return f"{' ' * indent}{before}{flat(code.head)}{code.brackets[0]}"


def _inside(code: Bracketed, indent: int) -> list[str]:
    margin = " " * indent
    if code.is_packed:
        return _filled([flat(item.code) for item in code.items], margin)
    if not code.is_forced and code.head != Atom(""):  # a tuple or a list has one item a line, a call need not
        line = margin + ", ".join(flat(item.code) for item in code.items)
        if len(line) <= WIDTH:
            return [line]
    if len(code.items) == 1 and isinstance(code.items[0].code, Bracketed) and not _has_comment(code.items[0]):
        return layout(code.items[0].code, indent, after="," if is_single(code) else "")
    lines: list[str] = []
    for item in code.items:
        is_generator = len(code.items) == 1 and _is_generator(item.code)
        own = layout(item.code, indent, after="" if is_generator else ",")
        lines += [margin + text for text in item.above]
        if item.comment and len(own) == 1 and len(own[0]) + 4 + len(item.comment) <= WIDTH:
            own = [f"{own[0]}  # {item.comment}"]
        elif item.comment:
            lines.append(f"{margin}# {item.comment}")
        lines += own
    return lines


def _filled(texts: list[str], margin: str) -> list[str]:
    """As many items a line as it takes."""
    lines = [margin]
    for text in texts:
        line = f"{lines[-1]}{' ' if lines[-1] != margin else ''}{text},"
        if len(line) <= WIDTH or lines[-1] == margin:
            lines[-1] = line
        else:
            lines.append(f"{margin}{text},")
    return lines


def _is_generator(code: Code) -> bool:
    """Whether the brackets around it are those of a call."""
    return isinstance(code, Wrapped) and not code.before and flat(code.parts[-1]).startswith("for ")


def _has_comment(item: Item) -> bool:
    return bool(item.comment or item.above)


def _layout_sum(code: Chain, indent: int, before: str, after: str) -> list[str]:
    """One operand a line, its operator first, in parentheses where it is not in brackets already."""
    last = code.operands[-1]
    if len(code.operands) == 2 and isinstance(last, Bracketed) and isinstance(last.head, Atom):
        start = f"{before}{flat(code.operands[0])} {code.operators[0]} "
        if indent + len(start) + len(last.head.text) < WIDTH:
            return layout(last, indent, start, after)
    margin = " " * indent
    if not before:  # there are brackets around it
        lines = _operands(code, indent)
        return [*lines[:-1], f"{lines[-1]}{after}"]
    return [f"{margin}{before}(", *_operands(code, indent + STEP), f"{margin}){after}"]


def _operands(code: Chain, indent: int) -> list[str]:
    lines = layout(code.operands[0], indent)
    for operator, operand in zip(code.operators, code.operands[1:], strict=True):
        lines += layout(operand, indent, f"{operator} ")
    return lines
