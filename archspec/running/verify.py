"""Compares a generated module with the facts it was generated from, layer by layer, on the meta device.

Enters: facts and the generated source. Leaves: differences in plain words; none where all agrees. Imports torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archspec.backends.torch.cases import Other
from archspec.backends.torch.module import Generated
from archspec.dims import BATCH, Shape, substitute, symbols
from archspec.facts.model import Facts, LayerFacts
from archspec.graph import Node, Ref
from archspec.ops.base import Tensor, show_shape
from archspec.running.build import build
from archspec.running.watch import Watch
from archspec.words import counted

if TYPE_CHECKING:
    import torch
    from torch import nn

_SIZES = (224, 64, 32, 128, 256, 16, 48, 96, 512, 8, 7, 4, 1)
"""What is tried for symbolic sizes, one after the other, until the module computes."""
_BATCH = 2


def verify(facts: Facts, generated: Generated) -> list[str]:
    """How the module differs from what the facts say: parameters, buffers, and each layer's output."""
    try:
        model = _numbered(build(generated.text, generated.name, device="meta"))
    except Exception as error:  # whatever torch raises is what is to be told
        return [f"the module cannot be built: {_first_line(error)}"]
    found = [*_compare_tensors(facts, model), *_compare_outputs(facts, generated, model)]
    for other in generated.others:
        given = ", ".join(f"{name} = {value!r}" for name, value in other.values.items())
        found += (f"with {given}, {said}" for said in _compare_other(other, generated))
    return found


def _compare_other(other: Other, generated: Generated) -> Iterator[str]:
    """How the module with other arguments differs: parameters, buffers, and what it returns."""
    try:
        values = {name: value for name, value in other.values.items() if name in generated.arguments}
        model = build(generated.text, generated.name, device="meta", arguments=values)
    except Exception as error:  # whatever torch raises is what is to be told
        yield f"the module cannot be built: {_first_line(error)}"
        return
    yield from _compare_tensors(other.facts, model)
    yield from _compare_results(other.facts, model)


def _numbered(model: nn.Module) -> nn.Module:
    """The module, its counts of batches as numbers: a BatchNorm that averages over all batches (`momentum: null`) divides by its
    count in training, and on the meta device there is none."""
    import torch

    for module in model.modules():
        if isinstance(getattr(module, "num_batches_tracked", None), torch.Tensor) and module.momentum is None:
            module.num_batches_tracked = torch.zeros_like(module.num_batches_tracked, device="cpu")
    return model


# Parameters and buffers ----------------------------------------------------------------------------------------------


def _compare_tensors(facts: Facts, model: nn.Module) -> Iterator[str]:
    externals = tuple(f"{node.path}." for node in facts.graph.layers if node.op and node.op.kind == "external")
    every = model.named_parameters(remove_duplicate=False)  # of a tied one, its first name need not come first
    found = {name: value for name, value in every if not name.startswith(externals)}
    expected: dict[str, tuple[Shape, bool]] = {}
    tied: dict[str, str] = {}
    stored: dict[str, Tensor] = {}
    for node in facts.graph.layers:
        record = facts.of(node)
        for name, shape in (record.own_parameters or {}).items():
            expected[_join(node.path, name)] = (shape, not node.freezes(name))
        for tie in node.ties:
            first, name = facts.graph.tied_to(tie)
            tied[_join(node.path, tie.parameter)] = _join(first.path, name)
        stored.update((_join(node.path, name), tensor) for name, tensor in (record.buffer_tensors or {}).items())
    for name, (shape, trains) in expected.items():
        if name not in found:
            yield f"{name} is not among the module's parameters"
            continue
        if tuple(found[name].shape) != shape:
            yield f"{name} is {show_shape(tuple(found[name].shape))} in the module, {show_shape(shape)} in the spec"
        if found[name].requires_grad != trains:
            yield f"{name} {'trains' if found[name].requires_grad else 'does not train'} in the module"
    for name, first_name in tied.items():
        if name not in found or found[name] is not found.get(first_name):
            yield f"{name} is not the module's {first_name}"
    for name in sorted(found.keys() - expected.keys() - tied.keys()):
        yield f"{name} is a parameter of the module that the spec does not have"
    yield from _compare_buffers(model, stored, externals)
    total = sum(parameter.numel() for parameter in model.parameters())
    if isinstance(facts.totals.params, int) and total != facts.totals.params:
        yield f"the module has {counted(total, 'parameter', ',')}, the spec {facts.totals.params:,}"


