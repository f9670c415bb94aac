"""Values without keys have two readings, with and without the channels that arrive: only where these are known is one said."""

from __future__ import annotations

import pytest
from support import checked, spec

ABOVE = "  conv1: {type: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}\n"


def said(layers: str) -> str:
    (found,) = (d for d in checked(spec(layers)).diagnostics if d.layer == "conv2")
    return found.fix.said if found.fix is not None else ""


@pytest.mark.parametrize("written", ["[Conv2d, {}]", "{{type: Conv2d, {}}}"])
@pytest.mark.parametrize(
    ("values", "own"),
    [
        ("8, 3, 1", "out_channels: 8, kernel_size: 3, stride: 1"),
        ("4, 8, 3", "in_channels: 4, out_channels: 8, kernel_size: 3"),
    ],
)
def test_one_is_said_where_the_channels_are_known(written: str, values: str, own: str) -> None:
    layer = f"  conv2: {written.format(values)}\n"
    assert said(ABOVE + layer).removeprefix("write ") in (f"{{type: Conv2d, {own}}}", own)
    assert said(f"{ABOVE}  pool1:\n{layer}") == ""


def test_one_is_said_once_the_layer_above_has_a_fix() -> None:
    assert said(f"{ABOVE}  relu1: Relu\n  conv2: [Conv2d, 8, 3, 1, 1]\n") == (
        "write {type: Conv2d, out_channels: 8, kernel_size: 3, stride: 1, padding: 1}"
    )


def test_the_only_one_that_holds_is_said_in_any_case() -> None:
    assert (
        said(f"{ABOVE}  relu1:\n  conv2: [Conv2d, 8, 3]\n") == "write {type: Conv2d, out_channels: 8, kernel_size: 3}"
    )
