"""Receptive fields of small random networks with branches, against the support of the gradient."""

from __future__ import annotations

import json
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from support import checked, spec

from archspec.backends.torch import generate
from archspec.checking import check
from archspec.facts.model import AxisField, Scattered, Unknown, Whole
from archspec.running.build import build

SIDE = 61


@st.composite
def networks(draw: DrawFn) -> dict[str, Any]:
    """A chain of windows over one axis, in the middle of which there may be branches that are added or joined."""

    def window(name: str, source: str | None = None, same: bool = False) -> dict[str, Any]:
        kind = draw(st.sampled_from(["conv", "average", "pad"])) if not same else "conv"
        kernel = draw(st.sampled_from([1, 3, 5] if same else [1, 2, 3, 4]))
        dilation = draw(st.integers(1, 2))
        layer: dict[str, Any]
        if kind == "average" and not same:
            layer = {
                "type": "AvgPool1d",
                "kernel_size": kernel,
                "stride": draw(st.integers(1, 2)),
                "padding": kernel // 2,
            }
        elif kind == "pad":
            layer = {"type": "ZeroPad1d", "padding": [draw(st.integers(0, 2)), draw(st.integers(0, 2))]}
        else:
            layer = {"type": "Conv1d", "out_channels": 1, "kernel_size": kernel, "dilation": dilation, "bias": False,
                     "stride": 1 if same else draw(st.integers(1, 2)),
                     "padding": dilation * (kernel - 1) // 2 if same else draw(st.integers(0, 2))}  # fmt: skip
        return {name: {**layer, **({"from": source} if source else {})}}

    layers: dict[str, Any] = {}
    for i in range(draw(st.integers(1, 3))):
        layers.update(window(f"a{i}"))
    last = list(layers)[-1]
    if draw(st.booleans()):
        layers.update(window("left", last, same=True))
        layers.update(window("right", draw(st.sampled_from([last, "left"])), same=True))
        layers["joined"] = {"type": draw(st.sampled_from(["Add", "Cat"])), "from": ["left", "right"]}
        if layers["joined"]["type"] == "Cat":
            layers["joined"]["dim"] = 1
        layers.update(window("b0"))
    return {"archspec": 1, "name": "Net", "input": [1, SIDE], "layers": layers}


@settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(networks())
def test_the_field_is_the_support_of_the_gradient(document: dict[str, Any]) -> None:
    result = check("net.json", json.dumps(document).encode())
    if not result.ok:
        return
    assert result.facts is not None
    facts = result.facts
    record = facts.of(facts.graph.layers[-1])
    assert record.field is not None
    (field,) = record.field
    assert isinstance(field, AxisField), field
    model = build(generate(facts).text, "Net").double()
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.0)
    x = torch.rand(1, 1, SIDE, dtype=torch.float64, requires_grad=True)
    y = model(x)
    for position in (y.shape[2] // 2, y.shape[2] // 2 + 1):
        if position >= y.shape[2]:
            continue
        (grad,) = torch.autograd.grad(y[0, :, position].sum(), x, retain_graph=True)
        found = grad[0, 0].nonzero().flatten().tolist()
        first = position * field.stride - field.padding
        inside = [i for i in range(first, first + field.size) if 0 <= i < SIDE]
        assert (found or [0])[0] >= inside[0] if inside else not found
        if first >= 0 and first + field.size <= SIDE:  # the window lies inside, so nothing of it is cut off
            assert (found[0], found[-1]) == (inside[0], inside[-1]), document


def field(layers: str, name: str, input: str = "[3, 32, 32]") -> Any:
    result = checked(spec(layers, input))
    assert result.facts is not None, result.diagnostics
    node = next(node for node in result.facts.graph.layers if node.path == name)
    return result.facts.of(node).field


def test_branches() -> None:
    both = "  a: {type: Conv2d, out_channels: 3, kernel_size: 3, padding: 1}\n  b: {type: Conv2d, out_channels: 3, kernel_size: 7, padding: 3, from: input}\n"
    assert field(both + "  c: {type: Add, from: [a, b]}\n", "c") == (AxisField(7, 1, 3),) * 2
    assert field(both + "  c: {type: Add, from: [b, a]}\n", "c") == (AxisField(7, 1, 3),) * 2
    assert field(both + "  c: {type: Add, from: [a, input]}\n", "c") == (AxisField(3, 1, 1),) * 2
    off = "  a: {type: ZeroPad2d, padding: [2, 0, 2, 0]}\n  b: {type: ZeroPad2d, padding: [0, 2, 0, 2], from: input}\n  c: {type: Add, from: [a, b]}\n"
    assert field(off, "c") == (AxisField(3, 1, 2, has_gaps=True),) * 2, "one branch looks two back, the other none"


def test_what_has_no_window() -> None:
    again = "  a: {type: MaxPool2d, kernel_size: 2}\n  b: {type: Upsample, scale_factor: 2}\n  c: {type: Add, from: [b, input]}\n"
    assert all(isinstance(axis, Scattered) and axis.size == 2 for axis in field(again, "c")), (
        "the same two for both of them"
    )
    halves = ("  a: {type: Conv2d, out_channels: 3, kernel_size: 1, stride: 2}\n  b: {type: Slice, dim: 2, stop: 16, from: input}\n"
              "  c: {type: Slice, dim: 3, stop: 16}\n  d: {type: Add, from: [a, c]}\n")  # fmt: skip
    assert field(halves, "d") == (Unknown("its branches have different strides", at_least=1, at_most=16),) * 2
    whole = "  a: {type: AdaptiveAvgPool2d, output_size: 1}\n  b: {type: Add, from: [a, input]}\n"
    assert field(whole, "b") == (Whole(), Whole())
    turned = "  a: {type: Transpose, dim0: 2, dim1: 3}\n  b: {type: Add, from: [a, input]}\n"
    assert all(isinstance(axis, Unknown) for axis in field(turned, "b")), "rows in one branch, columns in the other"


def test_transposed_convolutions() -> None:
    """By hand: with a stride of 2, outputs in even places have one tap of three over a pixel, those between have two."""
    text = "  a: {{type: ConvTranspose2d, out_channels: 2, kernel_size: 3, stride: {}, padding: 1}}\n"
    assert field(text.format(1), "a") == (AxisField(3, 1, 1),) * 2
    rows, columns = field(text.format(2), "a")
    assert (rows.at_least, rows.at_most) == (1, 2)
    assert rows.law == columns.law
    assert rows.law[:2] == (1, (((0, 0),), ((0, 1),)))


def test_inputs_that_do_not_agree_have_no_field() -> None:
    text = ("archspec: 1\nname: Two\ninputs: {a: {shape: [3, 32, 32]}, b: {shape: [3, 32, 32]}}\nlayers:\n"
            "  c: {type: Conv2d, out_channels: 3, kernel_size: 3, padding: 1, from: a}\n  d: {type: Add, from: [c, b]}\n  e: {type: Add, from: [a, b]}\n")  # fmt: skip
    result = checked(text)
    assert result.facts is not None
    fields = {node.path: result.facts.of(node).field for node in result.facts.graph.layers}
    assert fields["d"] is None
    assert fields["e"] == (AxisField(1, 1, 0),) * 2
