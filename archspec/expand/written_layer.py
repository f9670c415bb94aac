"""A layer as advice would write it, tried before it is said. Enters: a type, and keys with their values as texts; leaves: whether
the op takes them, and what the words of another library are in its arguments.
"""

from __future__ import annotations

import re
from typing import cast

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block
from archspec.document.reader import Unreadable, read
from archspec.document.tree import HasInvalid, Invalid, Mapping, Plain, Scalar, Sequence, plain, show
from archspec.document.validate import Subject, validate
from archspec.expressions.evaluation import evaluate
from archspec.expressions.grammar import Fault, Name, ShapeOf, parse
from archspec.expressions.value import Value
from archspec.expressions.work import Exhausted, Work
from archspec.ops import registry
from archspec.ops.base import Problem
from archspec.ops.same_padding import same_arguments
from archspec.source import Source


def fits_block(block: Block, keys: dict[str, str]) -> bool:
    """Whether a block takes these arguments, with none missing."""
    tree = _tree(keys)
    if tree is None or not keys.keys() <= block.args.keys():
        return False
    are_there = all(name in keys or not argument.required for name, argument in block.args.items())
    known = [(key, entry.value) for key, entry in tree.entries.items() if not isinstance(entry.value, Invalid)]
    return are_there and all(block.args[key].fits(cast("Value", plain(value))) for key, value in known)


def is_right(kind: str, keys: dict[str, str]) -> bool:
    """Whether the op of a type takes these keys, with nothing missing and nothing at odds; a value that an expression of names
    has is taken for right."""
    op = registry.find(kind)
    tree = _tree(keys)
    if op is None or tree is None:
        return False
    report: list[Diagnostic] = []
    made = validate(op, tree, Subject(kind, tree.span), report)
    if report or made is None:
        return not report and any(isinstance(entry.value, Invalid) for entry in tree.entries.values())
    try:
        made.check_axes()
        made.check()
    except Problem:
        return False
    return True


def padded(kind: str, keys: dict[str, str]) -> dict[str, str] | None:
    """The keys with arguments in place of `padding: same`, or `valid`, where the op takes no such word with the others; None
    where there are none."""
    word = keys.get("padding", "").lower()
    op = registry.find(kind)
    if op is None or word not in ("same", "valid") or is_right(kind, keys):
        return keys
    rest = {key: value for key, value in keys.items() if key != "padding"}
    tree = _tree(rest)
    more = same_arguments(op.model_fields, _values(tree)) if word == "same" and tree is not None else {}
    return {**rest, **{key: show(value) for key, value in more.items()}} if more is not None else None


def keys_of(text: str) -> dict[str, str]:
    """The keys of a layer on one line, with its type: `{type: Softmax, dim: 1}`, or `ReLU`."""
    tree = _read(text)
    if not isinstance(tree, Mapping):
        return {"type": text}
    return {key: entry.value.span.text() for key, entry in tree.entries.items()}


def _tree(keys: dict[str, str]) -> Mapping | None:
    """The keys as a spec's reader has them, expressions as their values, and nothing known of those with names; None where one
    has none here."""
    values = {key: _number(value) for key, value in keys.items()}
    if None in values.values():
        return None
    tree = _read(f"{{{', '.join(f'{key}: {value}' for key, value in values.items())}}}")
    if not isinstance(tree, Mapping):
        return None
    for entry in tree.entries.values():
        items = entry.value.items if isinstance(entry.value, Sequence) else [entry.value]
        if any(isinstance(item, Scalar) and str(item.value).startswith("${") for item in items):
            entry.value = Invalid(entry.value.span)
    return tree


def _read(text: str) -> object:
    try:
        tree, report = read(Source("", text))
    except Unreadable:
        return None
    return tree if not report else None


def _values(tree: Mapping) -> dict[str, Plain]:
    try:
        return {key: plain(entry.value) for key, entry in tree.entries.items()}
    except HasInvalid:
        return {}


def _number(written: str) -> str | None:
    """`"${2 * 16}"` as `32`, and any other value as it is, an expression of names too."""
    if not written.startswith('"${') or re.search(r"[A-Za-z_]", written):
        return written
    try:
        return show(evaluate(parse(written[3:-2]), _no_name, Work()))
    except (Fault, Exhausted):
        return None


def _no_name(name: Name | ShapeOf) -> Value:
    raise Fault("E0502", "a name", 0)
