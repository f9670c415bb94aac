"""What is said of a claimed size that is not the true one. Enters: facts so far, a layer and its claim; leaves: words, places."""

from __future__ import annotations

from typing import NamedTuple

from archspec.diagnostics.model import Label
from archspec.dims import Size
from archspec.facts.model import Facts
from archspec.graph import Node, Ref
from archspec.ops.base import show_shape


class Explained(NamedTuple):
    """The parts of a diagnostic about a claim."""

    message: str
    labels: tuple[Label, ...]


def explain_claim(facts: Facts, node: Node, field: str, written: int, true: Size) -> Explained:
    """The words for `field: written` where the input makes it `true`."""
    ref = node.inputs[0]
    assert ref is not None
    producer = facts.graph.nodes[ref.node]
    what = field.removeprefix("in_").removeprefix("num_").removesuffix("_size").replace("_", " ")
    name = near_name(producer, node)
    message = f"{node.path} claims {written} {_noun(field, what)}, but {name} gives {true}"
    return Explained(message, (Label(producer.place.name, _gives(facts, ref, name)),))


def near_name(producer: Node, reader: Node) -> str:
    """What a layer is called where another reads it: its name beside it, its path from elsewhere."""
    is_near = producer.path.rpartition(".")[0] == reader.path.rpartition(".")[0]
    return producer.name if is_near else producer.path


def _noun(field: str, what: str) -> str:
    if field in ("in_features", "in1_features", "in2_features"):
        return "input features"
    return {
        "in_channels": "input channels",
        "input_size": "input features",
        "num_features": "channels",
        "num_channels": "channels",
    }.get(field, what)


def _gives(facts: Facts, ref: Ref, name: str) -> str:
    """The shape that is read, and how it comes about where it is a product or a sum."""
    producer = facts.graph.nodes[ref.node]
    tensor, read = facts.tensor(ref), facts.of(producer).inputs
    if tensor is None:
        return f"{name} stands here"
    arithmetic = producer.op.arithmetic(read) if producer.op is not None and read else ""
    if arithmetic and tensor.rank == 2 and producer.op is not None and producer.op.kind == "shape":
        return f"{arithmetic} leave here"
    return f"{name} gives {show_shape(tensor.shape)}" + (f": {arithmetic}" if arithmetic else "")
