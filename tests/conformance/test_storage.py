"""Which outputs stand in the memory of an input, and how they lie there, against PyTorch's own storages and strides."""

from __future__ import annotations

import copy
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "facts"))

from harness import Layer, build, concrete, empty, flat
from storages import Sample, Storages
from strategies import STRATEGIES

from archspec.dims import substitute
from archspec.ops import registry
from archspec.ops.base import Op, Tensor
from archspec.ops.layout import Laid

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "100")) // 5
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

DIVIDING = ("FloorDiv", "Remainder")
UNORDERED = ("MultiheadAttention", "Einsum")
"""What an attention gives lies in one order in evaluation and in another in training; an Einsum's result as its products do."""


def lying(tensor: torch.Tensor) -> Laid:
    return Laid(tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


def same(a: Laid, b: Laid) -> bool:
    """Whether they are laid out alike; an axis of one position has no stride to speak of."""
    strides = [tuple(s for n, s in zip(laid.sizes, laid.strides, strict=True) if n != 1) for laid in (a, b)]
    return a.sizes == b.sizes and strides[0] == strides[1] and a.offset == b.offset


def shuffled(tensor: torch.Tensor, random: Any) -> torch.Tensor:
    """The same tensor with its axes in another order in memory."""
    order = list(range(tensor.dim()))
    random.shuffle(order)
    return tensor.permute(order).contiguous().permute([order.index(axis) for axis in range(len(order))])


def is_overwritten(before: torch.Tensor, after: torch.Tensor) -> bool:
    return not torch.equal(before.nan_to_num(), after.nan_to_num())


@pytest.mark.parametrize("name", [name for name in registry.names() if name != "External"])
def test_outputs_stand_where_pytorch_puts_them(name: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name], st.randoms(use_true_random=False))
    def compare(case: tuple[dict[str, Any], tuple[Tensor, ...]], random: Any) -> None:
        arguments, inputs = case
        op = build(name, copy.deepcopy(arguments), inputs)
        if op is None or op.is_state:
            return
        made = op.emission(inputs)
        tensors = [empty(tensor, "cpu") for tensor in inputs]
        if name not in DIVIDING:
            tensors = [
                t if t.is_floating_point() else torch.zeros_like(t) for t in tensors
            ]  # the first of all positions
        if type(op).arrange is not Op.arrange or type(op).share is not Op.share:  # its inputs' layout matters
            tensors = [shuffled(tensor, random) for tensor in tensors] if random.random() < 0.7 else tensors
        before = tensors[0].clone()
        with torch.no_grad():
            results = flat(Layer(made, "cpu").eval()(*tensors))
        for (port, tensor), result in zip(op.outputs(inputs).items(), results, strict=True):
            shared = op.share(inputs, lying(tensors[0]), concrete(tensor), port)
            stands = [t.untyped_storage().data_ptr() == result.untyped_storage().data_ptr() for t in tensors]
            assert not any(stands[1:])
            assert (shared is not None) == stands[0], (arguments, lying(tensors[0]), lying(result))
            lies = shared or op.arrange(tuple(map(lying, tensors)), concrete(tensor), port)
            assert name in UNORDERED or same(lies, lying(result)), (
                arguments,
                [lying(t) for t in tensors],
                lies,
                lying(result),
            )
        assert op.is_in_place or not is_overwritten(before, tensors[0])

    seed(3)(compare)()


@pytest.mark.parametrize("name", [name for name in registry.names() if name != "External"])
def test_what_is_alive_in_between_is_what_pytorch_holds(name: str) -> None:
    """The greatest sum of bytes while the op is computed on one sample, beyond its inputs and outputs."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name], st.randoms(use_true_random=False))
    def compare(case: tuple[dict[str, Any], tuple[Tensor, ...]], random: Any) -> None:
        arguments, inputs = case
        op = build(name, copy.deepcopy(arguments), inputs)
        if op is None or op.is_state or any(0 in concrete(tensor, 1) for tensor in inputs):
            return
        tensors = [empty(tensor, "cpu", 1) for tensor in inputs]
        tensors = [shuffled(tensor, random) for tensor in tensors] if random.random() < 0.5 else tensors
        law = op.workspace(inputs, tuple(map(lying, tensors)))
        if law is None:
            return
        if name not in DIVIDING:
            tensors = [t if t.is_floating_point() else torch.zeros_like(t) for t in tensors]
        layer = Sample(op.emission(inputs), "cpu").eval()
        if op.kind == "normalization" and len(tensors[0].shape) == 2:
            return  # PyTorch refuses to normalize a single number
        with torch.no_grad(), Storages([*layer.parameters(), *layer.buffers()]) as mode:
            for tensor in tensors:
                mode.hold(tensor)
            try:
                results = layer(*tensors)
            except (RuntimeError, ValueError):
                return  # PyTorch refuses so few numbers
            end = sum(mode.alive.values())
        assert results is not None
        assert max(mode.peak, end) - end == substitute(law, {"N": 1}), (
            arguments,
            [lying(tensor) for tensor in tensors],
            mode.at,
        )

    seed(4)(compare)()
