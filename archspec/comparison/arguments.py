"""A layer's arguments as specs write them. Enters: a layer; leaves: texts."""

from __future__ import annotations

from archspec.expressions.value import show
from archspec.graph import Node
from archspec.ops.base import Inputs

MOST = 8
"""Entries of a mapping that are shown."""
_AXES = frozenset(("dim", "dims", "dim0", "dim1", "dim2", "start_dim", "end_dim", "dimension"))
"""Arguments that are axes of what a layer reads, where -1 is the last."""


def shown(node: Node, name: str) -> str:
    """One argument; where all axes have the same number, that."""
    value = getattr(node.op, name, None)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show(item)}" for key, item in list(value.items())[:MOST]) + "}"
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        value = value[0]
    return value if isinstance(value, str) else show(value)


def is_meant_alike(x: tuple[Node, Inputs | None], y: tuple[Node, Inputs | None], name: str) -> bool:
    """Whether an argument of two layers of one type says the same for what they read, written alike or not."""
    one, other = (getattr(node.op, name, None) for node, _ in (x, y))
    if one == other and type(one) is type(other):
        return True
    ours, others = (_meant(node, inputs, name) for node, inputs in (x, y))
    return ours is not None and ours == others


def _meant(node: Node, inputs: Inputs | None, name: str) -> object:
    """What all ways to write an argument mean; None where there is one way alone."""
    if node.op is None or not inputs:
        return None
    found = node.op.meant(inputs)
    if name in found:
        return found[name]
    value = getattr(node.op, name, None)
    axes = value if type(value) is tuple else (value,)
    if name not in _AXES or any(type(axis) is not int for axis in axes):
        return None
    rank = max(tensor.rank for tensor in inputs)
    return tuple(axis % rank for axis in axes)


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
