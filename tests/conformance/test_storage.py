"""Which outputs stand in the memory of an input, and how they lie there, against PyTorch's own storages and strides."""

from __future__ import annotations

import copy
import functools
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

from allocations import SCALAR, run
from harness import Layer, build, concrete, empty, flat
from strategies import STRATEGIES

from archspec.ops import emission as emit
from archspec.ops import registry
from archspec.ops.base import Tensor, in_batch, tensor_bytes
from archspec.ops.layout import Laid

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "100")) // 5
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SAMPLES = 17
DIVIDING = ("FloorDiv", "Remainder")


def lying(tensor: torch.Tensor) -> Laid:
    return Laid(tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


def same(a: Laid, b: Laid) -> bool:
    """Whether they are laid out alike; an axis of one position has no stride to speak of."""
    strides = [tuple(s for n, s in zip(laid.sizes, laid.strides, strict=True) if n != 1) for laid in (a, b)]
    return a.sizes == b.sizes and strides[0] == strides[1] and a.offset == b.offset


def shuffled(tensor: torch.Tensor, random: Any) -> torch.Tensor:
    """The same tensor with its axes in another order in memory: often the channels last, and sometimes as a part of a larger one."""
    rank = tensor.dim()
    order = list(range(rank))
    if rank > 2 and random.random() < 0.5:
        order = [0, *range(2, rank), 1]
    else:
        random.shuffle(order)
    cut = random.randrange(1, rank) if rank > 1 and random.random() < 0.2 else None
    whole = tensor if cut is None else torch.cat([tensor, tensor], cut)
    lying = whole.permute(order).contiguous().permute([order.index(axis) for axis in range(rank)])
    return lying if cut is None else lying.narrow(cut, 0, tensor.shape[cut])


def is_chosen(name: str, tensors: list[torch.Tensor]) -> bool:
    """Whether PyTorch chooses the order by what no layout says: which two of three it multiplies first."""
    return name == "Einsum" and len(tensors) > 2


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
        tensors = [shuffled(tensor, random) if random.random() < 0.8 else tensor for tensor in tensors]
        before = tensors[0].clone()
        try:
            with torch.no_grad():
                results = flat(Layer(made, "cpu").eval()(*tensors))
        except RuntimeError as error:
            if "view size is not compatible" not in str(error):
                raise
            return  # LocalResponseNorm takes a volume in some orders alone
        for (port, tensor), result in zip(op.outputs(inputs).items(), results, strict=True):
            shared = op.share(inputs, lying(tensors[0]), concrete(tensor), port)
            stands = [t.untyped_storage().data_ptr() == result.untyped_storage().data_ptr() for t in tensors]
            assert not any(stands[1:])
            assert (shared is not None) == stands[0], (arguments, lying(tensors[0]), lying(result))
            lies = shared or op.arrange(inputs, tuple(map(lying, tensors)), concrete(tensor), port)
            is_ordered = lies is not None and not is_chosen(name, tensors)
            assert not is_ordered or same(lies, lying(result)), (
                arguments,
                [lying(t) for t in tensors],
                lies,
                lying(result),
            )
        assert op.is_in_place or not is_overwritten(before, tensors[0])

    seed(3)(compare)()


class Batch(Layer):
    """One op's emission on so many samples."""

    def value(self, item: Any, inputs: tuple[torch.Tensor, ...]) -> Any:
        return SAMPLES if isinstance(item, emit.BatchSize) else super().value(item, inputs)


@pytest.mark.parametrize("name", [name for name in registry.names() if name != "External"])
def test_what_is_alive_in_between_is_what_pytorch_allocates(name: str) -> None:
    """The greatest sum of bytes while the op is computed, beyond its inputs and outputs, as the allocator gives them out; and
    that the outputs take what their sizes say. Of a batch, so that no tensor is as small as a number."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name], st.randoms(use_true_random=False))
    def compare(case: tuple[dict[str, Any], tuple[Tensor, ...]], random: Any) -> None:
        arguments, inputs = case
        op = build(name, copy.deepcopy(arguments), inputs)
        if op is None or op.is_state:
            return
        tensors = [empty(tensor, "cpu", SAMPLES) for tensor in inputs]
        if any(tensor.numel() * 4 <= SCALAR for tensor in tensors):  # which floats may be made of
            return
        if name not in DIVIDING:
            tensors = [t if t.is_floating_point() else torch.zeros_like(t) for t in tensors]
        tensors = [shuffled(tensor, random) if random.random() < 0.6 else tensor for tensor in tensors]
        law = op.workspace(tuple(in_batch(tensor, SAMPLES) for tensor in inputs), tuple(map(lying, tensors)))
        if law is None or 0 < law <= SCALAR:
            return
        layer = Batch(op.emission(inputs), "cpu").eval()
        try:
            found = run(lambda: layer(*tensors))
        except (RuntimeError, ValueError):
            return  # PyTorch refuses what the shapes alone do not tell
        results = flat(found.results)
        if any(result.nbytes <= SCALAR for result in results):
            return
        own = {result.untyped_storage().data_ptr(): result.untyped_storage().nbytes() for result in results}
        for tensor in tensors:
            own.pop(tensor.untyped_storage().data_ptr(), None)
        assert (found.peak - found.left, found.left) == (law, sum(own.values())), (
            arguments, [lying(tensor) for tensor in tensors], found.at, found.events,
        )  # fmt: skip
        made = [tensor_bytes(in_batch(tensor, SAMPLES)) for tensor in op.outputs(inputs).values()]
        fresh = {result.untyped_storage().data_ptr(): size for result, size in zip(results, made, strict=True)}
        assert all(fresh[key] == size for key, size in own.items()), "a result takes more than its size"

    seed(4)(compare)()


def test_attention_in_one_call_is_what_the_allocator_gives_out() -> None:
    """For a researcher's sizes, where a dispatch mode sees nothing of the scores."""
    inputs = (Tensor((1, 512, 256)),)
    x = torch.ones(1, 512, 256)
    for options, between in (
        ({}, 9_961_472),
        ({"need_weights": False}, 9_437_184),
        ({"average_attn_weights": False}, 2_097_152),
    ):
        op = build("MultiheadAttention", {"num_heads": 8, "batch_first": True, **options}, inputs)
        assert op is not None
        layer = Layer(op.emission(inputs), "cpu").eval()
        found = run(functools.partial(layer, x))
        assert found.peak - found.left == op.workspace(inputs, (lying(x),)) == between
