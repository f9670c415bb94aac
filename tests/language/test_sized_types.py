"""Types with the size of their window in one text, and outputs that are listed in one."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("maxpool 3x3", "{type: MaxPool2d, kernel_size: 3}"),
        ("MaxPool2x2", "{type: MaxPool2d, kernel_size: 2}"),
        ("avgpool: 1 x 3", ""),
        ("avgpool 1 x 3", "{type: AvgPool2d, kernel_size: [1, 3]}"),
        ("avgpool 2", "{type: AvgPool2d, kernel_size: 2}"),
        ("{type: maxpool 3x3, stride: 2}", "{type: MaxPool2d, kernel_size: 3, stride: 2}"),
        ("{type: Conv3x3, out_channels: 8}", "{type: Conv2d, kernel_size: 3, out_channels: 8}"),
    ],
)
def test_a_size_is_no_number_of_axes(written: str, meant: str) -> None:
    """Nothing is rewritten unasked, and the size is kept."""
    text = spec(f"  a: {written}\n", "[3, 32, 32]")
    if not meant:
        assert [found.code for found in checked(text).diagnostics] != []
        return
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace(written, meant)


@pytest.mark.parametrize("written", ["Conv3x3", "conv 3x3", "Conv2d 3x3", "nn.Conv2d 3x3"])
def test_what_is_missing_is_said(written: str) -> None:
    text = spec(f"  a: {written}\n", "[3, 32, 32]")
    assert helps(text) == ["write {type: Conv2d, out_channels: …, kernel_size: 3}"]
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize("written", ["a, b", "(a, b)", "a b", "a,b", "a and b", "[a, b]"])
def test_outputs_in_one_text(written: str) -> None:
    layers = "  a: {type: Linear, out_features: 4}\n  r: ReLU\n  b: {type: Linear, out_features: 4}\n"
    text = spec(layers, "[8]").replace("layers:", f"outputs: {written}\nlayers:")
    assert helps(text) == ["write outputs: {a: a, b: b}"]
    assert fixed(text, is_unsafe=True) == text.replace(f"outputs: {written}", "outputs: {a: a, b: b}")
