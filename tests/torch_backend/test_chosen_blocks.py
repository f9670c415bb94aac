"""A block that an expression chooses: a choice of classes where the expression is one, else a class for each use."""

from __future__ import annotations

import pytest
from support import checked

from archspec.backends.torch import generate
from archspec.running.verify import verify

NET = """\
archspec: 1
name: Net
input: [3, 6, 6]
blocks:
  A: {args: {q: 3}, layers: {c: {type: Conv2d, out_channels: "${q}", kernel_size: 1}}}
  B: {args: {q: 3}, layers: {c: {type: Conv2d, out_channels: "${q}", kernel_size: 3, padding: 1}, r: ReLU}}
  Stage:
    args: {kind: str}
    LET
    layers:
      s: {type: "${TYPE}", q: 4}
      t: ReLU
layers:
  one: {type: Stage, kind: A}
  two: {type: Stage, kind: B}
"""


@pytest.mark.parametrize(("let", "type_", "classes"), [
    ("", "kind", 2), ("", "'A' if kind == 'A' else 'B'", 1), ('let: {u: "${kind}"}', "u", 2),
    ("let: {u: \"${'A' if kind != 'B' else 'B'}\"}", "u", 1), ("", "['A', 'B'][1 if kind == 'B' else 0]", 2),
])  # fmt: skip
def test_what_is_chosen_is_a_class(let: str, type_: str, classes: int) -> None:
    text = NET.replace("    LET\n", f"    {let}\n" if let else "").replace("TYPE", type_)
    facts = checked(text).facts
    assert facts is not None
    code = generate(facts)
    assert verify(facts, code) == [], code.text
    assert code.text.count("\nclass Stage") == classes, code.text
    assert ("block = A if" in code.text or "u = A if" in code.text) == (classes == 1), code.text
