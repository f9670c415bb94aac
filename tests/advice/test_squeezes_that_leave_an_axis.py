"""A Squeeze that removes nothing, since the axis is no 1: it is told of, and not the layer behind alone."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

POOL = "put an AdaptiveAvgPool2d with output_size: 1 before s"


@pytest.mark.parametrize(("shape", "dim", "behind", "note", "help"), [
    ("[8, 4, 4]", "[2, 3]", "{type: Linear, in_features: 8, out_features: 2}", "axis 2 has the size 4 and axis 3 has the size 4", POOL),
    ("[8, 4, 4]", "[-2, -1]", "BatchNorm1d", "axis 2 has the size 4 and axis 3 has the size 4", POOL),
    ("[8, 4, 4]", "2", "{type: Linear, in_features: 8, out_features: 2}", "axis 2 has the size 4", f"{POOL} and write dim: [2, 3] there"),
    ("[8, 7, 1]", "2", "BatchNorm1d", "axis 2 has the size 7", "write dim: 3 in s, whose size is 1"),
    ("[8, 1, 7]", "3", "BatchNorm1d", "axis 3 has the size 7", "write dim: 2 in s, whose size is 1"),
    ("[1, 9]", "2", "{type: Linear, in_features: 9, out_features: 2}\n  b: {type: Bilinear, from: [a, input], out_features: 2}", "", ""),
])  # fmt: skip
def test_the_axis_that_is_left_is_told(shape: str, dim: str, behind: str, note: str, help: str) -> None:
    text = spec(f"  s: {{type: Squeeze, dim: {dim}}}\n  r: ReLU\n  a: {behind}\n", shape)
    found = [found for found in checked(text).diagnostics if found.severity == "error"]
    if not note:
        assert all("removes only axes" not in line for one in found for line in one.notes)
        return
    assert found[0].notes[0] == f"s removes only axes of size 1: {note}"
    assert found[0].help == help
    assert fixed(text) == text
    assert not [one for one in checked(fixed(text, is_unsafe=True)).diagnostics if one.severity == "error"]


def test_a_claim_of_the_output() -> None:
    text = spec("  s: {type: Squeeze, dim: [2, 3]}\n", "[8, 4, 4]", "expect: {output: [8]}\n")
    (found,) = checked(text).diagnostics
    assert found.help == f"{POOL}, with which the claim holds"


def test_what_it_removes_is_no_mistake() -> None:
    text = spec(
        "  s: {type: Squeeze, dim: [2, 3]}\n  a: {type: Linear, in_features: 9, out_features: 2}\n", "[8, 1, 1]"
    )
    (found,) = checked(text).diagnostics
    assert not any("removes" in note for note in found.notes)
