"""Keys of Keras' layers that are called as keys here, and mean something else; by hand, from https://keras.io/api/layers/."""

from __future__ import annotations

import pytest
import torch
from support import checked, spec

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
    "layer",
    [
        "{type: BatchNormalization, momentum: 99}",
        "{type: BatchNormalization, momentum: {a: 1, a: 2}}",
        "{type: UpSampling2D, size: 2, scale_factor: 3}",
    ],
)
def test_no_type_where_a_value_cannot_be_told(layer: str) -> None:
    text = spec(f"  a: {layer}\n", IMAGE)
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text


def test_ops_says_it() -> None:
    assert ops.find("UpSampling2D") == ("UpSampling2D is Upsample; its size is scale_factor here", ["Upsample"])


def test_alpha_of_a_paper_is_not_divided_by_n() -> None:
    """PyTorch's own numbers: those of the paper's formula, with alpha times n."""
    text = spec("  a: {type: LocalResponseNorm, n: 5, alpha: 0.0001}\n", IMAGE)
    (found,) = checked(text).diagnostics
    assert found.notes == (
        "alpha is divided by size here, and not in papers that call it n: their 0.0001 is 0.0005 then",
    )
    x = torch.rand(1, 8, 2, 2) * 30
    squares = torch.stack([(x[:, max(0, i - 2) : i + 3] ** 2).sum(1) for i in range(8)], 1)
    torch.testing.assert_close(torch.nn.LocalResponseNorm(5, alpha=0.0005, k=2)(x), x / (2 + 0.0001 * squares) ** 0.75)


def test_no_note_without_alpha() -> None:
    (found,) = checked(spec("  a: {type: LocalResponseNorm, n: 5}\n", IMAGE)).diagnostics
    assert not found.notes
