"""Specs with very many of one thing: what is computed for them is counted, and what is said of them is said once."""

from __future__ import annotations

import sys

import pytest
from support import checked, spec

from archspec.diagnostics.model import Diagnostic
from archspec.facts import instance, parameters, receptive_field, shapes
from archspec.facts.model import AxisField, Facts
from archspec.limits import MAX_LAYERS
from archspec.ops import value
from archspec.ops.base import Tensor


def facts(text: str) -> Facts:
    result = checked(text)
    assert result.facts is not None
    assert result.ok, result.diagnostics
    return result.facts


def errors(text: str) -> list[Diagnostic]:
    return [diagnostic for diagnostic in checked(text).diagnostics if diagnostic.severity == "error"]


def images(count: int) -> str:
    inputs = "".join(f"  x{i}: [3, 8, 8]\n" for i in range(count))
    add = f"  add: {{type: Add, from: [{', '.join(f'x{i}' for i in range(count))}]}}\n"
    conv = "  c: {type: Conv2d, out_channels: 2, kernel_size: 3}\n  r: {type: ReLU, repeat: 5}\n"
    return f"archspec: 1\nname: E\ninputs:\n{inputs}layers:\n{add}{conv}"


@pytest.mark.parametrize("count", [2, 3, receptive_field.MAX_FIELD_INPUTS])
def test_fields_of_several_inputs(count: int) -> None:
    assert facts(images(count)).layers[-1].field == (AxisField(3, 1, 0),) * 2


def test_fields_of_very_many_inputs_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    joined: list[object] = []
    step = receptive_field.step_through
    monkeypatch.setattr(receptive_field, "step_through", lambda *given: (joined.append(given), step(*given))[1])
    found = facts(images(200))
    assert [record.field for record in found.layers[200:]] == [None] * 7
    assert len(joined) <= 4 * (receptive_field.MAX_FIELD_INPUTS + 1)


LAYER = "  a: {type: Linear, out_features: 4, %s}\n"


@pytest.mark.parametrize(("layer", "said"), [
    ("init: {weight: 0, bias: 1}, repeat: 5", []),
    ("init: {wait: 0}", ["a has no parameter wait"]),
    ("init: {wait: 0, bias: 1, bios: 2}, repeat: 5", ["a.0 has no parameters wait, bios"]),
    ("constraint: {w: {max_norm: 3}}, init: {v: 0}, repeat: 2", ["a.0 has no parameter v", "a.0 has no parameter w"]),
])  # fmt: skip
def test_names_of_parameters(layer: str, said: list[str]) -> None:
    assert sorted(d.message for d in errors(spec(LAYER % layer, "[4]"))) == said


def test_very_many_wrong_names_are_one_error() -> None:
    names = ", ".join(f"p{i}: 0" for i in range(1000))
    (found,) = errors(spec(LAYER % f"init: {{{names}}}, repeat: 1000", "[4]"))
    assert found.code == "E0201"
    assert found.message.startswith("a.0 has no parameters p0, p1, ")
    assert found.notes == ("the same in a.1, a.2, a.3 and 996 more",)
    assert len(found.message) < 200


def test_names_are_looked_up_in_each_use_that_has_other_parameters() -> None:
    layers = LAYER % "bias: '${i > 0}', init: {bias: 0}, repeat: 2"
    assert [(d.code, d.layer) for d in errors(spec(layers, "[4]"))] == [("E0201", "a.0")]


LSTM = "  r%d: {type: LSTM, hidden_size: 2, num_layers: 5, batch_first: true, bidirectional: true, from: %s}\n"


@pytest.mark.parametrize(("most", "said"), [
    (120, []),  # 3 LSTMs of 5 layers, 2 directions, 4 tensors
    (119, ["the network would have more than 119 parameter tensors"]),
    (10, ["the network would have more than 10 parameter tensors"]),
])  # fmt: skip
def test_parameter_tensors(most: int, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "MAX_PARAMETERS", most)
    layers = "".join(LSTM % (i, f"r{i - 1}.output" if i else "input") for i in range(3))
    result = checked(spec(layers, "[7, 2]", "outputs: {o: r2.output}\n"))
    assert [d.message for d in result.diagnostics if d.severity == "error"] == said
    assert result.facts is not None
    assert [record.outputs is None for record in result.facts.layers].count(True) == {120: 0, 119: 1, 10: 3}[most]


def test_two_parameters_for_each_layer_of_the_largest_network() -> None:
    assert parameters.MAX_PARAMETERS >= 2 * MAX_LAYERS


