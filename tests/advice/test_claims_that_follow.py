"""A claimed size that follows from an argument: the safe fix is right for all the argument's values."""

from __future__ import annotations

import pytest
from support import checked, fixed, told

import archspec

HEAD = "archspec: 1\nname: Net\n"
BODY = "  pool: {type: AdaptiveAvgPool2d, output_size: 1}\n  flat: Flatten\n"
CLAIM = "  fc: {type: Linear, in_features: 64, out_features: 10}\n"


def document(args: str, width: str, more: str = "") -> str:
    conv = f"  conv: {{type: Conv2d, out_channels: {width}, kernel_size: 1}}\n"
    return f"{HEAD}args: {args}\ninput: [3, 8, 8]\nlayers:\n{conv}{more}{BODY}{CLAIM}"


@pytest.mark.parametrize(
    ("args", "width", "values"),
    [
        ("{width: 48}", '"${4 * width}"', {"width": 32}),
        ("{width: 1.5}", '"${int(32 * width)}"', {"width": 2.0}),
        ("{widths: [16, 48]}", '"${widths[1]}"', {"widths": [16, 32]}),
        ("{is_wide: true}", '"${96 if is_wide else 48}"', {"is_wide": False}),
        ("{size: {default: b, one_of: [a, b]}}", "\"${96 if size == 'b' else 48}\"", {"size": "a"}),
        ("{depth: 1, width: 48}", '"${width // 32 * 32 + 16}"', {"width": 64}),
    ],
)
def test_it_is_left_out_where_it_follows_from_an_argument(args: str, width: str, values: dict[str, object]) -> None:
    text = document(args, width)
    assert fixed(text) == text.replace("in_features: 64, ", "")
    ((code, _, help),) = told(text)
    assert (code, help) == ("E0301", f"leave in_features out: it follows from {next(iter(values))}")
    assert archspec.parse(fixed(text)).with_(**values).facts is not None


@pytest.mark.parametrize("args", ["{out: 3}", "{rate: 0.5, flag: false}"])
def test_a_number_is_put_right_where_no_argument_changes_it(args: str) -> None:
    text = document(args, "48")
    assert fixed(text) == text.replace("in_features: 64", "in_features: 48")


def block(use: str, args: str = "{width: int}") -> str:
    layers = f'      conv: {{type: Conv2d, out_channels: "${{width}}", kernel_size: 1}}\n{BODY}{CLAIM}'.replace(
        "\n  ", "\n      "
    )
    return f"{HEAD}input: [3, 8, 8]\nblocks:\n  Head:\n    args: {args}\n    layers:\n{layers}layers:\n  head: {use}\n"


@pytest.mark.parametrize(
    ("use", "args"),
    [
        ("{type: Head, width: 48}", "{width: int}"),
        ("{type: Head}", "{width: 48}"),
        ("{layers: [{type: Head, width: 48}]}", "{width: int}"),
    ],
)
def test_it_is_left_out_where_it_follows_from_a_blocks_argument(use: str, args: str) -> None:
    text = block(use, args)
    assert fixed(text) == text.replace("in_features: 64, ", "")
    assert "it follows from width" in told(text)[0][2]


def test_the_number_is_a_fix_that_is_not_safe_where_the_key_cannot_be_left_out() -> None:
    """A key over two lines is not taken out."""
    text = document("{width: 48}", '"${width}"').replace("in_features: 64", "in_features:\n    64")
    assert fixed(text) == text
    (found,) = [one for one in checked(text).diagnostics if one.code == "E0301"]
    assert found.fix is None or not found.fix.is_safe
