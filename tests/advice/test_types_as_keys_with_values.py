"""A type as a key, with its values behind it in PyTorch's order; what Keras' layers have where nothing is said."""

from __future__ import annotations

import pytest
from support import fixed, helps, spec

IMAGE = "[8, 32, 32]"


@pytest.mark.parametrize(("written", "layer"), [
    ("conv2d: [8, 64, 3]", "{type: Conv2d, in_channels: 8, out_channels: 64, kernel_size: 3}"),
    ("conv2d: [64, 3]", "{type: Conv2d, out_channels: 64, kernel_size: 3}"),
    ("Conv2d: [64, [3, 3], 2]", "{type: Conv2d, out_channels: 64, kernel_size: [3, 3], stride: 2}"),
    ("conv: [64, 3]", "{type: Conv2d, out_channels: 64, kernel_size: 3}"), ("batchnorm2d: 8", "{type: BatchNorm2d, num_features: 8}"),
    ("maxpool: [3, 2, 1]", "{type: MaxPool2d, kernel_size: 3, stride: 2, padding: 1}"), ("dropout: 0.5", "{type: Dropout, p: 0.5}"),
    ("ZeroPad2d: [1, 1, 1, 1]", "{type: ZeroPad2d, padding: [1, 1, 1, 1]}"), ("batch norm: 8", "{type: BatchNorm2d, num_features: 8}"),
    ("upsample: 2", "{type: Upsample, scale_factor: 2}"), ("upsample: 64", "{type: Upsample, size: 64}"),
    ("UpSampling2D: 2", "{type: Upsample, scale_factor: 2}"), ("UpSampling2D: [2, 2]", "{type: Upsample, scale_factor: [2, 2]}"),
    ("UpSampling2D: {size: [2, 2], interpolation: bilinear}", "{type: Upsample, scale_factor: [2, 2], mode: bilinear}"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["  - {}\n", "  a: {{{}}}\n"])
def test_values_behind_a_type(written: str, layer: str, form: str) -> None:
    text = spec(form.format(written), IMAGE)
    right = form.format(layer).replace("{{", "{").replace("}}", "}")
    assert helps(text) == [f"write {layer}"]
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == spec(right, IMAGE)


def test_the_features_of_the_input_may_be_among_them() -> None:
    for values in ("[4, 10]", "[10]", "10"):
        layer = "in_features: 4, out_features: 10" if "4" in values else "out_features: 10"
        text = spec(f"  - linear: {values}\n", "[4]")
        assert fixed(text, is_unsafe=True) == spec(f"  - {{type: Linear, {layer}}}\n", "[4]")


@pytest.mark.parametrize(
    "written", ["conv2d: [8, 64, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "conv2d: [a, b]", "relu: [1, 2, 3]"]
)
def test_other_lists_are_no_values(written: str) -> None:
    text = spec(f"  - {written}\n", IMAGE)
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize(("written", "layer"), [
    ("UpSampling2D", "{type: Upsample, scale_factor: 2}"), ("MaxPooling2D", "{type: MaxPool2d, kernel_size: 2}"),
    ("{type: UpSampling2D, interpolation: bilinear}", "{type: Upsample, scale_factor: 2, mode: bilinear}"),
    ("{type: UpSampling2D, size: 2x2}", "{type: Upsample, scale_factor: [2, 2]}"),
    ("{type: MaxPooling2D, strides: 1}", "{type: MaxPool2d, kernel_size: 2, stride: 1}"),
])  # fmt: skip
def test_what_keras_has_unsaid(written: str, layer: str) -> None:
    """https://keras.io/api/layers/reshaping_layers/up_sampling2d/: size=(2, 2); pool_size=(2, 2)."""
    text = spec(f"  a: {written}\n", IMAGE)
    assert fixed(text, is_unsafe=True) == spec(f"  a: {layer}\n", IMAGE)


def test_what_pytorch_asks_for_is_not_guessed() -> None:
    assert fixed(spec("  a: maxpool2d\n", IMAGE), is_unsafe=True) == spec("  a: MaxPool2d\n", IMAGE)
