"""Whose sizes a list of sizes has. Enters: a tensor's name. Leaves: the tensor and the axis that each number is the size of, as
the file computes it: Shape, and what picks, joins and casts numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import NodeProto, helper

from archspec.importers.onnx.values import Computed, Known

if TYPE_CHECKING:
    from archspec.importers.onnx.network import Network

Measured = tuple[str, int] | None
"""The name of a tensor, and one of its axes; None for a number that is no size of one."""
_MAX_DEPTH = 30
_UNCHANGED = ("Cast", "Identity", "Squeeze", "Unsqueeze", "Reshape")


def owner(network: Network, sizes: str, axes: Sequence[int]) -> Computed | None:
    """The tensor whose sizes along these axes are the last ones of a list, in order; None where no one tensor has them."""
    found = _measured(network, sizes, _MAX_DEPTH)[-len(axes) :]
    names = {one[0] for one in found if one is not None}
    if len(names) != 1 or [one and one[1] for one in found] != list(axes):
        return None
    value = network.values.get(names.pop())
    return value if isinstance(value, Computed) else None


def _measured(network: Network, name: str, depth: int) -> list[Measured]:
    """What each number of a list is the size of."""
    value, node = network.values.get(name), network.makers.get(name)
    if not isinstance(value, Known):
        return []
    nothing: list[Measured] = [None] * value.size
    read = _READERS.get(node.op_type) if node is not None else None
    found = read(network, node, depth - 1) if node is not None and read is not None and depth else nothing
    return found if len(found) == value.size else nothing


def _shape(network: Network, node: NodeProto, depth: int) -> list[Measured]:
    value, given = network.values.get(node.input[0]), _attributes(node)
    if value is None:
        return []
    axes = range(len(value.shape))[given.get("start", 0) : given.get("end")]
    return [(node.input[0], axis) for axis in axes]


def _joined(network: Network, node: NodeProto, depth: int) -> list[Measured]:
    return [one for name in node.input for one in _measured(network, name, depth)]


def _unchanged(network: Network, node: NodeProto, depth: int) -> list[Measured]:
    return _measured(network, node.input[0], depth)


def _picked(network: Network, node: NodeProto, depth: int) -> list[Measured]:
    """Of a list, numbers at known places: the places themselves are picked in the same way."""
    found = _measured(network, node.input[0], depth)
    places = np.arange(len(found))
    given = [network.values.get(name) for name in node.input[1:]]
    arrays = [value.array.reshape(-1) for value in given if isinstance(value, Known)]
    if len(arrays) != len(given):
        return []
    if node.op_type == "Gather":
        return [found[place] for place in np.take(places, arrays[0], mode="wrap")]
    if not arrays:  # before version 10 these are attributes
        old = _attributes(node)
        arrays = [np.array(old.get("starts", [])), np.array(old.get("ends", []))]
    step = int(arrays[3][0]) if len(arrays) > 3 else 1
    return [found[place] for place in places[slice(int(arrays[0][0]), int(arrays[1][0]), step)]]


def _attributes(node: NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


_READERS: dict[str, Callable[[Network, NodeProto, int], list[Measured]]] = {
    "Shape": _shape, "Concat": _joined, "Gather": _picked, "Slice": _picked, **dict.fromkeys(_UNCHANGED, _unchanged),
}  # fmt: skip
