"""What layers need of symbolic sizes has to be possible together: else no input fits, which is an error at the layer that adds to it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import archspec
from archspec.checking import check

TWO = "  two: {type: Buffer, value: [[1, 2]]}\n  sum: {type: Add, from: [input, two]}\n"


def said(layers: str) -> list[tuple[str, str]]:
    text = f"archspec: 1\nname: Net\ninput: [4, L]\nlayers:\n{layers}"
    return [(d.code, d.message) for d in check("net.yaml", text.encode()).diagnostics if d.severity == "error"]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            TWO
            + "  parts: {type: Split, from: input, split_size: [2, 4], dim: 2}\n  out: {type: Identity, from: sum}\n",
            "parts needs L = 6, but sum needs L = 2",
        ),
        (
            TWO + "  three: {type: Buffer, value: [[1, 2, 3]]}\n  last: {type: Add, from: [input, three]}\n",
            "last needs L = 3, but sum needs L = 2",
        ),
        (
            "  conv: {type: Conv1d, out_channels: 4, kernel_size: 5}\n"
            + TWO.replace("[input", "[input")
            + "  out: {type: Identity, from: sum}\n",
            "sum needs L = 2, but conv needs L >= 5",
        ),
        (
            TWO + "  conv: {type: Conv1d, from: input, out_channels: 4, kernel_size: 5}\n",
            "conv needs L >= 5, but sum needs L = 2",
        ),
    ],
)
def test_needs_that_contradict_each_other(layers: str, message: str) -> None:
    assert said(layers) == [("E0312", message)]


def test_a_size_is_never_a_part_of_itself() -> None:
    pool = "  pool: {type: MaxPool1d, kernel_size: 3}\n  sum: {type: Add, from: [pool, input]}\n"
    assert [code for code, _ in said(pool)] == ["E0305"]


def test_all_that_follows_rests_on_sizes_that_fit() -> None:
    """Three tensors are added one after the other, which numbers that do not fit would not let happen."""
    result = check(
        "net.yaml",
        b"""
archspec: 1
name: Net
inputs: {x: [3, L], y: [3, 2], z: [3, T], w: [3, S]}
layers:
  wide: {type: ZeroPad1d, from: z, padding: [0, 1]}
  longer: {type: Add, from: [wide, w]}
  sum: {type: Add, from: [x, y, z]}
outputs: {sum: sum, longer: longer}
""",
    )
    assert result.ok
    assert result.facts is not None
    assert result.facts.assumptions == ["T + 1 = S", "L = 2", "T = 2"]


def test_needs_that_agree() -> None:
    assert not said(TWO + "  conv: {type: Conv1d, from: input, out_channels: 4, kernel_size: 2}\n")
    assert not said(TWO + "  again: {type: Mul, from: [input, two]}\n")


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(1, 6))
def test_a_spec_without_errors_computes_for_what_it_needs(width: int, other: int, kernel: int) -> None:
    layers = (
        f"  a: {{type: Buffer, value: [{list(range(width))}]}}\n  b: {{type: Buffer, value: [{list(range(other))}]}}\n"
        "  x: {type: Add, from: [input, a]}\n  y: {type: Add, from: [input, b]}\n"
        f"  c: {{type: Conv1d, from: x, out_channels: 2, kernel_size: {kernel}}}\n  d: {{type: Identity, from: y}}\n"
    )
    if said(layers + "outputs: {c: c, d: d}\n"):
        assert width != other or kernel > width
        return
    spec = archspec.parse(f"archspec: 1\nname: Net\ninput: [4, L]\nlayers:\n{layers}outputs: {{c: c, d: d}}\n")
    archspec.build(spec)(torch.randn(2, 4, width))