def _compare_buffers(model: nn.Module, stored: dict[str, Tensor], externals: tuple[str, ...]) -> Iterator[str]:
    kept = model.state_dict().keys()
    found = {name: value for name, value in model.named_buffers() if name in kept and not name.startswith(externals)}
    for name, tensor in stored.items():
        if name not in found:
            yield f"{name} is not among the module's buffers"
        elif _seen(found[name]) != (tensor.shape, tensor.dtype):
            yield f"{name} is {_shown(_seen(found[name]))} in the module, {_shown(tensor)} in the spec"
    for name in found.keys() - stored.keys():
        yield f"{name} is a buffer of the module that the spec does not have"


# Outputs -------------------------------------------------------------------------------------------------------------


def _compare_outputs(facts: Facts, generated: Generated, model: nn.Module) -> Iterator[str]:
    names = {BATCH}
    for node in facts.graph.inputs:
        for tensor in (facts.of(node).outputs or {}).values():
            names |= {name for size in tensor.shape for name in symbols(size)}
    has_training = any(node.train_only for node in facts.graph.nodes)  # what is computed then is followed too
    problem = ""
    for size in _SIZES if len(names) > 1 else _SIZES[:1]:
        values = dict.fromkeys(names, size) | {BATCH: _BATCH}
        watch = Watch(facts, generated, model, _seen)
        try:
            watch.run([_zeros(facts.of(node), values) for node in facts.graph.inputs], has_training)
        except Exception as error:  # as above
            problem = problem or f"the module does not compute: {_first_line(error)}"
            continue
        yield from _differences(facts, watch.seen, values)
        return
    yield problem


def _compare_results(facts: Facts, model: nn.Module) -> Iterator[str]:
    """How what the module returns differs."""
    names = {name for node in facts.graph.inputs for tensor in (facts.of(node).outputs or {}).values()
             for size in tensor.shape for name in symbols(size)} | {BATCH}  # fmt: skip
    problem = ""
    for size in _SIZES if len(names) > 1 else _SIZES[:1]:
        values = dict.fromkeys(names, size) | {BATCH: _BATCH}
        try:
            results = model.eval()(*(_zeros(facts.of(node), values) for node in facts.graph.inputs))
        except Exception as error:  # as above
            problem = problem or f"the module does not compute: {_first_line(error)}"
            continue
        refs = [(name, ref) for name, ref in facts.graph.outputs.items() if not _is_for_training(facts, ref)]
        for (name, ref), result in zip(refs, results if isinstance(results, tuple) else (results,), strict=True):
            tensor = facts.tensor(ref)
            assert tensor is not None
            want = (tuple(substitute(size, values) for size in tensor.shape), tensor.dtype)
            if _seen(result) != want:
                yield f"{name} is {_shown(_seen(result))} in the module, {_shown(want)} in the spec"
        return
    yield problem


def _is_for_training(facts: Facts, ref: Ref | None) -> bool:
    return ref is not None and facts.graph.nodes[ref.node].train_only


def _zeros(record: LayerFacts, values: dict[str, int]) -> torch.Tensor:
    import torch

    (tensor,) = (record.outputs or {}).values()
    sizes = [int(str(substitute(size, values))) for size in tensor.shape]
    return torch.zeros(sizes, dtype=getattr(torch, tensor.dtype), device="meta")


def _differences(facts: Facts, seen: dict[tuple[str, str], tuple[Shape, str]], values: dict[str, int]) -> Iterator[str]:
    computed = {path for path, _ in seen}
    for node in facts.graph.layers:
        outputs = facts.of(node).outputs or {}
        for port, tensor in outputs.items():
            got = seen.get((node.path, port))
            want = (tuple(substitute(size, values) for size in tensor.shape), tensor.dtype)
            if got is not None and got != want:
                where = node.path if len(outputs) == 1 else f"{node.path}.{port}"
                yield f"{where} gives {_shown(got)} in the module, {_shown(want)} in the spec"
        if node.path not in computed and not _is_tensor(node):
            yield f"{node.path} was not computed"


def _is_tensor(node: Node) -> bool:
    return node.op is not None and node.op.kind == "value"


def _seen(value: torch.Tensor) -> tuple[Shape, str]:
    return tuple(value.shape), str(value.dtype).removeprefix("torch.")


def _shown(tensor: tuple[Shape, str]) -> str:
    return f"{show_shape(tensor[0])} {tensor[1]}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"
