"""Layers written as PyTorch's code has them, `nn.Conv2d(3, 96, 11, stride=4)`, or as a list of the same: with their keys.

Enters: such a text, or list; leaves: the keys of the layer in the order of the op's own arguments. Imported only for such specs.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import is_flow, put
from archspec.document.tree import Mapping, Node, Scalar, Sequence, clip, show
from archspec.expand.other_styles import layer_of, type_called
from archspec.ops import registry
from archspec.ops.other_names import other_key
from archspec.source import Source, Span

MAX_TEXT = 300
_WORD = re.compile(r"[A-Za-z_]\w*")
_ARITHMETIC = re.compile(r"[0-9 +*/()-]+")
_ASSIGNED = re.compile(r"(?:self\.)?\w+ *= *(?=[\w.]+ *\()")
"""What stands before a call that is kept under a name."""
_NOT_CALLED = ("Parameter", "Buffer")
"""Ops whose arguments are others than those of PyTorch's constructor."""
_ELSEWHERE = ("device", "dtype")
"""Arguments of a constructor that are no part of a network."""


def call_ways(text: str, node: Node, span: Span) -> Iterator[Fix]:
    """The layer that a call makes, where all of its arguments are values; `node` is the layer, and `span` that of the call."""
    found = _call(_ASSIGNED.sub("", text.strip().rstrip(",;")))
    if found is None or span.line != span.end_line:
        return
    kind, keys, is_safe, below = found
    is_safe = is_safe and _ASSIGNED.match(text.strip()) is None
    written = [f"{key}: {value}" for key, value in keys.items()]
    if not isinstance(node, Mapping):
        layer = _layer(kind, written)
        before = span.source.lines[span.line - 1][: span.column - 1]
        more = f"\n{before}{below}" if below and before.strip() == "-" else ""
        rest = f", and {below} below it" if below else ""
        yield Fix(
            f"write {clip(layer, 200)}{rest}", (Edit(span, layer + more),) if bool(more) is bool(below) else (), is_safe
        )
    elif not keys.keys() & node.entries.keys() and not below:
        apart = ", " if is_flow(node) else "\n" + " " * (node.entries["type"].key_span.column - 1)
        said = f"write type: {', '.join([kind, *written])}"
        yield Fix(clip(said, 200), (Edit(span, apart.join([kind, *written])),), is_safe)


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


class _Call(NamedTuple):
    """A layer that a call makes: its op, its keys, whether it can be no other, and an activation that is a layer of its own."""

    kind: str
    keys: dict[str, str]
    is_safe: bool
    activation: str = ""


def _call(text: str) -> _Call | None:
    """The layer of a call whose arguments are all plain."""
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
    name = tree.func.id if isinstance(tree.func, ast.Name) else tree.func.attr
    kind = name if registry.find(name) is not None else type_called(name) or name
    words = {word.arg or "": word.value for word in tree.keywords if word.arg not in _ELSEWHERE}
    activation = layer_of(_scalar(words.pop("activation"))) if kind != name and "activation" in words else ""
    fields = _fields(kind)
    short = [field for field in fields if not field.startswith("in_")]
    for order in (fields, short) if kind == name else (short,):
        keys = _keys(tree.args, words, order, fields, is_own=kind == name)
        if keys is not None and _required(kind) <= keys.keys():
            return _Call(kind, keys, kind == name and order is fields, activation)
    return None


def _keys(
    given: list[ast.expr], words: dict[str, ast.expr], order: list[str], fields: list[str], is_own: bool
) -> dict[str, str] | None:
    """The keys of a call's arguments; None where one is no value, or no key. Those of another library have other names."""
    if not fields or len(given) > len(order):
        return None
    named = [
        (word if is_own or word in fields else other_key(word, fields) or word, value) for word, value in words.items()
    ]
    pairs = [*zip(order, given, strict=False), *named]
    keys = {name: _value(value) for name, value in pairs}
    written = {name: value for name, value in keys.items() if value is not None}
    return written if len(written) == len(pairs) and keys.keys() <= set(fields) else None


def _required(kind: str) -> set[str]:
    op = registry.find(kind)
    return {name for name, field in op.model_fields.items() if field.is_required()} if op is not None else set()


def _scalar(node: ast.expr) -> Scalar | None:
    """A text among the arguments of a call."""
    value = node.value if isinstance(node, ast.Constant) else None
    place = Span(Source("", ""), 1, 1, 1, 1)
    return Scalar(value, value, True, place) if isinstance(value, str) else None


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
