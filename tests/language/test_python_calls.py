"""Layers as PyTorch's code has them, or as lists: what is said can be put there, and is tried."""

from __future__ import annotations

import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import checked, helps, spec

from archspec.document.tree import Scalar
from archspec.expand.python_calls import _NOT_CALLED, _fields, call_ways
from archspec.fixing import fix
from archspec.ops import registry

CONV = "{type: Conv2d, in_channels: 3, out_channels: 96, kernel_size: 11, stride: 4}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nn.Conv2d(3, 96, 11, stride=4)", CONV),
        ("torch.nn.Conv2d(3, 96, 11, 4, device='cpu')", CONV),
        ("Conv2d(3, 96, kernel_size=(11, 11), padding='same')",
         "{type: Conv2d, in_channels: 3, out_channels: 96, kernel_size: [11, 11], padding: same}"),
        ("nn.LeakyReLU(0.2, False)", "{type: LeakyReLU, negative_slope: 0.2, inplace: false}"),
        ("nn.MaxPool2d(3, 2)", "{type: MaxPool2d, kernel_size: 3, stride: 2}"),
        ("nn.Linear(2 * 16, 5, bias=False)", '{type: Linear, in_features: "${2 * 16}", out_features: 5, bias: false}'),
        ("nn.BatchNorm2d(3, eps=1e-3)", "{type: BatchNorm2d, num_features: 3, eps: 0.001}"),
        ("nn.Flatten()", "Flatten"),
    ],
)  # fmt: skip
def test_a_call(written: str, meant: str) -> None:
    for before in ("a: ", "- "):
        text = spec(f"  {before}{written}\n")
        assert helps(text) == [f"write {meant}"]
        fixed = fix("a.yaml", text.encode())
        assert (fixed.after.decode(), fixed.result.ok) == (spec(f"  {before}{meant}\n"), True)


def test_a_call_as_a_type() -> None:
    for layer, meant in (
        ("{type: 'nn.MaxPool2d(3, 2)', padding: 1}", "{type: MaxPool2d, kernel_size: 3, stride: 2, padding: 1}"),
        (
            "\n    type: nn.MaxPool2d(3, 2)\n    padding: 1",
            "\n    type: MaxPool2d\n    kernel_size: 3\n    stride: 2\n    padding: 1",
        ),
    ):
        fixed = fix("a.yaml", spec(f"  a: {layer}\n").encode())
        assert (fixed.after.decode(), fixed.result.ok) == (spec(f"  a: {meant}\n"), True)


@pytest.mark.parametrize(
    "call", ["Conv2d(3, n, 11)", "Conv2d(3, 96, 11, foo=4)", "Conv2d(*[3])", "Conv2d(3, 96, 11, out_channels=1)"]
)
def test_a_call_whose_arguments_are_no_values(call: str) -> None:
    (found,) = checked(spec(f"  - {call}\n")).diagnostics
    assert (found.help, found.fix) == ("write {type: Conv2d, …}: the arguments are keys", None)


@pytest.mark.parametrize(
    ("layers", "help"),
    [
        ("[Linear, 4096]", "write {type: Linear, out_features: 4096}"),
        ("[Linear, 32, 5]", "write {type: Linear, in_features: 32, out_features: 5}"),
        ("[Conv2d, 96, 11]", "write {type: Conv2d, out_channels: 96, kernel_size: 11}"),
        ("[Conv2d, 3, 96, 11, 4]", "write " + CONV),
        ("[Conv2d, 96, 11, 4]", "write {type: Conv2d, out_channels: 96, kernel_size: 11, stride: 4}"),
        ("[relu]", "write ReLU"),
        ("[foo]", "write a: {type: …}; `archspec ops` lists the types"),
        ("3", "write a: {type: …}; `archspec ops` lists the types"),
    ],
)  # fmt: skip
def test_a_list(layers: str, help: str) -> None:
    assert helps(spec(f"  a: {layers}\n")) == [help]


@pytest.mark.parametrize("key", ["class", "layer", "op", "kind", "class_name"])
def test_the_type_under_another_name(key: str) -> None:
    text = spec(f"  a: {{{key}: Linear, out_features: 4}}\n")
    (found,) = checked(text).diagnostics
    assert (found.code, found.span.text(), found.help) == ("E0102", key, "write type: Linear")
    assert fix("a.yaml", text.encode()).after.decode() == text.replace(f"{key}:", "type:")


def test_a_layer_without_a_type() -> None:
    assert helps(spec("  dense2: {out_features: 4}\n")) == ["add type: Linear"]
    listed = "write g: {type: …}, or layers: for a group; `archspec ops` lists the types"
    assert helps(spec("  g: {out_features: 4}\n")) == [listed]
    assert helps(spec("  dense2: {kernel_size: 4}\n")) == [listed.replace("g:", "dense2:", 1)]


def test_arguments_stand_in_the_order_of_pytorch() -> None:
    compared = 0
    for name in registry.names():
        module = getattr(torch.nn, name, None)
        if module is None or name in _NOT_CALLED:
            continue
        theirs = [key for key in inspect.signature(module).parameters if key not in ("device", "dtype")]
        if theirs != ["args", "kwargs"]:
            ours = _fields(name)
            assert ours[: len(theirs)] == theirs[: len(ours)]
            compared += 1
    assert compared > 60


@given(st.text(alphabet="nCov2d(),.3*[]{}='\\\" -:", max_size=60))
def test_any_text(text: str) -> None:
    (found,) = checked(spec("  a: x\n")).diagnostics
    for way in call_ways(f"ReLU({text}", Scalar(text, text, False, found.span), found.span):
        assert way.edits


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nn.Conv2d(3, 96, 11),", "{type: Conv2d, in_channels: 3, out_channels: 96, kernel_size: 11}"),
        ("nn.ReLU(),", "ReLU"),
    ],
)
def test_a_comma_behind_a_call(written: str, meant: str) -> None:
    assert fix("a.yaml", spec(f"  - {written}\n").encode()).after.decode() == spec(f"  - {meant}\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Conv2d(8, 3)", "{type: Conv2d, out_channels: 8, kernel_size: 3}"),
        ("self.conv1 = nn.Conv2d(3, 8, 3)", "{type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}"),
        ("MaxPooling2D(2)", "{type: MaxPool2d, kernel_size: 2}"),
        ("Conv2D(8, 3)", "{type: Conv2d, out_channels: 8, kernel_size: 3}"),
        ("Conv2D(8, 3, strides=2)", "{type: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}"),
    ],
)
def test_calls_that_are_said_and_not_surely_meant(written: str, meant: str) -> None:
    """An argument is missing, a name would be lost, or the library is another."""
    text = spec(f"  - {written}\n")
    assert [found.help for found in checked(text).diagnostics] == [f"write {meant}"]
    assert fix("a.yaml", text.encode()).after.decode() == text
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == spec(f"  - {meant}\n")


def test_an_activation_among_the_arguments_is_a_layer_below() -> None:
    text = spec("  - Conv2D(8, 3, activation='relu')\n")
    fixed = fix("a.yaml", text.encode(), is_unsafe=True).after.decode()
    assert fixed == spec("  - {type: Conv2d, out_channels: 8, kernel_size: 3}\n  - ReLU\n")
