"""A Cat or a Stack whose `from` was forgotten: an error, and help that names the branches."""

from __future__ import annotations

import pytest
from support import checked, codes, spec

from archspec.fixing import fix

SMALL = "{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
UNET = f"""  enc1: {SMALL}
  r1: ReLU
  pool1: {{type: MaxPool2d, kernel_size: 2}}
  enc2: {{type: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}}
  up: {{type: Upsample, scale_factor: 2}}
  cat: {{type: Cat, dim: 1}}
"""
BRANCHES = f"  stem: {SMALL}\n  b1: {{type: ReLU, from: stem}}\n  b2: {{type: Tanh, from: stem}}\n"


def helped(text: str) -> str:
    (found,) = checked(text).diagnostics
    assert (found.code, found.fix and found.fix.is_safe) == ("E0203", False if found.fix else None)
    if found.fix is not None:
        after = fix("a.yaml", text.encode(), is_unsafe=True)
        assert not [left for left in after.result.diagnostics if left.severity == "error"]
    assert fix("a.yaml", text.encode()).after.decode() == text
    return found.help


@pytest.mark.parametrize("claim", ["", "in_channels: 24, "])
def test_the_skip_of_a_unet(claim: str) -> None:
    text = spec(UNET + f"  dec: {{type: Conv2d, {claim}out_channels: 8, kernel_size: 3}}\n", "[3, 32, 32]")
    assert helped(text) == "write from: [up, r1] in cat"


@pytest.mark.parametrize(
    ("written", "type"), [("{type: Cat, dim: 1}", "Cat"), ("Stack", "Stack"), ("{type: Stack}", "Stack")]
)
def test_branches_that_nobody_reads(written: str, type: str) -> None:
    assert helped(spec(BRANCHES + f"  join: {written}\n", "[3, 8, 8]")) == "write from: [b1, b2] in join"


def test_a_claim_tells_which_of_a_chain() -> None:
    chain = f"  a: {SMALL}\n  b: {{type: Conv2d, out_channels: 4, kernel_size: 1}}\n  cat: {{type: Cat, dim: 1}}\n"
    last = "  c: {type: Conv2d, in_channels: 12, out_channels: 4, kernel_size: 1}\n"
    assert helped(spec(chain + last, "[3, 8, 8]")) == "write from: [b, a] in cat"
    assert helped(spec(chain, "[3, 8, 8]")).startswith("name in from what it joins")


@pytest.mark.parametrize("type", ["Cat, dim: 1", "Stack, dim: 1"])
@pytest.mark.parametrize("written", ["a", "[a]", "[a, input]"])
def test_one_that_is_named_may_be_alone(type: str, written: str) -> None:
    assert codes(spec(f"  a: ReLU\n  b: {{type: {type}, from: {written}}}\n", "[3, 8, 8]")) == []
