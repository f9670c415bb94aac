"""Code that names what the spec has: blocks, arguments, the layers that a join reads."""

from __future__ import annotations

import pytest
from support import checked, fixed, helps, spec

BLOCK = """blocks:
  Conv:
    args: {c: int, k: 3}
    layers:
      conv: {type: Conv2d, out_channels: "${c}", kernel_size: "${k}", padding: same}
      relu: ReLU
"""
ARGS = "args: {rate: 0.5, width: 8}\n"
TWO = "  a: {type: Conv2d, out_channels: 3, kernel_size: 1}\n  b: {type: Conv2d, out_channels: 3, kernel_size: 1, from: input}\n"


@pytest.mark.parametrize(
    ("call", "layer"),
    [
        ("Conv(64)", "{type: Conv, c: 64}"),
        ("Conv(64, 5)", "{type: Conv, c: 64, k: 5}"),
        ("Conv(c=64)", "{type: Conv, c: 64}"),
        ("Conv(k=1, c=2 * 8)", '{type: Conv, k: 1, c: "${2 * 8}"}'),
        ("{type: Conv(64)}", "{type: Conv, c: 64}"),
        ("nn.Sequential(Conv(8), nn.ReLU())", "\n    layers:\n      - {type: Conv, c: 8}\n      - ReLU"),
    ],
)
def test_a_call_of_a_block(call: str, layer: str) -> None:
    text, right = spec(f"  a: {call}\n", more=BLOCK), spec(f"  a: {layer}\n", more=BLOCK).replace("a: \n", "a:\n")
    assert fixed(text, is_unsafe=True) == right
    assert fixed(text) == (right if "=" in call else text)  # by place, the first may be the channels that arrive


@pytest.mark.parametrize("call", ["Conv()", "Conv(1, 2, 3)", "Conv(channels=3)", "Conv(c=true)"])
def test_a_call_of_a_block_that_does_not_fit(call: str) -> None:
    text = spec(f"  a: {call}\n", more=BLOCK)
    assert helps(text) == ["write {type: Conv, c: …, k: …}"]
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize(
    ("call", "layer"),
    [
        ("nn.Dropout(p=rate)", '{type: Dropout, p: "${rate}"}'),
        (
            "nn.Conv2d(3, width * 2, (1, 1))",
            '{type: Conv2d, in_channels: 3, out_channels: "${width * 2}", kernel_size: [1, 1]}',
        ),
        ("nn.AvgPool2d((width, width)),", '{type: AvgPool2d, kernel_size: ["${width}", "${width}"]}'),
    ],
)
def test_arguments_that_the_spec_has(call: str, layer: str) -> None:
    assert fixed(spec(f"  a: {call}\n", more=ARGS)) == spec(f"  a: {layer}\n", more=ARGS)


def test_statements_with_arguments_that_the_spec_has() -> None:
    code = "  self.a = nn.Sequential(\n      nn.Dropout(rate),\n      nn.ReLU())\n"
    right = '  a: {layers: [{type: Dropout, p: "${rate}"}, ReLU]}\n'
    read = ARGS.replace(", width: 8", "")  # the other is read by nothing (W1021)
    assert fixed(spec(code, more=ARGS), is_unsafe=True) == spec(right, more=read)


def test_arguments_that_it_has_not() -> None:
    text = spec("  a: nn.Dropout(p=rate)\n")
    assert helps(text) == ['write {type: Dropout, p: "${rate}"}, with args: {rate: …} above']
    assert fixed(text, is_unsafe=True) == text


def test_a_list_of_calls_is_a_group_whatever_they_name() -> None:
    text = spec("  c:\n    - nn.Dropout(p=rate)\n    - nn.ReLU()\n")
    assert helps(text) == ["put the list under layers: of a group"]
    assert fixed(text) == spec("  c:\n    layers:\n      - nn.Dropout(p=rate)\n      - ReLU\n")


@pytest.mark.parametrize(
    ("written", "layer"),
    [
        ("torch.cat([a, b], dim=1)", "{type: Cat, from: [a, b], dim: 1}"),
        ("torch.cat((a, b), -1)", "{type: Cat, from: [a, b], dim: -1}"),
        ("torch.stack([a, b], dim=2)", "{type: Stack, from: [a, b], dim: 2}"),
        ("torch.add(a, b)", "{type: Add, from: [a, b]}"),
        ("a + b", "{type: Add, from: [a, b]}"),
        ("a + b + input", "{type: Add, from: [a, b, input]}"),
        ("a*b", "{type: Mul, from: [a, b]}"),
        ("a - b", "{type: Sub, from: [a, b]}"),
        ("a * 2", "{type: Mul, from: a, value: 2}"),
        ("{type: Add, a, b}", "{type: Add, from: [a, b]}"),
        ("{type: Cat, [a, b], dim: 1}", "{type: Cat, from: [a, b], dim: 1}"),
    ],
)
def test_what_joins_layers(written: str, layer: str) -> None:
    assert fixed(spec(f"{TWO}  j: {written}\n")) == spec(f"{TWO}  j: {layer}\n")


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("x + a", "where x is a layer here, write {type: Add, from: [x, a]}"),
        ("Conv2d + ReLU", "write Conv2d and ReLU as layers of their own, each on a line"),
        ("Global-Pool", "`archspec ops` lists all there are"),
        ("{type: Add, a, c}", "write from: [a, c]"),
        ("torch.cat([a, b])", "write {type: Cat, …}: the arguments are keys"),
        ("{type: ReLU, a}", "the keys are inplace; and of any layer from, repeat, when, for, init, freeze"),
    ],
)
def test_what_names_no_layers_has_no_fix(written: str, help: str) -> None:
    text = spec(f"{TWO}  j: {written}\n")
    (found,) = checked(text).diagnostics
    assert (found.help, found.fix) == (help, None)
    assert fixed(text, is_unsafe=True) == text
