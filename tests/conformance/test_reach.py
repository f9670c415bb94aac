"""How outputs depend on inputs, against gradients: no position outside what `reach` says has one, and windows are tight."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))

from harness import Layer, build, concrete, flat
from strategies import STRATEGIES

from archspec.ops import registry
from archspec.ops.base import Everything, Op, Same, Tensor, Window

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
WITHOUT_DERIVATIVE = ("FloorDiv",)
"""What autograd refuses."""
CHOOSING = ("Where", "MaskedFill", "LogicalAnd", "Eq", "To", "ScaledDotProductAttention")
"""Ops that read truth values, of which arithmetic has no gradient."""
DIVIDING = ("Div", "Remainder")
"""Ops that divide by the zeros that stand for whole numbers here."""
TIGHT = [name for name in registry.names() if (op := registry.find(name)) is not None
         and op.kind in ("convolution", "pooling") and "kernel_size" in op.model_fields]  # fmt: skip


def gradients(layer: nn.Module, inputs: list[torch.Tensor], axis: int, position: int, port: int) -> list[torch.Tensor]:
    """Which elements of each input one position of an output depends on."""
    tensors = [tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs]
    output = flat(layer(*[tensor.clone() for tensor in tensors]))[port]
    chosen = output.select(axis, position)
    wanted = [tensor for tensor in tensors if tensor.requires_grad]
    if not wanted or not chosen.requires_grad:
        return [torch.zeros_like(tensor) for tensor in tensors]
    found = iter(torch.autograd.grad((chosen * torch.randn_like(chosen)).sum(), wanted, allow_unused=True))
    grads = [next(found) if tensor.requires_grad else None for tensor in tensors]
    # Where a result is no number (a root of less than zero), its derivative times zero is none either, and says nothing.
    return [torch.zeros_like(t) if g is None else g.nan_to_num(nan=0.0) for t, g in zip(tensors, grads, strict=True)]


def made(op: Op, inputs: tuple[Tensor, ...]) -> tuple[nn.Module, list[torch.Tensor]]:
    layer = Layer(op.emission(inputs), "cpu").eval().double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    tensors = [torch.rand(concrete(t), dtype=torch.float64) + 0.5 if t.is_float else
               torch.zeros(concrete(t), dtype=getattr(torch, t.dtype)) for t in inputs]  # fmt: skip
    return layer, tensors


def allowed(step: Any, position: int, size: int) -> set[int]:
    """The positions along an input axis that an output position may depend on."""
    if isinstance(step, Same):
        return {position}
    first = position * step.stride - step.padding
    return set(range(first, first + step.size)) & set(range(size))


def compare(op: Op, inputs: tuple[Tensor, ...]) -> None:
    reaches = op.reach(inputs)
    if reaches is None:
        return
    layer, tensors = made(op, inputs)
    outputs = [tensor.shape for tensor in flat(layer(*[t.clone() for t in tensors]))]
    for number, reach in enumerate(reaches):
        assert len(reach) == tensors[number].dim(), "a step for each axis"
        for axis, step in enumerate(reach):
            if not isinstance(step, (Same, Window)) or not tensors[number].is_floating_point():
                continue
            size = tensors[number].shape[axis]
            # States have their layers in front, and attention's weights no sequence: what is said is said of the first output.
            of_sequence = op.kind == "recurrent" or type(op).__name__ == "MultiheadAttention"
            for port, shape in enumerate(outputs[:1] if of_sequence else outputs):
                for position in {0, shape[step.axis] // 2, shape[step.axis] - 1}:
                    grad = gradients(layer, tensors, step.axis, position, port)[number]
                    others = [other for other in range(grad.dim()) if other != axis]
                    seen = grad.abs().sum(others) if others else grad.abs()
                    found = set(seen.nonzero().flatten().tolist())
                    assert found <= allowed(step, position, size), (op, inputs, number, axis, position)


@pytest.mark.parametrize("name", [name for name in registry.names() if name not in WITHOUT_DERIVATIVE])
def test_nothing_lies_outside_the_reach(name: str) -> None:
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        arguments, inputs = case
        inputs = tuple(Tensor(t.shape, "float32") if t.is_float else t for t in inputs)
        arguments = {
            key: value for key, value in arguments.items() if key != "inplace"
        }  # no gradient for negative slopes
        op = build(name, arguments, inputs)
        if (
            op is not None
            and (name in CHOOSING or not any(t.dtype == "bool" for t in inputs))
            and (name not in DIVIDING or all(t.is_float for t in inputs))
        ):
            compare(op, inputs)

    seed(7)(run)()


@pytest.mark.parametrize("name", TIGHT)
def test_a_window_is_no_larger_than_it_has_to_be(name: str) -> None:
    """The first and the last position that a window in the middle sees are those that `reach` says."""
    checked = 0

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        nonlocal checked
        arguments, inputs = case
        op = build(name, copy.deepcopy(arguments), inputs)
        reaches = op.reach(inputs) if op is not None else None
        if op is None or reaches is None or inputs[0].rank < 3 or not inputs[0].is_float:
            return
        layer, tensors = made(op, inputs)
        output = flat(layer(*[t.clone() for t in tensors]))[0]
        for axis, step in enumerate(reaches[0]):
            if not isinstance(step, Window) or isinstance(step, Everything):
                continue
            position = output.shape[step.axis] // 2
            window = allowed(step, position, tensors[0].shape[axis])
            if len(window) < step.size:  # it lies over the edge
                continue
            found: set[int] = set()
            for _ in range(30):  # a maximum is at one of them at a time
                tensors = [torch.rand_like(t) + 0.5 if t.is_floating_point() else t for t in tensors]
                grad = gradients(layer, tensors, step.axis, position, 0)[0]
                seen = grad.abs().sum([other for other in range(grad.dim()) if other != axis])
                found |= set(seen.nonzero().flatten().tolist())
            assert {min(found), max(found)} == {min(window), max(window)}, (op, inputs, axis)
            checked += 1

    for round in range(5):
        seed(round)(run)()
        if checked >= 3:
            return
    assert checked, "no case had a window inside its input"
