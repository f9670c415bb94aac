"""What can be read in one way only is put right unasked, and the network is what it would have been; the rest is not."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.fixing import fix

RIGHT = spec("  f: Flatten\n  a: {type: Linear, out_features: 4}\n", "[3, 8, 8]", "expect: {params: 772}\n")
LAST = "  a: {type: Linear, out_features: 4}\n"


@pytest.mark.parametrize(
    ("right", "written"),
    [
        ("archspec: 1", 'archspec: "1"'),
        ("archspec: 1", "archspec: 1.0"),
        ("layers:", "layer:"),
        ("layers:", "Layers:"),
        ("layers:", "modules:"),
        ("input:", "input_shape:"),
        ("expect: {params", "expect: {parameters"),
        ("expect: {params", "expect: {num_params"),
        (LAST, " " + LAST),
        (LAST, LAST[1:]),
        ("{type: Linear, out_features: 4}", "{Linear: {out_features: 4}}"),
        ("  f: Flatten", "  f: {Flatten: }"),
    ],
)
def test_one_reading_is_safe(right: str, written: str) -> None:
    text = RIGHT.replace(right, written)
    assert text != RIGHT
    assert fix("a.yaml", text.encode()).after.decode() == RIGHT


@pytest.mark.parametrize(
    ("right", "written"),
    [
        ("archspec: 1", "archspec: 1.5"),
        ("archspec: 1", "archspec: latest"),
        ("input:", "shape:"),
        ("name:", "model:"),
        ("{type: Linear, out_features: 4}", "{Linear: 4}"),
        ("{type: Linear, out_features: 4}", "{Linear: {out_features: 4, activation: relu}}"),
    ],
)
def test_several_are_not(right: str, written: str) -> None:
    text = RIGHT.replace(right, written)
    assert text != RIGHT
    assert fix("a.yaml", text.encode()).after.decode() == text


def test_a_depth_is_not_sure_where_two_leave_nothing_wrong() -> None:
    """The layer has no MACs, and neither has the network."""
    text = spec("  a: ReLU\n", "[3]", "expect:\n  layers:\n    a:\n      params: 0\n     macs: 0\n")
    (found,) = checked(text).diagnostics
    assert found.fix is not None
    assert not found.fix.is_safe
    assert fix("a.yaml", text.encode()).after.decode() == text
    one = text.replace("macs: 0", "weights: 0")  # which only a layer has
    assert fix("a.yaml", one.encode()).after.decode() == one.replace("     weights", "      weights")


def test_what_a_key_claims_is_checked_once_it_is_read() -> None:
    text = RIGHT.replace("expect: {params: 772", "expect: {parameters: 773")
    fixed = fix("a.yaml", text.encode())
    assert fixed.after.decode() == RIGHT.replace("772", "773")
    assert [(d.code, d.help) for d in fixed.result.diagnostics] == [
        ("E0401", "change the network, or write params: 772")
    ]
