"""A padding that was forgotten, where only what is claimed of the network tells it: in all layers alike, or in one."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

C = "{type: Conv2d, out_channels: 8, kernel_size: 3}"
HALF = "{type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}"
UP = "{type: ConvTranspose2d, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}"
DOUBLE = "{type: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2}"
POOL = "{type: MaxPool2d, kernel_size: 2}"
HOLDS = ", with which the claim holds"


def written(*layers: str) -> str:
    return "".join(f"  {name}: {layer}\n" for name, layer in zip("abcdefgh", layers, strict=False))


@pytest.mark.parametrize(("layers", "expect", "said"), [
    ((C, C), "output: [8, 32, 32]", "padding: 1 in each of a and b"),
    ((C, "ReLU", C, POOL), "output: [8, 16, 16]", "padding: 1 in each of a and c"),
    # 32 → 16 → 8 with paddings: 2 · (8 · 8 · 9 + 8) + 10 · (8 · 8 · 8 + 1) = 1168 + 5130
    ((C, POOL, C, POOL, "Flatten", "{type: Linear, out_features: 10}"), "params: 6298", "padding: 1 in each of a and c"),
    ((C, POOL, C, "{type: Upsample, scale_factor: 2}", C), "output: [8, 32, 32]", "padding: 1 in each of a, c and e"),
    # 32 → 16 → 8 → 15 → 29
    ((HALF, HALF, UP, UP), "output: [8, 32, 32]", "output_padding: 1 in c and output_padding: 1 in d"),
    ((HALF, HALF, UP.replace("}", ", output_padding: 1}"), UP), "output: [8, 32, 32]", "output_padding: 1 in d"),
    ((HALF, HALF, DOUBLE, DOUBLE, C), "output: [8, 32, 32]", "padding: 1 in e, or output_padding: 1 in c"),
])  # fmt: skip
def test_the_padding_that_makes_a_claim_true(layers: tuple[str, ...], expect: str, said: str) -> None:
    text = spec(written(*layers), "[8, 32, 32]", f"expect: {{{expect}}}\n")
    found = next(found for found in checked(text).diagnostics if found.code == "E0401")
    assert found.help == f"write {said}{HOLDS}"
    assert fixed(text) == text
    after = fixed(text, is_unsafe=True)
    assert f"expect: {{{expect}}}" in after
    assert not [one for one in checked(after).diagnostics if one.severity == "error"]


def test_a_padding_that_leaves_another_claim_missed_is_none() -> None:
    text = spec(written(C, C), "[8, 32, 32]", "expect: {output: [8, 32, 32], macs: 1}\n")
    assert all("padding" not in found.help for found in checked(text).diagnostics)


@pytest.mark.parametrize("expect", ["output: [8, 31, 31]", "output: [9, 32, 32]", "params: 1000"])
def test_other_claims_have_no_such_help(expect: str) -> None:
    text = spec(written(C, C), "[8, 32, 32]", f"expect: {{{expect}}}\n")
    (found,) = [found for found in checked(text).diagnostics if found.code == "E0401"]
    assert found.help.startswith("change the network, or write ")
