"""What the document's `init` names is checked, and what layers say of parameters that are not their own."""

from __future__ import annotations

import pytest
from support import checked, fixed, spec

import archspec
from archspec.diagnostics.model import Diagnostic

CONV = "  c: {type: Conv2d, out_channels: 3, kernel_size: 3}\n"


def errors(text: str) -> list[Diagnostic]:
    return [found for found in checked(text).diagnostics if found.severity == "error"]


@pytest.mark.parametrize(("init", "code", "at", "way"), [
    ("{Conv2d: {weigth: {normal: {std: 5.0}}}}", "E0201", "weigth", "write weight"),
    ("{Conv2d: {biass: 1}}", "E0201", "biass", "write bias"),
    ("{Conv2D: {weight: 1}}", "E0104", "Conv2D", "write Conv2d"),
    ("{LSTM: {weight_ih_l: 1}}", "E0201", "weight_ih_l", "write weight_ih_l0"),
    ("{B: {weight: 1}}", "E0104", "B", None),
    ("{ReLU: {weight: 1}}", "E0201", "weight", None),
    ("{Linear: {weight: nowhere}}", "E0105", "nowhere", None),  # no layer has the type
])  # fmt: skip
def test_what_there_is_not_is_an_error(init: str, code: str, at: str, way: str | None) -> None:
    (found,) = errors(spec(CONV, more=f"init: {init}\nblocks: {{B: {{layers: {{r: ReLU}}}}}}\n"))
    assert (found.code, found.span.text()) == (code, at)
    assert (found.fix.said if found.fix is not None else None) == way


@pytest.mark.parametrize("init", [
    "{Linear: {weight: 1}}", "{LSTM: {weight_ih_l3_reverse: 1}}", "{BatchNorm2d: {weight: 1}}", "{Parameter: {value: 1}}",
    "{MultiheadAttention: {out_proj.weight: 1}}",
])  # fmt: skip
def test_what_no_layer_here_has_is_none(init: str) -> None:
    assert errors(spec(CONV.replace("}", ", bias: false}"), more=f"init: {init}\n")) == []


def test_a_parameter_is_called_value() -> None:
    (found,) = errors(spec("  w: {type: Parameter, shape: [3], init: {w: 1}}\n"))
    assert (found.message, found.label) == ("w has no parameter w", "its parameter is value")


@pytest.mark.parametrize("target", ["token", "token.value", "token.weight"])
def test_a_parameter_may_be_tied_by_its_own_name(target: str) -> None:
    text = spec(
        "  token: {type: Parameter, shape: [3, 32, 32]}\n  other: {type: Parameter, shape: [3, 32, 32], "
        f"tie: {{value: {target}}}}}\n  add: {{type: Add, from: [input, token, other]}}\n"
    )
    module = archspec.build(archspec.parse(text))
    assert module.other is module.token
    assert checked(text).facts.totals.params == 3 * 32 * 32


TIED = """  a: {type: Linear, out_features: 4%s}
  b: {type: Linear, out_features: 4, tie: {weight: a.weight}%s}
"""


@pytest.mark.parametrize(("first", "second", "said"), [
    ("", ", init: {weight: 0}", ["b says how its weight starts, which is a.weight"]),
    ("", ", init: {bias: 0}, freeze: [bias]", []),
    ("", ", freeze: [weight]", ["b freezes its weight, which is a.weight, and that trains"]),
    ("", ", freeze: true", ["b freezes its weight, which is a.weight, and that trains"]),
    (", freeze: [weight]", ", freeze: true", []),
    (", init: {weight: 0}", "", []),
])  # fmt: skip
def test_of_a_tied_parameter_its_own_layer_speaks(first: str, second: str, said: list[str]) -> None:
    text = spec(TIED % (first, second), "[4]", more="init: {Linear: {weight: 1}}\n")
    assert [(found.code, found.message) for found in errors(text)] == [("E0106", message) for message in said]


def test_a_parameter_of_a_module_inside_may_be_tied() -> None:
    layer = "{type: MultiheadAttention, num_heads: 2, batch_first: true"
    text = spec(f"  a: {layer}}}\n  b: {layer}, tie: {{out_proj.weight: a.out_proj.weight}}}}\n", "[5, 4]")
    module = archspec.build(archspec.parse(text))
    assert module.b.out_proj.weight is module.a.out_proj.weight


@pytest.mark.parametrize(("key", "right"), [
    ("freeze: [biases]", "freeze: [bias]"),
    ("freeze:\n      - biases  # not these\n", "freeze:\n      - bias  # not these\n"),
    ("freeze: [weights, biasses]", "freeze: [weight, bias]"),
    ("init: {weights: zeros}", "init: {weight: zeros}"),
    ("constraint: {weights: {max_norm: 2}}", "constraint: {weight: {max_norm: 2}}"),
    ("tie: {weights: a.weight}", "tie: {weight: a.weight}"),
    ("tie: {weight: a.weights}", "tie: {weight: a.weight}"),
])  # fmt: skip
def test_a_parameters_name_that_is_nearly_one(key: str, right: str) -> None:
    layer = (
        "  b: {{type: Linear, out_features: 4, {}}}\n"
        if "\n" not in key
        else "  b:\n    type: Linear\n    out_features: 4\n    {}"
    )
    text = spec("  a: {type: Linear, out_features: 4}\n  relu: ReLU\n" + layer.format(key), "[4]")
    (found,) = errors(text)
    assert (found.code, "has no parameter" in found.message) == ("E0201", True)
    assert fixed(text, is_unsafe=True) == text.replace(key, right)


@pytest.mark.parametrize("key", ["freeze: [weight, weights]", "init: {weights: 1, weight: 0}", "freeze: [gamma]"])
def test_a_parameter_is_not_named_twice_nor_guessed(key: str) -> None:
    text = spec(f"  b: {{type: Linear, out_features: 4, {key}}}\n", "[4]")
    assert fixed(text, is_unsafe=True) == text


@pytest.mark.parametrize(("freeze", "code", "at", "message"), [
    ("[weight, 1]", "E0105", "1", "c: freeze takes names of its parameters, and 1 is none"),
    ('[weight, "${3}"]', "E0105", "${3}", "c: freeze takes names of its parameters, and 3 is none"),
    ("[weight, [bias]]", "E0105", "[bias]", "c: freeze takes names of its parameters, and a list is none"),
    ('[weight, "${x}"]', "E0502", "x", "c: there is no value called x here"),
    ('["${1 // 0}"]', "E0503", None, None),
    ("3", "E0105", "3", "c: freeze takes true, false, or a list of its parameters, not 3"),
])  # fmt: skip
def test_what_is_no_name_in_freeze_is_told_once(freeze: str, code: str, at: str | None, message: str | None) -> None:
    (found,) = errors(spec(CONV.replace("3}", f"3, freeze: {freeze}}}")))
    assert found.code == code
    assert at is None or found.span.text().strip('"') == at
    assert message is None or found.message == message
