"""A figure that is claimed was published: another change that meets it goes before a change of the claim."""

from __future__ import annotations

import pytest
from support import checked, spec

from archspec.commands.fixing import available
from archspec.diagnostics.model import Diagnostic
from archspec.fixing import fix

GROUPED = "  c: {type: Conv2d, in_channels: 48, out_channels: 256, kernel_size: 5}\n"
PLAIN = "  c: {type: Conv2d, in_channels: 96, out_channels: 256, kernel_size: 5}\n"
GROUPS = "write in_channels: 96 and groups: 2, if each group is to read 48 of them"
FLAT = "  p: {type: MaxPool2d, kernel_size: 2}\n  a: {type: Linear, out_features: 10}\n"
"""Of 3 × 4 × 4, whose 12 numbers give 130 parameters, and whose 2 columns give 30."""


def fixed(text: str, is_unsafe: bool) -> str:
    return fix("a.yaml", text.encode(), is_unsafe=is_unsafe).after.decode()


def missed(text: str) -> list[Diagnostic]:
    return [found for found in checked(text).diagnostics if found.code == "E0401"]


@pytest.mark.parametrize("claim", ["params: 307456", "layers: {c: {weights: 307200}}", "macs: 6220800"])
def test_groups_that_meet_a_claim_are_meant(claim: str) -> None:
    """Half of AlexNet's second layer stood on each of two cards: 256 · 48 · 5 · 5 weights and 256 biases."""
    text = spec(GROUPED, "[96, 9, 9]", f"expect: {{{claim.replace('6220800', str(307200 * 25))}}}\n")
    first = checked(text).diagnostics[0]
    assert (first.code, first.help) == ("E0301", GROUPS)
    assert fixed(text, is_unsafe=False) == text
    assert fixed(text, is_unsafe=True) == text.replace(
        "{type: Conv2d, in_channels: 48", "{type: Conv2d, groups: 2, in_channels: 96"
    )
    assert [found.help for found in missed(text)] == ["what puts c right makes this true, too"]


def test_groups_are_said_where_nothing_tells_which_was_meant() -> None:
    text = spec(GROUPED, "[96, 9, 9]")
    (found,) = checked(text).diagnostics
    assert found.help == f"write in_channels: 96, or leave in_channels out; or {GROUPS}"
    assert fixed(text, is_unsafe=False) == text
    assert fixed(text, is_unsafe=True) == text.replace(GROUPED, PLAIN)


def test_groups_that_a_claim_shows_are_those_of_the_layers_below() -> None:
    """Turned round, b would be right beside c; but groups that a is shown to have are likelier."""
    layer = "  {}: {{type: Conv2d, in_channels: {}, out_channels: {}, kernel_size: 1}}\n"
    text = spec(
        layer.format("a", 2, 8) + layer.format("b", 4, 8) + layer.format("c", 4, 6),
        "[4, 9, 9]",
        "expect: {layers: {a: {params: 24}}}\n",
    )
    right = checked(fixed(text, is_unsafe=True))
    assert right.ok
    assert right.graph is not None
    assert [getattr(node.op, "groups", None) for node in right.graph.layers] == [2, 2, 2]


def test_a_fix_that_meets_a_claim_is_one() -> None:
    text = spec(GROUPED, "[96, 9, 9]", "expect: {params: 307456}\n")
    assert available([checked(text)], is_unsafe=True) == "1 fix available with --fix --unsafe-fixes"


@pytest.mark.parametrize(
    "layer",
    [
        "{type: Conv2d, in_channels: 48, out_channels: 255, kernel_size: 5}",  # 255 is odd
        "{type: Conv2d, in_channels: 36, out_channels: 256, kernel_size: 5}",  # 96 is no multiple of 36
        "{type: Conv2d, in_channels: 48, out_channels: 256, kernel_size: 5, groups: 2}",  # they are there
        "{type: Linear, in_features: 48, out_features: 256}",
    ],
)
def test_no_groups_where_there_can_be_none(layer: str) -> None:
    (found,) = checked(spec(f"  c: {layer}\n", "[96]" if "Linear" in layer else "[96, 9, 9]")).diagnostics
    assert "groups" not in found.help


def test_groups_as_another_layer_has_them() -> None:
    first = "  a: {type: Conv2d, out_channels: 96, kernel_size: 1, groups: 2}\n"
    (found,) = checked(spec(first + GROUPED, "[96, 9, 9]")).diagnostics
    assert found.help == GROUPS


def test_a_layer_that_was_copied_is_not_turned_round() -> None:
    layer = "{type: Conv2d, in_channels: 64, out_channels: 128, kernel_size: 1}"
    text = spec(f"  a: {layer}\n  r: ReLU\n  b: {layer}\n", "[64, 8, 8]")
    (found,) = checked(text).diagnostics
    assert found.help.startswith("write in_channels: 128, or leave in_channels out; or ")
    assert "swapped" not in found.help


