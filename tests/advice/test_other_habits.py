"""What people write from habit, and what is meant by it: said, and put right where that is certain."""

from __future__ import annotations

import pytest
from support import checked, helps, spec, told

from archspec.fixing import fix

CONV = "  c: {{type: Conv2d, out_channels: 8, kernel_size: 3, bias: {}}}\n"


def after(text: str, is_unsafe: bool = False) -> str:
    return fix("a.yaml", text.encode(), is_unsafe=is_unsafe).after.decode()


@pytest.mark.parametrize(
    ("written", "meant", "is_safe"),
    [("None", "false", False), ("null", "false", False), ("~", "false", False), ("0", "false", True), ("1", "true", True),
     ('"True"', "true", True), ("yes", "true", True), ("no", "false", True)],
)  # fmt: skip
def test_truth_as_python_takes_it(written: str, meant: str, is_safe: bool) -> None:
    text = spec(CONV.format(written))
    assert helps(text) == [f"write bias: {meant}"]
    assert after(text) == (spec(CONV.format(meant)) if is_safe else text)
    assert after(text, is_unsafe=True) == spec(CONV.format(meant))


def test_nothing_for_another_kind_of_value_is_left_out() -> None:
    assert helps(spec("  c: {type: Conv2d, out_channels: 8, kernel_size: 3, stride: None}\n")) == ["leave stride out"]


NORMED = (
    "  c: {{type: Conv2d, out_channels: 8, kernel_size: 3}}  # archspec: ignore{} weights have it\n  n: BatchNorm2d\n"
)


@pytest.mark.parametrize("written", [" W1003", "[W1OO3]", "[w1oo3]"])
def test_an_ignore_that_is_misspelt_is_understood_before_anything_else(written: str) -> None:
    text = spec(NORMED.format(written))
    right = spec(NORMED.format("[W1003]"))
    assert (after(text), after(text, is_unsafe=True)) == (right, right)


def test_safe_fixes_come_first() -> None:
    text = spec("  a: BatchNorm\n  b: {type: Conv2d, out_channel: 8, kernel_size: 3}\n")
    made = fix("a.yaml", text.encode(), is_unsafe=True).made
    safe = [problem.fix.is_safe for problem in made if problem.fix is not None]
    assert safe == sorted(safe, reverse=True)
    assert len(set(safe)) == 2


@pytest.mark.parametrize(
    ("lint", "help", "meant"),
    [
        ("{ignore: W1003}", "write ignore: [W1003]", "{ignore: [W1003]}"),
        ("{ignore: 'W1003, W1004'}", "write ignore: [W1003, W1004]", "{ignore: [W1003, W1004]}"),
        ("{select: ALL}", "write select: [ALL]", "{select: [ALL]}"),
        ("{ignore: W1003 as published}", "write ignore: [W1003]", None),
        (
            "{ignore: {W1002: }}",
            "write why after the colon, such as W1002: as published, or a list of codes: [W1002]",
            None,
        ),
    ],
)
def test_codes_in_the_document(lint: str, help: str, meant: str | None) -> None:
    text = spec("  a: ReLU\n", more=f"lint: {lint}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0105", help)
    if meant is None:
        assert after(text) == text
    else:
        assert found.fix is not None
        assert found.fix.is_safe
        assert found.fix.edits[0].replacement in meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("parameters: 1,280", "params: 1280"), ("n_params: 1,280", "params: 1280"), ("params: 1,280", "params: 1280"),
     ("macs: 1,280", "macs: 1280"), ("layers: {l: {weight: 1,280}}", "layers: {l: {weights: 1280}}")],
)  # fmt: skip
def test_figures_with_a_comma(written: str, meant: str) -> None:
    layers = "  l: {type: Linear, out_features: 10, bias: false}\n"
    text = spec(layers, "[128]", f"expect: {{{written}}}\n")
    assert after(text) == spec(layers, "[128]", f"expect: {{{meant}}}\n")


@pytest.mark.parametrize(
    ("layer", "help", "meant", "is_safe"),
    [
        ("{type: ReLU, from: self.c}", "write c", "{type: ReLU, from: c}", True),
        ("{type: ReLU, from: self.input}", "write input", "{type: ReLU, from: input}", True),
        ('{type: Add, from: "[c, input]"}', "write from: [c, input]", "{type: Add, from: [c, input]}", True),
        ("{type: ReLU, from: [c, input]}", "write one name: from: c", "{type: ReLU, from: c}", False),
        ("{type: Dropout, 0.5}", "write {type: Dropout, p: 0.5}", "{type: Dropout, p: 0.5}", False),
        ("{type: LeakyReLU, 0.2}", "write {type: LeakyReLU, negative_slope: 0.2}", "{type: LeakyReLU, negative_slope: 0.2}", False),
        ("{type: nn.Sequential, layers: [Tanh]}", "leave type out: layers makes it a group", "{layers: [Tanh]}", True),
        ("\n    type:MaxPool2d\n    kernel_size:2", "write a space after each colon", "\n    type: MaxPool2d\n    kernel_size: 2", True),
    ],
)  # fmt: skip
def test_a_layer(layer: str, help: str, meant: str, is_safe: bool) -> None:
    layers = "  c: {{type: Conv2d, out_channels: 3, kernel_size: 1}}\n  l: {}\n"
    text, right = spec(layers.format(layer)), spec(layers.format(meant))
    assert helps(text) == [help]
    assert after(text) == (right if is_safe else text)
    (found,) = checked(text).diagnostics
    assert found.fix is not None
    assert found.fix.is_safe is is_safe


@pytest.mark.parametrize("layer", ["{type: Dropout, 5}", "{type: ReLU, 0.5}", "{type: ReLU, from: self.d}"])
def test_nothing_is_guessed(layer: str) -> None:
    text = spec(f"  c: Tanh\n  l: {layer}\n")
    assert after(text, is_unsafe=True) == text


def test_a_name_that_is_none() -> None:
    text = spec("  a: ReLU\n").replace("name: Example", "name: Alex Net 2012")
    assert told(text)[0][2] == "write name: AlexNet2012"
    assert "name: AlexNet2012\n" in after(text)


def test_a_name_in_a_list_whose_type_is_not_known_is_one_too() -> None:
    rest = "  {0}relu1: ReLU\n"
    text = spec(f"  - norm1: WeirdNorm\n{rest.format('- ')}")
    assert helps(text) == ["drop the dashes: names go into a mapping"]
    assert after(text) == spec(f"  norm1: WeirdNorm\n{rest.format('')}")
    lrn = spec("  - norm1: LocalResponseNormalization\n  - relu1: ReLU\n")
    assert after(lrn) == spec("  norm1: LocalResponseNorm\n  relu1: ReLU\n")
