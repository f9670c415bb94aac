"""A layer as advice would write it, tried before it is said. Enters: a type, and keys with their values as texts; leaves: whether
the op takes them, and what the words of another library are in its arguments.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.document.evaluation import evaluate
from archspec.document.expressions import Fault, Name, ShapeOf, parse
from archspec.document.reader import Unreadable, read
from archspec.document.tree import HasInvalid, Mapping, Plain, plain, show
from archspec.document.validate import Subject, validate
from archspec.document.value import Value
from archspec.document.work import Exhausted, Work
from archspec.ops import registry
from archspec.ops.base import Problem
from archspec.ops.same_padding import same_arguments
from archspec.source import Source


def is_right(kind: str, keys: dict[str, str]) -> bool:
    """Whether the op of a type takes these keys, with nothing missing and nothing at odds."""
    op = registry.find(kind)
    tree = _tree(keys)
    if op is None or tree is None:
        return False
    report: list[Diagnostic] = []
    made = validate(op, tree, Subject(kind, tree.span), report)
    if made is None or report:
        return False
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
    """The keys as a spec's reader has them, expressions as their values; None where one has none here."""
    values = {key: _number(value) for key, value in keys.items()}
    if None in values.values():
        return None
    tree = _read(f"{{{', '.join(f'{key}: {value}' for key, value in values.items())}}}")
    return tree if isinstance(tree, Mapping) else None


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
    """`"${2 * 16}"` as `32`, and any other value as it is."""
    if not written.startswith('"${'):
        return written
    try:
        return show(evaluate(parse(written[3:-2]), _no_name, Work()))
    except (Fault, Exhausted):
        return None


def _no_name(name: Name | ShapeOf) -> Value:
    raise Fault("E0502", "a name", 0)
