"""A layer between what a sum, or a Cat, joins and the join: a projection, where channels or features differ. Leaves: changes to
be tried; and how a join and its branches are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Sequence_

from archspec.advice.case import Case
from archspec.advice.tokens import are_tokens
from archspec.diagnostics.model import Edit, Fix
from archspec.dims import Shape, Size
from archspec.document.edits import layer_before
from archspec.document.tree import Mapping, Scalar, Sequence
from archspec.document.tree import Node as Tree
from archspec.graph import Node, Scope, Slot
from archspec.lints.joined_stand_in import left_out
from archspec.ops.base import Inputs


def projected(case: Case, node: Node, tensors: Inputs) -> Iterator[Fix]:
    """A projection of one tensor before a sum of two, where their channels differ, or their features: a convolution of 1 × 1 with
    the stride that leaves the other's sides, as residual networks have; a Linear for features."""
    items, is_of_tokens = written_inputs(node), are_tokens(case, node)
    if (node.type == "Cat" and not is_of_tokens) or len(items) != len(tensors) or len(tensors) != 2:
        return
    first, second = (ref.node if ref is not None else 0 for ref in node.inputs)
    order = (0, 1) if first <= second else (1, 0)  # the earlier is the skip
    is_in_block = case.use(node) is not None  # which may have other sizes elsewhere
    if any(left_out_before(case, node)):
        return  # there is one, which is left out here
    for skip, other in (order,) if is_in_block else (order, order[::-1]):
        item, keys = items[skip], _projection(tensors[skip].shape, tensors[other].shape, is_of_tokens)
        if keys and is_in_block:
            keys = _as_the_branch(case, node, other, keys)
        if keys and isinstance(item, Scalar):
            for edits in layer_between(case, node, item, "shortcut", keys):
                yield Fix(f"put {{{keys}}} between {item.text} and {node.path}", edits)


def _as_the_branch(case: Case, node: Node, other: int, keys: str) -> str:
    """The keys of a projection in a block with what gives the other branch its channels, or features, and its stride: expressions
    of the block's arguments. Nothing where several strides do."""
    width, strides = branch(case, node, other)
    if len(strides) > 1 or not width:
        return ""
    kind = keys.partition(",")[0]
    if "Linear" in kind:
        return f"{kind}, out_features: {width}"
    return f"{kind}, out_channels: {width}, kernel_size: 1{f', stride: {strides[0]}' if strides else ''}"


def branch(case: Case, node: Node, other: int) -> tuple[str, list[str]]:
    """What is written for the channels, or features, of what a branch gives, and for the strides in it, within one group."""
    inside = f"{node.path.rpartition('.')[0]}."
    width, strides = "", []
    ref = node.inputs[other]
    while ref is not None and (source := case.facts.graph.nodes[ref.node]).path.startswith(inside.lstrip(".")):
        for field in ("out_channels", "out_features") if not width else ():
            if getattr(source.op, field, None) is not None:
                width = as_written(source, field)
        if getattr(source.op, "stride", 1) != 1 or has_template(source, "stride"):
            strides.append(as_written(source, "stride"))
        ref = source.inputs[0] if source.inputs else None
    return width, strides


def has_template(node: Node, field: str) -> bool:
    template = node.place.template(field)
    return template is not None and bool(template.trees)


def as_written(node: Node, field: str) -> str:
    """An argument as its layer has it: an expression, or its value."""
    template = node.place.template(field)
    return f'"{template.text}"' if template is not None and template.trees else str(getattr(node.op, field))


def _projection(shape: Shape, wanted: Shape, is_of_tokens: bool) -> str:
    """The keys of the layer that makes one shape another; nothing where none does."""
    rank = len(shape) - 2
    if is_of_tokens:
        is_feature = len(shape) == len(wanted) and shape[:-1] == wanted[:-1] and isinstance(wanted[-1], int)
        return f"type: Linear, out_features: {wanted[-1]}" if is_feature else ""
    if len(shape) != len(wanted) or not 0 <= rank <= 3 or not isinstance(wanted[1], int):
        return ""
    if rank == 0:
        return f"type: Linear, out_features: {wanted[1]}" if shape[1] != wanted[1] else ""
    strides = {_stride(size, goal) for size, goal in zip(shape[2:], wanted[2:], strict=True)}
    stride = strides.pop() if len(strides) == 1 else 0
    if not stride or shape[1] == wanted[1]:
        return ""
    return f"type: Conv{rank}d, out_channels: {wanted[1]}, kernel_size: 1{f', stride: {stride}' if stride > 1 else ''}"


def _stride(size: Size, goal: Size) -> int:
    """The step of a kernel of 1 that leaves so much of a side; 0 where none does."""
    return next((step for step in (1, 2, 4, 8) if (size - 1) // step + 1 == goal), 0)


def written_inputs(node: Node) -> Sequence_[Tree]:
    """What the list says that is the layer's `from`; nothing where none is."""
    mapping = getattr(node.place, "mapping", None)
    listed = mapping.get("from") if isinstance(mapping, Mapping) else None
    return listed.items if isinstance(listed, Sequence) else ()


def layer_between(case: Case, node: Node, item: Scalar, name: str, keys: str) -> list[tuple[Edit, ...]]:
    """The edits that put a layer between a join and one of what it joins; one for each style of writing."""
    scope = node.path.rpartition(".")[0]
    names = (name, *(f"{name}_{i}" for i in range(1, 99)))
    free = next((name for name in names if f"{scope}.{name}".lstrip(".") not in case.by_path), names[0])
    whole, mapping = getattr(node.place, "whole", node.place.name), getattr(node.place, "mapping", None)
    return layer_before(case.document.root, node.place.name, whole, mapping, free, keys, item)


def left_out_before(case: Case, node: Node) -> Iterator[tuple[Scope, Slot]]:
    """The layers that `when` leaves out, for which something else is read."""
    scope = case.facts.graph.around(node.path)
    slot = next((slot for slot in scope.slots if slot.member is node), None)
    for wire in slot.reads if slot is not None else ():
        out = left_out(scope, wire)
        if out is not None:
            yield scope, out
