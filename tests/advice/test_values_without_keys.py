"""Values that stand without their keys in braces, as a call of PyTorch has them: one problem, and the layer that is meant."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

IMAGE = "[3, 32, 32]"
BLOCK = "blocks: {B: {args: {out: int, k: 1}, layers: [{type: Conv2d, out_channels: '${out}', kernel_size: '${k}'}]}}\n"


@pytest.mark.parametrize(("written", "right"), [
    ("Conv2d, 64, [3, 3]", "Conv2d, out_channels: 64, kernel_size: [3, 3]"),
    ("Conv2d, 64, (3, 3)", "Conv2d, out_channels: 64, kernel_size: [3, 3]"),
    ("Conv2d, 64, (3, 3,), (2, 2)", "Conv2d, out_channels: 64, kernel_size: [3, 3], stride: [2, 2]"),
    ("Conv2d, 64, 3", "Conv2d, out_channels: 64, kernel_size: 3"),
    ("Conv2d, 64, 3, padding: 1", "Conv2d, out_channels: 64, kernel_size: 3, padding: 1"),
    ("Conv2d, 64, 3, 2", "Conv2d, out_channels: 64, kernel_size: 3, stride: 2"),
    ("Conv2d, 64, 3, 3", "Conv2d, out_channels: 64, kernel_size: 3, stride: 3"),
    ("Conv2d, 3, 64, 3", "Conv2d, in_channels: 3, out_channels: 64, kernel_size: 3"),
    ("Conv2d, padding: same, 64, [3, 5]", "Conv2d, padding: same, out_channels: 64, kernel_size: [3, 5]"),
    ("MaxPool2d, [2, 2], 2", "MaxPool2d, kernel_size: [2, 2], stride: 2"),
    ("LayerNorm, [32, 32], 1e-6", "LayerNorm, normalized_shape: [32, 32], eps: 1e-6"),
    ("BatchNorm2d, 3, 0.001", "BatchNorm2d, num_features: 3, eps: 0.001"),
    ("Linear, 10, false", "Linear, out_features: 10, bias: false"),
    ("B, 64, 3", "B, out: 64, k: 3"),
])  # fmt: skip
def test_several_values_are_told_once_and_written_with_their_keys(written: str, right: str) -> None:
    text = spec(f"  a: {{type: {written}}}\n", IMAGE, BLOCK if written.startswith("B,") else "")
    (found,) = checked(text).diagnostics
    assert (found.code, "stand without keys" in found.message) == ("E0103", True)
    assert found.help == f"write {{type: {right}}}"
    assert fixed(text) == text.replace(written, right)


@pytest.mark.parametrize(("written", "right"), [
    ("MaxPool2d, [2, 2]", "MaxPool2d, kernel_size: [2, 2]"), ("Dropout, 0.5", "Dropout, p: 0.5"),
    ("BatchNorm2d, 3", "BatchNorm2d, num_features: 3"),
    ("Conv2d, [64, 3]", "Conv2d, out_channels: 64, kernel_size: 3"), ("B, 64", "B, out: 64"),
])  # fmt: skip
def test_one_value_may_belong_to_another_key(written: str, right: str) -> None:
    text = spec(f"  a: {{type: {written}}}\n", IMAGE, BLOCK if written.startswith("B,") else "")
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0103", f"write {{type: {right}}}")
    assert fixed(text) == text
    assert fixed(text, is_unsafe=True) == text.replace(written, right)


def test_two_orders_that_both_fit_are_not_chosen_between() -> None:
    """Of 8 channels to 8, in windows of 3, or to 8 in windows of 8 with a stride of 3."""
    text = spec("  a: {type: Conv2d, 8, 8, 3}\n", "[8, 32, 32]")
    assert fixed(text) == text
    assert "in_channels: 8, out_channels: 8, kernel_size: 3" in fixed(text, is_unsafe=True)


def test_a_type_without_its_key() -> None:
    text = spec("  a: {Conv2d, 64, [3, 3]}\n", IMAGE)
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0102", "write type: Conv2d")
    assert fixed(text) == spec("  a: {type: Conv2d, out_channels: 64, kernel_size: [3, 3]}\n", IMAGE)


def test_braces_without_anything_have_no_type() -> None:
    (found,) = checked(spec("  a: {}\n")).diagnostics
    assert (found.code, found.message) == ("E0102", "a has no type")


def test_a_list_of_a_type_and_its_values() -> None:
    text = spec("  a: [Conv2d, 64, [3, 3]]\n", IMAGE)
    assert checked(text).diagnostics[0].help == "write {type: Conv2d, out_channels: 64, kernel_size: [3, 3]}"


@pytest.mark.parametrize(
    "written", ["Conv2d, 64, 3, 1, 1, 1, 1, 1, 1, 1, 1", "Conv2d, 64, 2.5", "ReLU, 3", "Conv2d, 64, [a]"]
)
def test_values_that_fit_no_key_are_left(written: str) -> None:
    text = spec(f"  a: {{type: {written}}}\n", IMAGE)
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize("written", ["<<: *a", "[3, 3]: 5", "{k: 3}: 5", "? [1]\n    : 2"])
def test_nothing_is_missing_where_a_key_is_none(written: str) -> None:
    """What it stood for is not known."""
    lines = f"  a: &a {{type: Linear, out_features: 8}}\n  b: {{{written}, bias: false}}\n"
    (found,) = checked(spec(lines)).diagnostics
    assert found.code == "E0005"
    typed = checked(spec(lines.replace("bias", "type: Linear, bias"))).diagnostics
    assert [other.code for other in typed] == ["E0005"]
