"""Declarations of arguments that are in error: said once, where they stand, and nothing of the layers that read them."""

from __future__ import annotations

import pytest
from support import codes, told

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
    assert not codes(text)


def test_a_let_value_with_a_name_that_is_not_allowed_is_one_error() -> None:
    text = 'archspec: 1\nname: Example\ninput: [8]\nlet: {len: 5}\nlayers:\n  a: {type: Linear, out_features: "${len * 2}"}\n'
    assert codes(text)[0] == "E0107"
