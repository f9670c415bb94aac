"""What joins tensors in Python code, `torch.cat([a, b], dim=1)`, `a + b`, `a.add(b)`. Enters: such an expression; leaves: the
op and its keys."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from archspec.expand.python_layers import NOTHING, Known
from archspec.expand.python_tensors import is_method, joined_name
from archspec.expand.python_values import Expression, value_of
from archspec.ops import registry

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Div: "Div", ast.MatMult: "Matmul"
}  # fmt: skip
_LISTED = {"cat": "Cat", "concat": "Cat", "concatenate": "Cat", "stack": "Stack"}
"""Functions of a list of tensors and an axis."""
_PAIRED = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "matmul": "Matmul", "bmm": "Matmul", "maximum": "Maximum",
           "minimum": "Minimum"}  # fmt: skip
"""Functions of two tensors."""


_RESIZING = {
    f"{owner}{name}"
    for owner in ("F.", "nn.functional.", "torch.nn.functional.")
    for name in ("interpolate", "upsample")
}
_SIDES = (".shape[2:]", ".shape[-2:]", ".size()[2:]", ".size()[-2:]")
"""How code has the sides of an image."""


class Join(NamedTuple):
    """An op, and its keys with `from`."""

    kind: str
    keys: dict[str, str]
    names: tuple[str, ...]
    """What is read."""


def joined(tree: ast.expr, known: Known) -> Join | None:
    """The op that joins what an expression reads by name; None where it is another expression."""
    if isinstance(tree, ast.BinOp):
        return _operated(tree, known)
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) in _RESIZING:
        return _resized(tree)
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Attribute):
        return None
    function, words = tree.func.attr, {word.arg or "": word.value for word in tree.keywords}
    is_of_torch = isinstance(tree.func.value, ast.Name) and tree.func.value.id == "torch"
    if function in _PAIRED and not words:
        both = [*([tree.func.value] if is_method(tree.func, known) else []), *tree.args]
        is_whole = len(both) == 2 and (is_of_torch or len(both) > len(tree.args))
        return _pair(_PAIRED[function], both[0], both[1], known) if is_whole else None
    axis = words.get("dim", words.get("axis", tree.args[1] if len(tree.args) == 2 else None))
    if not is_of_torch or function not in _LISTED or not tree.args or axis is None or len(tree.args) + len(words) != 2:
        return None
    listed, dim = tree.args[0], value_of(axis, _LISTED[function], "dim")
    items = listed.elts if isinstance(listed, ast.Tuple | ast.List) else []
    found = _join(_LISTED[function], items, known)
    return found._replace(keys={**found.keys, "dim": dim}) if found is not None and dim is not None else None


def _resized(tree: ast.Call) -> Join | None:
    """`F.interpolate(a, size=b.shape[-2:])`: one tensor with the sides of another."""
    words = {word.arg or "": word.value for word in tree.keywords}
    size = words.pop("size", tree.args[1] if len(tree.args) == 2 else None)
    written = ast.unparse(size) if size is not None else ""
    like = next((written.removesuffix(end) for end in _SIDES if written.endswith(end)), "")
    settings = {name: value_of(value, "UpsampleLike", name) for name, value in words.items()}
    items = [tree.args[0], ast.Name(like)] if tree.args and like.isidentifier() else []
    found = _join("UpsampleLike", items, NOTHING)
    if found is None or None in settings.values() or not settings.keys() <= {"mode", "align_corners", "antialias"}:
        return None
    return found._replace(keys={**found.keys, **{name: str(value) for name, value in settings.items()}})


def _operated(tree: ast.BinOp, known: Known) -> Join | None:
    """`a + b`, `a + b + c`, `a * 2`, `1 - a`."""
    kind = _OPERATORS.get(type(tree.op))
    op = registry.find(kind) if kind is not None else None
    if kind is None or op is None:
        return None
    parts = [tree.right]
    rest: ast.expr = tree.left
    while op.arity[1] is None and isinstance(rest, ast.BinOp) and type(rest.op) is type(tree.op):
        parts.append(rest.right)
        rest = rest.left
    return _pair(kind, rest, parts[0], known) if len(parts) == 1 else _join(kind, [rest, *reversed(parts)], known)


def _pair(kind: str, left: ast.expr, right: ast.expr, known: Known) -> Join | None:
    """The op of two, one of which may be a number."""
    op = registry.find(kind)
    fields = op.model_fields if op is not None else {}
    before, behind = _number(left, known), _number(right, known)
    value = behind if before is None else before
    if value is None or "value" not in fields:
        return _join(kind, [left, right], known)
    turned = {"reverse": "true"} if before is not None and "reverse" in fields else {}
    source = joined_name(right if before is not None else left, known)
    return Join(kind, {"from": source, "value": value, **turned}, (source,)) if source else None


def _number(node: ast.expr, known: Known) -> str | None:
    """A number, or the expression of a name that has one; None for other code."""
    if isinstance(node, ast.Name):
        return f'"${{{node.id}}}"' if node.id in known.names and node.id not in known.layers else None
    is_plain = isinstance(node, ast.Constant) and type(node.value) in (int, float, Expression)
    is_less = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    return value_of(node, "", "") if is_plain or is_less else None


def _join(kind: str, items: Sequence[ast.expr], known: Known) -> Join | None:
    names = tuple(joined_name(item, known) for item in items)
    return Join(kind, {"from": f"[{', '.join(names)}]"}, names) if names and all(names) else None
