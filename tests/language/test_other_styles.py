"""Layers written as in Keras or in other lists: said once, with what to write, which is tried."""

from __future__ import annotations

import re

import pytest
from support import ROOT, checked, helps, spec

from archspec.document.claims import Budget
from archspec.fixing import fix
from archspec.ops.other_names import is_another


@pytest.mark.parametrize(
    ("layer", "help"),
    [
        ("a: {type: Linear, units: 8}", "write out_features"),
        ("a: {type: LSTM, units: 8, batch_first: true}", "write hidden_size"),
        ("a: {type: MaxPool1d, pool_size: 2}", "write kernel_size"),
        ("a: {type: MaxPool1d, kernel_size: 2, strides: 1}", "write stride"),
        ("a: {type: Dropout, rate: 0.5}", "write p"),
        ("a: {type: BatchNorm1d, epsilon: 0.1}", "write eps"),
        ("a: {type: Linear, out_features: 8, use_bias: false}", "write bias"),
        ("a: {type: Conv1d, out_channels: 8, kernel_size=3}", "write kernel_size: 3"),
        ("a: {type: Conv1d, out_channels: 8, kernel_size:3}", "write kernel_size: 3"),
        ("l1: {type: Linear, out_features: 8, activation: tanh}", "add a line below: tanh1: Tanh"),
        ("l1: {type: Linear, out_features: 8, activation: leaky_relu}", "add a line below: leakyrelu1: LeakyReLU"),
        ("l: {type: Linear, out_features: 8, activation: softmax}", "add a line below: softmax: {type: Softmax, dim: 1}"),
        ("- {type: Linear, out_features: 8, activation: relu}", "add a line below: - ReLU"),
        ("- Dense: {units: 8}", "write {type: Linear, out_features: 8}"),
        ("- Dense: 8", "write {type: Linear, out_features: 8}"),
        ("- Conv1D: {filters: 8, kernel_size: 3, activation: relu}", "write {type: Conv1d, out_channels: 8, kernel_size: 3}, and ReLU below it"),
        ("- {name: a, type: ReLU}", "names go into a mapping: write a: {type: ReLU}, and so for each, without the dashes"),
    ],
)  # fmt: skip
def test_what_to_write(layer: str, help: str) -> None:
    assert helps(spec(f"  {layer}\n", "[4, 6]")) == [help]


