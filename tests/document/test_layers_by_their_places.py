"""Layers whose lines are right but for a space, a column or a `layers:`: what is meant is plain, and is what the fix writes."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3}"
BLOCK = "  conv1:\n    type: Conv2d\n    out_channels: 8\n    kernel_size: 3\n"


@pytest.mark.parametrize(
    ("written", "right"),
    [
        (f"  a:{CONV}\n", f"  a: {CONV}\n"),
        (f"  a: {CONV}\n  b:{CONV}\n  c: ReLU\n", f"  a: {CONV}\n  b: {CONV}\n  c: ReLU\n"),
        ("  a:{type: Flatten}\n", "  a: {type: Flatten}\n"),
        ("  a: ReLU\n  b:{type: Add,\n    from: [a, input]}\n", "  a: ReLU\n  b: {type: Add,\n    from: [a, input]}\n"),
    ],
)
def test_a_space_is_missing_before_a_brace(written: str, right: str) -> None:
    assert fixed(spec(written)) == spec(right)
    found = checked(spec(written)).diagnostics[0]
    assert "no space after the colon" in found.message or found.label == "a space is missing after the colon"


@pytest.mark.parametrize(
    ("written", "right"),
    [
        (BLOCK + "    relu1: ReLU\n  b: Tanh\n", BLOCK + "  relu1: ReLU\n  b: Tanh\n"),
        (BLOCK + "    relu1: {type: ReLU}\n", BLOCK + "  relu1: {type: ReLU}\n"),
        (BLOCK + "    r: ReLU # one\n    # two\n    b: Tanh\n", BLOCK + "  r: ReLU # one\n  # two\n  b: Tanh\n"),
        (BLOCK + "    pool:\n      type: MaxPool2d\n      kernel_size: 2\n", BLOCK + "  pool:\n    type: MaxPool2d\n    kernel_size: 2\n"),
    ],
    ids=["an op", "in braces", "two", "of lines"],
)  # fmt: skip
def test_a_layer_in_the_column_of_the_keys_above(written: str, right: str) -> None:
    assert fixed(spec(written)) == spec(right)


@pytest.mark.parametrize(
    "written",
    [
        "  c:\n    type: Conv2d\n    act: ReLU\n    out_channels: 8\n    kernel_size: 3\n",  # keys below it
        f"  c: {CONV[:-1]}, r: ReLU}}\n",  # in braces
        BLOCK + "    foo: bar\n",  # no op
    ],
)
def test_what_may_be_a_key_stays(written: str) -> None:
    assert fixed(spec(written)) == spec(written)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("  f:\n    a: ReLU\n    b: Tanh\n  c: Sigmoid\n", "  f:\n    layers:\n      a: ReLU\n      b: Tanh\n  c: Sigmoid\n"),
        ("  f: {a: ReLU, b: Tanh}  # mine\n", "  f: {layers: {a: ReLU, b: Tanh}}  # mine\n"),
        ("  f:\n    a: ReLU\n    g:\n      b: Tanh\n      c: ReLU\n",
         "  f:\n    layers:\n      a: ReLU\n      g:\n        layers:\n          b: Tanh\n          c: ReLU\n"),
    ],
    ids=["lines", "braces", "within each other"],
)  # fmt: skip
def test_layers_below_a_name_are_a_group(written: str, right: str) -> None:
    assert fixed(spec(written)) == spec(right)


def test_keys_below_a_name_are_no_layers() -> None:
    for keys in ("{out_channels: 8, kernel_size: 3}", "{activation: relu}", "{}", "{units: relu}"):
        assert all("but layers" not in found.message for found in checked(spec(f"  a: {keys}\n")).diagnostics)


def test_a_bracket_behind_a_name_wants_quotes() -> None:
    layers = "  lstm: {type: LSTM, hidden_size: 64, batch_first: true}\n  fc: {type: Linear, out_features: 2, from: lstm[0]}\n"
    found = checked(spec(layers, "[8, 32]")).diagnostics
    assert [(d.message, d.help) for d in found] == [
        ("a bracket in a text without quotes", 'put it into quotes: "lstm[0]"')
    ]
    assert fixed(spec(layers, "[8, 32]"), is_unsafe=True) == spec(layers.replace("lstm[0]", '"lstm"'), "[8, 32]")
