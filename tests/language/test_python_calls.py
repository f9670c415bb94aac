"""Layers as PyTorch's code has them, or as lists: what is said can be put there, and is tried."""

from __future__ import annotations

import inspect
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import checked, helps, spec, told

from archspec.document.tree import Scalar
from archspec.expand.python_calls import call_ways
from archspec.expand.python_functions import _FUNCTIONAL
from archspec.expand.python_values import _NOT_CALLED, fields_of
from archspec.fixing import fix
from archspec.ops import registry

CONV = "{type: Conv2d, in_channels: 3, out_channels: 96, kernel_size: 11, stride: 4}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nn.Conv2d(3, 96, 11, stride=4)", CONV),
        ("torch.nn.Conv2d(3, 96, 11, 4, device=None)", CONV),
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
    "call", ["Conv2d(3, f(n), 11)", "Conv2d(3, 96, 11, foo=4)", "Conv2d(*[3])", "Conv2d(3, 96, 11, out_channels=1)"]
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
            ours = fields_of(name)
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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nn.Conv2d(3, 8, 3, dtype=torch.float64)", "dtype"),
        ("nn.Conv2d(3, 8, 3, device='cuda:0')", "device"),
        ("Conv2D(8, 3, activation=my.own)", "activation"),
    ],
)
def test_what_is_lost_is_said_and_never_safe(written: str, meant: str) -> None:
    text = spec(f"  - {written}\n")
    (found,) = checked(text).diagnostics
    assert found.help.endswith(f", without {meant}")
    assert found.fix is not None
    assert not found.fix.is_safe


@pytest.mark.parametrize("written", ["None", "0", "False"])
def test_truth_is_as_python_takes_it(written: str) -> None:
    text = spec(f"  - nn.Conv2d(3, 8, 3, bias={written})\n")
    meant = "{type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, bias: false}"
    assert fix("a.yaml", text.encode()).after.decode() == spec(f"  - {meant}\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x.view(x.size(0), -1)", "Flatten"),
        ("x.view(len(x), -1)", "Flatten"),
        ("x.reshape(x.shape[0], -1)", "Flatten"),
        ("x.view(-1, 2 * 6)", '{type: Reshape, shape: ["${2 * 6}"]}'),
        ("torch.flatten(x, 1)", "Flatten"),
        ("x.flatten(1)", "Flatten"),
        ("F.relu(self.conv(x))", "{type: ReLU, from: conv}"),
        ("x = F.relu(x)", "ReLU"),
        ("F.dropout(x, 0.5, training=self.training)", "{type: Dropout, p: 0.5}"),
        ("F.max_pool2d(x, 2)", "{type: MaxPool2d, kernel_size: 2}"),
        ("F.max_pool2d(x, 2, 1, 0, 1, True)", "{type: MaxPool2d, kernel_size: 2, stride: 1, padding: 0, dilation: 1, ceil_mode: true}"),
        ("F.log_softmax(x, dim=1)", "{type: LogSoftmax, dim: 1}"),
    ],
)  # fmt: skip
def test_a_function_of_a_tensor(written: str, meant: str) -> None:
    text = spec(f"  conv: {{type: Conv2d, out_channels: 3, kernel_size: 1}}\n  a: {written}\n", "[3, 2, 2]")
    (found,) = checked(text).diagnostics
    assert found.help == f"write {meant}"
    assert found.fix is not None
    assert not found.fix.is_safe
    assert found.fix.edits[0].replacement == meant


@pytest.mark.parametrize("written", ["F.linear(x, w)", "x.view(a * b, -1)", "F.relu(x, *y)", "x.view(-1)"])
def test_a_function_that_is_no_layer(written: str) -> None:
    (found,) = checked(spec(f"  a: {written}\n")).diagnostics
    assert (found.code, found.fix) == ("E0104", None)


@pytest.mark.parametrize(("written", "meant"), [
    ("torch.flatten(x)", "write Flatten"), ("x.flatten()", "write Flatten"),
    ("torch.relu(conv).flatten()", "write a group: {from: conv, layers: [ReLU, Flatten]}"),
])  # fmt: skip
def test_a_flatten_that_would_merge_the_batch(written: str, meant: str) -> None:
    text = spec(f"  conv: {{type: Conv2d, out_channels: 3, kernel_size: 1}}\n  a: {written}\n  b: {{type: Linear, out_features: 2}}\n",
                "[3, 2, 2]")  # fmt: skip
    (found,) = checked(text).diagnostics
    assert found.help == f"{meant}; without start_dim: 1 the function merges the batch, too, and the layer does not"
    assert found.fix is not None
    assert not found.fix.is_safe


def test_calls_within_calls() -> None:
    said = "one call within another is a layer of its own: write each on a line, without the tensors"
    assert helps(spec("  a: F.max_pool2d(self.relu(self.conv1(x)), 2)\n")) == [said]


