"""Formulas of symbolic sizes as LaTeX sets them. Enters: a text of a table; leaves: math, or None for what is no formula.

What is set is written anew from the formula's tree, so that nothing of the text itself gets into the math.
"""

from __future__ import annotations

from archspec.expressions.grammar import parse
from archspec.expressions.tree import Binary, Call, Constant, Expression, Fault, Name, Unary
from archspec.limits import MAX_SET_FORMULA

_SUM, _PRODUCT, _POWER = 1, 2, 3
_BYTES = " bytes"
_BINARY = {"+": (_SUM, " + "), "-": (_SUM, " - "), "*": (_PRODUCT, r" \cdot ")}


class _Other(Exception):
    """A part of an expression that no size has."""


def figure(text: str) -> str | None:
    """A figure, perhaps one of bytes: `$216 \\cdot S^{2}$ bytes`."""
    unit = _BYTES if text.endswith(_BYTES) else ""
    tree = _tree(text.removesuffix(_BYTES))
    return None if tree is None else _math(tree, unit)


def shape(text: str) -> str | None:
    """Sizes with crosses between them; numbers alone are none."""
    trees = [_tree(part) for part in text.split(" × ")]
    if None in trees or not any(_has_name(tree) for tree in trees if tree is not None):
        return None
    try:
        sizes = [_written(tree, _PRODUCT) for tree in trees if tree is not None]
    except _Other:
        return None
    return "$" + r" \times ".join(sizes) + "$"


def note(text: str) -> list[tuple[str, bool]]:
    """A note in parts, each with whether it is math: formulas behind its label, as far as they stand alone or before `bytes`."""
    label, colon, rest = text.partition(": ")
    if not colon:
        return [(text, False)]
    found = [(label + colon, False)]
    for i, part in enumerate(_apart(rest)):
        formula, unit, more = part.partition(_BYTES)
        tree = _tree(formula)
        shown = _math(tree, "") if tree is not None and _has_name(tree) else None
        found.append((", " if i else "", False))
        found += [(part, False)] if shown is None else [(shown, True), (unit + more, False)]
    return found


def _apart(text: str) -> list[str]:
    """A text at its commas that stand in no parentheses."""
    depth, parts, start = 0, [], 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and text.startswith(", ", i):
            parts.append(text[start:i])
            start = i + 2
    return [*parts, text[start:]]


def _tree(text: str) -> Expression | None:
    if not text or len(text) > MAX_SET_FORMULA:
        return None
    try:
        return parse(text)
    except Fault:
        return None


def _math(tree: Expression, unit: str) -> str | None:
    try:
        return f"${_written(tree)}${unit}"
    except _Other:
        return None


def _has_name(tree: Expression) -> bool:
    if isinstance(tree, Binary):
        return _has_name(tree.left) or _has_name(tree.right)
    if isinstance(tree, Unary):
        return _has_name(tree.operand)
    return isinstance(tree, Name) or (isinstance(tree, Call) and any(map(_has_name, tree.arguments)))


def _written(tree: Expression, least: int = 0) -> str:
    """A part; in parentheses where it binds less than `least`. Raises _Other."""
    if isinstance(tree, Constant) and type(tree.value) is int:
        return f"{tree.value:,}".replace(",", "{,}")
    if isinstance(tree, Name):
        return _name(tree.name)
    if isinstance(tree, Call) and tree.function == "max":
        return rf"\max({', '.join(map(_written, tree.arguments))})"
    if isinstance(tree, Unary) and tree.operator == "-":
        return _within(f"-{_written(tree.operand, _POWER)}", _PRODUCT, least)
    if not isinstance(tree, Binary):
        raise _Other
    if tree.operator == "//":
        return rf"\lfloor {_written(tree.left, _PRODUCT)} / {_written(tree.right, _POWER)} \rfloor"
    if tree.operator == "**":
        return _within(f"{_written(tree.left, _POWER + 1)}^{{{_written(tree.right)}}}", _POWER, least)
    if tree.operator not in _BINARY:
        raise _Other
    binds, sign = _BINARY[tree.operator]
    return _within(f"{_written(tree.left, binds)}{sign}{_written(tree.right, binds + 1)}", binds, least)


def _within(text: str, binds: int, least: int) -> str:
    return f"({text})" if binds < least else text


def _name(name: str) -> str:
    if not name.isascii() or not name.replace("_", "a").isalnum():
        raise _Other
    escaped = name.replace("_", r"\_")
    return name if len(name) == 1 else rf"\mathit{{{escaped}}}"
