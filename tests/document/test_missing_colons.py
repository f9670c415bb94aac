"""Keys in braces without their colons: the value is kept by the fix, whatever the key."""

from __future__ import annotations

import pytest
from support import checked

from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\ninput: [8, 8, 8]\n"
LAYERS = HEAD + "layers:\n  a: "
CONV = "{type: Conv2d, out_channels: 8, kernel_size: 3, "


def fixed(text: str) -> str:
    return fix("a.yaml", text.encode()).after.decode()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("{type: MaxPool2d, kernel_size: 2, stride 2}", "{type: MaxPool2d, kernel_size: 2, stride: 2}"),
        ("{type: LayerNorm, normalized_shape 8}", "{type: LayerNorm, normalized_shape: 8}"),
        ("{type: Conv2d, out_channels 8, kernel_size 3}", "{type: Conv2d, out_channels: 8, kernel_size: 3}"),
        (CONV + "bias False}", CONV + "bias: False}"),
        (CONV + "padding  same}", CONV + "padding: same}"),
        (CONV + 'padding "same"}', CONV + 'padding: "same"}'),
        (CONV + "stride = 2}", CONV + "stride: 2}"),
        (CONV + "stride=2}", CONV + "stride: 2}"),
        (CONV + "stride [2, 2]}", CONV + "stride: [2, 2]}"),
        ("{type: Dropout, p 0.5}", "{type: Dropout, p: 0.5}"),
        ("{type ReLU}", "{type: ReLU}"),
        ("{type=ReLU}", "{type: ReLU}"),
        ("{type: ReLU, from input}", "{type: ReLU, from: input}"),
        ("{type: ReLU, when: ${1 < 2}}", '{type: ReLU, when: "${1 < 2}"}'),
        ("{type: Conv2d, out_channels: ${2} * 4, kernel_size: [${3}, 3]}",
         '{type: Conv2d, out_channels: "${2 * 4}", kernel_size: ["${3}", 3]}'),
    ],
)  # fmt: skip
def test_the_value_is_kept(wrong: str, right: str) -> None:
    assert fixed(f"{LAYERS}{wrong}\n") == f"{LAYERS}{right}\n"


def test_it_is_said_of_the_key_and_the_value_is_read() -> None:
    (found,) = checked(f"{LAYERS}{CONV}stride 2}}\n").diagnostics
    assert found.message == "a colon is missing after stride, so that stride 2 is a key"
    assert found.help == "write stride: 2"
    assert (found.span.line, found.span.text()) == (5, "stride 2")


def test_in_claims_and_in_limits() -> None:
    text = HEAD + "expect: {params 0}\nbudget: {macs: {max 80}}\nlayers: [ReLU]\n"
    assert fixed(text) == text.replace("params 0", "params: 0").replace("max 80", "max: 80")


@pytest.mark.parametrize("words", ["in place", "no inplace", "my value"])
def test_words_that_are_no_key_and_value_are_left(words: str) -> None:
    text = f"{LAYERS}{{type: ReLU, {words}}}\n"
    assert fixed(text) == text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("{type: LayerNorm, normalized_shape: (8,)}", "{type: LayerNorm, normalized_shape: [8]}"),
        ("{type: LayerNorm, normalized_shape: (8,), eps: 0.1}", "{type: LayerNorm, normalized_shape: [8], eps: 0.1}"),
        ("{type: Conv2d, out_channels: (8,), kernel_size: (3, 3,)}", "{type: Conv2d, out_channels: 8, kernel_size: [3, 3]}"),
    ],
)  # fmt: skip
def test_a_tuple_of_python_is_read_to_its_end(wrong: str, right: str) -> None:
    assert fixed(f"{LAYERS}{wrong}\n") == f"{LAYERS}{right}\n"


def test_a_tuple_of_python_in_a_claim() -> None:
    text = HEAD + "expect: {output: (8,)}\nlayers: [Flatten, {type: Linear, out_features: 8}]\n"
    assert fixed(text) == text.replace("(8,)", "[8]")


def test_a_number_without_a_key() -> None:
    text = HEAD + "layers:\n  f: Flatten\n  a: {type: Linear, 10}\n"
    (found,) = checked(text).diagnostics
    assert (found.message, found.help) == ("a: 10 stands without a key", "write {type: Linear, out_features: 10}")
    assert fixed(text) == text
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text.replace("10}", "out_features: 10}")
