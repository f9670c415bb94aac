"""What joins tensors in Python code, `torch.cat([a, b], dim=1)`, `a + b`. Enters: such an expression; leaves: the op
and its keys."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from archspec.expand.python_values import value_of
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


def joined(tree: ast.expr) -> Join | None:
    """The op that joins what an expression reads by name; None where it is another expression."""
    if isinstance(tree, ast.BinOp):
        return _operated(tree)
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) in _RESIZING:
        return _resized(tree)
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Attribute) or _name(tree.func.value) != "torch":
        return None
    function, words = tree.func.attr, {word.arg or "": word.value for word in tree.keywords}
    if function in _PAIRED and len(tree.args) == 2 and not words:
        return _join(_PAIRED[function], tree.args)
    axis = words.get("dim", words.get("axis", tree.args[1] if len(tree.args) == 2 else None))
    if function not in _LISTED or not tree.args or axis is None or len(tree.args) + len(words) != 2:
        return None
    listed, dim = tree.args[0], value_of(axis, _LISTED[function], "dim")
    items = listed.elts if isinstance(listed, ast.Tuple | ast.List) else []
    found = _join(_LISTED[function], items)
    return found._replace(keys={**found.keys, "dim": dim}) if found is not None and dim is not None else None


def _resized(tree: ast.Call) -> Join | None:
    """`F.interpolate(a, size=b.shape[-2:])`: one tensor with the sides of another."""
    words = {word.arg or "": word.value for word in tree.keywords}
    size = words.pop("size", tree.args[1] if len(tree.args) == 2 else None)
    written = ast.unparse(size) if size is not None else ""
    like = next((written.removesuffix(end) for end in _SIDES if written.endswith(end)), "")
    settings = {name: value_of(value, "UpsampleLike", name) for name, value in words.items()}
    found = _join("UpsampleLike", [tree.args[0], ast.Name(like)]) if tree.args and like.isidentifier() else None
    if found is None or None in settings.values() or not settings.keys() <= {"mode", "align_corners", "antialias"}:
        return None
    return found._replace(keys={**found.keys, **{name: str(value) for name, value in settings.items()}})


def _operated(tree: ast.BinOp) -> Join | None:
    """`a + b`, `a + b + c`, `a * 2`."""
    kind = _OPERATORS.get(type(tree.op))
    op = registry.find(kind) if kind is not None else None
    if kind is None or op is None:
        return None
    if isinstance(tree.right, ast.Constant) and type(tree.right.value) in (int, float) and "value" in op.model_fields:
        source = _name(tree.left)
        return Join(kind, {"from": source, "value": str(tree.right.value)}, (source,)) if source else None
    parts = [tree.right]
    rest: ast.expr = tree.left
    while op.arity[1] is None and isinstance(rest, ast.BinOp) and type(rest.op) is type(tree.op):
        parts.append(rest.right)
        rest = rest.left
    return _join(kind, [rest, *reversed(parts)])


def _join(kind: str, items: Sequence[ast.expr]) -> Join | None:
    names = tuple(map(_name, items))
    return Join(kind, {"from": f"[{', '.join(names)}]"}, names) if names and all(names) else None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
