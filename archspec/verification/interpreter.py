"""A network computed layer by layer, without generated text: what a generated module is held against.

Enters: facts without errors. Leaves: an `Interpreter`, whose `state` has the keys of the spec. Each op's emission is carried
out as it stands: its module is built, its function is called with its arguments. Nothing here knows of classes, loops or local
variables, nor of the text that stands for a value. Imports torch.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from archspec.dims import BATCH
from archspec.facts.model import Facts, port_of
from archspec.graph import Node, Ref
from archspec.ops import emission as emit

_ROOTS: Mapping[str, Any] = {"torch": torch, "nn": nn, "F": functional}
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv, "%": operator.mod,
    "@": operator.matmul,
}  # fmt: skip
Tensors = dict[str, torch.Tensor]
"""What a layer gave, by port."""


class _Around(NamedTuple):
    """What an expression reads beside its own arguments."""

    inputs: tuple[torch.Tensor, ...]
    own: Any
    batch: int


class Interpreter:
    """Computes the layers one by one, each from the graph's own references; `see` is told of every result.

    `helpers` are the classes that PyTorch lacks, by name.
    """

    def __init__(self, facts: Facts, helpers: Mapping[str, Any]) -> None:
        self.facts = facts
        self.state = nn.Module()
        """The parameters and buffers of all layers, and whether they train."""
        self.see: Callable[[Node, Tensors], None] = lambda node, found: None
        self._emissions: dict[int, emit.Emission] = {}
        self._last = last_reads(facts)
        for node in facts.graph.layers:
            assert node.op is not None
            self._emissions[node.index] = node.op.emission(facts.of(node).inputs or ())
        for node in facts.graph.layers:
            own = self._emissions[node.index].own
            if node.shares is None and own is not None:
                self._keep(node, own, helpers)
        for node in facts.graph.layers:
            self._tie(node)
        for node in facts.graph.layers:
            self._initialize(node)

    # Building ----------------------------------------------------------------------------------------------------

    def _keep(self, node: Node, own: Any, helpers: Mapping[str, Any]) -> None:
        """Builds what a layer owns, under its path."""
        owner, name = self._place(node.path)
        if isinstance(own, emit.Tensor):
            _keep_tensor(owner, name, own)
        elif isinstance(own, emit.Module):
            owner.add_module(name, _found(emit.settled(own.name))(*own.arguments, **dict(own.keywords)))
        elif isinstance(own, emit.Helper):
            owner.add_module(name, helpers[own.name](**dict(own.keywords)))
        else:
            owner.add_module(name, getattr(import_module(own.module), own.name)(**dict(own.keywords)))

    def _place(self, path: str) -> tuple[nn.Module, str]:
        """The module that a name at this path stands in, made where it is missing, and the name."""
        owner = self.state
        *groups, name = path.split(".")
        for group in groups:
            if group not in owner._modules:
                owner.add_module(group, nn.Module())
            owner = owner.get_submodule(group)
        return owner, name

    def _key(self, node: Node, parameter: str) -> str:
        first = node if node.shares is None else self.facts.graph.nodes[node.shares]
        return first.path if self._emissions[first.index].forward == emit.State() else f"{first.path}.{parameter}"

    def _tie(self, node: Node) -> None:
        for tie in node.ties:
            parameter, other, seen = tie.of, self.facts.graph.nodes[tie.node], {node.index}
            while other.index not in seen:  # on to the one that is not tied itself
                seen.add(other.index)
                further = next((more for more in other.ties if more.parameter == parameter), None)
                if further is None:
                    break
                parameter, other = further.of, self.facts.graph.nodes[further.node]
            owner, name = self._place(self._key(node, tie.parameter))
            owner.register_parameter(name, self.state.get_parameter(self._key(other, parameter)))

    def _initialize(self, node: Node) -> None:
        own = self.facts.of(node).own_parameters or {}
        for init in node.inits:
            if init.parameter in own:
                given = [value for _, value in init.arguments] if init.scheme == "constant" else []
                named = {} if init.scheme == "constant" else dict(init.arguments)
                parameter = self.state.get_parameter(self._key(node, init.parameter))
                _found(f"nn.init.{init.scheme}_")(parameter, *given, **named)
                rows = node.op.zero_rows() if node.op is not None else {}
                if init.parameter in rows:
                    with torch.no_grad():
                        parameter[rows[init.parameter]] = 0.0

    # Computing ---------------------------------------------------------------------------------------------------

    def __call__(self, *inputs: torch.Tensor) -> Any:
        """The network's outputs: a tensor, or several as a tuple."""
        graph = self.facts.graph
        found: dict[int, Tensors] = {}
        batch = 0
        for node, tensor in zip(graph.inputs, inputs, strict=True):
            found[node.index] = {"output": tensor}
            (known,) = (self.facts.of(node).outputs or {}).values()
            batch = next((n for n, size in zip(tensor.shape, known.shape, strict=True) if str(size) == BATCH), batch)
        for node in graph.layers:
            if node.train_only and not self.state.training:
                continue
            read = tuple(self._read(ref, found) for ref in node.inputs)
            found[node.index] = self._layer(node, read, batch)
            self.see(node, found[node.index])
            for index in self._last.get(node.index, ()):
                found.pop(index, None)
        results = tuple(
            self._read(ref, found) for ref in graph.outputs.values() if ref is not None and ref.node in found
        )
        return results[0] if len(results) == 1 else results

    def _read(self, ref: Ref | None, found: Mapping[int, Tensors]) -> torch.Tensor:
        assert ref is not None
        tensors = found[ref.node]
        return tensors[port_of(ref, self.facts.layers[ref.node].outputs or {})]

    def _layer(self, node: Node, read: tuple[torch.Tensor, ...], batch: int) -> Tensors:
        emission = self._emissions[node.index]
        first = node.path if node.shares is None else self.facts.graph.nodes[node.shares].path
        owner, name = self._place(first) if emission.own is not None else (self.state, "")
        own = getattr(owner, name) if name else None
        result = _worth(emission.forward, _Around(read, own, batch))
        if emission.ports:
            return dict(_unpacked(emission.ports, result))
        return dict.fromkeys(self.facts.of(node).outputs or ("output",), result)


