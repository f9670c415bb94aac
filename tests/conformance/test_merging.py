"""Two uses of one op as one emission: with the values of either use it computes what the use alone computes, bit for bit."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from harness import Layer, build, concrete, empty, flat
from strategies import STRATEGIES

from archspec.backends.torch.merging import Unlike, merge_emissions
from archspec.backends.torch.uses import Varying
from archspec.ops import emission as emit
from archspec.ops import registry
from archspec.ops.base import Tensor

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "4"))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def of_use(part: Any, use: int) -> Any:
    """An emission with the values of one use."""
    if isinstance(part, Varying):
        return of_use(part.values[use], use)
    if isinstance(part, tuple):
        items = [of_use(item, use) for item in part]
        return type(part)(*items) if hasattr(part, "_fields") else tuple(items)
    return part


def computed(emission: emit.Emission, inputs: tuple[Tensor, ...], is_training: bool) -> list[torch.Tensor]:
    """What it gives, from the same numbers each time; on the CPU, where a batch has two samples."""
    torch.manual_seed(0)
    layer = Layer(emission, "cpu").train(is_training)
    return flat(layer(*(tensor(one) for one in inputs)))


def is_alike(left: emit.Emission, right: emit.Emission, inputs: tuple[Tensor, ...]) -> bool:
    """Whether both compute the same, in training and in evaluation, where PyTorch's CPU computes such a layer at all."""
    for is_training in (True, False):
        try:
            expected = computed(right, inputs, is_training)
        except (ValueError, RuntimeError):
            continue
        if not same(computed(left, inputs, is_training), expected):
            return False
    return True


def tensor(of: Tensor) -> torch.Tensor:
    """Numbers between 0 and 1; whole ones, and truth values, of 1."""
    return torch.rand(concrete(of)).to(getattr(torch, of.dtype)) if of.is_float else empty(of, "cpu")


def same(left: list[torch.Tensor], right: list[torch.Tensor]) -> bool:
    return all(
        a.dtype == b.dtype and torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("name", registry.names())
def test_either_use_keeps_its_meaning(name: str) -> None:
    cases = STRATEGIES.get(name, st.nothing())

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases, cases)
    def run(
        first: tuple[dict[str, Any], tuple[Tensor, ...]], second: tuple[dict[str, Any], tuple[Tensor, ...]]
    ) -> None:
        inputs = first[1]
        ops = [build(name, arguments, inputs) for arguments in (first[0], second[0])]
        if any(op is None for op in ops):
            return
        emissions = [op.emission(inputs) for op in ops if op is not None]
        try:
            merged = merge_emissions(emissions, ops)
        except Unlike:
            return
        for use, emission in enumerate(emissions):
            own = of_use(merged, use)
            assert own == emission or is_alike(own, emission, inputs), (first, second, merged)

    run()
