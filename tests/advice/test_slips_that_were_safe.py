"""Changes that were made unasked and were wrong for some who wrote that: each is offered now, or is another one."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

PLANES = """\
blocks:
  B:
    args: {planes: int, stride: 1}
    layers:
      conv1: {type: Conv2d, out_channels: "${planes}", kernel_size: 3, stride: "${stride}", padding: 1}
      short: {type: Conv2d, from: input, when: "${stride != 1 or NAME != planes}", out_channels: "${planes}", kernel_size: 1, stride: "${stride}"}
      add: {type: Add, from: [conv1, short]}
"""


@pytest.mark.parametrize("name", ["in_planes", "inplanes", "in_channels", "inChannels", "c_in"])
def test_the_channels_that_a_block_of_pytorch_is_given(name: str) -> None:
    text = PLANES.replace("NAME", name) + spec("  a: {type: B, planes: 16}\n  b: {type: B, planes: 32}\n", "[16, 8, 8]")
    assert set(helps(text)) == {"write input.shape[1]"}
    assert fixed(text) == text
    assert checked(fixed(text, is_unsafe=True)).ok


def test_a_name_is_not_compared_with_itself() -> None:
    text = PLANES.replace("NAME", "plane") + spec("  a: {type: B, planes: 16}\n", "[16, 8, 8]")
    assert "planes != planes" not in fixed(text, is_unsafe=True)


@pytest.mark.parametrize(
    ("layers", "near"),
    [
        ("  conv1: ReLU\n  t: Tanh\n  conv3: {type: ReLU, from: conv2}\n", "conv1"),
        ("  pool1: ReLU\n  t: Tanh\n  u: {type: ReLU, from: pool3}\n", "pool1"),
    ],
)
def test_another_number_is_perhaps_another_layer(layers: str, near: str) -> None:
    text = spec(layers)
    assert helps(text) == [f"write {near}"]
    assert fixed(text) == text


@pytest.mark.parametrize(
    ("input", "vector", "image"),
    [("[28*28]", "[784]", "[28, 28]"), ("28*28", "[784]", "[28, 28]"), ("[3*32*32]", "[3072]", "[3, 32, 32]")],
)
def test_a_product_is_one_size(input: str, vector: str, image: str) -> None:
    text = spec("  fc: {type: Linear, out_features: 8}\n", input)
    assert helps(text) == [f"write input: {vector}, or {image} for an image"]
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec("  fc: {type: Linear, out_features: 8}\n", vector)


def test_a_block_has_no_shape_of_its_own() -> None:
    block = "blocks:\n  B:\n    args: {c: 8}\n    input: [3, 64, 64]\n    layers:\n      a: {type: Conv2d, out_channels: '${c}', kernel_size: 3}\n"
    text = block + spec("  b: B\n")
    assert helps(text) == ["take it out: a block reads what its use gives it, of any shape"]
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace("    input: [3, 64, 64]\n", "")


def test_the_whole_image_of_an_average() -> None:
    layers = "  pool: {type: AvgPool2d, kernel_size: 2}\n  f: Flatten\n  fc: {type: Linear, in_features: 64, out_features: 10}\n"
    text = spec(layers, "[64, 8, 8]")
    (found,) = checked(text).diagnostics
    assert "64 would be right with kernel_size 8 in pool" in found.notes[1]
    assert found.fix is not None


def test_what_leaves_a_rounded_claim_as_it_is_does_not_meet_it() -> None:
    text = spec("  fc: {type: Linear, out_features: 110}\n  prob: Softmax\n", "[8]", "expect: {params: 1 k}\n")
    assert helps(text) == ["write params: 990"]


@pytest.mark.parametrize("width", ["192", '"${dim}"'])
def test_the_positions_of_a_table(width: str) -> None:
    args = "args: {dim: 192}\n"
    layers = f"  pos: {{type: Parameter, shape: [1, 197, {width}]}}\n  add: {{type: Add, from: [input, pos]}}\n"
    text = spec(layers, "[196, 192]", args)
    (said,) = helps(text)
    assert said.startswith(f"write shape: [1, 196, {width}] in pos: 196 tokens, 197 positions")
    assert layers.replace("197", "196") in fixed(text, is_unsafe=True)


@pytest.mark.parametrize("width", ["192", '"${dim}"'])
def test_a_class_token_for_each_sample(width: str) -> None:
    layers = f"  cls: {{type: Parameter, shape: [1, 1, {width}]}}\n  all: {{type: Cat, from: [cls, input], dim: 1}}\n"
    text = spec(layers, "[196, 192]", "args: {dim: 192}\n")
    assert helps(text) == [f"put {{type: Expand, shape: [1, {width}]}} between cls and all: one for each sample"]
    result = checked(fixed(text, is_unsafe=True))
    assert result.ok
    assert result.facts is not None
    assert result.facts.layers[-1].output is not None
    assert result.facts.layers[-1].output.shape[1:] == (197, 192)


@pytest.mark.parametrize(
    ("call", "layer"),
    [
        ("MaxPooling2D()", "{type: MaxPool2d, kernel_size: 2}"),
        ("layers.AveragePooling2D()", "{type: AvgPool2d, kernel_size: 2}"),
        ("ZeroPadding2D()", "{type: ZeroPad2d, padding: 1}"),
    ],
)
def test_a_call_without_arguments_has_what_keras_gives(call: str, layer: str) -> None:
    """Where nothing is known of what arrives, and the size does not fit what does."""
    for before in ("  c: Conv2D(8, 3)\n", "  r: ReLU\n", "  p: {type: MaxPool2d, kernel_size: 32}\n"):
        text = spec(f"{before}  last: {call}\n", "[3, 32, 32]")
        assert layer.removeprefix("{type: ").partition(",")[0] in helps(text)[-1]
        assert layer.partition(", ")[2].rstrip("}") in helps(text)[-1]
        assert f"  last: {layer.partition(',')[0].removeprefix('{type: ')}\n" not in fixed(text)
