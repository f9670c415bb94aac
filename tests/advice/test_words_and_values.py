"""A word that is another library's, and what it hides: its value, the layer's other keys, the layers below."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("{type: Conv2d, filters: 96x, kernel: 3x3}", "{type: Conv2d, out_channels: 96x, kernel_size: [3, 3]}"),
        ("{type: Conv2D, filters: 8, kernel: (3,3)}", "{type: Conv2d, out_channels: 8, kernel_size: [3, 3]}"),
        (
            '{"type": "Conv2d", "filters": 8, "kernel": "3x3"}',
            '{"type": "Conv2d", "out_channels": 8, "kernel_size": [3, 3]}',
        ),
    ],
)
def test_a_word_whose_value_is_written_otherwise_too(wrong: str, right: str) -> None:
    assert fixed(spec(f"  a: {wrong}\n")) == spec(f"  a: {right}\n")


def test_a_key_of_the_spec_whose_value_is_written_otherwise_too() -> None:
    assert fixed(spec("  a: ReLU\n").replace("input: [3, 32, 32]", "Input: 3x32x32")) == spec("  a: ReLU\n")


def test_a_guess_whose_value_can_be_put_right() -> None:
    text = spec("  a: {type: Embedding, input_dim: 20.000, output_dim: 8}\n", "{shape: [4], dtype: int64}")
    assert checked(text).diagnostics[0].help == "write num_embeddings"
    assert fixed(text) == text  # which may be in_features
    assert "num_embeddings: 20000" in fixed(text, is_unsafe=True)


@pytest.mark.parametrize("value", ["abc", "{a: 1}"])
def test_a_guess_whose_value_fits_in_no_way_is_none(value: str) -> None:
    text = spec(f"  a: {{type: Linear, nodes: {value}}}\n", "[3]")
    assert fixed(text, is_unsafe=True) == text


def test_short_names_of_the_keys_of_windows() -> None:
    text = spec("  a: {type: Conv2d, out_channels: 8, k: 3, s: 2, p: 1}\n")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec(
        "  a: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}\n"
    )


def test_words_below_a_layer_that_has_no_safe_fix() -> None:
    keras = "type: Conv2D, filters: 8, kernel_size: 3, padding: same, activation: relu"
    here = "type: Conv2d, out_channels: 8, kernel_size: 3, padding: same, activation: relu"
    text = spec("".join(f"  conv{i}: {{{keras}}}\n" for i in range(3)))
    assert [found.help for found in checked(text).diagnostics] == [
        "write Conv2d, with out_channels: 8; then see to activation"
    ] * 3
    assert fixed(text) == spec("".join(f"  conv{i}: {{{here}}}\n" for i in range(3)))


def test_a_type_before_its_keys_in_braces() -> None:
    text = spec("  a: Flatten\n  fc: Linear: {out_features: 10}  # scores\n  d: Dropout: {}\n")
    assert fixed(text) == spec("  a: Flatten\n  fc: {type: Linear, out_features: 10}  # scores\n  d: {type: Dropout}\n")
