"""The same mistake in several layers, of which only the first can be seen: it has the help that it has alone."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

CONV = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
UNET = """\
  d1: {type: Conv2d, out_channels: 8, kernel_size: 3}
  r1: ReLU
  p1: {type: MaxPool2d, kernel_size: 2}
  d2: {type: Conv2d, out_channels: 16, kernel_size: 3}
  r2: ReLU
  p2: {type: MaxPool2d, kernel_size: 2}
  mid: {type: Conv2d, out_channels: 32, kernel_size: 3}
  up2: {type: ConvTranspose2d, out_channels: 16, kernel_size: 2, stride: 2}
  cat2: {type: Cat, dim: 1, from: [r2, up2]}
  u2: {type: Conv2d, out_channels: 16, kernel_size: 3}
  up1: {type: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2}
  cat1: {type: Cat, dim: 1, from: [r1, up1]}
  u1: {type: Conv2d, out_channels: 8, kernel_size: 3}
"""


@pytest.mark.parametrize(
    ("layers", "after"),
    [
        ("  b: BatchNorm1d\n", "  b: BatchNorm2d\n"),
        ("  b: {type: BatchNorm1d, num_features: 64}\n", "  b: {type: BatchNorm2d, num_features: 8}\n"),
        ("  b: BatchNorm1d\n  r: ReLU\n  p: {type: MaxPool1d, kernel_size: 3}\n  d: {type: Conv1d, out_channels: 4, kernel_size: 3}\n",
         "  b: BatchNorm2d\n  r: ReLU\n  p: {type: MaxPool2d, kernel_size: 3}\n  d: {type: Conv2d, out_channels: 4, kernel_size: 3}\n"),
        ("  d: {type: Conv1d, in_channels: 9, out_channels: 4, kernel_size: 3}\n  e: Dropout1d\n",
         "  d: {type: Conv2d, in_channels: 8, out_channels: 4, kernel_size: 3}\n  e: Dropout2d\n"),
    ],
)  # fmt: skip
def test_layers_for_signals_on_images(layers: str, after: str) -> None:
    first = after.replace("{type:", "").split()[1].rstrip(",")
    text = spec(CONV.replace("3}", "3, bias: false}") + layers, "[3, 32, 32]")
    assert helps(text) == [f"write {first}"]
    assert fixed(text, is_unsafe=True) == spec(CONV.replace("3}", "3, bias: false}") + after, "[3, 32, 32]")


def test_where_one_behind_cannot_be_put_right_nothing_is_said() -> None:
    text = spec(CONV + "  b: BatchNorm1d\n  l: {type: LSTM, hidden_size: 4}\n", "[3, 32, 32]")
    (found,) = [problem for problem in checked(text).diagnostics if problem.severity == "error"]
    assert found.fix is None


def test_each_join_of_a_u_net_without_padding_is_cropped() -> None:
    text = spec(UNET, "[1, 92, 92]")
    padded = "write padding: 1 in each of d1, d2, mid, u2 and u1"
    assert helps(text) == [f"crop r2 like up2: {{type: CropLike, from: [r2, up2]}}, or {padded}"]
    after = fixed(text, is_unsafe=True)
    assert checked(after).ok
    assert after.count("CropLike") == 2
    assert checked(text.replace("kernel_size: 3", "kernel_size: 3, padding: 1")).ok


def test_a_crop_of_another_join_is_a_note() -> None:
    layers = (
        "  a: {type: AvgPool2d, kernel_size: 3}\n  b: {type: AvgPool2d, kernel_size: 2, from: input}\n"
        "  c: {type: Cat, dim: 1, from: [b, a]}\n"
    )
    (found,) = checked(spec(layers, "[3, 32, 32]")).diagnostics[-1:]
    assert found.code == "E0305"
    assert "it would do to crop b like a: {type: CropLike, from: [b, a]}" in found.notes
    assert found.fix is None
