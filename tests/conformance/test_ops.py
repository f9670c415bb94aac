"""Every op against PyTorch, over at least 50 generated sets of arguments and inputs each; there is no op without."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from harness import agree, build, pytorch_accepts
from strategies import STRATEGIES

from archspec.ops import registry
from archspec.ops.base import Tensor

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "100"))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_every_op_has_a_strategy() -> None:
    assert sorted(STRATEGIES) == registry.names()


@pytest.mark.parametrize("name", registry.names())
def test_it_agrees_with_pytorch(name: str) -> None:
    accepted = 0

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES.get(name, st.nothing()))
    def compare(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        nonlocal accepted
        arguments, inputs = case
        op = build(name, arguments, inputs)
        if is_module(name):
            takes, said, shapes = pytorch_accepts(name, arguments, inputs)
            stricter = op is None and takes and is_stricter(name, arguments, inputs, shapes)
            assert (op is not None) == takes or stricter, (arguments, inputs, said)
        if op is not None:
            accepted += 1
            agree(op, inputs)

    for round in range(10):
        seed(round)(compare)()
        if accepted >= 50:
            return
    raise AssertionError(f"only {accepted} cases fitted")


def is_module(name: str) -> bool:
    found = getattr(torch.nn, name, None)
    return isinstance(found, type) and issubclass(found, torch.nn.Module)


def is_stricter(
    name: str, arguments: dict[str, Any], inputs: tuple[Tensor, ...], shapes: list[tuple[int, ...]]
) -> bool:
    """Where archspec refuses what PyTorch takes, on purpose:

    - a tensor without a batch: a spec's tensors always have one, and (N, C, L) is never read as (C, H, W);
    - tensors that are not float32 where PyTorch happens to compute with them, or has nothing to mix them with;
    - results without a single element, and crops of more than there is, which PyTorch takes for some dtypes;
    - a normalization over a single value.
    """
    rank = 2 if name == "Unfold" else 1 if name == "Fold" else {"1d": 1, "2d": 2, "3d": 3}.get(name[-2:])
    unbatched = rank is not None and inputs[0].rank == rank + 1
    crops = "Pad" in name and "-" in str(arguments["padding"])
    return unbatched or crops or inputs[0].dtype != "float32" or any(0 in shape for shape in shapes)
