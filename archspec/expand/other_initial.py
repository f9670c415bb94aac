"""Initializers and constraints as other libraries write them: `{normal: 0.01}`, `max_norm(3)`.

Enters: what stands there; leaves: changes. Imported only where one is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Mapping_

from archspec.diagnostics.model import Edit, Fix
from archspec.document.edits import put
from archspec.document.tree import Entry, Mapping, Node, Scalar
from archspec.ops.fields import Check

_ALONE = {
    "normal": "std", "trunc_normal": "std", "constant": "val", "xavier_uniform": "gain", "xavier_normal": "gain",
    "orthogonal": "gain",
}  # fmt: skip
"""The argument that a number alone is, by the initializer."""
_LIMIT = r"(?P<limit>[0-9]{1,9}(?:\.[0-9]{1,9})?)"
_CALL = re.compile(
    rf"(?:[\w.]*\.)?max_?norm\( *(?:max_value *= *)?{_LIMIT} *\)|{_LIMIT.replace('limit', 'alone')}", re.IGNORECASE
)
_PARAMETERS = {"kernel": "weight", "depthwise": "weight", "recurrent": "weight"}
"""What Keras calls a layer's parameters."""


def as_argument(name: str, arguments: Mapping_[str, Check], node: Node) -> tuple[Fix, ...]:
    """A number in place of an initializer's arguments, as the one that is meant by it."""
    key = _ALONE.get(name, "")
    check = arguments.get(key)
    if check is None or not isinstance(node, Scalar) or not check.fits(node.value):
        return ()
    written = f"{{{key}: {node.text}}}"
    return (Fix(f"write {name}: {written}", (Edit(node.span, written),), is_safe=True),)


def of_the_weight(node: Node) -> tuple[Fix, ...]:
    """`constraint: max_norm(3)`, which is one of the weight."""
    limit = _limit(node)
    written = f"{{weight: {{max_norm: {limit}}}}}"
    return (Fix(f"write constraint: {written}", (Edit(node.span, written),)),) if limit else ()


def constraint_ways(entry: Entry) -> tuple[Fix, ...]:
    """One entry of `constraint` as a parameter and its limit: `max_norm: 3`, `weight: max_norm(3)`, `max_norm: {weight: 3}`."""
    key, value = entry.key, entry.value
    if key.lower() in ("max_norm", "maxnorm"):
        (name, inner) = _only(value) if isinstance(value, Mapping) else ("weight", value)
        limit = _limit(inner) if inner is not None else ""
        first, last = entry.key_span, value.span
        if not limit or first.line != last.end_line:
            return ()
        written = f"{name}: {{max_norm: {limit}}}"
        edit = Edit(first.to(last), written)
        return (Fix(f"write constraint: {{{written}}}", (edit,)),)
    limit, name = _limit(value), _PARAMETERS.get(key, key)
    written = f"{{max_norm: {limit}}}"
    edits = (*([put(entry.key_span, name)] if name != key else []), Edit(value.span, written))
    return (Fix(f"write constraint: {{{name}: {written}}}", edits),) if limit else ()


def _only(node: Mapping) -> tuple[str, Node | None]:
    """The one key of a mapping, and its value."""
    (entry,) = node.entries.values() if len(node.entries) == 1 else (None,)
    return (entry.key, entry.value) if entry is not None else ("", None)


def _limit(node: Node) -> str:
    """The limit of `3`, `max_norm(3)` and `tf.keras.constraints.MaxNorm(max_value=3)`; nothing where there is none."""
    found = _CALL.fullmatch(node.text) if isinstance(node, Scalar) and node.span.line == node.span.end_line else None
    limit = (found["limit"] or found["alone"]) if found is not None else ""
    return limit if limit and float(limit) > 0 else ""
