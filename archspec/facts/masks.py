"""Where the values of a mask decide what outputs see: attention that looks back only, positions filled or set to zero.

Enters: facts whose shapes are known. Leaves: the layers of which no law can be said, and why.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from archspec.facts.model import Facts
from archspec.graph import Node

_NEGLIGIBLE = 1e4
"""Adding so much to a score leaves nothing of the others, or of it."""


def hidden_by(facts: Facts) -> dict[int, str]:
    """By layer, why some of its outputs may see less than its op lets them."""
    found: dict[int, str] = {}
    masks: dict[int, str] = {}  # tensors that hide what they are added to or multiplied with
    for node in facts.graph.nodes:
        if node.op is None or node.is_input:
            continue
        why = node.op.hides or _is_mask(facts, node)
        if not why and node.op.kind in ("merge", "shape", "attention", "activation"):
            read = [masks[ref.node] for ref in node.inputs if ref is not None and ref.node in masks]
            why = read[0] if read else _given(facts, node)
        if why:
            masks[node.index] = found[node.index] = why
    return found


def _is_mask(facts: Facts, node: Node) -> str:
    """Why a tensor hides others: it has truth values, or numbers that leave nothing beside them, or may have them."""
    outputs = facts.of(node).outputs
    if node.op is None or not outputs:
        return ""
    if node.op.kind != "value":
        is_large = getattr(node.op, "operator", "") in ("*", "+", "-") and _hides(getattr(node.op, "value", None))
        return "a number so large hides positions" if is_large else ""
    if any(tensor.dtype == "bool" for tensor in outputs.values()):
        return "a mask says which positions count"
    if _hides(getattr(node.op, "value", None)):
        return "a constant hides positions"
    stored = node.op.buffers(()).get("") if getattr(node.op, "value", None) is None else None
    is_square = stored is not None and len(stored.shape) > 1 and stored.shape[-1] == stored.shape[-2] != 1
    return "a buffer may hide positions, and its numbers come with the weights" if is_square else ""


def _given(facts: Facts, node: Node) -> str:
    """Why what a layer reads hides positions, where it does: an attention mask from outside, a factor of zeros."""
    record = facts.of(node)
    if node.op is None or record.inputs is None or len(node.inputs) < 2:
        return ""
    for place, (ref, tensor) in enumerate(zip(node.inputs, record.inputs, strict=False)):
        source = facts.graph.nodes[ref.node] if ref is not None else None
        if source is None or source.op is None:
            continue
        if node.op.kind == "attention" and (tensor.dtype == "bool" or (source.is_input and place == 3)):
            return "a mask says which positions count"
        if getattr(node.op, "operator", "") == "*" and _has_zero(getattr(source.op, "value", None)):
            return "a constant hides positions"
    return ""


def _has_zero(value: Any) -> bool:
    return any(map(_has_zero, value)) if isinstance(value, (tuple, list)) else value is not None and value == 0


def _hides(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_hides, value))
    if isinstance(value, str):
        return True
    return isinstance(value, (int, float)) and (not isfinite(value) or abs(value) >= _NEGLIGIBLE)
