"""The name of a layer, or of an input, where a type should stand: nothing says which is meant, so that nothing is changed."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

CONV = "  conv1: {type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}\n"


@pytest.mark.parametrize(
    ("above", "layer", "help"),
    [
        (CONV, "conv1", "write {use: conv1} to apply that layer again, with its weights; {type: …, from: conv1} reads it"),
        (CONV, "{type: conv1, from: input}", "write {use: conv1} to apply that layer again"),
        (CONV, "{type: conv1, out_channels: 8, kernel_size: 3}", "write {use: conv1} to apply that layer again"),
        ("  relu: ReLU\n", "relu", "write ReLU for a new layer; write {use: relu}"),
        (CONV, "input", "{type: …, from: input} reads it"),
    ],
)  # fmt: skip
def test_the_name_of_a_layer_is_no_type(above: str, layer: str, help: str) -> None:
    text = spec(f"{above}  out: {layer}\n", "[3, 8, 8]")
    (found,) = checked(text).diagnostics
    assert (found.code, found.fix) == ("E0104", None)
    assert f"{'an input' if layer == 'input' else 'a layer'} here, and no type" in found.message
    assert found.help.startswith(help)
    assert fix("spec.yaml", text.encode(), None, True).after == text.encode()


def test_an_op_in_other_letters_with_its_keys_is_the_op() -> None:
    text = spec("  linear: {type: Linear, out_features: 8}\n  out: {type: linear, out_features: 4}\n", "[8]")
    assert fix("spec.yaml", text.encode()).result.ok


@pytest.mark.parametrize("layer", ["{use: conv1}", "{type: ReLU, from: conv1}"])
def test_what_help_says_is_right(layer: str) -> None:
    assert checked(spec(f"{CONV.replace('16', '3')}  out: {layer}\n", "[3, 8, 8]")).ok