def test_functions_take_their_arguments_in_the_order_of_pytorch() -> None:
    compared = 0
    for kind, ours in _FUNCTIONAL.items():
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower() + ("2d" if "Pool" in kind else "")
        function = {"Dropout": torch.nn.functional.dropout, "MaxPool": torch.nn.functional.max_pool2d_with_indices}.get(
            kind, getattr(torch.nn.functional, name.replace("soft_max", "softmax"), None)
        )
        if inspect.isfunction(function):
            theirs = [
                {"pad": "padding"}.get(key, key)
                for key in inspect.signature(function).parameters
                if not key.startswith("_")
            ][1:]
            if theirs == ["kwargs"]:
                continue
            assert tuple(theirs[: len(ours)]) == ours
            compared += 1
    assert compared > 8


LAYERS = "layers:\n{0}  - {{type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}}\n{0}  - ReLU\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("  a: nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n  )\n", "  a:\n    " + LAYERS.format("    ")),
        ("  a: nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n)\n  b: Tanh\n",
         "  a:\n    " + LAYERS.format("    ") + "  b: Tanh\n"),
        ("  a: nn.Sequential(\n      nn.Conv2d(\n          3,\n          8,\n          3,\n      ),\n      nn.ReLU()\n    )\n",
         "  a:\n    " + LAYERS.format("    ")),
        ("  - nn.Sequential(\n    nn.Conv2d(3, 8, 3), nn.ReLU(),\n  ),\n  - Tanh\n", "  - " + LAYERS.format("    ") + "  - Tanh\n"),
        ("  a: [\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n  ]\n", "  a:\n    " + LAYERS.format("    ")),
        ("  a:\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n", "  a:\n    " + LAYERS.format("    ")),
        ("  a: nn.Conv2d(\n    3,\n    8,\n    kernel_size=(3, 3),\n  )\n  b: Tanh\n",
         "  a: {type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: [3, 3]}\n  b: Tanh\n"),
        ("  a: {nn.Conv2d(3, 8, kernel_size=5, padding=2)}\n",
         "  a: {type: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 5, padding: 2}\n"),
        ("  a: {nn.Dropout(0.5)}\n", "  a: {type: Dropout, p: 0.5}\n"),
    ],
)  # fmt: skip
def test_calls_that_yaml_reads_otherwise(written: str, meant: str) -> None:
    text = spec(written)
    (found,) = checked(text).diagnostics
    assert found.fix is not None
    assert found.fix.is_safe
    fixed = fix("a.yaml", text.encode())
    assert (fixed.after.decode(), fixed.result.ok) == (spec(meant), True)


@pytest.mark.parametrize(
    "written",
    [
        "  a: nn.Sequential(\n    nn.Conv2d(3, 8, 3),  # first\n    nn.ReLU(),\n  )\n",
        "  a: nn.Sequential(\n    nn.Conv2d(3, n, 3),\n    nn.ReLU(),\n  )\n",
    ],
)
def test_a_call_with_more_than_layers_is_told_once(written: str) -> None:
    found = told(spec(written))
    assert found == [
        (
            "E0001",
            "a call of Python code over several lines, which is none in YAML",
            "write layers: with a layer a line",
        )
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("  a:\n    - {type: Conv2d, out_channels: 8, kernel_size: 1}\n    # of two\n    - ReLU\n",
         "  a:\n    layers:\n      - {type: Conv2d, out_channels: 8, kernel_size: 1}\n      # of two\n      - ReLU\n"),
        ("  a:\n  - type: Conv2d\n    out_channels: 8\n    kernel_size: 1\n  - ReLU\n  b: Tanh\n",
         "  a:\n    layers:\n      - type: Conv2d\n        out_channels: 8\n        kernel_size: 1\n      - ReLU\n  b: Tanh\n"),
        ("  a: [Tanh, ReLU]\n", "  a: {layers: [Tanh, ReLU]}\n"),
        ("  - [Tanh, ReLU]\n", "  - {layers: [Tanh, ReLU]}\n"),
    ],
)  # fmt: skip
def test_a_list_of_layers_is_a_group(written: str, meant: str) -> None:
    fixed = fix("a.yaml", spec(written).encode())
    assert (fixed.after.decode(), fixed.result.ok) == (spec(meant), True)


@pytest.mark.parametrize("between", ["; ", ";", ", "])
def test_calls_on_one_line_are_a_group(between: str) -> None:
    text = spec(f"  - nn.Conv2d(3, 16, 5){between}nn.Tanh()\n")
    right = "  - layers:\n      - {type: Conv2d, in_channels: 3, out_channels: 16, kernel_size: 5}\n      - Tanh\n"
    assert fix("a.yaml", text.encode()).after.decode() == spec(right)
