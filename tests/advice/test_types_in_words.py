"""Types as people speak of them, with their values and what follows: each is the layer that it most likely is."""

from __future__ import annotations

import pytest
from support import checked, codes, fixed, helps, spec

IMAGE, SEQUENCE, VOLUME = "[8, 32, 32]", "[8, 100]", "[8, 16, 16, 16]"
CONV = "{type: Conv2d, out_channels: 64, kernel_size: 3}"


@pytest.mark.parametrize(("words", "kind"), [
    ("batch norm", "BatchNorm2d"), ("max pool", "MaxPool2d"), ("avg pool", "AvgPool2d"), ("relu activation", "ReLU"),
    ("sigmoid function", "Sigmoid"), ("instance norm", "InstanceNorm2d"), ("relu layer", "ReLU"),
    ("global average pool", "{type: AdaptiveAvgPool2d, output_size: 1}"), ("max-pool", "MaxPool2d"),
])  # fmt: skip
def test_a_name_of_several_words(words: str, kind: str) -> None:
    text = spec(f"  a: {words}\n", IMAGE)
    (found,) = checked(text).diagnostics
    assert found.help == f"write {kind}"
    assert fixed(text) == text
    assert f"  a: {kind}\n" in fixed(text, is_unsafe=True)


@pytest.mark.parametrize(("words", "kind"), [("fully connected", "Linear"), ("drop out", "Dropout"), ("leaky relu", "LeakyReLU"), ("soft-max", "Softmax"), ("Batch Norm 2d", "BatchNorm2d")])  # fmt: skip
def test_a_name_that_is_an_ops_but_for_its_spaces_is_sure(words: str, kind: str) -> None:
    assert f"  a: {kind}\n" in fixed(spec(f"  a: {words}\n", IMAGE))


@pytest.mark.parametrize(("words", "layer"), [
    ("conv 3x3, 64", CONV), ("3x3 conv 64", CONV), ("conv3-64", CONV), ("64 filters 3x3 conv", CONV), ("conv 64 3", CONV),
    ("conv 3, 64", CONV), ("conv layer with 64 filters, 3 x 3", CONV), ("conv 64 channels kernel 3", CONV),
    ("7x7 conv, 64, /2", "{type: Conv2d, out_channels: 64, kernel_size: 7, stride: 2}"),
    ("Conv2d 8 64 3", "{type: Conv2d, in_channels: 8, out_channels: 64, kernel_size: 3}"),
    ("conv 3x3 64 stride=2", "{type: Conv2d, out_channels: 64, kernel_size: 3, stride: 2}"),
    ("conv 3x3 64 same", "{type: Conv2d, out_channels: 64, kernel_size: 3, padding: same}"),
    ("conv 3x3 64 pad 1", "{type: Conv2d, out_channels: 64, kernel_size: 3, padding: 1}"),
    ("maxpool /2", "{type: MaxPool2d, kernel_size: 2}"), ("3x3 max pool, /2", "{type: MaxPool2d, kernel_size: 3, stride: 2}"),
    ("upsampling 2", "{type: Upsample, scale_factor: 2}"), ("upsample x2", "{type: Upsample, scale_factor: 2}"),
    ("upsample 64", "{type: Upsample, size: 64}"), ("deconv 2x2 64 stride 2", "{type: ConvTranspose2d, out_channels: 64, kernel_size: 2, stride: 2}"),
    ("leaky relu 0.2", "{type: LeakyReLU, negative_slope: 0.2}"), ("conv 3x3 (64 output channels)", CONV),
])  # fmt: skip
@pytest.mark.parametrize("form", ["  - {}\n", "  a: {}\n", '  a: {{type: "{}"}}\n'])
def test_values_that_are_said_along(words: str, layer: str, form: str) -> None:
    text = spec(form.format(words), IMAGE)
    kept = form.format(words).split(words)[0].rstrip('"').removesuffix("{type: ")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec(f"{kept}{layer}\n", IMAGE)


def test_the_units_of_a_linear() -> None:
    for words in ("fc 10", "FC-10", "dense 10 units", "linear layer with 10 neurons", "fully connected, 10"):
        assert fixed(spec(f"  a: {words}\n", "[4]"), is_unsafe=True) == spec(
            "  a: {type: Linear, out_features: 10}\n", "[4]"
        )


@pytest.mark.parametrize(("shape", "axes"), [(IMAGE, 2), (SEQUENCE, 1), (VOLUME, 3)])
def test_the_number_of_axes_is_that_of_what_arrives(shape: str, axes: int) -> None:
    """Also of layers behind others that are not known yet."""
    words = ["conv 64 3", "batch norm", "max pool 2", "conv 64 3 bn relu", "global average pool"]
    conv = f"  - {{type: Conv{axes}d, bias: false, out_channels: 64, kernel_size: 3}}\n"
    layers = (
        f"{conv}  - BatchNorm{axes}d\n  - {{type: MaxPool{axes}d, kernel_size: 2}}\n{conv}  - BatchNorm{axes}d\n"
        f"  - ReLU\n  - {{type: AdaptiveAvgPool{axes}d, output_size: 1}}\n"
    )
    text = spec("".join(f"  - {word}\n" for word in words), shape)
    assert fixed(text, is_unsafe=True) == spec(layers, shape)


