"""Counts, memory and sizes, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import checked, spec

from archspec.dims import (
    Size,
    ceil_div,
    exact_div,
    floor_div,
    minimum,
    product,
    prove_divides,
    prove_equal,
    substitute,
    symbol,
)  # fmt: skip
from archspec.facts.model import Facts

H, W = symbol("H"), symbol("W")


def facts(text: str) -> Facts:
    result = checked(text)
    assert result.ok, result.diagnostics
    assert result.facts is not None
    return result.facts


def test_frozen_layers_do_not_train() -> None:
    totals = facts(
        spec("  a: {type: Linear, out_features: 4, freeze: true}\n  b: {type: Linear, out_features: 2}\n", "[3]")
    ).totals
    assert (totals.params, totals.trainable_params) == (16 + 10, 10)


def test_what_uses_a_frozen_layer_does_not_train() -> None:
    layers = "  z: {type: Conv2d, out_channels: 3, kernel_size: 1}\n  a: {type: Conv2d, out_channels: 3, kernel_size: 1%s}\n  b: {use: a}\n"
    for freeze, trains in ((", freeze: true", False), ("", True)):
        result = checked(spec(layers % freeze))
        assert result.facts is not None
        trainable = {node.path: result.facts.of(node).trainable for node in result.facts.graph.layers}
        assert trainable == {"z": True, "a": trains, "b": trains}


def test_a_layer_used_twice_counts_once_and_works_twice() -> None:
    totals = facts(spec("  a: {type: Linear, out_features: 3}\n  b: {use: a}\n  c: {use: b}\n", "[3]")).totals
    assert (totals.params, totals.macs) == (12, 27)


def test_tied_parameters_count_once() -> None:
    layers = "  a: {type: Linear, out_features: 3}\n  b: {type: Linear, out_features: 3, tie: {weight: a.weight}}\n"
    found = facts(spec(layers, "[3]"))
    assert found.totals.params == 9 + 3 + 3
    assert found.of(found.graph.layers[1]).own_parameters == {"bias": (3,)}


def test_tied_parameters_are_of_one_size() -> None:
    layers = "  a: {type: Linear, out_features: 3}\n  b: {type: Linear, out_features: 4, tie: {weight: a.weight}}\n"
    (found,) = checked(spec(layers, "[3]")).diagnostics
    assert (found.code, found.message) == ("E0205", "b.weight is 4 × 3, but a.weight is 3 × 3")


def test_peak_memory_of_a_residual() -> None:
    layers = "  a: {type: Linear, out_features: 8}\n  b: ReLU\n  c: {type: Linear, out_features: 8}\n  d: {type: Add, from: [a, c]}\n"
    found = facts(spec(layers, "[4]")).totals
    # input 16, a 32, b 32, c 32, d 32 bytes; while c is made, a, b and c are alive; then a, c and d
    assert (found.activation_bytes, found.peak_activation_bytes) == (128, 96)


def test_a_view_has_no_memory_of_its_own() -> None:
    found = facts(
        spec("  a: ReLU\n  b: Flatten\n  c: Dropout\n  d: {type: Linear, out_features: 1}\n", "[2, 3]")
    ).totals
    assert found.activation_bytes == 24 + 4
    assert found.peak_activation_bytes == 24 + 24


def test_buffers_are_counted_apart() -> None:
    found = facts(spec("  a: BatchNorm2d\n")).totals
    assert (found.params, found.buffers, found.param_bytes) == (6, 7, 24)


def test_assumptions_are_listed() -> None:
    text = "archspec: 1\nname: A\ninput: [4, H]\nlayers:\n  a: {type: MaxPool1d, kernel_size: 2}\n  b: {type: Upsample, scale_factor: 2}\n"
    found = facts(text + "  c: {type: Add, from: [b, input]}\n")
    assert found.assumptions == ["H >= 2", "2*(H//2) = H"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(H, "H"), (H + 1, "H + 1"), (H * W * 2 - 3, "2*H*W - 3"), (floor_div(H - 1, 2) + 1, "(H + 1)//2"),
     (floor_div(floor_div(H, 2), 2), "H//4"), (floor_div(4 * H, 2), "2*H"), (floor_div(4 * H + 3, 2), "2*H + 1"),
     (H * H, "H**2"), (1 - H, "1 - H")],
)  # fmt: skip
def test_sizes_as_text(size: Size, text: str) -> None:
    assert str(size) == text


def test_proofs() -> None:
    assert prove_equal(H + 1, 1 + H) is True
    assert prove_equal(H + 1, H) is False
    assert prove_equal(H + W, 1) is False
    assert prove_equal(H, W) is None
    assert prove_divides(2, 4 * H + 2) is True
    assert prove_divides(2, 4 * H + 1) is False
    assert prove_divides(3, H) is None
    assert exact_div(6 * H * W, 2 * H) == 3 * W
    assert exact_div(H + 1, 2) is None
    assert minimum(3 * H + 2) == 5
    assert minimum(2 - H) == float("-inf")
    assert product([2, H, 3, W]) == 6 * H * W
    assert H - H == 0
    assert H + 0 == H
    assert H * 0 == 0


whole = st.integers(-6, 9)


@given(whole, whole, st.integers(1, 6), st.integers(1, 6), whole, st.integers(1, 40), st.integers(1, 40))
@settings(derandomize=True, database=None, max_examples=300)
def test_arithmetic_is_that_of_numbers(a: int, b: int, c: int, d: int, e: int, h: int, w: int) -> None:
    """Whatever is computed with symbols and then given numbers is what the numbers give at once."""
    values = {"H": h, "W": w}
    left, right = a * H + b * W + e, b * H * W - a
    plain_left, plain_right = a * h + b * w + e, b * h * w - a

    def at(size: Size) -> Size:
        return substitute(size, values)

    assert at(left + right) == plain_left + plain_right
    assert at(left * right) == plain_left * plain_right
    assert at(left - right) == plain_left - plain_right
    assert at(floor_div(left, c)) == plain_left // c
    assert at(ceil_div(left, c)) == -(-plain_left // c)
    assert at(floor_div(floor_div(left, c) + e, d)) == (plain_left // c + e) // d
    assert minimum(left) <= plain_left
    if prove_divides(c, left) is not None:
        assert prove_divides(c, left) == (plain_left % c == 0)
    if prove_equal(left, right) is False:
        assert plain_left != plain_right


@pytest.mark.parametrize(
    ("freeze", "trains"),
    [
        ("true", 0),
        ("false", 16),
        ("[]", 16),
        ("[weight]", 4),
        ("[bias]", 12),
        ("[bias, weight]", 0),
        ("[bias, bias]", 12),
    ],
)
def test_parameters_of_a_layer_that_do_not_train(freeze: str, trains: int) -> None:
    """By hand: 4 · 3 weights and 4 biases; a second use counts nowhere."""
    layers = f"  a: {{type: Linear, out_features: 4, freeze: {freeze}}}\n  b: {{use: a, from: input}}\n"
    facts = checked(spec(layers, "[3]")).facts
    assert facts is not None
    assert (facts.totals.params, facts.totals.trainable_params) == (16, trains)
    assert facts.of(facts.graph.layers[0]).trainable == (trains > 0)


@pytest.mark.parametrize("more", ['repeat: "${deep}"', "repeat: -1", "repeat: many"])
def test_totals_where_an_error_hides_how_many_layers_there_are(more: str) -> None:
    found = checked(spec(f"  fc: {{type: Linear, out_features: 8, {more}}}\n", "[8]")).facts
    assert found is not None
    totals = found.totals
    figures = (
        totals.layers,
        totals.params,
        totals.macs,
        totals.flops,
        totals.param_bytes,
        totals.peak_activation_bytes,
    )
    assert figures == (None,) * 6
    assert totals.unknown == {}
