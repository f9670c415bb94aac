"""Keys of Keras' layers that are called as keys here, and mean something else; by hand, from https://keras.io/api/layers/."""

from __future__ import annotations

import pytest
from support import spec

from archspec.commands import ops
from archspec.fixing import fix

IMAGE = "[8, 4, 4]"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{type: UpSampling2D, size: 2}", "{type: Upsample, scale_factor: 2}"),
        (
            "{type: UpSampling2D, size: [2, 3], interpolation: bilinear}",
            "{type: Upsample, scale_factor: [2, 3], mode: bilinear}",
        ),
        ("UpSampling2D(size=2)", "{type: Upsample, scale_factor: 2}"),
        ("UpSampling2D((2, 3))", "{type: Upsample, scale_factor: [2, 3]}"),
        ("{UpSampling2D: {size: 2}}", "{type: Upsample, scale_factor: 2}"),
        ("{type: Upsample, size: 2}", "{type: Upsample, size: 2}"),
        (
            "{type: BatchNormalization, momentum: 0.99, epsilon: 0.001}",
            "{type: BatchNorm2d, momentum: 0.01, eps: 0.001}",
        ),
        ("{type: BatchNorm, momentum: 0.1}", "{type: BatchNorm2d, momentum: 0.1}"),
        ("{type: ZeroPadding2D, padding: 1}", "{type: ZeroPad2d, padding: 1}"),
        ("{type: ZeroPadding2D, padding: [1, 2]}", "{type: ZeroPad2d, padding: [2, 2, 1, 1]}"),
        ("{type: ZeroPadding2D, padding: [[1, 2], [3, 4]]}", "{type: ZeroPad2d, padding: [3, 4, 1, 2]}"),
    ],
)
def test_what_is_meant(written: str, meant: str) -> None:
    text = spec(f"  a: {written}\n", IMAGE)
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == spec(f"  a: {meant}\n", IMAGE)


def test_a_size_in_three_axes() -> None:
    text = spec("  a: {type: UpSampling3D, size: 2}\n", "[8, 4, 4, 4]")
    assert b"{type: Upsample, scale_factor: 2}" in fix("a.yaml", text.encode(), is_unsafe=True).after


@pytest.mark.parametrize(
    "layer", ["{type: BatchNormalization, momentum: 99}", "{type: UpSampling2D, size: 2, scale_factor: 3}"]
)
def test_no_type_where_a_value_cannot_be_told(layer: str) -> None:
    text = spec(f"  a: {layer}\n", IMAGE)
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text


def test_ops_says_it() -> None:
    assert ops.find("UpSampling2D") == ("UpSampling2D is Upsample; its size is scale_factor here", ["Upsample"])
