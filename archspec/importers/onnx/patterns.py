"""What exporters write as several nodes and PyTorch has as one layer: LayerNorm before opset 17, GELU by its error function.

Enters: the node that a pattern begins or ends with. Leaves: the layer, or None where the nodes around it are others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from onnx import NodeProto

from archspec.importers.onnx.step import Step
from archspec.importers.onnx.tensors import known
from archspec.importers.onnx.values import Computed, Known, Value, short
from archspec.importers.sketch import Layer, Literal


def layer_norm(step: Step, axes: Sequence[int]) -> Value | None:
    """ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, and where there are weights Mul and Add: found at the first of them."""
    x, rank = step.value(0), len(step.shape())
    sizes = [size for size in step.shape()[axes[0] :] if isinstance(size, int)]
    if list(axes) != list(range(axes[0], rank)) or len(sizes) != rank - axes[0] or not step.integer("keepdims", 1):
        return None
    nodes = _Nodes(step)
    centered = nodes.only(step.node.output[0], "Sub")
    if centered is None or list(centered.input) != [step.node.input[0], step.node.output[0]]:
        return None
    difference = centered.output[0]
    found = nodes.readers(difference)
    squared = next((node for node in found if node.op_type in ("Pow", "Mul")), None)
    divided = next((node for node in found if node.op_type == "Div" and node.input[0] == difference), None)
    if (
        len({id(node) for node in found}) != 2
        or squared is None
        or divided is None
        or not nodes.is_square(squared, difference)
    ):
        return None
    inner = nodes.chain(squared.output[0], "ReduceMean", "Add", "Sqrt")
    epsilon = nodes.number(inner[1]) if inner is not None else None
    if (
        inner is None
        or epsilon is None
        or not nodes.is_mean_over(inner[0], axes, rank)
        or inner[2].output[0] != divided.input[1]
        or not nodes.is_alone(inner[2], divided)
    ):
        return None
    last, weights = nodes.affine(divided, tuple(sizes))
    skipped = [step.node, centered, squared, *inner, divided, *last]
    step.network.skipped.update(node.output[0] for node in skipped)
    keys: dict[str, Literal] = {"normalized_shape": list(sizes) if len(sizes) > 1 else None, "eps": epsilon}
    made = step.layer(
        "LayerNorm", [x], weights, more=keys, elementwise_affine=bool(weights), bias="bias" in weights or not weights
    )
    step.network.values[skipped[-1].output[0]] = made
    return made


class _Nodes:
    """The nodes after one, and the numbers that they read."""

    def __init__(self, step: Step) -> None:
        self.network = step.network

    def readers(self, name: str) -> list[NodeProto]:
        """Those that read a tensor; none where the network gives it as well."""
        found = self.network.readers.get(name, [])
        return [] if None in found else [node for node in found if node is not None]

    def only(self, name: str, op: str) -> NodeProto | None:
        """The one reader of a tensor, where it is of this kind."""
        found = self.readers(name)
        return found[0] if len(found) == 1 and found[0].op_type == op else None

    def chain(self, name: str, *ops: str) -> list[NodeProto] | None:
        """Nodes that read one another, each alone, of these kinds."""
        found: list[NodeProto] = []
        for op in ops:
            node = self.only(name, op)
            if node is None:
                return None
            found.append(node)
            name = node.output[0]
        return found

    def is_alone(self, node: NodeProto, reader: NodeProto) -> bool:
        """Whether the node's output is read by that reader only."""
        return [other.output[0] for other in self.readers(node.output[0])] == [reader.output[0]]

    def known(self, name: str) -> Known | None:
        """Numbers known so far: constants further down the file are not walked yet, so their nodes are asked."""
        value = self.network.values.get(name)
        if value is None and (constant := self.network.constants.get(name)) is not None:
            return known(constant, self.network.folder)
        return value if isinstance(value, Known) else None

    def number(self, node: NodeProto) -> float | None:
        """The single number among what a node reads."""
        found = [value for value in map(self.known, node.input) if value is not None and value.size == 1]
        return short(float(found[0].array.reshape(-1)[0])) if len(found) == 1 else None

    def is_mean_over(self, node: NodeProto, axes: Sequence[int], rank: int) -> bool:
        """Whether a ReduceMean is over these axes, and keeps them."""
        given = {attribute.name: attribute for attribute in node.attribute}
        listed = self.known(node.input[1]) if len(node.input) > 1 and node.input[1] else None
        keeps = "keepdims" not in given or given["keepdims"].i == 1
        own = [
            int(axis)
            for axis in (
                listed.array.reshape(-1).tolist()
                if listed is not None
                else given["axes"].ints
                if "axes" in given
                else []
            )
        ]
        return keeps and sorted(axis % rank for axis in own) == list(axes)

    def is_square(self, node: NodeProto, name: str) -> bool:
        if node.op_type == "Mul":
            return list(node.input) == [name, name]
        return node.input[0] == name and self.number(node) == 2

    def affine(self, node: NodeProto, shape: tuple[int, ...]) -> tuple[list[NodeProto], dict[str, Known]]:
        """The Mul and the Add that follow, and the weights they read."""
        nodes: list[NodeProto] = []
        weights: dict[str, Known] = {}
        for op, name in (("Mul", "weight"), ("Add", "bias")):
            following = self.only(node.output[0], op)
            held = (
                [value for value in map(self.known, following.input) if value is not None]
                if following is not None
                else []
            )
            if following is None or len(held) != 1 or held[0].shape != shape:
                break
            nodes.append(following)
            weights[name] = held[0]
            node = following
        return nodes, weights


