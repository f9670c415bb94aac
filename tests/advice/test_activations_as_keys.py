"""`activation: relu` on a layer, made a layer below it: whoever read the layer reads the new one."""

from __future__ import annotations

import pytest
from support import checked, codes, spec

from archspec.fixing import fix

CONV = "type: Conv2d, out_channels: 3, kernel_size: 1"


def fixed(text: str) -> str:
    return fix("net.yaml", text.encode(), None, is_unsafe=True).after.decode()


@pytest.mark.parametrize(
    ("layers", "after", "more"),
    [
        (f"  c1: {{{CONV}, activation: relu}}\n  b: Tanh\n  a: {{type: Add, from: [b, c1]}}\n",
         f"  c1: {{{CONV}}}\n  relu1: ReLU\n  b: Tanh\n  a: {{type: Add, from: [b, relu1]}}\n", ""),
        (f"  c1: {{{CONV}, activation: relu}}\n  b: {{type: Tanh, from: c1.output}}\n",
         f"  c1: {{{CONV}}}\n  relu1: ReLU\n  b: {{type: Tanh, from: relu1}}\n", ""),
        (f"  c1: {{{CONV}, activation: relu}}  # why\n  b: Tanh\n", f"  c1: {{{CONV}}}  # why\n  relu1: ReLU\n  b: Tanh\n",
         "outputs: {x: %s, y: b}\n"),
        (f"  c1: {{{CONV}, activation: relu}}\n  relu1: Tanh\n", f"  c1: {{{CONV}}}\n  c1_relu: ReLU\n  relu1: Tanh\n", ""),
        (f'  c1: {{{CONV}, activation: relu, when: "${{k}}"}}\n  b: Tanh\n',
         f'  c1: {{{CONV}, when: "${{k}}"}}\n  relu1: {{type: ReLU, when: "${{k}}"}}\n  b: Tanh\n', "args: {k: true}\n"),
        (f"  g:\n    layers:\n      c1: {{{CONV}, activation: relu}}\n      b: Tanh\n    outputs: {{x: c1, y: b}}\n"
         "  d: {type: Tanh, from: g.x}\n  c1: {type: Add, from: [d, g.y]}\n",
         f"  g:\n    layers:\n      c1: {{{CONV}}}\n      relu1: ReLU\n      b: Tanh\n    outputs: {{x: relu1, y: b}}\n"
         "  d: {type: Tanh, from: g.x}\n  c1: {type: Add, from: [d, g.y]}\n", ""),
    ],
)  # fmt: skip
def test_readers_read_the_new_layer(layers: str, after: str, more: str) -> None:
    before, meant = (more % name if "%" in more else more for name in ("c1", "relu1"))
    assert codes(spec(layers, more=before)) == ["E0103"]
    assert fixed(spec(layers, more=before)) == spec(after, more=meant)


@pytest.mark.parametrize(
    ("layers", "more"),
    [
        (f"  c: {{{CONV}, activation: relu}}\n  again: {{use: c}}\n", ""),
        (f"  - {{{CONV}, activation: relu}}\n  - Tanh\n", 'outputs: {x: "1"}\n'),
        (f"  c: &c {{{CONV}, activation: relu}}\n  d: *c\n", ""),
        (f'  c: {{{CONV}, activation: relu}}\n  d: {{type: Tanh, from: "${{x}}"}}\n', "args: {x: c}\n"),
    ],
)
def test_where_it_is_not_sure_who_reads_what_there_is_no_fix(layers: str, more: str) -> None:
    assert "E0103" in codes(spec(layers, more=more))
    assert "activation" in fixed(spec(layers, more=more))


def test_an_activation_in_what_a_type_is_a_key_of_is_not_lost() -> None:
    text = spec("  c: {Conv2D: {filters: 8, kernel_size: 1, activation: relu}}\n  b: {type: Tanh, from: c}\n")
    after = "  c: {type: Conv2d, out_channels: 8, kernel_size: 1}\n  relu: ReLU\n  b: {type: Tanh, from: relu}\n"
    assert fixed(text) == spec(after)


def test_what_speaks_of_numbers_keeps_a_list_as_it_is() -> None:
    """W1010 would have a Flatten before it, and the output another number."""
    layers = "  - {type: Conv2d, out_channels: 8, kernel_size: 3}\n  - {type: Linear, out_features: 4}\n"
    text = spec(layers, more='outputs: {x: "1"}\n')
    assert codes(text) == ["W1010"]
    assert fixed(text) == text
    assert "Flatten" in fixed(spec(layers))


def test_an_activation_of_a_layer_that_is_repeated() -> None:
    conv = "{type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1"
    text = spec(f"  convs: {conv}, activation: relu, repeat: 3}}\n", "[8, 32, 32]")
    both = f"{{repeat: 3, layers: [{conv}}}, ReLU]}}"
    (said,) = {found.help for found in checked(text).diagnostics}
    assert said == f"repeat both: write {both}"
    assert fixed(text) == spec(f"  convs: {both}\n", "[8, 32, 32]")
    assert fix("net.yaml", text.encode()).after.decode() == text


def test_in_lines_it_is_said() -> None:
    layer = "  convs:\n    type: Conv2d\n    out_channels: 8\n    kernel_size: 1\n    activation: relu\n    repeat: 3\n"
    (said,) = {found.help for found in checked(spec(layer, "[8, 32, 32]")).diagnostics}
    assert said == "repeat both, {repeat: …, layers: [{type: Conv2d, …}, ReLU]}: below it, ReLU would stand once"
