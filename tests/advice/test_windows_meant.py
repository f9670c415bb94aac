"""What a claimed size was meant for: the change of one window that gives it, the likeliest first; and what is a slip and no more."""

from __future__ import annotations

import pytest
from support import SPECS, checked, spec

from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

ALEXNET = (SPECS / "alexnet.yaml").read_text("utf-8")
CLAIM = "  f: Flatten\n  a: {{type: Linear, in_features: {}, out_features: 2}}\n"


def only(text: str) -> Diagnostic:
    (found,) = [d for d in checked(text).diagnostics if d.severity == "error"]
    return found


def changed(old: str, new: str, has_claims: bool = False) -> str:
    text = ALEXNET if has_claims else ALEXNET.partition("expect:")[0]
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize("pool", ["pool1", "pool2", "pool3"])
def test_a_forgotten_stride_of_a_pooling(pool: str) -> None:
    written = f"{pool}: {{type: MaxPool2d, kernel_size: 3"
    text = changed(f"{written}, stride: 2}}", f"{written}}}")
    found = only(text)
    assert found.notes[-1].startswith(f"9216 would be right with stride 2 in {pool}")
    assert found.fix is not None
    assert not found.fix.is_safe
    assert fix("a.yaml", text.encode()).after.decode() == text


@pytest.mark.parametrize(
    ("layers", "claimed", "note"),
    [
        # by hand: 32 is 16 with a stride of 2, and 16 × 16 × 8 = 2048
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}\n", 2048, "stride 2 in c"),
        # 32 is 28 with a kernel of 5, and 28 × 28 × 8 = 6272; and so it is where the input is 30
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", 6272, "kernel_size 5 in c"),
        # 30 is 15 after a pooling by 2, and 15 × 15 × 8 = 1800; so it is with a stride of 2, and a pooling is a layer more
        ("  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n", 1800, "a MaxPool2d with kernel_size 2 before f"),
    ],
)
def test_one_argument_or_one_pooling(layers: str, claimed: int, note: str) -> None:
    found = only(spec(layers + CLAIM.format(claimed)))
    assert note in found.notes[-1]
    assert found.fix is not None
    assert not found.fix.is_safe


@pytest.mark.parametrize("claimed", [4096, 9261, 1000])
@pytest.mark.parametrize("has_claims", [False, True])
def test_a_slip_is_safely_put_right(claimed: int, has_claims: bool) -> None:
    text = changed("in_features: 9216", f"in_features: {claimed}", has_claims)
    found = only(text)
    assert found.fix is not None
    assert found.fix.is_safe
    assert "in_features: 9216" in fix("a.yaml", text.encode()).after.decode()


@pytest.mark.parametrize(
    ("side", "is_safe"), [(33, False), (35, False), (36, True), (48, True), (64, False), (224, False)]
)
def test_an_input_is_evidence_where_it_is_near_or_usual(side: int, is_safe: bool) -> None:
    found = only(spec(CLAIM.format(3 * side * side)))
    if abs(side - 32) <= 64 or not is_safe:
        assert found.notes[-1].endswith(f"an input of {side} × {side}")
    assert found.fix is not None
    assert found.fix.is_safe is is_safe


def test_no_window_is_named_where_the_claim_does_not_rest_on_one() -> None:
    layers = "  c: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  n: {type: BatchNorm2d, num_features: 4}\n"
    found = only(spec(layers))
    assert found.notes == ("4 would be right with out_channels 4 in c",)


LENET = (
    "  conv1: {{type: Conv2d, out_channels: 6, kernel_size: 5, {}}}\n  pool1: {{type: AvgPool2d, kernel_size: 2{}}}\n"
    "  conv2: {{type: Conv2d, out_channels: 16, kernel_size: 5}}\n  pool2: {{type: AvgPool2d, kernel_size: 2{}}}\n"
)