def gelu(step: Step, product: Sequence[Value]) -> Value | None:
    """x · 0.5 · (1 + erf(x / √2)), multiplied in any order: found at the last Mul."""
    factor, tensors = 1.0, []
    todo = list(product)
    for _ in range(8):  # no more than the pattern has
        if not todo:
            break
        value = todo.pop()
        layer = value.layer if isinstance(value, Computed) else None
        if isinstance(value, Known) and value.size == 1 and value.dtype == "float32":
            factor *= float(value.array.reshape(-1)[0])
        elif layer is not None and layer.type == "Mul" and layer.use is None:
            factor *= _number(layer) or 1.0
            todo += [step.network.made[ref] for ref in layer.reads]
        else:
            tensors.append(value)
    gate = next((value for value in tensors if isinstance(value, Computed) and _is_gate(step, value)), None)
    if todo or gate is None or len(tensors) != 2 or not math.isclose(factor, 0.5, rel_tol=1e-5):
        return None
    x = next(value for value in tensors if value is not gate)
    return step.layer("GELU", [x]) if isinstance(x, Computed) and _inner(step, gate) == x else None


def _is_gate(step: Step, value: Computed) -> bool:
    return (
        value.layer is not None
        and value.layer.type == "Add"
        and _number(value.layer) == 1
        and _inner(step, value) is not None
    )


def _inner(step: Step, gate: Computed) -> Computed | None:
    """The x of 1 + erf(x / √2)."""
    erf = _before(step, gate, "Erf")
    scaled = _before(step, erf, "Div", "Mul") if erf is not None else None
    if scaled is None or scaled.layer is None:
        return None
    number = _number(scaled.layer)
    wanted = math.sqrt(2) if scaled.layer.type == "Div" else math.sqrt(0.5)
    is_root = number is not None and math.isclose(number, wanted, rel_tol=1e-4)
    return step.network.made[scaled.layer.reads[0]] if is_root else None


def _before(step: Step, value: Computed, *types: str) -> Computed | None:
    """What a layer's only input is given by, where it is a layer of these types."""
    layer = value.layer
    found = step.network.made.get(layer.reads[0]) if layer is not None and len(layer.reads) == 1 else None
    return found if found is not None and found.layer is not None and found.layer.type in types else None


def _number(layer: Layer) -> float | None:
    value = layer.keys.get("value")
    return float(value) if isinstance(value, (int, float)) else None
