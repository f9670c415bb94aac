"""Where the values of a mask decide what outputs see: attention that looks back only, positions filled or set to zero.

Enters: facts whose shapes are known. Leaves: the layers of which no law can be said, and why.
"""

from __future__ import annotations

from collections.abc import Container
from math import isfinite
from typing import Any

from archspec.facts.model import Facts
from archspec.facts.zeros import hidden_by_zeros
from archspec.graph import Node
from archspec.ops.intervals import Positions, collected

_NEGLIGIBLE = 1e4
"""Adding so much to a score leaves nothing of the others, or of it."""


def hidden_by(facts: Facts, followed: Container[int] = (), products: Container[int] = ()) -> dict[int, str]:
    """By layer, why some of its outputs may see less than its op lets them.

    What the masks of `followed` hide is known, and what the constants of `products` do.
    """
    found = hidden_by_zeros(facts, products)
    masks: dict[int, str] = {}  # tensors that hide what they are added to or multiplied with
    for node in facts.graph.nodes:
        if node.op is None or node.is_input or node.index in followed:
            continue
        why = node.op.hides or _is_mask(facts, node)
        if not why and node.op.kind in ("merge", "shape", "attention", "activation"):
            read = [masks[ref.node] for ref in node.inputs if ref is not None and ref.node in masks]
            why = read[0] if read else _given(facts, node)
        if why:
            masks[node.index] = found[node.index] = why
    return found


def allowed_by(facts: Facts, node: Node) -> tuple[Positions, ...] | None:
    """The keys that the mask of an attention leaves to each query, where the spec has the mask's values; None: not known."""
    record = facts.of(node)
    if node.op is None or node.type != "ScaledDotProductAttention" or len(node.inputs) < 4 or not record.inputs:
        return None
    ref = node.inputs[3]
    op = facts.graph.nodes[ref.node].op if ref is not None else None
    mask: Any = getattr(op, "value", None) if op is not None and op.kind == "value" else None
    queries, keys = record.inputs[0].shape[-2], record.inputs[1].shape[-2]
    for _ in range(record.inputs[3].rank - 2):  # axes of 1 in front
        mask = mask[0] if isinstance(mask, (tuple, list)) and len(mask) == 1 else None
    if mask is None or record.inputs[3].shape[-2:] != (queries, keys):
        return None
    is_bool = record.inputs[3].dtype == "bool"
    found = tuple(
        collected(key for key, number in enumerate(row) if (number if is_bool else not _is_low(number))) for row in mask
    )
    return found if all(found) else None  # a query without a key gets no number


def _is_low(number: Any) -> bool:
    """Whether a score that this is added to counts for nothing."""
    return number == "-inf" or (isinstance(number, (int, float)) and number <= -_NEGLIGIBLE)


def _is_mask(facts: Facts, node: Node) -> str:
    """Why a tensor hides others: it has truth values, or numbers that leave nothing beside them, or may have them."""
    outputs = facts.of(node).outputs
    if node.op is None or not outputs:
        return ""
    if node.op.kind != "value":
        is_put = (node.op.kind == "merge" and node.op.operator in ("*", "+", "-")) or node.type == "Pad"
        is_large = is_put and _hides(_value(node))
        return "a number so large hides positions" if is_large else ""
    if any(tensor.dtype == "bool" for tensor in outputs.values()):
        return "a mask says which positions count"
    if _hides(_value(node)):
        return "a constant hides positions"
    stored = node.op.buffers(()).get("") if getattr(node.op, "value", None) is None else None
    is_square = stored is not None and len(stored.shape) > 1 and stored.shape[-1] == stored.shape[-2] != 1
    return "a buffer may hide positions, and its numbers come with the weights" if is_square else ""


def _given(facts: Facts, node: Node) -> str:
    """Why what a layer reads hides positions, where it does: an attention mask from outside."""
    record = facts.of(node)
    if node.op is None or record.inputs is None or len(node.inputs) < 2:
        return ""
    for place, (ref, tensor) in enumerate(zip(node.inputs, record.inputs, strict=False)):
        source = facts.graph.nodes[ref.node] if ref is not None else None
        if source is None or source.op is None:
            continue
        if node.op.kind == "attention" and (tensor.dtype == "bool" or (source.is_input and place == 3)):
            return "a mask says which positions count"
    return ""


def _value(node: Node) -> Any:
    """The numbers that a spec gives a tensor; None where it gives none."""
    given = vars(node.op)  # pydantic's own look-up of what is no field is slow
    return given.get("value", given.get("fill_value"))


def _hides(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_hides, value))
    if isinstance(value, str):
        return True
    return isinstance(value, (int, float)) and (not isfinite(value) or abs(value) >= _NEGLIGIBLE)
