"""Arguments of Python code as a spec has them. Enters: a parsed argument; leaves: its text, or nothing where it is no value."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from archspec.document.tree import Scalar, show
from archspec.ops import registry
from archspec.ops.other_names import other_key
from archspec.ops.other_values import first_meant, meant
from archspec.source import Source, Span

OWN = ("true", "false", "null")
"""Values as a spec has them, which are names to Python."""
MAX_ITEMS = 100
"""Values in one list."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_NOT_CALLED = ("Parameter", "Buffer")
"""Ops whose arguments are others than those of PyTorch's constructor."""
_ARITHMETIC = re.compile(r"[0-9 +*/()-]+")


class Expression(str):
    """A value that is an expression of the spec, in its quotes."""

    __slots__ = ()


def with_names(tree: ast.expr, names: Collection[str], tensors: Collection[str]) -> ast.expr:
    """The tree of a call whose arguments that are known names and no tensors, or arithmetic with them, are expressions."""
    return _Named(names, tensors).visit(tree) if names and isinstance(tree, ast.Call | ast.Tuple | ast.List) else tree


class _Named(ast.NodeTransformer):
    def __init__(self, names: Collection[str], tensors: Collection[str]) -> None:
        self.names = names
        self.tensors = tensors

    def _is_known(self, name: str) -> bool:
        return name in self.names and name not in self.tensors

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            node.func = self.visit(node.func)
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [ast.keyword(word.arg, self.visit(word.value)) for word in node.keywords]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._expression(node) if self._is_known(node.id) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Call):
            node.value = self.visit(node.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """`256 * width` as one expression; what holds anything else stays as it is."""
        inner = list(ast.walk(node))
        operators = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Div, ast.Mod)
        are_known = all(
            (isinstance(part, ast.Name) and self._is_known(part.id))
            or (isinstance(part, ast.Constant) and type(part.value) in (int, float))
            or isinstance(part, (ast.BinOp, ast.Load, *operators))
            for part in inner
        )
        return self._expression(node) if are_known and any(isinstance(part, ast.Name) for part in inner) else node

    @staticmethod
    def _expression(node: ast.expr) -> ast.expr:
        return ast.Constant(Expression(f'"${{{ast.unparse(node)}}}"'))


def with_meanings(name: str, call: ast.Call) -> ast.Call | None:
    """The call of another library's layer with the names, and the values, that its arguments have here; the same call where they
    are the same, None where a value cannot be told."""
    first = first_meant(name) if call.args else None
    words = [*([ast.keyword(first, call.args[0])] if first is not None else []), *call.keywords]
    found = meant(name, {word.arg or "": _plain(word.value) for word in words})
    if not found:
        return call if found is not None else None
    pairs = [(word, *found.get(word.arg or "", (word.arg, ""))) for word in words]
    keywords = [
        ast.keyword(own, ast.parse(text, mode="eval").body if text else word.value) for word, own, text in pairs
    ]
    return ast.Call(call.func, call.args[first is not None :], keywords)


def _plain(node: ast.expr) -> object:
    """The value of a literal, and other code as it is."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return node


def value_of(node: ast.expr, kind: str, name: str) -> str | None:
    """An argument of an op as a spec has it; None where it is no plain value, and no known name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, Expression):
        return node.value
    written = ast.unparse(node)
    if written in OWN:
        return written
    if isinstance(node, ast.BinOp):
        return f'"${{{written}}}"' if _ARITHMETIC.fullmatch(written) else None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    op = registry.find(kind) if kind else None
    if (
        op is not None
        and name in op.model_fields
        and op.model_fields[name].annotation is bool
        and value in (None, 0, 1)
    ):
        return show(bool(value))  # as PyTorch takes it
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else None
    items = value if isinstance(value, (tuple, list)) else (value,)
    is_plain = len(items) <= MAX_ITEMS and all(
        item is None or isinstance(item, (bool, int, float, Expression)) for item in items
    )
    return show(value) if is_plain else None


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def is_linear(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "linear"


def text_of(node: ast.expr) -> Scalar:
    """An argument as a text."""
    value = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    return Scalar(value, value, True, Span(Source("", ""), 1, 1, 1, 1))


def fields_of(kind: str) -> list[str]:
    """The arguments of PyTorch's constructor, in its order, as a test compares them with it."""
    op = registry.find(kind)
    if op is None or kind in _NOT_CALLED:
        return []
    return [*op.positional, *(name for name in op.model_fields if name not in op.positional)]


def keys_of_call(
    kind: str, given: Sequence[ast.expr], words: dict[str, ast.expr], order: Sequence[str]
) -> dict[str, str] | None:
    """The keys of a call's arguments; None where one is no value, or no key. Those of another library have other names."""
    fields = fields_of(kind)
    if registry.find(kind) is None or len(given) > len(order):
        return None
    named = [(word if word in fields else other_key(word, fields) or word, value) for word, value in words.items()]
    pairs = [*zip(order, given, strict=False), *named]
    keys = {name: value_of(value, kind, name) for name, value in pairs}
    written = {name: value for name, value in keys.items() if value is not None}
    return written if len(written) == len(pairs) and keys.keys() <= set(fields) else None
