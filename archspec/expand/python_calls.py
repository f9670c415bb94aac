"""Layers written as PyTorch's code has them, `nn.Conv2d(3, 96, 11, stride=4)`, or as a list of the same: with their keys.

Enters: such a text, or list; leaves: the keys of the layer in the order of the op's own arguments. Imported only for such specs.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import is_flow, put
from archspec.document.tree import Mapping, Node, Scalar, Sequence, clip, show
from archspec.expand.other_styles import type_called
from archspec.ops import registry
from archspec.source import Span

MAX_TEXT = 300
_WORD = re.compile(r"[A-Za-z_]\w*")
_ARITHMETIC = re.compile(r"[0-9 +*/()-]+")
_NOT_CALLED = ("Parameter", "Buffer")
"""Ops whose arguments are others than those of PyTorch's constructor."""
_ELSEWHERE = ("device", "dtype")
"""Arguments of a constructor that are no part of a network."""


def call_ways(text: str, node: Node, span: Span) -> Iterator[Fix]:
    """The layer that a call makes, where all of its arguments are values; `node` is the layer, and `span` that of the call."""
    found = _call(text)
    if found is None or span.line != span.end_line:
        return
    kind, keys = found
    written = [f"{key}: {value}" for key, value in keys.items()]
    if not isinstance(node, Mapping):
        layer = _layer(kind, written)
        yield Fix(f"write {clip(layer, 200)}", (Edit(span, layer),), is_safe=True)
    elif not keys.keys() & node.entries.keys():
        apart = ", " if is_flow(node) else "\n" + " " * (node.entries["type"].key_span.column - 1)
        said = f"write type: {', '.join([kind, *written])}"
        yield Fix(clip(said, 200), (Edit(span, apart.join([kind, *written])),), is_safe=True)


def list_ways(layer: Sequence) -> Iterator[Fix]:
    """The layer that a list is, `[Linear, 4096]`: its op, and its first arguments, with or without those of its input."""
    if not layer.items or layer.span.line != layer.span.end_line:
        return
    first, *rest = layer.items
    kind = type_called(first.value) if isinstance(first, Scalar) and isinstance(first.value, str) else None
    fields = _fields(kind) if kind is not None else []
    if kind is None or not all(isinstance(item, Scalar) for item in rest):
        return
    short = [name for name in fields if not name.startswith("in_")]
    op = registry.find(kind)
    is_whole = op is not None and len(rest) >= len(op.positional) > 0
    for names in (fields, short) if is_whole else (short, fields):
        if len(rest) <= len(names):
            written = [f"{name}: {item.span.text()}" for name, item in zip(names, rest, strict=False)]
            yield Fix(f"write {_layer(kind, written)}", (put(layer.span, _layer(kind, written)),))


def _layer(kind: str, keys: list[str]) -> str:
    return f"{{{', '.join([f'type: {kind}', *keys])}}}" if keys else kind


def _fields(kind: str) -> list[str]:
    """The arguments of PyTorch's constructor, in its order, as a test compares them with it."""
    op = registry.find(kind)
    if op is None or kind in _NOT_CALLED:
        return []
    return [*op.positional, *(name for name in op.model_fields if name not in op.positional)]


def _call(text: str) -> tuple[str, dict[str, str]] | None:
    """The op and the keys of a call whose arguments are all plain."""
    if len(text) > MAX_TEXT:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python code that is none of ours
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, (ast.Name, ast.Attribute)):
        return None
    kind = tree.func.id if isinstance(tree.func, ast.Name) else tree.func.attr
    fields = _fields(kind)
    if not fields or len(tree.args) > len(fields):
        return None
    given = list(zip(fields, tree.args, strict=False))
    given += [(word.arg or "", word.value) for word in tree.keywords if word.arg not in _ELSEWHERE]
    keys = {name: _value(value) for name, value in given}
    if len(keys) < len(given) or not keys.keys() <= set(fields):
        return None
    written = {name: value for name, value in keys.items() if value is not None}
    return (kind, written) if len(written) == len(keys) else None


def _value(node: ast.expr) -> str | None:
    """An argument as a spec has it; None where it is no plain value."""
    written = ast.unparse(node)
    if isinstance(node, ast.BinOp):
        return f'"${{{written}}}"' if _ARITHMETIC.fullmatch(written) else None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else None
    items = value if isinstance(value, (tuple, list)) else (value,)
    is_plain = len(items) <= MAX_TEXT and all(item is None or isinstance(item, (bool, int, float)) for item in items)
    return show(value) if is_plain else None
