"""The peak of symbolic sizes, and what all activations take, is that of each number that the network takes, or it is not said."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from support import checked, spec

from archspec.checking import check
from archspec.conditions.solve import holds
from archspec.dims import evaluate
from archspec.facts.model import Facts

KEYS = ("activation_bytes", "peak_activation_bytes", "module_peak_activation_bytes")

NETWORKS = [
    ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n  b: {type: ReLU, inplace: true}\n  c: {type: MaxPool2d, kernel_size: 2}\n", "[3, H, H]", True),
    ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n", "[3, H, W]", True),
    ("  a: {type: Conv1d, out_channels: 3, kernel_size: 3}\n  f: Flatten\n", "[4, H]", True),
    ("  a: {type: InstanceNorm1d, affine: true, track_running_stats: true}\n  b: Tanh\n", "[4, H]", True),
    ("  a: {type: Conv2d, out_channels: 4, kernel_size: 11, stride: 4}\n  b: ReLU\n  p: {type: MaxPool2d, kernel_size: 3, stride: 2}\n"
     "  q: {type: MaxPool2d, kernel_size: 3, stride: 2}\n  g: {type: AdaptiveAvgPool2d, output_size: 1}\n", "[3, H, H]", True),
    # another layer has it for small sizes
    ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: Tanh\n", "[3, H, 8]", True),
    ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: Tanh\n", "[3, H, W]", True),
    ("  a: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n  b: {type: Conv2d, out_channels: 90, kernel_size: 3, stride: 4, padding: 1}\n", "[3, H, W]", True),
    ("  p: {type: Permute, dims: [0, 2, 1]}\n  f: Flatten\n  b: Tanh\n", "[1, H]", True),
    ("  n: {type: Normalize, dim: 2}\n", "[4, H]", True),
    ("  n: {type: Normalize, dim: 1}\n", "[4, H]", False),
    # how a tensor lies is decided by sizes
    ("  p: {type: Permute, dims: [0, 2, 1]}\n  f: Flatten\n  b: Tanh\n", "[2, H]", False),
    ("  s: {type: Slice, dim: 2, stop: 20160}\n  f: Flatten\n", "[3, H]", False),
    ("  s: {type: Slice, dim: 2, stop: 6}\n  f: Flatten\n", "[3, H]", False),
    ("  a: {type: Linear, out_features: 4}\n  t: {type: Transpose, dim0: 1, dim1: 2}\n  r: {type: Reshape, shape: [-1]}\n", "[H, 8]", False),
    ("  s: {type: Slice, dim: 2, start: 1, stop: 6}\n  b: Tanh\n", "[3, H]", True),
    ("  c: {type: Conv1d, out_channels: 4, kernel_size: 3, padding: 1}\n  s: {type: Slice, dim: 2, stop: -1}\n  b: Tanh\n", "[4, H]", True),
    ("  t: {type: Transpose, dim0: 1, dim1: 2}\n  b: {type: Softmax, dim: 1}\n", "[4, H]", False),
    ("  e: {type: Expand, shape: [5, H]}\n  b: Tanh\n", "[1, H]", False),
    ("  a: {type: LSTM, hidden_size: 3}\n", "[H, 4]", False),
    ("  l: {type: Permute, dims: [0, 2, 1]}\n  f: {type: Linear, out_features: 7}\n", "[5, H]", True),
]  # fmt: skip


def facts_of(text: str, **values: int) -> Facts | None:
    result = check("spec.yaml", text.encode(), values)
    return result.facts if result.ok else None


@pytest.mark.parametrize(("layers", "input", "is_known"), NETWORKS)
def test_the_peak_is_that_of_each_number(layers: str, input: str, is_known: bool) -> None:
    symbolic = checked(spec(layers, input)).facts
    assert symbolic is not None
    assert (symbolic.totals.peak_activation_bytes is not None) == is_known
    sizes = [*range(1, 40), 63, 64, 65, 224, 227, 20_160, 20_161]
    compared = 0
    for high, wide in zip(sizes, sizes[7:] + sizes[:7], strict=True):
        numbers = {name: number for name, number in (("H", high), ("W", wide)) if name in symbolic.symbols}
        true = facts_of(spec(layers, input), **numbers)
        is_accepted = all(holds(need.statement, numbers) for need in symbolic.needs)
        for key in KEYS if true is not None and is_accepted else ():
            size, number = getattr(symbolic.totals, key), getattr(true.totals, key) if true is not None else None
            if size is not None:
                assert evaluate(size, numbers) == number, (key, numbers)
                compared += 1
    assert compared >= 20 * is_known


LARGEST = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: Tanh\n", "[3, H, 8]")


def test_where_it_depends_it_is_the_largest_of_a_few() -> None:
    facts = checked(LARGEST).facts
    assert facts is not None
    assert str(facts.totals.peak_activation_bytes) == "max(384*H - 768, 288*H - 384)"
    assert facts.totals.unknown == {}


def test_where_they_are_many_it_is_said_so() -> None:
    """Each layer has the peak for some sizes: the wider it is, the less it pads."""
    pads = (990, 480, 303, 210, 150, 107, 73, 45, 21)
    layers = "".join(
        f"  a{i}: {{type: Conv1d, out_channels: {i}, kernel_size: 1, padding: {pad}, from: input}}\n"
        for i, pad in enumerate(pads, 1)
    )
    facts = checked(spec(layers, "[1, H]")).facts
    assert facts is not None
    assert facts.totals.peak_activation_bytes is None
    said = "which layer has it may depend on H: --set H=… gives a number"
    assert facts.totals.unknown["peak_activation_bytes"] == said
    few = checked(spec("".join(layers.splitlines(keepends=True)[:6]), "[1, H]")).facts
    assert few is not None
    assert str(few.totals.peak_activation_bytes).startswith("max(")


@pytest.mark.parametrize(
    ("claim", "sizes"),
    [
        ("budget: {peak_activation_bytes: {max: 8448}}", range(3, 25)),
        ("budget: {peak_activation_bytes: {min: 8448}}", range(24, 60)),
        ("budget: {peak_activation_bytes: {min: 1000, max: 2000}}", range(5, 8)),
        ("expect: {peak_activation_bytes: 768}", [4]),
    ],
)
def test_a_claim_of_the_largest_of_a_few_is_a_condition(claim: str, sizes: Iterable[int]) -> None:
    found = checked(f"{LARGEST}{claim}\n")
    assert found.ok
    assert found.facts is not None
    assert found.facts.claims_solution is not None
    assert found.facts.claims_solution.open == []
    ((box,),) = found.facts.claims_solution.groups
    assert [size for size in range(1, 60) if size in box["H"]] == list(sizes)
    found_at = {size: facts_of(f"{LARGEST}{claim}\n", H=size) for size in range(3, 60)}
    assert [size for size, facts in found_at.items() if facts is not None and not facts.unchecked_sizes] == list(sizes)


def test_a_budget_of_it_is_a_condition() -> None:
    result = checked(spec("  a: Tanh\n", "[3, H]", "budget: {peak_activation_bytes: {max: 1 KiB}}\n"))
    assert result.ok
    assert result.facts is not None
    assert [str(need.statement) for need in result.facts.needs] == ["24*H <= 1024"]
    assert facts_of(spec("  a: Tanh\n", "[3, H]", "budget: {peak_activation_bytes: {max: 1 KiB}}\n"), H=43) is None
