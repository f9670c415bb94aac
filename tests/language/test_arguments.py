"""Declarations of arguments that are in error: said once, where they stand, and nothing of the layers that read them."""

from __future__ import annotations

import pytest
from support import checked, codes, told

from archspec.backends.torch import generate
from archspec.expand.layer import COMMON_KEYS, CONTROL_KEYS
from archspec.ops import registry
from archspec.running.build import build

BLOCK = """\
archspec: 1
name: Example
input: [8]
blocks:
  B:
    args: {%s}
    layers:
      a: {type: Linear, out_features: "${%s}"}
layers:
  b: {type: B}
  c: {type: B, %s: 5}
"""
DOCUMENT = 'archspec: 1\nname: Example\ninput: [8]\nargs: {%s}\nlayers:\n  a: {type: Linear, out_features: "${%s}"}\n'


@pytest.mark.parametrize(
    ("written", "name", "code", "help"),
    [
        ("channels: integer", "channels", "E0105", "write channels: int, or the text in quotes"),
        ("channels: Int", "channels", "E0105", "write channels: int, or the text in quotes"),
        ("channels: itn", "channels", "E0105", "write channels: int, or the text in quotes"),
        ("channels: intger", "channels", "E0105", "write channels: int, or the text in quotes"),
        ("channels: boolean", "channels", "E0105", "write channels: bool, or the text in quotes"),
        ("channels: string", "channels", "E0105", "write channels: str, or the text in quotes"),
        ("channels: number", "channels", "E0105", "write channels: float, or the text in quotes"),
        ("channels: array", "channels", "E0105", "write channels: list, or the text in quotes"),
        ("channels", "channels", "E0105", "write channels: int, or a default such as channels: 1"),
        ("layers: 5", "layers", "E0107", "call it num_layers"),
        ("doc: 5", "doc", "E0107", "call it doc1"),
        ("class: 5", "class", "E0107", "call it class1"),
    ],
)
def test_a_wrong_declaration_is_one_error(written: str, name: str, code: str, help: str) -> None:
    assert [(found[0], found[2]) for found in told(DOCUMENT % (written, name))] == [(code, help)]
    text = BLOCK % (written, name, name)
    if name not in ("layers", "doc", "class"):
        assert [(found[0], found[2]) for found in told(text)] == [(code, help)]


@pytest.mark.parametrize(
    "default", ["ReLU", "float32", "int64", "last", "linear", "strong", '"integer"', "'string'", "same", "null", "~", "mean"]
)  # fmt: skip
def test_texts_stay_defaults(default: str) -> None:
    text = f"archspec: 1\nname: Example\ninput: [8]\nargs: {{act: {default}}}\nlayers: [ReLU]\n"
    assert codes(text) == ["W1021"]  # nothing reads it


def test_a_let_value_with_a_name_that_is_not_allowed_is_one_error() -> None:
    text = 'archspec: 1\nname: Example\ninput: [8]\nlet: {len: 5}\nlayers:\n  a: {type: Linear, out_features: "${len * 2}"}\n'
    assert codes(text)[0] == "E0107"


SLOPES = """\
archspec: 1
name: P
input: [4]
init: {PReLU: {weight: 0.3}}
layers:
  a: {type: PReLU, init: 0.1}
  b: {type: PReLU, init: {weight: 0.4}}
  c: {type: PReLU, num_parameters: 4, init: "${0.1 * 2}"}
  d: PReLU
"""


def test_a_key_of_the_op_and_of_every_layer_is_read_once() -> None:
    """By hand: a number is PReLU's own argument and wins over the document's `init`, a mapping is every layer's key."""
    facts = checked(SLOPES).facts
    assert facts is not None
    module = build(generate(facts).text, "P")
    assert [round(layer.weight[0].item(), 6) for layer in (module.a, module.b, module.c, module.d)] == [
        0.1,
        0.4,
        0.2,
        0.3,
    ]


@pytest.mark.parametrize(("written", "message"), [
    ("true", "a: init takes a number, not true"), ("[1]", "a: init takes a number, not the list [1]"),
    ("{bias: 0.1}", "a has no parameter bias"), ("big", 'a: init takes a number, not the text "big"'),
])  # fmt: skip
def test_what_neither_takes_is_told_once(written: str, message: str) -> None:
    said = [message for _, message, _ in told(SLOPES.replace("init: 0.1", f"init: {written}"))]
    assert len(said) == 1
    assert said == [message]


def test_no_other_key_has_two_readers() -> None:
    keys = {*COMMON_KEYS, *CONTROL_KEYS}
    found = {(name, key) for name in registry.names() for key in registry.find(name).model_fields if key in keys}  # type: ignore[union-attr]
    assert {key for _, key in found} <= {"init", "mode"}


@pytest.mark.parametrize(("value", "is_taken"), [("1", True), ("1.0", True), ("true", False), ("2", False)])
def test_a_whole_number_is_the_float_that_one_of_has(value: str, is_taken: bool) -> None:
    layer = '  a: {type: Linear, out_features: "${int(8 * width)}"}\n'
    text = f"archspec: 1\nname: Net\nargs: {{width: {{default: {value}, one_of: [0.5, 1.0]}}}}\ninput: [4]\nlayers:\n{layer}"
    assert (codes(text) == []) == is_taken