def _keep_tensor(owner: nn.Module, name: str, own: emit.Tensor) -> None:
    dtype: torch.dtype = getattr(torch, own.dtype)
    if own.fill is None:
        value = torch.randn(tuple(map(emit.settled, own.shape)), dtype=dtype)
    elif isinstance(own.fill, tuple):
        value = torch.tensor(own.fill, dtype=dtype)
    else:
        value = torch.full(own.shape, own.fill, dtype=dtype)  # type: ignore[arg-type]
    if own.kind == "parameter":
        owner.register_parameter(name, nn.Parameter(value))
    else:
        owner.register_buffer(name, value, persistent=own.persistent)


def last_reads(facts: Facts) -> dict[int, list[int]]:
    """For each layer, those whose outputs nobody reads after it; the network's outputs are read at the end."""
    last: dict[int, int] = {node.index: node.index for node in facts.graph.nodes}
    for node in facts.graph.nodes:
        last.update((ref.node, node.index) for ref in node.inputs if ref is not None)
    for ref in facts.graph.outputs.values():
        if ref is not None:
            last.pop(ref.node, None)
    found: dict[int, list[int]] = {}
    for index, reader in last.items():
        found.setdefault(reader, []).append(index)
    return found


def _found(name: str) -> Any:
    """What a dotted name is: `nn.Conv2d`, `torch.linalg.norm`, `F.relu`."""
    root, *rest = name.split(".")
    value = _ROOTS[root]
    for part in rest:
        value = getattr(value, part)
    return value


def _worth(expression: emit.Expression, around: _Around) -> Any:
    """The value of an expression."""

    def inner(part: emit.Expression) -> Any:
        return _worth(part, around)

    def named(keywords: tuple[tuple[str, emit.Expression], ...]) -> dict[str, Any]:
        return {name: inner(value) for name, value in keywords}

    match expression:
        case emit.Input(position):
            return around.inputs[position]
        case emit.BatchSize():
            return around.batch
        case emit.State():
            return around.own
        case emit.Data(value):
            return value
        case emit.Several(items):
            return tuple(map(inner, items))
        case emit.SizeOf(target, axis):
            return inner(target).shape[axis]
        case emit.ShapeOf(target):
            return inner(target).shape
        case emit.Apply(arguments, keywords):
            return around.own(*map(inner, arguments), **named(keywords))
        case emit.Call(function, arguments, keywords):
            return _found(function)(*map(inner, arguments), **named(keywords))
        case emit.Method(target, name, arguments, keywords):
            return getattr(inner(target), name)(*map(inner, arguments), **named(keywords))
        case emit.Index(target, items):
            picked = tuple(_picked(item, around) for item in items)
            return inner(target)[picked if len(picked) != 1 else picked[0]]
        case emit.Infix():
            return _chain(expression, inner)
    raise AssertionError(f"{type(expression).__name__} has no value")


def _chain(expression: emit.Infix, inner: Callable[[emit.Expression], Any]) -> Any:
    """Operators that lean to the left, without a call for each."""
    rights: list[tuple[str, emit.Expression]] = []
    left: emit.Expression = expression
    while isinstance(left, emit.Infix):
        rights.append((left.operator, left.right))
        left = left.left
    value = inner(left)
    for sign, right in reversed(rights):
        value = _OPERATORS[sign](value, inner(right))
    return value


def _picked(item: int | emit.Open | emit.Slice | emit.Input, around: _Around) -> Any:
    if isinstance(item, emit.Input):
        return around.inputs[item.position]
    return slice(*item) if isinstance(item, emit.Slice) else item


def _unpacked(ports: str | emit.Ports, value: Any) -> list[tuple[str, Any]]:
    """The tensors of a result of several, by port."""
    if isinstance(ports, str):
        return [(ports, value)]
    return [pair for port, part in zip(ports, value, strict=True) for pair in _unpacked(port, part)]
