"""What help says where an op, a block or a group reads another number of tensors than it takes."""

from __future__ import annotations

import pytest
from support import checked, helps, spec

LAYERS = "  a: ReLU\n  b: Tanh\n  y: {}\n"


@pytest.mark.parametrize(
    ("layer", "help"),
    [
        ("{type: Matmul, from: [a]}", "from takes 2 names: a, and 1 more"),
        ("{type: Matmul, from: a}", "from takes 2 names: a, and 1 more"),
        ("Matmul", "from takes 2 names; where it is left out, the layer above is read alone"),
        ("{type: Addcmul, from: [a, b]}", "from takes 3 names: a and b, and 1 more"),
        ("{type: Maximum, from: [a]}", "from takes 2 names or more: a, and at least 1 more"),
        ("{type: ScaledDotProductAttention, from: [a, b]}", "from takes 3 to 4 names: a and b, and at least 1 more"),
        ("{type: Matmul, from: [a, b, input]}", "write 2 names: from: [a, b]"),
        ("{type: ReLU, from: [a, b]}", "write one name: from: a"),
        ("{type: Constant, value: [1, 2], from: [a]}", "leave from out: Constant reads nothing"),
    ],
)  # fmt: skip
def test_an_op(layer: str, help: str) -> None:
    text = spec(LAYERS.format(layer), "[3, 32, 32]")
    assert helps(text) == [help]


def test_only_a_choice_that_holds_is_said() -> None:
    layers = "  a: {type: Conv2d, out_channels: 3, kernel_size: 5}\n  y: {type: Sub, from: [a, input, a]}\n"
    (found,) = checked(spec(layers)).diagnostics
    assert found.help == "write 2 names: from: [a, a]"
    assert found.fix is not None
    assert not found.fix.is_safe


def test_a_group_that_is_used_again() -> None:
    layers = "  a: ReLU\n  g: {inputs: [one, two], from: [a, input], layers: {s: {type: Add, from: [one, two]}}}\n"
    assert helps(spec(layers + "  h: {use: g, from: [a]}\n")) == ["name what stands for each: from: [one, two]"]


@pytest.mark.parametrize(
    ("read", "fixes"),
    [
        ("[a, nowhere]", ["write one name: from: a"]),
        ("[nowhere, a]", ["write one name: from: a"]),
        ("[nowhere, a.left]", []),
        ("[c, a.left]", []),
        ("[a, []]", []),
    ],
)
def test_a_name_that_is_wrong_itself_is_none_to_be_kept(read: str, fixes: list[str]) -> None:
    found = checked(spec(f"  a: ReLU\n  c: {{type: ReLU, from: {read}}}\n")).diagnostics
    assert [d.fix.said for d in found if d.code == "E0203" and d.fix is not None] == fixes
