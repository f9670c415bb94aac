"""What is probably wrong with the network's input where the layer that reads it cannot: the order of its axes, or their number.

Enters: facts so far and a layer in error. Leaves: help, or nothing where the layer reads no input, or no usual mistake shows.
"""

from __future__ import annotations

from archspec.dims import Shape
from archspec.facts.model import Facts
from archspec.graph import Node

COLORS = (1, 3, 4)
"""Channels that images have: grey, colour, and colour with transparency."""


NOTHING: tuple[str, tuple[int, ...]] = ("", ())


def input_order(facts: Facts, node: Node, claimed: int | None = None) -> tuple[str, tuple[int, ...]]:
    """That the channels come first, where an image has them last, and the shape that is then meant.

    `claimed` is the number that the layer says it reads."""
    image = _image(facts, node)
    if image is None or len(image) != 3 or claimed not in (None, image[2]):
        return NOTHING
    sizes = channels_first(image)
    return (f"channels come first: if {sizes[0]} is their number, write {list(sizes)}", sizes) if sizes else NOTHING


def channels_first(image: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of an image whose channels stand last with the channels first; nothing where they do not seem to."""
    if len(image) != 3 or image[2] not in COLORS or min(image[:2]) <= image[2]:
        return ()
    return (image[2], *image[:2])


def input_rank(facts: Facts, node: Node) -> tuple[str, tuple[int, ...]]:
    """That the batch is written, or that the channels are not, where an op with a window gets one axis too many or few."""
    image = _image(facts, node)
    if image is None or node.op is None or node.op.rank == 0:
        return NOTHING
    extra = len(image) - node.op.rank - 1
    if extra == 1 and node.op.rank > 1:
        return f"if {image[0]} is the batch, leave it out: {list(image[1:])}", image[1:]
    if extra == -1 and (node.op.rank == 1 or (len(image) == 2 and image[0] == image[1])):
        return f"write the channels first: {[1, *image]} for one", (1, *image)
    return NOTHING


def _image(facts: Facts, node: Node) -> tuple[int, ...] | None:
    """The sizes of the network's input, where the layer reads that and no other, and all of them are numbers."""
    ref = node.inputs[0] if len(node.inputs) == 1 else None
    if ref is None or not facts.graph.nodes[ref.node].is_input:
        return None
    tensor = facts.tensor(ref)
    shape: Shape = tensor.shape[1:] if tensor is not None else ()
    sizes = tuple(size for size in shape if isinstance(size, int))
    return sizes if len(sizes) == len(shape) else None
