"""A miss of what a spec claims, or of its budget, hides no warning; an error of the network itself does."""

from __future__ import annotations

import pytest

from archspec.checking import check

SPEC = """archspec: 1
name: Net
input: [3, 8, 8]
layers:
  conv: {{type: Conv2d, out_channels: 4, kernel_size: {}}}
  norm: BatchNorm2d
{}
"""


@pytest.mark.parametrize(
    ("kernel", "more", "codes"),
    [
        (3, "", ["W1003"]),
        (3, "expect: {params: 5}", ["E0401", "W1003"]),
        (3, "budget: {params: {max: 5}}", ["E0402", "W1003"]),
        (9, "", ["E0303"]),
    ],
)
def test_warnings_beside_errors(kernel: int, more: str, codes: list[str]) -> None:
    assert sorted(d.code for d in check("net.yaml", SPEC.format(kernel, more).encode()).diagnostics) == codes