def test_names_in_a_list_are_names() -> None:
    """The layers go by their names, so nothing else follows from it."""
    text = spec("  - {name: a, type: ReLU}\n  - {name: b, type: Add, from: [a, input]}\n  - {type: ReLU, name: c}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.layer) == ("E0103", "a")


@pytest.mark.parametrize("missing", ["layers", "input", "name"])
def test_a_misspelt_key_is_not_missed_as_well(missing: str) -> None:
    text = spec("  a: ReLU\n").replace(f"{missing}:", f"{missing}x:")
    (found,) = checked(text).diagnostics
    assert (found.code, found.help) == ("E0103", f"write {missing}")


@pytest.mark.parametrize("first", ["null", "-1", "N"])
def test_the_batch_in_an_input(first: str) -> None:
    assert helps(spec("  a: ReLU\n", f"[{first}, 3, 8]")) == ["leave the batch out: input: [3, 8]"]


@pytest.mark.parametrize(
    ("name", "near", "is_other"),
    [
        ("MaxUnpool2d", "MaxPool2d", True),
        ("EmbeddingBag", "Embedding", True),
        ("ConvTranspose2d", "Conv2d", True),
        ("Conv2D", "Conv2d", False),
        ("BatchNorm2D", "BatchNorm2d", False),
        ("ConvTranspose2D", "ConvTranspose2d", False),
        ("AdaptiveAvgPool1D", "AdaptiveAvgPool1d", False),
        ("MaxPool2D", "MaxPool2d", False),
        ("Conv2DTranspose", "Conv2d", True),
        ("Lineer", "Linear", False),
        ("MaxPol2d", "MaxPool2d", False),
    ],
)
def test_another_op_is_no_spelling(name: str, near: str, is_other: bool) -> None:
    assert is_another(name, near) == is_other


def test_a_spelling_is_a_guess_where_several_names_are_near() -> None:
    (found,) = checked(spec("  a: {type: Conv4d, out_channels: 4, kernel_size: 1}\n")).diagnostics
    assert found.label.startswith("did you mean Conv")
    assert not found.help.startswith("write ")
    assert found.fix is None or not found.fix.is_safe
    (sure,) = checked(spec("  a: {type: Lineer, out_features: 4}\n")).diagnostics
    assert (sure.label, sure.help) == ("did you mean Linear?", "write Linear")
    assert sure.fix is not None
    assert sure.fix.is_safe


def test_a_claim_about_no_layer_lists_those_there_are() -> None:
    claims = "expect: {layers: {foo: {params: 0}, relu9: {params: 0}}}\n"
    first, second = checked(spec("  relu1: ReLU\n  b: ReLU\n", more=claims)).diagnostics
    assert (first.code, first.help) == ("E0201", "the names here are relu1, b")
    assert (second.code, second.help) == ("E0201", "write relu1")


@pytest.mark.parametrize("key", ["loss", "optimizer", "batch_size", "epochs", "learning_rate"])
def test_training_is_no_part_of_a_spec(key: str) -> None:
    (found,) = checked(spec("  a: ReLU\n", more=f"{key}: 1\n")).diagnostics
    assert (found.code, found.help) == ("E0103", f"how a network is trained is no part of a spec; leave {key} out")
    assert found.label == "unknown key"


def test_a_budget_of_memory_is_one_of_two() -> None:
    (found,) = checked(spec("  a: ReLU\n", more="budget: {memory: {max: 1}}\n")).diagnostics
    assert (found.code, found.label, found.fix) == ("E0103", "unknown key", None)
    assert "param_bytes" in found.help
    assert "peak_activation_bytes" in found.help


def test_budgets_as_the_page_has_them() -> None:
    page = (ROOT / "docs/reference/language.md").read_text()
    budget = page.partition("## Budgets")[2].partition("```yaml\n")[2].partition("```")[0]
    keys = set(re.findall(r"`(\w+)`", page.partition("| what is counted |")[2].partition("\n\n")[0]))
    assert set(Budget.model_fields) <= keys
    (found,) = checked(spec("  a: ReLU\n", more=budget)).diagnostics
    assert found.code == "E0402"
    assert checked(spec("  a: ReLU\n", more=re.sub("min: 500 M, ", "", budget))).ok


def test_a_type_as_a_key_ends_where_its_last_value_does() -> None:
    lines = "  - Conv2d:\n      out_channels: 8\n      kernel_size: 3\n"
    right = "  - {type: Conv2d, out_channels: 8, kernel_size: 3}\n"
    for rest in ("", "  # below\n  - ReLU\n", "\n\n  - ReLU\n"):
        assert fix("a.yaml", spec(lines + rest).encode()).after.decode() == spec(right + rest)


def test_a_type_as_a_key_with_a_comment_inside_is_left() -> None:
    text = spec("  - Conv2d:\n      out_channels: 8  # wide\n      kernel_size: 3\n")
    assert fix("a.yaml", text.encode()).after.decode() == text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("  - {typ: ReLU}\n", "  - {type: ReLU}\n"),
        ("  a: {tpye: ReLU, inplace: false}\n", "  a: {type: ReLU, inplace: false}\n"),
    ],
)
def test_type_misspelt(wrong: str, right: str) -> None:
    assert fix("a.yaml", spec(wrong).encode()).after.decode() == spec(right)


def test_the_version_in_other_letters() -> None:
    text = spec("  a: ReLU\n")
    assert fix("a.yaml", text.replace("archspec", "Archspec").encode()).after.decode() == text


def test_keys_of_any_layer_are_named_and_known() -> None:
    assert helps(spec("  a: {type: ReLU, foo: 3}\n")) == [
        "the keys are inplace; and of any layer from, repeat, when, for, init, freeze"
    ]
    assert helps(spec("  a: {type: ReLU, if: true}\n  b: ReLU\n")) == ["write when"]


@pytest.mark.parametrize(
    ("layer", "input", "help"),
    [
        (
            "{type: MultiheadAttention, embed_dim: 50, num_heads: 8, batch_first: true}",
            "[8, 50]",
            "write num_heads: 10",
        ),
        ("{type: GroupNorm, num_groups: 8}", "[50, 8, 8]", "write num_groups: 10"),
        ("{type: Conv2d, out_channels: 50, kernel_size: 3, groups: 8}", "[50, 8, 8]", "write groups: 10"),
    ],
)
def test_the_divisors_nearby(layer: str, input: str, help: str) -> None:
    (found,) = checked(spec(f"  a: {layer}\n", input)).diagnostics
    assert (found.help, found.label) == (help, "50 / 8 is not whole; 5 and 10 divide it")


def test_an_activation_has_a_name_where_names_stand_and_where_more_is_wrong_with_the_layer() -> None:
    layers = "  fc6: {type: Linear, out_features: 8, activation: relu, strange: 9216}\n"
    assert helps(spec(layers, "[4]"))[0] == "add a line below: relu6: ReLU"
