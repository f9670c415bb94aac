"""Inputs as other formats declare them, names that code has for them, and expressions with a sign left out."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

HEAD = "archspec: 1\nname: Net\n"
EMBED = "layers:\n  e: {type: Embedding, num_embeddings: 9, embedding_dim: 4}\n"


@pytest.mark.parametrize(("written", "right"), [
    ("input: {tokens: [50], dtype: int64}", "inputs: {tokens: {shape: [50], dtype: int64}}"),
    ("input: {tokens: {shape: [50], dtype: int64}}", "inputs: {tokens: {shape: [50], dtype: int64}}"),
    ("inputs: {tokens: [50], dtype: int64}", "inputs: {tokens: {shape: [50], dtype: int64}}"),
    ("inputs:\n  tokens: [50]  # words\n  dtype: int64", "inputs:\n  tokens: {shape: [50], dtype: int64}  # words"),
    ("input: {length: 50, dtype: int64}", "input: {shape: [50], dtype: int64}"),
])  # fmt: skip
def test_names_and_types_of_numbers(written: str, right: str) -> None:
    text = f"{HEAD}{written}\n{EMBED}"
    assert len(checked(text).diagnostics) == 1
    assert fixed(text) == f"{HEAD}{right}\n{EMBED}"


@pytest.mark.parametrize(
    "written",
    [
        "{channels: 1, height: 28, width: 28}",
        "{h: 28, w: 28, c: 1, batch: 32}",
        "\n  height: 28\n  width: 28\n  channels: 1",
    ],
)
def test_sizes_by_the_names_of_their_axes(written: str) -> None:
    layers = "layers: {a: {type: Conv2d, out_channels: 2, kernel_size: 3}}\n"
    text = f"{HEAD}input: {written}\n{layers}"
    assert helps(text) == ["write input: [1, 28, 28]"]
    assert fixed(text) == f"{HEAD}input: [1, 28, 28]\n{layers}"


@pytest.mark.parametrize("written", ["{shap: [3]}", "{channels: 1, foo: 2}", "{}", "{class: [3]}"])
def test_another_mapping_is_no_declaration(written: str) -> None:
    found = [problem.message for problem in checked(f"{HEAD}input: {written}\nlayers: {{a: ReLU}}\n").diagnostics]
    assert found[0] in ("input needs shape", "input takes no key shap")


def test_arguments_with_defaults_in_a_list() -> None:
    block = "blocks:\n  B:\n    args: ARGS\n    layers:\n      c: {type: Conv2d, out_channels: '${out}', kernel_size: 3, stride: '${stride}', bias: '${bias}'}\n"
    text = spec("  b: {type: B, out: 8}\n", more=block)
    wrong = text.replace("ARGS", "[out, stride=1, bias = True]")
    assert fixed(wrong, is_unsafe=True) == text.replace("ARGS", "{out: int, stride: 1, bias: true}")


@pytest.mark.parametrize("name", ["x", "identity", "inputs"])
def test_what_code_calls_the_input(name: str) -> None:
    text = spec(f"  a: ReLU\n  b: {{type: Add, from: [a, {name}]}}\n")
    assert helps(text) == ["write input"]
    assert fixed(text, is_unsafe=True) == text.replace(f"[a, {name}]", "[a, input]")


def test_the_inputs_come_first_of_the_names_that_there_are_and_then_the_nearest() -> None:
    layers = "".join(f"  layer{i}: ReLU\n" for i in range(20))
    assert helps(spec(f"{layers}  b: {{type: Add, from: [layer1, foo]}}\n  c: ReLU\n")) == [
        "the names above it are input, …, layer13, layer14, layer15, layer16, layer17, layer18, layer19"
    ]
    assert helps(spec(layers, more="outputs: {a: foo}\n")) == [
        "the names here are input, …, layer13, layer14, layer15, layer16, layer17, layer18, layer19"
    ]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("4d", "4 * d"),
        ("2 (d + 1)", "2 * (d + 1)"),
        ("d * 1e2 + 3d", "d * 1e2 + 3 * d"),
        ("c ? 4 : 2d", "4 if c else 2 * d"),
    ],
)
def test_a_product_without_its_sign(written: str, right: str) -> None:
    text = spec(f'  a: {{type: Linear, out_features: "${{{written}}}"}}\n', "[3]", "args: {d: 8, c: true}\n")
    assert helps(text) == [f"write ${{{right}}}"]
    assert fixed(text) == text.replace(written, right)


def test_names_in_a_list_whose_dashes_stand_under_its_key() -> None:
    """Without the dashes they would stand beside `layers:`."""
    text = spec("- c:\n    type: Conv2d\n    out_channels: 8  # wide\n    kernel_size: 3\n# the last\n- r: ReLU\n")
    assert fixed(text) == spec(
        "  c:\n    type: Conv2d\n    out_channels: 8  # wide\n    kernel_size: 3\n# the last\n  r: ReLU\n"
    )
