"""The same change in all like layers before one: what is forgotten once is often forgotten everywhere. Leaves: changes to be
tried, likeliest first, few, so that a number hardly comes by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archspec.advice.knobs import MAX_LAYERS, Knob, Places, one, together
from archspec.advice.windows import windows
from archspec.diagnostics.model import Fix
from archspec.graph import Node
from archspec.words import listed

MAX_NAMED = 6
"""Layers that are named; of more, the first and the last."""


def alike(places: Places, before: list[Node]) -> Iterator[Knob]:
    """The padding that keeps the size in all convolutions that have none, in those of stride 1, or of one kernel; one stride in
    all poolings, or in all convolutions."""
    found = list(windows(before[:MAX_LAYERS]))
    bare = [(node, kernel) for node, kernel in found if _is_bare(node, kernel)]
    kept = [(node, kernel) for node, kernel in bare if one(getattr(node.op, "stride", 1)) == 1]
    by_kernel = [[(node, own) for node, own in bare if own == kernel] for kernel in dict.fromkeys(k for _, k in bare)]
    for group in _distinct([kept, bare, *by_kernel]):
        yield from _all(places, group, "padding", lambda kernel: kernel // 2)
    poolings = [(node, kernel) for node, kernel in found if node.op is not None and node.op.kind == "pooling"]
    for stride in (_kernel, _two, _one_step):
        yield from _all(places, [(n, k) for n, k in poolings if _step(n, k) != stride(k)], "stride", stride)
    convolutions = [(node, kernel) for node, kernel in found if _is_convolution(node) and kernel > 1]
    for stride in (_one_step, _two):
        yield from _all(places, [(n, k) for n, k in convolutions if _step(n, k) != stride(k)], "stride", stride)


def _kernel(kernel: int) -> int:
    return kernel


def _two(kernel: int) -> int:
    return 2


def _one_step(kernel: int) -> int:
    return 1


def _step(node: Node, kernel: int) -> int | None:
    """The stride, which of a pooling is its kernel where none is written."""
    stride = getattr(node.op, "stride", 1)
    return kernel if stride is None else one(stride)


def _is_convolution(node: Node) -> bool:
    return node.op is not None and node.op.kind == "convolution" and "Transpose" not in node.type


def _is_bare(node: Node, kernel: int) -> bool:
    """Whether a convolution that could keep the size by a padding has none."""
    op = node.op
    is_plain = one(getattr(op, "dilation", 1)) == 1 and getattr(op, "padding", None) in (0, "valid")
    return _is_convolution(node) and is_plain and kernel % 2 == 1 and kernel > 1


def _distinct(groups: list[list[tuple[Node, int]]]) -> list[list[tuple[Node, int]]]:
    return [group for i, group in enumerate(groups) if group not in groups[:i]]


def _all(places: Places, group: list[tuple[Node, int]], field: str, value: Callable[[int], int]) -> Iterator[Knob]:
    """The change of an argument in a group of layers; none where they are one place, or one cannot be changed."""
    knobs = [places.knob(node, field, value(kernel)) for node, kernel in group]
    found = {knob.way.said: knob for knob in knobs if knob is not None}
    if len(found) < 2 or None in knobs:
        return
    what: dict[str, list[str]] = {}
    for said in found:
        change, _, name = said.partition(" in ")
        what.setdefault(change, []).append(name)
    said = " and ".join(f"{change} in {_named(names)}" for change, names in what.items())
    knob = together(list(found.values()))
    yield Knob(knob.ops, Fix(said, knob.way.edits))


def _named(names: list[str]) -> str:
    if len(names) > MAX_NAMED:
        return f"each of {len(names)} layers from {names[0]} to {names[-1]}"
    return f"each of {listed(names)}" if len(names) > 1 else names[0]
