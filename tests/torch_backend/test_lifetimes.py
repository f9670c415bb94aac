"""What the generated module holds at its peak, by PyTorch's own storages, beside what is said; and how its code lets go."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from support import SPECS, checked, spec

sys.path.insert(0, str(Path(__file__).parent.parent / "conformance"))
sys.path.insert(0, str(Path(__file__).parent.parent / "facts"))

from harness import concrete
from storages import module_peak

from archspec import api
from archspec.backends.torch import generate
from archspec.facts.model import Facts


def held(text: str, device: str = "cpu") -> tuple[Facts, int]:
    """The facts of a spec, and the bytes that its module holds at its peak, run on one sample."""
    result = checked(text)
    assert result.facts is not None
    assert result.ok, result.diagnostics
    tensors = [(result.facts.of(node).outputs or {})["output"] for node in result.facts.graph.inputs]
    inputs = [torch.zeros(concrete(t, 1), dtype=getattr(torch, t.dtype), device=device) for t in tensors]
    peak, _ = module_peak(api.build(result).to(device), inputs)
    return result.facts, peak


def deletions(text: str) -> list[str]:
    facts = checked(text).facts
    assert facts is not None
    return [line.strip() for line in generate(facts).text.splitlines() if line.strip().startswith("del ")]


WIDE = "{type: Conv1d, out_channels: 64, kernel_size: 1}"
THIN = "{type: Conv1d, out_channels: 1, kernel_size: 1}"
SKIPS = (
    f"  a: {WIDE}\n  b: {WIDE}\n  c: {THIN}\n  d: {THIN}\n  u: {{type: Cat, dim: 1, from: [d, b]}}\n  v: {THIN}\n"
    f"  w: {{type: Cat, dim: 1, from: [v, a]}}\n  wide: {{type: Conv1d, out_channels: 300, kernel_size: 1}}\n  end: {THIN}\n"
)


@pytest.mark.parametrize(
    "layers",
    [
        "  a: Tanh\n  b: Tanh\n",
        SKIPS,
        # a branch that ends long before it is read
        f"  a: {WIDE}\n  b: {WIDE}\n  c: {{type: Add, from: [a, b]}}\n  d: {WIDE}\n  e: {WIDE}\n  f: {{type: Add, from: [c, e]}}\n",
        # calls hold what they read: a group in a group
        f"  a: {WIDE}\n  g: {{layers: {{h: {{layers: {{b: Tanh, c: {THIN}}}}}, d: Tanh, e: {{type: Add, from: [d, h]}}}}}}\n",
        # what a group gives and nobody reads
        "  g: {layers: {a: Tanh, b: {type: Tanh, from: input}}, outputs: {one: a, two: b}}\n  c: {type: Tanh, from: g.one}\n  d: Tanh\n",
        # one of several results is read, the other stands in `_`
        "  t: {type: TopK, k: 3, dim: 2}\n  a: {type: Tanh, from: t.values}\n  b: Tanh\n",
        # views hold what they look at
        f"  a: {WIDE}\n  s: {{type: Slice, dim: 1, stop: 1}}\n  b: Tanh\n  c: {{type: Add, from: [b, s]}}\n  d: {WIDE}\n",
        "  a: Tanh\n  r: {type: ReLU, inplace: true}\n  c: {type: Chunk, dim: 1, chunks: 2}\n  d: {type: Tanh, from: c.1}\n",
        # the same layers again, and what is done in training only
        f"  g: {{layers: {{a: {WIDE}, b: {{type: Conv1d, out_channels: 4, kernel_size: 1}}}}}}\n  h: {{use: g}}\n  k: Tanh\n",
        f"  a: {WIDE}\n  t: {{type: Tanh, from: a, mode: train}}\n  b: {{type: Tanh, from: a}}\noutputs: {{y: b, t: t}}\n",
    ],
)  # fmt: skip
def test_what_the_module_holds(layers: str) -> None:
    facts, peak = held(spec(layers, "[4, 8]"))
    assert facts.totals.module_peak_activation_bytes == peak


BLOCKS = """\
archspec: 1
name: Blocks
blocks:
  Turn:
    inputs: [x, memory]
    layers:
      wide: {type: Conv1d, out_channels: 32, kernel_size: 1, from: x}
      thin: {type: Conv1d, out_channels: 4, kernel_size: 1}
      sum: {type: Add, from: [thin, memory]}
  Maybe:
    args: {narrow: false}
    layers:
      wide: {type: Conv1d, out_channels: 32, kernel_size: 1}
      more: {type: Conv1d, out_channels: 64, kernel_size: 1, when: "${not narrow}"}
      thin: {type: Conv1d, out_channels: 4, kernel_size: 1}