@pytest.mark.parametrize(
    "claim", ["params: 130", "output: [10]", "params: 130, output: [10]", "layers: {a: {params: 130}}"]
)
def test_what_a_warning_advises_meets_a_claim(claim: str) -> None:
    text = spec(FLAT, "[3, 4, 4]", f"expect: {{{claim}}}\n")
    assert {found.help for found in missed(text)} == {"put a Flatten before a, with which the claim holds"}
    assert fixed(text, is_unsafe=False) == text
    assert fixed(text, is_unsafe=True) == text.replace("  a:", "  flatten: Flatten\n  a:")


def test_one_claim_that_is_met_keeps_the_others_as_they_are_till_then() -> None:
    """30 parameters are true as it stands, 130 with a Flatten: 131 was never so."""
    text = spec(FLAT, "[3, 4, 4]", "expect: {params: 131, output: [10]}\n")
    by_params, by_output = missed(text)
    assert by_params.fix is None
    assert by_output.help == "put a Flatten before a, with which the claim holds"
    after = fixed(text, is_unsafe=True)
    assert after == text.replace("  a:", "  flatten: Flatten\n  a:")
    again = fixed(after, is_unsafe=True)
    assert "expect: {params: 130, output: [10]}" in again
    assert checked(again).ok


def test_no_claim_is_changed_where_a_fix_of_the_same_run_may_have_changed_the_network() -> None:
    text = spec(
        "  a: {type: Linear, out_features: 8, kernel_regularizer: l2}\n", "[4]", "expect: {params: 48, output: [8]}\n"
    )
    made = fix("spec.yaml", text.encode(), is_unsafe=True)
    assert made.after.decode() == text.replace(", kernel_regularizer: l2", "")
    assert made.why_not_all.startswith("since a fix may have changed the network, what expect says is left as it is")


def test_all_warnings_of_a_kind_together_meet_a_claim() -> None:
    """Two convolutions before norms without their biases: 4 · 3 + 8 and 4 · 4 + 8 parameters."""
    layers = "".join(
        f"  c{i}: {{type: Conv2d, out_channels: 4, kernel_size: 1}}\n  n{i}: BatchNorm2d\n" for i in (1, 2)
    )
    text = spec(layers, "[3, 4, 4]", "expect: {params: 44}\n")
    (found,) = missed(text)
    assert found.help == "write bias: false in c1, and likewise in 1 more, with which the claim holds"
    assert fixed(text, is_unsafe=True) == text.replace("{type: Conv2d", "{type: Conv2d, bias: false")


def test_a_claim_that_is_met_but_for_its_rounding() -> None:
    layers = "  p: {type: MaxPool2d, kernel_size: 2}\n  a: {type: Linear, out_features: 1001}\n"
    text = spec(layers, "[3, 4, 4]", "expect: {params: 13 k}\n")
    after = fixed(text, is_unsafe=True)
    assert "  flatten: Flatten\n" in after
    assert "expect: {params: 13 k}" in after
    assert "expect: {params: 13013}" in fixed(after, is_unsafe=True)


def test_no_claim_is_changed_while_something_else_is_wrong() -> None:
    text = spec("  a: {type: Conv2d, out_channels: 8, kernel_size: 3}\n  b: {type: Conv2d, out_channels: 2, kernel_size: 99}\n",
                "[3, 9, 9]", "expect: {layers: {a: {params: 5}}}\n")  # fmt: skip
    (found,) = missed(text)
    assert found.fix is None
    assert found.help == "change the layer, or write params: 224"
    assert "params: 5" in fixed(text, is_unsafe=True)


def test_a_wider_layer_meets_a_claim() -> None:
    """48 channels go out, as one layer says and the figures do: 48 · 3 + 48 and 48 · 2 + 2."""
    layers = "  a: {type: Conv2d, out_channels: 96, kernel_size: 1}\n  b: {type: Conv2d, in_channels: 48, out_channels: 3, kernel_size: 1}\n"
    text = spec(layers, "[3, 9, 9]", "expect: {params: 339}\n")
    assert fixed(text, is_unsafe=False) == text
    assert fixed(text, is_unsafe=True) == text.replace("out_channels: 96", "out_channels: 48")


def test_a_size_is_not_sure_where_a_figure_is_another() -> None:
    layers = "  a: {type: Linear, in_features: 7, out_features: 2}\n"
    text = spec(layers, "[5]", "expect: {params: 99}\n")
    assert fixed(text, is_unsafe=False) == text
    assert fixed(spec(layers, "[5]"), is_unsafe=False) == spec(layers.replace("7", "5"), "[5]")
