"""A layer's arguments as specs write them. Enters: a layer; leaves: texts."""

from __future__ import annotations

from archspec.expressions.value import show
from archspec.graph import Node

MOST = 8
"""Entries of a mapping that are shown."""


def shown(node: Node, name: str) -> str:
    """One argument; where all axes have the same number, that."""
    value = getattr(node.op, name, None)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show(item)}" for key, item in list(value.items())[:MOST]) + "}"
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        value = value[0]
    return value if isinstance(value, str) else show(value)


def given(node: Node) -> dict[str, str]:
    """Those that are not what they are by default."""
    if node.op is None:
        return {}
    fields = type(node.op).model_fields
    return {
        name: shown(node, name)
        for name, info in fields.items()
        if info.is_required() or getattr(node.op, name) != info.default
    }