input: [4, 8]
layers:
  first: Tanh
  turns: {type: Turn, repeat: 3, from: [first, input]}
  one: Maybe
  two: {type: Maybe, narrow: true}
  end: {type: Add, from: [two, first]}
"""


def test_what_loops_and_blocks_hold() -> None:
    facts, peak = held(BLOCKS)
    assert facts.totals.module_peak_activation_bytes == peak


@pytest.mark.parametrize(
    "name",
    ["resnet", "unet", "densenet", "squeezenet", "googlenet", "mobilenet_v3", "shufflenet_v2", "dcgan_generator"],
)
def test_what_the_zoo_holds(name: str) -> None:
    """Without data: the layers are those of images, which PyTorch computes alike on the meta device."""
    facts, peak = held((SPECS / "zoo" / f"{name}.yaml").read_text(), "meta")
    assert facts.totals.module_peak_activation_bytes == peak


def test_a_variable_is_deleted_only_where_that_lowers_the_peak() -> None:
    assert deletions(SPECS.joinpath("zoo/unet.yaml").read_text()) == ["del down4", "del down3", "del down2"]
    assert deletions(spec(SKIPS, "[4, 8]")) == ["del b", "del a"]
    no_peak_behind = SKIPS.replace("300", "2")
    assert deletions(spec(no_peak_behind, "[4, 8]")) == []


RESIDUAL = """\
  norm: {type: LayerNorm}
  mix: Tanh
  add: {type: Add, from: [mix, input]}
  norm2: {type: LayerNorm}
  mlp: Tanh
  out: {type: Add, from: [add, mlp]}
"""


def test_a_chain_that_ends_hands_its_variable_on() -> None:
    """No second names: `add` would leave `out` with what nobody reads."""
    facts = checked(spec(RESIDUAL, "[4, 8]")).facts
    assert facts is not None
    lines = [line.split("  #")[0].strip() for line in generate(facts).text.splitlines()]
    assert lines[lines.index("def forward(self, x: Tensor) -> Tensor:") + 1 :] == [
        "out = self.norm(x)", "out = self.mix(out)", "x = out + x", "out = self.norm2(x)", "out = self.mlp(out)", "x = x + out",
        "return x",
    ]  # fmt: skip


def test_a_name_stays_where_nothing_is_held_by_it() -> None:
    """A view of what is alive anyway frees nothing under another name."""
    layers = "  a: Tanh\n  t: {type: Transpose, dim0: 1, dim1: 2}\n  b: {type: Tanh, from: t}\n  c: {type: Matmul, from: [b, a]}\n  d: {type: Matmul, from: [c, t]}\n"
    facts = checked(spec(layers, "[4, 4]")).facts
    assert facts is not None
    assert "t = " in generate(facts).text


@pytest.mark.parametrize("length", ["9", "T"])
def test_a_loop_goes_on_with_what_it_begins_with(length: str) -> None:
    """However long before that was made, and whatever sizes are: a second name would hold it through all turns."""
    text = """\
archspec: 1
name: Conditioned
inputs: {x: [LENGTH, 8], t: [8]}
blocks:
  Block:
    inputs: [x, c]
    layers:
      fc: {type: Linear, out_features: 8, from: x}
      row: {type: Unsqueeze, dim: 1, from: c}
      add: {type: Add, from: [fc, row]}
layers:
  embed: {type: Tanh, from: x}
  c: {type: Linear, out_features: 8, from: t}
  blocks: {type: Block, repeat: 4, from: [embed, c]}
""".replace("LENGTH", length)
    facts = checked(text).facts
    assert facts is not None
    lines = [line.split("  #")[0].strip() for line in generate(facts).text.splitlines()]
    assert lines[lines.index("def forward(self, x: Tensor, t: Tensor) -> Tensor:") + 1 :] == [
        "x = self.embed(x)", "y = self.c(t)", "for block in self.blocks:", "x = block(x, y)", "return x",
    ]  # fmt: skip
