"""Classes of blocks: what a loop keeps, and that an argument of the block stays one where only some uses have the layer."""

from __future__ import annotations

import pytest
import torch
from support import checked

from archspec.backends.torch import generate
from archspec.running.build import build

MIX = """\
archspec: 1
name: Loop
input: [8]
blocks:
  Mix:
    inputs: [x, memory]
    layers:
      fc: {type: Linear, out_features: 8, from: memory}
      sub: {type: Sub, from: [fc, x]}
layers:
  a: {type: Linear, out_features: 8}
  b: {type: Linear, out_features: 8, from: input}
  mix: {type: Mix, from: FROM, repeat: TIMES}
"""


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("read", ["a, b", "b, a", "b, b", "a, a", "input, b", "a, input", "b, input"])
def test_a_loop_keeps_what_every_turn_reads(read: str, times: int) -> None:
    facts = checked(MIX.replace("FROM", f"[{read}]").replace("TIMES", str(times))).facts
    assert facts is not None
    torch.manual_seed(0)
    module = build(generate(facts).text, "Loop")
    x = torch.randn(3, 8)
    held = {"input": x, "a": module.a(x), "b": module.b(x)}
    carried, memory = (held[name] for name in read.split(", "))
    for turn in module.mix:
        carried = turn.fc(memory) - carried
    assert torch.equal(module(x), carried)


def test_an_argument_of_a_block_reaches_layers_of_some_uses_only() -> None:
    text = """\
archspec: 1
name: Example
input: [3, 16, 16]
blocks:
  Basic:
    args: {channels: int, stride: 1, dropout: 0.0}
    layers:
      conv: {type: Conv2d, out_channels: "${channels}", kernel_size: 3, stride: "${stride}", padding: 1}
      drop: {type: Dropout, p: "${dropout}", when: "${dropout > 0}"}
      down: {type: Conv2d, out_channels: "${channels}", kernel_size: 1, stride: "${stride}", from: input, when: "${stride != 1}"}
      add: {type: Add, from: [drop, down]}
layers:
  a: {type: Basic, channels: 3}
  b: {type: Basic, channels: 16, stride: 2, dropout: 0.3}
  c: {type: Basic, channels: 16}
"""
    facts = checked(text).facts
    assert facts is not None
    module = build(generate(facts).text, "Example")
    other = type(module.a)(3, 32, stride=4, dropout=0.5)
    assert (other.down.in_channels, other.down.out_channels, other.down.stride) == (3, 32, (4, 4))
    assert other.drop.p == 0.5
    assert other(torch.randn(2, 3, 16, 16)).shape == (2, 32, 4, 4)


FLAGS = """\
archspec: 1
name: Example
input: [4, 6, 8]
blocks:
  Part:
    args: {flag: DEFAULT}
    layers:
      layer: {LAYER}
layers:
  a: {type: Part}
  b: {type: Part, flag: OTHER}
"""


@pytest.mark.parametrize(
    ("layer", "default", "other"),
    [
        ("type: ScaledDotProductAttention, from: [input, input, input], is_causal: FLAG", False, True),
        ("type: Softmax, dim: FLAG", 1, 3),
        ("type: Cumsum, dim: FLAG", 1, 2),
        ("type: Tril, diagonal: FLAG", 0, 1),
        ("type: Normalize, p: FLAG", 2.0, 1.0),
        ("type: Roll, shifts: 1, dims: FLAG", 3, 2),
        ("type: Conv1d, out_channels: 6, kernel_size: 1, bias: FLAG, from: flat", True, False),
    ],
)
def test_a_flag_at_its_default_in_one_use_is_an_argument(layer: str, default: object, other: object) -> None:
    text = FLAGS.replace("LAYER", layer.replace("FLAG", '"${flag}"'))
    text = text.replace("DEFAULT", str(default).lower()).replace("OTHER", str(other).lower())
    text = text.replace(
        "      layer:", "      flat: {type: Flatten, start_dim: 2}\n      layer:" if "flat" in layer else "      layer:"
    )
    facts = checked(text.replace("  b: {type: Part,", "  b: {type: Part, from: input,")).facts
    assert facts is not None
    module = build(generate(facts).text, "Example")
    assert type(module.a) is type(module.b)
    assert type(module.a)(flag=other) is not None
