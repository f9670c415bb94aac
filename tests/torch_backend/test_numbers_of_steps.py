"""Uses of a block that repeat something a different number of times are one class, whose constructor is told how often."""

from __future__ import annotations

import pytest
import torch
from support import checked

from archspec.backends.torch import generate
from archspec.running.build import build
from archspec.running.verify import verify

NET = """\
archspec: 1
name: Net
input: [4, 8, 8]
blocks:
  Unit:
    args: {channels: int, rate: 0.0}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 1}
      drop: {type: Dropout, p: "${rate}"}
  Mix:
    inputs: [x, memory]
    layers:
      fc: {type: Conv2d, out_channels: "${x.shape[1]}", kernel_size: 1, from: memory}
      sub: {type: Sub, from: [fc, x]}
  Stage:
    args: {channels: int, depth: int, is_last: false}
    layers:
STEPS
layers:
  one: {type: Stage, channels: 4, depth: 2}
  two: {type: Stage, channels: 8, depth: 3}
  three: {type: Stage, channels: 6, depth: 1, is_last: true}
"""

UNITS = '      units: {type: Unit, channels: "${channels}", repeat: "${depth}"}'
EQUAL = '      relus: {type: ReLU, repeat: "${depth + 1}"}'
GROWING = '      units: {type: Unit, channels: 4, rate: "${0.1 * i / n}", repeat: "${depth}"}'
NAMED = '      units: {type: Unit, channels: "${channels}", repeat: "${depth}", as: "unit${i + 1}"}'
NONE = '      units: {type: Unit, channels: "${channels}", repeat: "${depth - 1}"}'
LOOP = '      mixes: {type: Mix, from: [input, input], repeat: "${depth - 1}"}'
GROUP = '      pairs: {layers: [ReLU, Tanh], repeat: "${depth}"}'
WHEN = '      mixes: {type: Mix, from: [input, input], repeat: 2, when: "${is_last}"}'


@pytest.mark.parametrize(("steps", "written"), [
    (UNITS, "for _ in range(1, depth)"), (EQUAL, "nn.ReLU() for _ in range(depth + 1)"), (GROWING, "for i in range(depth)"),
    (NAMED, 'f"unit{i + 1}"'), (LOOP, "for _ in range(depth - 1)"), (GROUP, "for _ in range(depth)"),
    (WHEN, "nn.ModuleList()"),
])  # fmt: skip
def test_one_class_is_told_how_often(steps: str, written: str) -> None:
    facts = checked(NET.replace("STEPS", steps)).facts
    assert facts is not None
    code = generate(facts)
    assert code.text.count("\nclass Stage") == 1, code.text
    assert written in code.text, code.text
    assert verify(facts, code) == [], code.text


def test_none_of_what_begins_otherwise_is_a_class_of_its_own() -> None:
    """The first unit has other channels than the rest, so that none at all is no comprehension: two classes say it."""
    facts = checked(NET.replace("STEPS", NONE)).facts
    assert facts is not None
    code = generate(facts)
    assert verify(facts, code) == [], code.text
    module = build(code.text, "Net").eval()
    assert [len(stage.units) if hasattr(stage, "units") and hasattr(stage.units, "__len__") else 0
            for stage in (module.one, module.two, module.three)] == [1, 2, 0]  # fmt: skip
    assert module(torch.randn(2, 4, 8, 8)).shape == (2, 8, 8, 8)
