"""Windows before a layer that may have been meant otherwise: a stride, a kernel, a pooling that is missing or too many. Leaves:
changes to be tried, likeliest first, few of each kind, so that a number hardly comes by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archspec.advice.case import Case
from archspec.advice.knobs import MAX_LAYERS, Knob, Places, one
from archspec.advice.rerun import Rerun
from archspec.diagnostics.model import Fix
from archspec.document.edits import holder_of, without_value
from archspec.document.tree import Mapping, values_of
from archspec.graph import Node
from archspec.ops.base import Inputs, Tensor

_READERS = ("convolution", "pooling")
_LARGE = 7
"""A kernel from here on often has a stride of 4."""


def forgotten(places: Places, before: list[Node]) -> Iterator[Knob]:
    """A stride of 2 for poolings that have none, which is then the kernel: what is forgotten most."""
    for node, kernel in windows(before):
        if getattr(node.op, "stride", 1) is None and kernel > 2:
            yield from _knob(places, node, "stride", 2)


def strides(places: Places, before: list[Node]) -> Iterator[Knob]:
    """The usual other strides of layers."""
    for node, kernel in windows(before):
        now = one(getattr(node.op, "stride", None))
        for value in (1, 2, *([4] if kernel >= _LARGE else [])):
            if now is not None and value != now:
                yield from _knob(places, node, "stride", value)


def kernels(places: Places, before: list[Node]) -> Iterator[Knob]:
    """The next kernels: odd ones of convolutions, 2 or 3 of poolings; then of averages the whole image, as classifiers have."""
    found = list(windows(before))
    for node, kernel in found:
        is_pooling = node.op is not None and node.op.kind == "pooling"
        for value in (2, 3) if is_pooling else (kernel + 2, kernel - 2):
            if value > 0 and abs(value - kernel) == (1 if is_pooling else 2):
                yield from _knob(places, node, "kernel_size", value)
    for node, kernel in found:
        side = one(_sides(places, node)) if node.type.startswith("AvgPool") else None
        if side is not None and side != kernel:
            yield from _knob(places, node, "kernel_size", side)


def _sides(places: Places, node: Node) -> tuple[object, ...]:
    """The sides of what a layer reads."""
    tensor = places.facts.tensor(node.inputs[0]) if node.inputs else None
    return tensor.shape[2:] if tensor is not None else ()


def poolings(case: Case, rerun: Rerun, is_right: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """A pooling by 2 before one of the layers with a window, or before a Flatten; last first."""
    readers = case.facts.graph.readers()
    for reader in [rerun.node, *rerun.before[: -MAX_LAYERS - 1 : -1]]:
        ref = reader.inputs[0] if len(reader.inputs) == 1 and reader.op is not None else None
        is_place = reader.op is not None and (reader.op.kind in _READERS or reader.type == "Flatten")
        if ref is None or not is_place or len(readers[ref.node]) != 1 or not case.places.is_single(reader):
            continue
        tensor = case.facts.tensor(ref)
        halves = [size // 2 for size in tensor.shape[2:] if isinstance(size, int)] if tensor is not None else []
        if tensor is None or not 0 < len(halves) == tensor.rank - 2 <= 3 or min(halves) < 1:
            continue
        inputs = rerun.inputs({ref.node: Tensor((*tensor.shape[:2], *halves), tensor.dtype)}, {})
        if inputs is None or not is_right(inputs):
            continue
        pool = f"MaxPool{len(halves)}d"
        for edits in case.before(reader, "pool", f"type: {pool}, kernel_size: 2"):
            yield Fix(f"a {pool} with kernel_size 2 before {reader.path}", edits)


def too_many(case: Case, rerun: Rerun, is_right: Callable[[Inputs], bool]) -> Iterator[Fix]:
    """One of the poolings taken out; last first."""
    readers = case.facts.graph.readers()
    for node in rerun.before[: -MAX_LAYERS - 1 : -1]:
        if node.op is None or node.op.kind != "pooling" or len(node.inputs) != 1 or not case.places.is_single(node):
            continue
        tensor = case.facts.tensor(node.inputs[0])
        inputs = rerun.inputs({node.index: tensor}, {}) if tensor is not None else None
        whole = getattr(node.place, "whole", node.place.name)
        holder = holder_of(case.document.root, whole)
        if inputs is None or not is_right(inputs) or holder is None:
            continue
        is_named = any(isinstance(value, Mapping) and "from" in value.entries for value in values_of(holder))
        if len(readers[node.index]) == 1 and not is_named:  # what reads it reads what stands above
            yield Fix(f"no {node.path}", without_value(holder, whole) or ())


def windows(before: list[Node]) -> Iterator[tuple[Node, int]]:
    """The layers with one kernel size for all axes, first those that come first."""
    for node in before[:MAX_LAYERS]:
        kernel = one(getattr(node.op, "kernel_size", None))
        if node.op is not None and node.op.kind in _READERS and kernel is not None:
            yield node, kernel


def _knob(places: Places, node: Node, field: str, value: int) -> Iterator[Knob]:
    knob = places.knob(node, field, value)
    if knob is not None:
        yield knob