def test_all_ties_of_a_layer() -> None:
    layers = "  a: {type: Linear, out_features: 4}\n  b: {type: Linear, out_features: 4, tie: {bias: a.bias, weight: a.weight}}\n"
    graph = facts(spec(layers, "[4]")).graph
    assert [(tie.parameter, tie.node, tie.of) for tie in graph.nodes[2].ties] == [
        ("bias", 1, "bias"),
        ("weight", 1, "weight"),
    ]


def test_very_many_ties() -> None:
    ties = ", ".join(f"w{i}: a.weight" for i in range(100_000))
    layers = f"  a: {{type: Linear, out_features: 4}}\n  b: {{type: Linear, out_features: 4, tie: {{{ties}}}}}\n"
    result = checked(spec(layers, "[4]"))
    assert [d.code for d in result.diagnostics if d.severity == "error"] == ["E0201"]
    assert result.graph is not None
    assert len(result.graph.nodes[2].ties) == 100_000


def test_outputs_of_a_layer_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[None] = []
    count = instance.count
    monkeypatch.setattr(instance, "count", lambda tensor: (counted.append(None), count(tensor))[1])
    found = facts(spec("  u: {type: Unbind, dim: 1}\n  r: {type: ReLU, from: u.7}\n", "[10000, 3]"))
    assert len(counted) == 3
    assert found.layers[1].activation_bytes == 10000 * 3 * 4


UNBIND = (
    "".join(f"  u{i}: {{type: Unbind, dim: 1, from: input}}\n" for i in range(3)) + "  r: {type: ReLU, from: u2.0}\n"
)


@pytest.mark.parametrize(("most", "known"), [(32, 5), (31, 4), (30, 3), (21, 3), (20, 2), (5, 1)])
def test_tensors(most: int, known: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The input gives one, three layers ten each, and the last one again one: a network of 32."""
    monkeypatch.setattr(shapes, "MAX_TENSORS", most)
    result = checked(spec(UNBIND, "[10]"))
    said = [(d.code, d.message) for d in result.diagnostics if d.severity == "error"]
    assert said == ([("E0007", f"the layers would give more than {most} tensors")] if most < 32 else [])
    assert result.facts is not None
    assert [record.outputs is not None for record in result.facts.layers] == [True] * known + [False] * (5 - known)


@pytest.mark.parametrize(("times", "said"), [(62, []), (63, [("E0302", "a.62 would give a tensor of 65 axes")]), (200, [("E0302", "a.62 would give a tensor of 65 axes")])])  # fmt: skip
def test_axes(times: int, said: list[tuple[str, str]]) -> None:
    layers = f"  a: {{type: Unsqueeze, dim: 1, repeat: {times}}}\n"
    assert [(d.code, d.message) for d in errors(spec(layers, "[4]"))] == said


@pytest.mark.parametrize(("axes", "said"), [(64, []), (65, ["E0302"])])
def test_axes_of_a_parameter(axes: int, said: list[str]) -> None:
    layers = f"  a: ReLU\n  c: {{type: Parameter, shape: [{', '.join('1' * axes)}], repeat: 20}}\n  b: {{type: ReLU, from: a}}\n"
    assert [d.code for d in errors(spec(layers, "[4]"))] == said


@pytest.mark.parametrize("type", ["Buffer", "Constant"])
def test_numbers_of_a_repeat_are_looked_at_once(type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shaped: list[object] = []
    of = value._of
    monkeypatch.setattr(value, "_of", lambda *given: (shaped.append(given), of(*given))[1])
    layers = f"  a: ReLU\n  c: {{type: {type}, value: [[1, 2.5], [3, 4]], repeat: 50}}\n  b: {{type: ReLU, from: a}}\n"
    found = facts(spec(layers, "[4]"))
    assert found.layers[30].outputs == {"output": Tensor((2, 2))}
    assert found.layers[30].buffers == (4 if type == "Buffer" else 0)
    assert len(shaped) == 1


@pytest.mark.parametrize("op", ["Add", "Mul", "Maximum", "Minimum", "Cat", "Stack"])
def test_work_grows_as_the_number_of_tensors_that_are_read(op: str) -> None:
    """Calls of functions, counted: four times the tensors take at most about four times as many."""

    def calls(count: int) -> int:
        made = [0]
        text = spec(f"  a: ReLU\n  b: {{type: {op}, from: [{', '.join(['a'] * count)}]}}\n", "[4]")

        def count_one(frame: object, event: str, argument: object) -> None:
            made[0] += event == "call"

        checked(text)
        before = sys.getprofile()
        sys.setprofile(count_one)
        try:
            checked(text)
        finally:
            sys.setprofile(before)
        return made[0]

    base, few, many = calls(2), calls(102), calls(402)
    assert many - base < 4.5 * (few - base)