def test_where_it_is_not_known_what_arrives_both_are_said() -> None:
    text = spec("  - nonsense words\n  - max pool 2\n  - batch norm\n")
    assert helps(text)[1] == "write {type: MaxPool2d, kernel_size: 2}, or MaxPool1d for sequences"
    assert helps(text)[2].startswith("write BatchNorm2d for images")
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize(("words", "below"), [
    ("conv 64 3x3 relu", ["ReLU"]), ("conv 3x3 64 bn relu", ["BatchNorm2d", "ReLU"]), ("conv 3x3 64 + leaky relu 0.2",
     ["{type: LeakyReLU, negative_slope: 0.2}"]), ("conv3-64, batch norm, relu activation", ["BatchNorm2d", "ReLU"]),
])  # fmt: skip
def test_what_follows_is_a_layer_of_its_own(words: str, below: list[str]) -> None:
    text = spec(f"  - {words}\n  - Flatten\n", IMAGE)
    conv = CONV.replace("Conv2d,", "Conv2d, bias: false,") if "BatchNorm2d" in below else CONV
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec(
        f"  - {conv}\n{''.join(f'  - {one}' + chr(10) for one in below)}  - Flatten\n", IMAGE
    )


def test_readers_read_the_layer_that_follows() -> None:
    text = spec("  c: {type: conv 3x3 64 relu, padding: 1}\n  d: {type: ReLU, from: c}\n", IMAGE)
    conv = CONV.replace("}", ", padding: 1}")
    assert "  relu: ReLU\n" in fixed(text, is_unsafe=True)
    assert f"  c: {conv}\n" in fixed(text, is_unsafe=True)
    assert helps(text)[0].endswith("relu: ReLU, and read it in d")


def test_a_type_above_its_keys() -> None:
    text = spec("  a:\n    type: conv 3x3 64 relu\n    padding: 1\n", IMAGE)
    conv = "  a:\n    type: Conv2d\n    out_channels: 64\n    kernel_size: 3\n    padding: 1\n"
    assert fixed(text, is_unsafe=True) == spec(f"{conv}  relu: ReLU\n", IMAGE)


@pytest.mark.parametrize(("words", "help"), [
    ("conv 3x3", "write {type: Conv2d, out_channels: …, kernel_size: 3}"),
    ("conv 3x3 relu", "write {type: Conv2d, out_channels: …, kernel_size: 3}, and ReLU below it"),
    ("skip connection", "write Add for a sum (as in a residual network), or Cat to keep both (as in a U-Net), with from: [both layers]"),
])  # fmt: skip
def test_what_is_not_told_is_asked_for(words: str, help: str) -> None:
    text = spec(f"  - {words}\n", IMAGE)
    assert helps(text) == [help]
    assert fixed(text, is_unsafe=True) == text


def test_keys_of_other_libraries_beside() -> None:
    text = spec("  a: {type: 3x3 conv, filters: 64}\n  s: {type: skip connection, from: [a, a]}\n", IMAGE)
    assert "{type: Conv2d, kernel_size: 3, out_channels: 64}" in fixed(text, is_unsafe=True)
    assert "{type: Add, from: [a, a]}" in fixed(text, is_unsafe=True)


@pytest.mark.parametrize(
    "words",
    [
        "conv of the third 3x3",
        "relu + conv",
        "my layer 3",
        "conv 3x3 5x5 64",
        "bn " * 60,
        "3x3 " * 40,
        "conv 3x3 64 bn relu bn relu bn relu",
        "relu 64 64 64",
    ],
)
def test_other_words_are_no_layer(words: str) -> None:
    text = spec(f"  a: {words}\n", IMAGE)
    assert codes(text)
    assert fixed(text) == text
    assert "Conv2d" not in fixed(text, is_unsafe=True)


def test_a_block_of_a_name_that_is_near_is_meant() -> None:
    blocks = "blocks: {ConvBlock: {args: {channels: int}, layers: {a: {type: Conv2d, out_channels: '${channels}', kernel_size: 3}}}}\n"
    text = spec("  a: {type: Conv Block, channels: 64}\n", IMAGE, blocks)
    assert helps(text) == ["write ConvBlock"]


@pytest.mark.parametrize(("words", "layers"), [
    ("{type: conv 3x3, 64}", [CONV]), ("{type: conv 3x3, 64, padding: 1}", [CONV.replace("}", ", padding: 1}")]),
    ("{type: conv 3x3, 64, relu}", [CONV, "ReLU"]),
    ("{type: 3x3 conv, 64, bn, relu, stride: 1}", [CONV.replace("}", ", stride: 1}").replace("Conv2d,", "Conv2d, bias: false,"), "BatchNorm2d", "ReLU"]),
])  # fmt: skip
def test_commas_in_braces(words: str, layers: list[str]) -> None:
    text = spec(f"  - {words}\n", IMAGE)
    assert helps(text)[0].startswith(
        f"write type: {layers[0].removeprefix('{type: ').partition(',')[0]}, out_channels: 64"
    )
    assert "see to" not in helps(text)[0]
    assert fixed(text, is_unsafe=True) == spec("".join(f"  - {layer}\n" for layer in layers), IMAGE)


@pytest.mark.parametrize("written", ["conv: 3x3 64", "conv: 64 3x3", "{conv: 3x3 64}", "conv: 64 filters 3x3"])
def test_words_below_a_type_that_is_a_key(written: str) -> None:
    text = spec(f"  - {written}\n", IMAGE)
    assert helps(text) == [f"write {CONV}"]
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec(f"  - {CONV}\n", IMAGE)
