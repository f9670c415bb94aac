"""What a run of PyTorch holds at once: the reference run of a spec's graph, and a module's own run.

The reference run computes the graph layer by layer and lets go of each tensor after its last reader. Counted is what the allocator
gives out (`allocations.py`), so no weights, buffers and constants, which are there before. The meta device has no allocator:
there a dispatch mode follows the storages that are alive after each operation, and sees nothing of what one takes inside.
"""

from __future__ import annotations

import sys
import weakref
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "conformance"))

import allocations
from allocations import BY_PRODUCTS
from harness import Layer, empty, flat, flat_ports

from archspec.facts.model import Facts
from archspec.graph import Ref
from archspec.ops import emission as emit


class Storages(TorchDispatchMode):
    """The greatest sum of bytes alive after any operation. `without` are tensors that stand beside what is computed."""

    def __init__(self, without: list[torch.Tensor]) -> None:
        super().__init__()
        self.beside = {_key(tensor) for tensor in without}
        self.alive: dict[int, int] = {}
        self.peak = 0
        self.at = ""

    def hold(self, tensor: torch.Tensor) -> None:
        """Counts a tensor that is there from the start."""
        storage = tensor.untyped_storage()
        key = _key(tensor)
        if key not in self.beside and key not in self.alive:
            self.alive[key] = storage.nbytes()
            weakref.finalize(storage, self.alive.pop, key, None)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        results = [tensor for tensor in tree_leaves(out) if isinstance(tensor, torch.Tensor)]
        name = func.__name__
        counted = results[:1] if name.startswith(BY_PRODUCTS) else results
        for tensor in results[len(counted) :]:
            self.beside.add(_key(tensor))
            weakref.finalize(tensor.untyped_storage(), self.beside.discard, _key(tensor))
        for tensor in counted:
            self.hold(tensor)
        total = sum(self.alive.values())
        if total > self.peak:
            self.peak, self.at = total, name
        return out


def _key(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


class Sample(Layer):
    """One op's emission on one sample."""

    def value(self, item: Any, inputs: tuple[torch.Tensor, ...]) -> Any:
        return 1 if isinstance(item, emit.BatchSize) else super().value(item, inputs)


def reference_peak(facts: Facts, batch: int = 1) -> tuple[int, str]:
    """The peak of the reference run on so many samples, and the operation at which it stands."""
    graph = facts.graph
    layers = _layers(facts)
    last: dict[int, int] = {}
    for node in graph.nodes:
        if not node.train_only:
            last.update((ref.node, node.index) for ref in node.inputs if ref is not None)
    last.update((ref.node, len(graph.nodes)) for ref in graph.outputs.values() if ref is not None)
    found = allocations.run(lambda: _run(facts, layers, batch, last))
    return found.peak, found.at


def reference_activations(facts: Facts, batch: int = 1) -> int:
    """The bytes of all memories that the layers' outputs stand in, without the inputs and what the module itself has."""
    layers = _layers(facts)
    with torch.no_grad():
        results = _run(facts, layers, batch, dict.fromkeys(range(len(facts.graph.nodes)), len(facts.graph.nodes)))
    given = [results[node.index]["output"] for node in facts.graph.inputs]
    own = [tensor for layer in layers.values() for tensor in (*layer.parameters(), *layer.buffers())]
    beside = {_key(tensor) for tensor in (*given, *own)}
    made = {_key(tensor): tensor.untyped_storage().nbytes() for ports in results.values() for tensor in ports.values()}
    return sum(size for key, size in made.items() if key not in beside)


def _layers(facts: Facts) -> dict[int, Sample]:
    """The layers that inference computes, each as PyTorch has it."""
    layers = {
        node.index: Sample(node.op.emission(facts.of(node).inputs or ()), "cpu").eval()
        for node in facts.graph.layers
        if node.op is not None and not node.train_only
    }
    for index, layer in layers.items():
        layer.requires_grad_(not facts.graph.nodes[index].frozen)
        for tensor in layer.buffers():
            tensor.zero_()  # positions, if it holds such: the first
    return layers


def _run(
    facts: Facts, layers: dict[int, Sample], batch: int, last: dict[int, int]
) -> dict[int, dict[str, torch.Tensor]]:
    """What is left at the end, where each node's results live until the `last` that reads them."""
    graph = facts.graph
    results: dict[int, dict[str, torch.Tensor]] = {}

    def read(ref: Ref) -> torch.Tensor:
        ports = results[ref.node]
        return ports[ref.port] if ref.port in ports else next(iter(ports.values()))

    for node in graph.inputs:
        tensor = empty((facts.of(node).outputs or {})["output"], "cpu", batch)
        results[node.index] = {"output": tensor if tensor.is_floating_point() else tensor.zero_()}
        del tensor
    for node in graph.nodes:
        if node.index in layers:
            layer = layers[node.index]
            made = flat(layer(*[read(ref) for ref in node.inputs if ref is not None]))
            ports = flat_ports(layer.made.ports) if layer.made.ports else ["output"]
            results[node.index] = dict(zip(ports, made, strict=True))
            del made
        for index in [i for i in results if last.get(i, i) <= node.index]:
            del results[index]
    return results


def module_peak(module: nn.Module, inputs: list[torch.Tensor]) -> tuple[int, str]:
    """The peak of a module's own run, whose frames may hold tensors longer; the caller holds the inputs."""
    module.eval()
    if not any(tensor.is_meta for tensor in inputs):
        found = allocations.run(lambda: module(*inputs))
        return found.peak + sum(tensor.nbytes for tensor in inputs), found.at
    state = [*module.parameters(), *module.buffers()]
    with torch.no_grad(), Storages(state) as mode:
        for tensor in inputs:
            mode.hold(tensor)
        module(*inputs)
        return mode.peak, mode.at
