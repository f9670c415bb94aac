"""The keys of a network's `state_dict`, from its facts. Enters: facts; leaves: each parameter and each persistent buffer.

The same keys, shapes and dtypes that the generated module has, without building it.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.dims import Shape
from archspec.facts.model import Facts
from archspec.graph import Node

PARAMETER_DTYPE = "float32"  # as generated modules have it


class Expected(NamedTuple):
    """One tensor that the network has, and the layer that it belongs to.

    `tied_to` is the key of the tensor that this one is another name of (`tie`); None where it is a tensor of its own.
    """

    key: str
    shape: Shape
    dtype: str
    node: Node
    tied_to: str | None = None


def expected(facts: Facts) -> list[Expected]:
    """All of them, in the order of computation. Layers that share others' parameters have none of their own."""
    found: list[Expected] = []
    ties = _ties(facts)
    for node in facts.graph.layers:
        if node.shares is not None:
            continue
        record = facts.of(node)
        for name, shape in (record.parameters or {}).items():
            key = _join(node.path, name)
            found.append(Expected(key, shape, PARAMETER_DTYPE, node, tied_to=ties.get(key)))
        for name, tensor in (record.buffer_tensors or {}).items():
            found.append(Expected(_join(node.path, name), tensor.shape, tensor.dtype, node))
    return found


def _ties(facts: Facts) -> dict[str, str]:
    """For each tied key the one at the end of its chain of ties."""
    found: dict[str, str] = {}
    for node in facts.graph.layers:
        for tie in node.ties:
            first, name = facts.graph.tied_to(tie)
            found[_join(node.path, tie.parameter)] = _join(first.path, name)
    return found


def externals(facts: Facts) -> tuple[str, ...]:
    """The beginnings of keys that belong to `python:` layers, whose tensors no spec knows."""
    return tuple(f"{node.path}." for node in facts.graph.layers if node.op is not None and node.op.kind == "external")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if name else path
