"""One map with the positions of another, as every feature pyramid has it: help names UpsampleLike, and a call becomes it."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps

HEAD = "archspec: 1\nname: Up\ninputs: {a: [8, 7, 5], b: [8, 13, 10]}\nlayers:\n"


@pytest.mark.parametrize(("call", "rest"), [
    ("F.interpolate(a, size=b.shape[-2:])", ""), ("F.interpolate(a, b.shape[2:])", ""),
    ("nn.functional.interpolate(a, size=b.size()[2:], mode='bilinear', align_corners=False)", ", mode: bilinear, align_corners: false"),
    ("F.upsample(a, size=b.size()[-2:], mode='nearest')", ", mode: nearest"),
])  # fmt: skip
def test_a_call_is_read(call: str, rest: str) -> None:
    after = fixed(f"{HEAD}  up: {call}\n", is_unsafe=True)
    assert after == f"{HEAD}  up: {{type: UpsampleLike, from: [a, b]{rest}}}\n"
    assert checked(after).ok


@pytest.mark.parametrize("size", ["size: b", 'size: "b.shape[2:]"', 'size: "b.size()[-2:]"', "like: b"])
def test_a_size_that_is_a_layer(size: str) -> None:
    text = f"{HEAD}  up: {{type: Upsample, from: a, {size}}}\n"
    assert helps(text) == ["to have the positions of b, write {type: UpsampleLike, from: [a, b]}"]


@pytest.mark.parametrize("call", ["F.interpolate(a, size=b)", "F.interpolate(a, size=b.shape[-2:], mystery=1)"])
def test_what_is_not_read_is_not_written(call: str) -> None:
    text = f"{HEAD}  up: {call}\n"
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize("join", ["Add", "Cat, dim: 1"])
def test_an_upsample_of_a_map_that_was_rounded(join: str) -> None:
    """7 × 5 doubled is 14 × 10, beside 13 × 10."""
    text = f"{HEAD}  up: {{type: Upsample, scale_factor: 2, from: a}}\n  sum: {{type: {join}, from: [b, up]}}\n"
    assert helps(text) == ["write {type: UpsampleLike, from: [a, b]} in up"]
    after = fixed(text, is_unsafe=True)
    assert after == text.replace("Upsample, scale_factor: 2, from: a", "UpsampleLike, from: [a, b]")
    assert checked(after).ok


def test_a_padding_that_was_forgotten_goes_before_it() -> None:
    conv = "{type: Conv2d, out_channels: 8, kernel_size: 5, from: input}"
    text = (
        "archspec: 1\nname: Up\ninput: [8, 16, 16]\nlayers:\n"
        f"  side: {conv}\n  pool: {{type: MaxPool2d, kernel_size: 2, from: input}}\n"
        "  up: {type: Upsample, scale_factor: 2, from: pool}\n  sum: {type: Add, from: [side, up]}\n"
    )
    assert helps(text) == ["write padding: 2 in side"]
