"""References and expressions as other formats write them: what help says is what is meant, and a fix that was tried."""

from __future__ import annotations

import pytest
from support import checked

from archspec.fixing import fix

HEAD = "archspec: 1\nname: A\nargs: {width: 8, deep: true, depths: [8, 4]}\ninput: [8, 8, 8]\n"
TWO = HEAD + "layers:\n  a: ReLU\n  b: Tanh\n"


def fixed(text: str) -> str:
    return fix("a.yaml", text.encode()).after.decode()


@pytest.mark.parametrize("written", ["a, b", "(a, b)", "a b", "a + b", "(a,b)", "a & b", '"a, b"'])
def test_several_names_in_one(written: str) -> None:
    text = TWO + f"  c: {{type: Add, from: {written}}}\n"
    assert fixed(text) == TWO + "  c: {type: Add, from: [a, b]}\n"


def test_several_names_on_a_line_of_their_own() -> None:
    text = TWO + "  c:\n    type: Add\n    from: a, b\n"
    assert [found.help for found in checked(text).diagnostics] == ["write from: [a, b]"]
    assert fixed(text) == text.replace("a, b", "[a, b]")


def test_a_key_after_a_name_is_not_surely_a_name() -> None:
    text = TWO + "  c: {type: ReLU, from: a, inplace}\n"
    assert fixed(text) == text


@pytest.mark.parametrize("above", ["-1", "previous"])
def test_the_layer_above(above: str) -> None:
    text = TWO + f"  c: {{type: ReLU, from: {above}}}\n"
    assert fixed(text) == TWO + "  c: {type: ReLU, from: b}\n"


@pytest.mark.parametrize(
    ("keys", "right"),
    [
        ('when: "${deep && width > 4}"', 'when: "${deep and width > 4}"'),
        ('when: "${deep || width > 4}"', 'when: "${deep or width > 4}"'),
        ('when: "${!deep}"', 'when: "${not deep}"'),
        ('when: "${width > 4 ? true : false}"', 'when: "${true if width > 4 else false}"'),
        ('out_channels: "${args.width}"', 'out_channels: "${width}"'),
        ('out_channels: "${depths.0}"', 'out_channels: "${depths[0]}"'),
    ],
)
def test_expressions_of_other_languages(keys: str, right: str) -> None:
    channels = "" if "out_channels" in keys else ", out_channels: 8"
    text = HEAD + f"layers:\n  a: {{type: Conv2d, kernel_size: 1{channels}, {keys}}}\n  b: ReLU\n"
    assert fixed(text) == text.replace(keys, right)


@pytest.mark.parametrize(
    ("written", "help"),
    [("${width = 8}", "write ${width == 8}"), ("${width ^ 2}", "write ${width ** 2}"), ("${! width == 8}", "write ${not width == 8}")],
)  # fmt: skip
def test_what_may_mean_something_else_is_said_and_not_done(written: str, help: str) -> None:
    text = HEAD + f'layers:\n  a: {{type: ReLU, when: "{written}"}}\n  b: ReLU\n'
    assert checked(text).diagnostics[0].help == help
    assert fixed(text) == text


def test_what_is_not_plain_is_left() -> None:
    text = HEAD + "layers:\n  a: {type: ReLU, when: \"${width =! '&&'}\"}\n  b: ReLU\n"
    assert fixed(text) == text


def test_arithmetic_without_its_marks() -> None:
    text = HEAD + "layers:\n  f: Flatten\n  a: {type: Linear, in_features: 8 * 8 * 8, out_features: 2}\n"
    assert fixed(text) == text.replace("8 * 8 * 8", '"${8 * 8 * 8}"')


def test_an_expression_with_more_behind_it_keeps_its_name() -> None:
    text = HEAD + 'layers:\n  a: {type: Conv2d, kernel_size: 1, out_channels: "${width} * 4"}\n'
    assert fixed(text) == text.replace("${width} * 4", "${width * 4}")


@pytest.mark.parametrize("product", ["8x8x8", "8 × 8"])
def test_a_product_is_not_surely_one_of_its_numbers(product: str) -> None:
    text = HEAD + f"layers:\n  f: Flatten\n  a: {{type: Linear, in_features: {product}, out_features: 2}}\n"
    assert fixed(text) == text


def test_a_block_sees_only_its_own_values() -> None:
    block = 'blocks:\n  B:\n    layers:\n      c: {type: Conv2d, kernel_size: 1, out_channels: "${width}"}\n'
    (found,) = checked(HEAD + block + "layers:\n  b: B\n").diagnostics
    assert found.help == (
        "width is a value of the network, and a block sees only its own: write width: int under the block's args:, "
        'and width: "${width}" where it is used'
    )
    right = block.replace("  B:\n", "  B:\n    args: {width: int}\n")
    assert checked(HEAD + right + 'layers:\n  b: {type: B, width: "${width}"}\n').ok


GROUP = "    layers:\n      c: Tanh\n      d: {type: Add, from: [c, a]}\n"


def test_a_group_that_reads_a_layer_outside() -> None:
    (found,) = checked(TWO + "  g:\n" + GROUP).diagnostics
    assert found.help == "give it to g: write inputs: [input, a] there, and from: with as many names, a the last"
    assert checked(TWO + "  g:\n    inputs: [input, a]\n    from: [b, a]\n" + GROUP).ok


def test_a_group_that_reads_what_it_calls_input() -> None:
    (found,) = checked(HEAD + "layers:\n  a: ReLU\n  g:\n" + GROUP).diagnostics
    assert found.help == "write input, which is a here"
