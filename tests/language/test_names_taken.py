"""A layer called like an input: told once, with a name that is free, and nothing is said of what reads that name."""

from __future__ import annotations

import pytest
from support import checked

HEAD = "archspec: 1\nname: Example\n"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("input: [4]\nlayers:\n  input: {type: Linear, out_features: 8}\n", "call it input_1"),
        ("input: [4]\nlayers:\n  input: ReLU\n  b: {type: Linear, in_features: 9, out_features: 3}\n", "call it input_1"),
        ("inputs: {image: [4]}\nlayers:\n  a: ReLU\n  image: {type: Linear, out_features: 8, from: a}\n  c: {type: Add, from: [image, a]}\n",
         "call it image_1"),
        ("inputs: {a: [4], b: [5]}\nlayers:\n  c: {type: ReLU, from: b}\n  b: ReLU\n  d: {type: Add, from: [a, b]}\n", "call it b_1"),
        ("input: [4]\nlayers:\n  g: {inputs: [x], layers: {x: ReLU, y: {type: Add, from: [x, x]}}}\n", "call it x_1"),
    ],
)  # fmt: skip
def test_it_is_one_error(text: str, help: str) -> None:
    found = [(one.code, one.help) for one in checked(HEAD + text).diagnostics]
    assert found == [("E0107", help)]