@pytest.mark.parametrize(
    ("layers", "side", "claimed", "note"),
    [
        # by hand: 32 → 32 → 16 → 16 → 8, and 8 × 8 × 8 = 512
        ("  p: {type: Conv2d, out_channels: 4, kernel_size: 3}\n  q: {type: MaxPool2d, kernel_size: 2}\n"
         "  r: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  s: {type: MaxPool2d, kernel_size: 2}\n", 32, 512,
         "padding 1 in each of p and r"),
        # 64 → 64 → 64, with half of either kernel; 64 × 64 × 2 = 8192
        ("  p: {type: Conv2d, out_channels: 4, kernel_size: 5}\n  q: {type: Conv2d, out_channels: 2, kernel_size: 3}\n", 64, 8192,
         "padding 2 in p and padding 1 in q"),
        # 28 → 28 → 28 without the strides, and 28 × 28 × 64 = 50176
        ("  p: {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1, stride: 2}\n"
         "  q: {type: Conv2d, out_channels: 64, kernel_size: 3, padding: 1, stride: 2}\n", 28, 50176, "stride 1 in each of p and q"),
        # 28 → 28 → 14 → 10 → 5, and 5 × 5 × 16 = 400
        (LENET.format("padding: 2", ", stride: 1", ", stride: 1"), 28, 400, "stride 2 in each of pool1 and pool2"),
        # a padding of valid is one of 0, in quotes too
        (LENET.format('padding: "valid"', "", ""), 28, 400, "padding 2 in conv1"),
    ],
)  # fmt: skip
def test_the_same_change_in_all_like_layers(layers: str, side: int, claimed: int, note: str) -> None:
    text = spec(layers + CLAIM.format(claimed), f"[3, {side}, {side}]")
    found = only(text)
    assert f"{claimed} would be right with {note}" in found.notes[-1]
    assert found.fix is not None
    assert not found.fix.is_safe
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_paddings_that_are_missing_in_alexnet() -> None:
    text = changed(", kernel_size: 3, padding: 1", ", kernel_size: 3")
    assert text.count("kernel_size: 3}") == 3
    found = only(text)
    assert found.notes[-1].startswith("9216 would be right with padding 1 in each of conv3, conv4 and conv5")
    assert found.fix is not None
    assert not found.fix.is_safe


DIGITS = """  conv1: {type: Conv2d, out_channels: 32, kernel_size: 3}
  pool1: {type: MaxPool2d, kernel_size: 2}
  conv2: {type: Conv2d, out_channels: 64, kernel_size: 3}
  pool2: {type: MaxPool2d, kernel_size: 2}
  flatten: Flatten
  fc: {type: Linear, in_features: CLAIMED, out_features: 10}
"""


@pytest.mark.parametrize(("claimed", "pool"), [(9216, "pool1"), (7744, "pool2")])
def test_a_pooling_too_many(claimed: int, pool: str) -> None:
    """By hand: 28 → 26 → 24 → 12, of which 64 · 12 · 12 = 9216; 28 → 26 → 13 → 11, of which 64 · 11 · 11 = 7744."""
    text = spec(DIGITS.replace("CLAIMED", str(claimed)), "[1, 28, 28]")
    found = only(text)
    assert f"{claimed} would be right with no {pool}" in found.notes[-1]
    assert found.fix is not None
    assert not found.fix.is_safe
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_the_kernel_of_each_layer_is_said() -> None:
    layers = """\
  c1: {type: Conv2d, out_channels: 6, kernel_size: 5}
  p1: {type: MaxPool2d, kernel_size: 2}
  c2: {type: Conv2d, out_channels: 16, kernel_size: 3}
  p2: {type: MaxPool2d, kernel_size: 2}
  f: Flatten
  fc: {type: Linear, in_features: 400, out_features: 120}
"""
    (found,) = checked(spec(layers, "[1, 32, 32]")).diagnostics
    assert found.notes[1] == "400 would be right with an input of 31 × 31, kernel_size 7 in c1 or kernel_size 5 in c2"
    assert found.fix is not None
    assert not found.fix.is_safe
