"""W1005: receptive field and input size

The receptive field never reaches the input's size, or exceeds it.

A feature whose field is smaller than the input decides without having seen all of it, where nothing later brings the positions
together. One whose field is larger sees padding around the image, and layers beyond that add no new pixels. Araujo, Norris,
Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics.model import Diagnostic
from archspec.facts.model import AxisField, Facts, LayerFacts
from archspec.graph import Node

CODE = "W1005"
BAD = """archspec: 1
name: Example
input: [3, 32, 32]
layers:
  conv1: {type: Conv2d, out_channels: 8, kernel_size: 3}
  conv2: {type: Conv2d, out_channels: 8, kernel_size: 3}
"""
GOOD = BAD + "  flatten: Flatten\n  dense: {type: Linear, out_features: 10}\n"
IS_DEFAULT = False
ALARMS = "false: deep networks see beyond their input, and train"


def check(facts: Facts) -> Iterator[Diagnostic]:
    sizes = _input_sizes(facts)
    if sizes is None:
        return
    for node in facts.graph.layers:
        field = _field(facts.of(node))
        if field is not None and len(field) == len(sizes) and all(f > s for f, s in zip(field, sizes, strict=True)):
            yield Diagnostic(CODE, f"from {node.path} on, the receptive field ({_show(field)}) exceeds the input "
                             f"({_show(sizes)})", node.place.name, label="features here see padding around the image",
                             help="a larger input or fewer steps keep the field inside", layer=node.path)  # fmt: skip
            return
    yield from _never_reaches(facts, sizes)


def _never_reaches(facts: Facts, sizes: list[int]) -> Iterator[Diagnostic]:
    for ref in facts.graph.outputs.values():
        if ref is None:
            continue
        node: Node = facts.graph.nodes[ref.node]
        field = _field(facts.of(node))
        if field is not None and len(field) == len(sizes) and any(1 < f < s for f, s in zip(field, sizes, strict=True)):
            yield Diagnostic(CODE, f"the receptive field ends at {_show(field)} and never reaches the input's {_show(sizes)}",
                             node.place.name, label=f"each output sees {_show(field)} pixels",
                             help="add layers or strides, or pool over all positions at the end", layer=node.path)  # fmt: skip


def _input_sizes(facts: Facts) -> list[int] | None:
    inputs = facts.graph.inputs
    tensor = facts.of(inputs[0]).output if len(inputs) == 1 else None
    if tensor is None or tensor.rank < 3:
        return None
    sizes = [size for size in tensor.shape[2:] if isinstance(size, int)]
    return sizes if len(sizes) == tensor.rank - 2 else None


def _field(record: LayerFacts) -> list[int] | None:
    if record.field is None:
        return None
    sizes = [extent.size for extent in record.field if isinstance(extent, AxisField)]
    return sizes if len(sizes) == len(record.field) else None


def _show(sizes: list[int]) -> str:
    return " × ".join(map(str, sizes)) if len(set(sizes)) > 1 else str(sizes[0])
