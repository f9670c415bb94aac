"""Where sizes come from, for every op: what `follow` says is what the op's own shape rule gives with other numbers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from harness import build
from strategies import STRATEGIES

from archspec.dims import Dim, Size, substitute, symbol
from archspec.ops import registry
from archspec.ops.base import Op, Tensor
from archspec.ops.origins import Origin, follow

EXAMPLES = int(os.environ.get("ARCHSPEC_EXAMPLES", "12"))
FACTORS = (2, 53, 59)
"""None of the numbers with which laws are found out."""


def named(value: Any, names: dict[int, Dim]) -> Any:
    """A symbol in place of each number, one for those that are equal."""
    if isinstance(value, tuple):
        return tuple(named(item, names) for item in value)
    return names.setdefault(value, symbol(f"s{value}")) if type(value) is int and value > 1 else value


def numbered(value: Any, numbers: dict[str, int]) -> Any:
    if isinstance(value, tuple):
        return tuple(numbered(item, numbers) for item in value)
    return substitute(value, numbers) if isinstance(value, Dim) else value


@pytest.mark.parametrize("name", registry.names())
def test_what_sizes_follow_from(name: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES.get(name, st.nothing()))
    def run(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        arguments, inputs = case
        op = build(name, arguments, inputs)
        if op is None:
            return
        names: dict[int, Dim] = {}
        origins = [named(tensor.shape, names) for tensor in inputs]
        given = {key: named(getattr(op, key), names) for key in type(op).model_fields if key in arguments}
        given = {key: value for key, value in given.items() if value != getattr(op, key)}
        numbers = {str(name): number for number, name in names.items()}
        found = follow(op, inputs, origins, given, numbers)
        for factor in FACTORS:
            others = {key: number * factor for key, number in numbers.items()}
            tensors = tuple(
                Tensor(numbered(own, others), tensor.dtype) for own, tensor in zip(origins, inputs, strict=True)
            )
            changed = build(
                name, {**arguments, **{key: numbered(value, others) for key, value in given.items()}}, tensors
            )
            if changed is None:
                continue
            for port, tensor in changed.outputs(tensors).items():
                for origin, size in zip(found.get(port, ()), tensor.shape, strict=False):
                    assert origin is None or substitute(origin, others) == size, (arguments, inputs, origin, factor)

    run()


def of(name: str, shapes: list[tuple[Size, ...]], numbers: dict[str, int], **arguments: Any) -> tuple[Origin, ...]:
    """The origins of an op's first output. Arguments that are sizes with a symbol are followed."""
    inputs = tuple(Tensor(numbered(shape, numbers)) for shape in shapes)
    op = build(name, {key: numbered(value, numbers) for key, value in arguments.items()}, inputs)
    assert isinstance(op, Op)
    given = {key: value for key, value in arguments.items() if isinstance(value, (Dim, tuple))}
    return next(iter(follow(op, inputs, shapes, given, numbers).values()))


N, C, H, W, G = map(symbol, "NCHWG")
NUMBERS = {"C": 24, "H": 12, "W": 20, "G": 4}


def test_what_arguments_set() -> None:
    assert of("Conv2d", [(N, C, H, H)], NUMBERS, out_channels=2 * G, kernel_size=1) == (N, 2 * G, H, H)
    assert of("Conv2d", [(N, C, H, H)], NUMBERS, out_channels=C, kernel_size=1, groups=C) == (N, C, H, H)
    assert of("Linear", [(N, H, C)], NUMBERS, out_features=G) == (N, H, G)
    assert of("LSTM", [(N, H, C)], NUMBERS, hidden_size=G, batch_first=True, bidirectional=True) == (N, H, 2 * G)
    assert of("Conv2d", [(N, C, H, H)], NUMBERS, out_channels=7, kernel_size=1) == (N, 7, H, H)


def test_what_passes_through_and_what_is_combined() -> None:
    assert of("BatchNorm2d", [(N, C, H, W)], NUMBERS) == (N, C, H, W)
    assert of("GroupNorm", [(N, C, H, W)], NUMBERS, num_groups=G) == (N, C, H, W)
    assert of("MultiheadAttention", [(N, H, C)] * 3, NUMBERS, num_heads=G, batch_first=True) == (N, H, C)
    assert of("Flatten", [(N, C, H, W)], NUMBERS) == (N, C * H * W)
    assert of("Cat", [(N, C, H), (N, G, H)], NUMBERS, dim=1) == (N, C + G, H)
    assert of("Add", [(N, C, H), (N, C, H)], NUMBERS) == (N, C, H)
    assert of("PixelShuffle", [(N, C, H, H)], NUMBERS, upscale_factor=2)[2:] == (2 * H, 2 * H)


def test_what_is_not_known_is_not_guessed() -> None:
    inputs = (Tensor((N, 24, 12, 12)),)
    op = build("BatchNorm2d", {}, inputs)
    assert op is not None
    assert follow(op, inputs, [(N, None, H, H)], {}, NUMBERS) == {"output": (N, None, H, H)}
    assert of("AdaptiveAvgPool2d", [(N, C, H, W)], NUMBERS, output_size=1) == (N, C, 1, 1)
