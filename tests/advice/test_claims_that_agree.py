"""Claims that agree with each other and not with the layer before them; that none of them is rewritten unasked."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

BEHIND = "  c: {type: Conv2d, in_channels: 96, out_channels: 8, kernel_size: 1}\n"
NORM = "  b: {type: BatchNorm2d, num_features: 96}\n  r: ReLU\n"
FIRST = "  a: {type: Conv2d, out_channels: 64, kernel_size: 1, bias: false}\n"
FLAT = "  flat: Flatten\n  f: {type: Linear, in_features: 1536, out_features: 2}\n"


@pytest.mark.parametrize(
    ("layers", "input", "helps"),
    [
        (FIRST + NORM + BEHIND, "[3, 4, 4]",
         ["write out_channels: 96 in a, as c claims; or write num_features: 64, or leave num_features out",
          "write out_channels: 96 in a, as b claims; or write in_channels: 64, or leave in_channels out"]),
        (FIRST + NORM + FLAT, "[3, 4, 4]",
         ["write out_channels: 96 in a, as f claims; or write num_features: 64, or leave num_features out",
          "write out_channels: 96 in a, as b claims; or write in_features: 1024, or leave in_features out"]),
        (BEHIND + BEHIND.replace("c:", "d:").replace("type", "from: input, type"), "[64, 4, 4]",
         ["write input: [96, 4, 4], as d claims; or write in_channels: 64, or leave in_channels out",
          "write input: [96, 4, 4], as c claims; or write in_channels: 64, or leave in_channels out"]),
    ],
)  # fmt: skip
def test_one_number_before_them_is_offered_first(layers: str, input: str, helps: list[str]) -> None:
    text = spec(layers, input)
    errors = [found for found in checked(text).diagnostics if found.severity == "error"]
    assert [found.help for found in errors][: len(helps)] == helps
    assert not any(found.fix.is_safe for found in errors if found.fix is not None)
    assert fix("a.yaml", text.encode()).after == text.encode()
    fixed = fix("a.yaml", text.encode(), is_unsafe=True)
    assert not [found for found in fixed.result.diagnostics if found.severity == "error"]
    assert len(fixed.made) == 1 or input != "[3, 4, 4]"


def test_the_default_of_an_argument_is_such_a_number() -> None:
    text = spec(FIRST.replace("64", '"${w}"') + NORM + BEHIND, "[3, 4, 4]").replace("input:", "args: {w: 64}\ninput:")
    first, second = checked(text).diagnostics
    assert first.help == "write w: 96 in args, as c claims; or leave num_features out: it follows from w"
    assert first.fix is not None
    assert second.fix is not None
    assert first.fix.edits == second.fix.edits


def test_where_it_cannot_be_another_one_claims_are_not_sure_either() -> None:
    joined = "  x: {type: Conv2d, out_channels: 32, kernel_size: 1}\n  y: {from: input, type: Conv2d, out_channels: 32, kernel_size: 1}\n"
    text = spec(joined + "  a: {type: Cat, dim: 1, from: [x, y]}\n" + NORM + BEHIND, "[3, 4, 4]")
    first = checked(text).diagnostics[0]
    assert first.help == "write num_features: 64, or leave num_features out"
    assert first.notes[-1] == "c claims the same of what a gives"
    assert first.fix is not None
    assert not first.fix.is_safe


@pytest.mark.parametrize(
    "layers",
    [
        FIRST + NORM,  # one claim against one number
        FIRST + NORM + BEHIND.replace("96", "64"),
        FIRST + NORM + BEHIND.replace("96", "48"),  # which do not agree
        FIRST + NORM + BEHIND.replace("96", "64").replace("8", "64") + NORM.replace("b:", "b2:").replace("r:", "r2:"),
    ],
)
def test_what_does_not_agree_is_sure(layers: str) -> None:
    errors = [found for found in checked(spec(layers, "[3, 4, 4]")).diagnostics if found.severity == "error"]
    assert errors
    assert all(found.fix is not None and found.fix.is_safe for found in errors)


def test_one_place_of_a_block_is_one_claim() -> None:
    block = "blocks: {B: {layers: [{type: Conv2d, out_channels: 64, kernel_size: 1, bias: false}, {type: BatchNorm2d, num_features: 96}]}}\n"
    errors = [found for found in checked(block + spec("  a: B\n  b: B\n", "[3, 4, 4]")).diagnostics if found.severity == "error"]  # fmt: skip
    assert errors
    assert all(found.fix is not None and found.fix.is_safe for found in errors)
