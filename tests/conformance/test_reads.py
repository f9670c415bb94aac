"""What ops read for one element of an output (`Op.reads`), against gradients: nothing outside the boxes, and of most ops all inside."""

from __future__ import annotations

import random
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings

sys.path.insert(0, str(Path(__file__).parent))

from harness import build, flat
from strategies import STRATEGIES
from test_reach import CHOOSING, DIVIDING, WITHOUT_DERIVATIVE, made

from archspec.ops import registry
from archspec.ops.base import Op, Tensor
from archspec.ops.intervals import each, one
from archspec.ops.reading import Asked, Box, Lost

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
KINDS = ("convolution", "linear", "shape", "merge", "dropout", "recurrent")
"""Kinds of ops that depend on all that they read, but for those below."""
LOOSE = {"AffineGrid", "Atan2", "Lerp", "Maximum", "Minimum", "Pow", "RNN", "RNNCell", "Tril", "Triu"}
"""Of these, numbers decide: zeros hide, a maximum chooses, a ReLU may be off; for masks see archspec/facts/masks.py."""


def elements(boxes: list[Box], shape: tuple[int, ...]) -> set[tuple[int, ...]]:
    """The places in the boxes; an axis that is lost is all of it."""
    found: set[tuple[int, ...]] = set()
    for box in boxes:
        found |= set(
            product(
                *(
                    range(size) if isinstance(own, Lost) else list(each(own))
                    for own, size in zip(box, shape, strict=True)
                )
            )
        )
    return found


def compare(op: Op, inputs: tuple[Tensor, ...], is_exact: bool) -> None:
    layer, tensors = made(op, inputs)
    sizes = tuple(Tensor(tuple(t.shape), given.dtype) for t, given in zip(tensors, inputs, strict=True))
    leaves = [t.clone().requires_grad_(t.is_floating_point()) for t in tensors]
    outputs = flat(layer(*[t.clone() for t in leaves]))
    for port, output in zip(op.outputs(inputs), outputs, strict=True):
        if not output.requires_grad or not output.numel() or not any(t.requires_grad for t in leaves):
            continue
        pick = random.Random(output.numel())
        for _ in range(3):
            place = tuple(pick.randrange(size) for size in output.shape)
            wanted = [t for t in leaves if t.requires_grad]
            grads = iter(torch.autograd.grad(output[place], wanted, retain_graph=True, allow_unused=True))
            read = op.reads(sizes, Asked(port, tuple(output.shape), tuple(map(one, place))))
            for number, (leaf, boxes) in enumerate(zip(leaves, read, strict=False)):
                if not leaf.requires_grad:
                    continue
                grad = next(grads)
                true = set() if grad is None else set(map(tuple, grad.nan_to_num(nan=0.0).nonzero().tolist()))
                held = elements(boxes, tuple(leaf.shape))
                assert true <= held, (op, sizes, port, place, number, true - held)
                is_lost = any(isinstance(own, Lost) for box in boxes for own in box)
                assert not is_exact or is_lost or number or true == held, (op, sizes, port, place, number, held - true)


@pytest.mark.parametrize("name", [name for name in registry.names() if name not in WITHOUT_DERIVATIVE])
def test_what_is_read(name: str) -> None:
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        arguments, inputs = case
        inputs = tuple(Tensor(t.shape, "float32") if t.is_float else t for t in inputs)
        op = build(name, {key: value for key, value in arguments.items() if key != "inplace"}, inputs)
        has_truths = any(t.dtype == "bool" for t in inputs)
        if (
            op is None
            or (has_truths and name not in CHOOSING)
            or (name in DIVIDING and not all(t.is_float for t in inputs))
        ):
            return
        sides = getattr(op, "padding", 0)
        is_cut = (
            "Circular" in name and isinstance(sides, tuple) and min(sides) < 0
        )  # PyTorch may copy what it has not written
        compare(op, inputs, op.kind in KINDS and name not in LOOSE and not is_cut)

    seed(7)(run)()
