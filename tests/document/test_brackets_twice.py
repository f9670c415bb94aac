"""Two or three wrong brackets in one text: each is put right where only one change of each leaves nothing wrong."""

from __future__ import annotations

import pytest

from archspec.checking import check
from archspec.fixing import fix

RIGHT = """archspec: 1
name: Net
input: [3, 32, 32]
layers:
  conv1: {type: Conv2d, out_channels: 8, kernel_size: [3, 3]}
  relu1: ReLU
  conv2: {type: Conv2d, out_channels: 8, kernel_size: [3, 3]}
  relu2: ReLU
  conv3: {type: Conv2d, out_channels: 8, kernel_size: [3, 3]}
expect: {output: [8, 26, 26]}
"""


def wrong(*slips: tuple[str, str, str]) -> str:
    """The text with what is written in place of something behind a name."""
    text = RIGHT
    for name, was, written in slips:
        before, found, after = text.partition(name)
        text = before + found + after.replace(was, written, 1)
    return text


@pytest.mark.parametrize("slips", [
    [("conv1", "3]}", "3}}"), ("conv2", "3]}", "3}}")],
    [("conv1", "3]}", "3}}"), ("conv2", "3]}", "3}}"), ("conv3", "3]}", "3}}")],
    [("conv1", "3]}", "3]]"), ("conv3", "3]}", "3}}")],
    [("input", "32]", "32}"), ("conv2", "3]}", "3]]")],
    [("conv1", "3]}", "3)}"), ("conv2", "3]}", "3}}")],
])  # fmt: skip
def test_each_is_put_right(slips: list[tuple[str, str, str]]) -> None:
    text = wrong(*slips)
    found = check("a.yaml", text.encode()).diagnostics[0]
    assert found.fix is not None
    assert found.fix.is_safe
    fixed = fix("a.yaml", text.encode())
    assert fixed.after.decode() == RIGHT
    assert len(fixed.made) == len(slips)


def test_more_than_three_are_not_tried_together() -> None:
    slips = [(name, "3]}", "3}}") for name in ("conv1", "conv2", "conv3")]
    text = wrong(("input", "32]", "32}"), *slips)
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_where_two_ways_lead_on_neither_is_safe() -> None:
    """`[3, 3` may be closed behind either number, and the second mistake does not say where."""
    text = wrong(("conv1", "[3, 3]}", "[3, 3, padding: 1}"), ("conv2", "3]}", "3}}"))
    fixed = fix("a.yaml", text.encode())
    assert "conv1: {type: Conv2d, out_channels: 8, kernel_size: [3, 3, padding: 1}" in fixed.after.decode()


def test_another_mistake_beside_is_not_taken_for_one_of_brackets() -> None:
    text = wrong(("conv1", "3]}", "3}}"), ("conv2", "out_channels", "out_chanels: 8, foo"))
    assert fix("a.yaml", text.encode()).after.decode() == text
