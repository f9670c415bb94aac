"""Keras' calls: what is said is a layer that can be written, of the sizes that Keras gives, and is put right under a name too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from support import checked, fixed, helps, spec

from archspec.dims import Size
from archspec.expand.written_layer import is_right
from archspec.ops import registry
from archspec.ops.base import Tensor
from archspec.ops.same_padding import same_arguments


@pytest.mark.parametrize(("call", "layer"), [
    ('Conv2D(64, 3, strides=2, padding="same")', "{type: Conv2d, out_channels: 64, kernel_size: 3, stride: 2, padding: same_upper}"),
    ("Conv2D(64, 3, padding='same')", "{type: Conv2d, out_channels: 64, kernel_size: 3, padding: same}"),
    ("MaxPooling2D((2, 2), padding='same')", "{type: MaxPool2d, kernel_size: [2, 2], ceil_mode: true}"),
    ("MaxPooling2D(3, strides=2, padding='same')", "{type: MaxPool2d, kernel_size: 3, stride: 2, padding: 1}"),
    ("AveragePooling2D(3, 2, 'same')", "{type: AvgPool2d, kernel_size: 3, stride: 2, padding: 1, count_include_pad: false}"),
    ("MaxPooling2D(2, padding='valid')", "{type: MaxPool2d, kernel_size: 2}"),
    ("Conv2DTranspose(8, 3, strides=2, padding='same')",
     "{type: ConvTranspose2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}"),
    ("Dropout(rate=0.5)", "{type: Dropout, p: 0.5}"),
    ("LeakyReLU(alpha=0.2)", "{type: LeakyReLU, negative_slope: 0.2}"),
    ("Activation('relu')", "ReLU"),
    ("Activation('softmax')", "{type: Softmax, dim: 1}"),
    ("layers.Activation(tf.nn.relu)", "ReLU"),
    ("{type: Activation, activation: relu}", "{type: ReLU}"),
    ("{type: Activation, activation: softmax}", "{type: Softmax, dim: 1}"),
    ("{type: Activation, activation: linear}", "{type: Identity}"),
])  # fmt: skip
def test_one_layer(call: str, layer: str) -> None:
    for before in ("a: ", "- "):
        assert fixed(spec(f"  {before}{call}\n"), is_unsafe=True) == spec(f"  {before}{layer}\n")


def test_what_says_nothing_about_the_layer_is_said_to_be_lost() -> None:
    call = "Conv2D(32, kernel_size=(3, 3), activation='relu', input_shape=(28, 28, 1), kernel_initializer='he_normal')"
    text = spec(f"  - {call}\n")
    assert helps(text) == [
        "write {type: Conv2d, out_channels: 32, kernel_size: [3, 3]}, without input_shape and kernel_initializer, and below it - ReLU"
    ]
    assert fixed(text, is_unsafe=True) == spec("  - {type: Conv2d, out_channels: 32, kernel_size: [3, 3]}\n  - ReLU\n")


def test_an_activation_in_a_named_call_is_a_layer_below() -> None:
    text = spec(
        '  conv1: Conv2D(8, 3, activation="relu")  # first\n  conv2: Conv2d(8, 8, 1)\n'
        "  add: {type: Mul, from: [conv1, conv2]}\n"
    )
    assert fixed(text, is_unsafe=True) == spec(
        "  conv1: {type: Conv2d, out_channels: 8, kernel_size: 3}  # first\n  relu1: ReLU\n"
        "  conv2: {type: Conv2d, in_channels: 8, out_channels: 8, kernel_size: 1}\n"
        "  add: {type: Mul, from: [relu1, conv2]}\n"
    )


@pytest.mark.parametrize("call", [
    "MaxPooling2D(2, strides=1, padding='same')", "Conv1D(8, 3, padding='causal')", "Conv2D(8, 3, groups=3, padding='full')",
])  # fmt: skip
def test_a_layer_that_would_be_refused_is_not_said(call: str) -> None:
    (found,) = checked(spec(f"  - {call}\n")).diagnostics
    assert found.fix is None
    assert found.help.endswith("…}: the arguments are keys")


def pools() -> Iterator[tuple[str, int, int, int]]:
    yield from product(("MaxPool2d", "AvgPool2d"), range(1, 7), range(1, 5), range(6, 20))


def test_same_is_ceil_of_size_over_stride() -> None:
    """And size · stride in a transposed convolution, whatever the size."""
    count = 0
    for kind, kernel, stride, size in [*pools(), *(("ConvTranspose2d", *rest) for _, *rest in pools())]:
        op = registry.find(kind)
        assert op is not None
        given: dict[str, object] = {"kernel_size": kernel, "stride": stride}
        more = same_arguments(op.model_fields, given)
        if more is None:
            continue
        own = {"out_channels": 2} if kind.startswith("Conv") else {}
        arguments = {**own, **given, **more}
        assert is_right(kind, {key: str(value).lower() for key, value in arguments.items()})
        (out,) = op(**arguments).outputs((Tensor(("N", 2, size, size)),)).values()  # type: ignore[arg-type]
        wanted: Size = size * stride if own else -(-size // stride)
        assert out.shape[2:] == (wanted, wanted), (kind, kernel, stride, size)
        count += 1
    assert count > 500
