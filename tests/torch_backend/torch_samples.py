"""Specs that the tests of the torch back end share, and a short way from a spec's text to a module."""

from __future__ import annotations

from torch import nn

from archspec.backends.torch import Generated, generate
from archspec.checking import check
from archspec.facts.model import Facts
from archspec.running.build import build

RESIDUAL = """\
archspec: 1
name: Residual
doc: |
  A small residual network.

  It has what a chain has not: branches, groups, and layers that are used twice.
sources:
  - {title: Deep Residual Learning for Image Recognition, authors: Kaiming He et al., year: 2015}
inputs:
  image: {shape: [3, H, W]}
  scale: {shape: [8, 1, 1]}
layers:
  stem: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, from: image, doc: The stem.}
  relu: ReLU
  conv1: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  relu1: {use: relu}
  conv2: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  add: {type: Add, from: [conv2, relu]}
  mul: {type: Mul, from: [add, scale], doc: "Scaled by channel, as the caller says."}
  block1:
    doc: A block with a residual connection.
    layers: &block
      conv1: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, bias: false}
      relu: ReLU
      conv2: {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, bias: false}
      add: {type: Add, from: [conv2, input]}
  block2:
    doc: A block with a residual connection.
    layers: *block
  again: {use: block2}
  neck:
    layers:
      conv: {type: Conv2d, out_channels: 8, kernel_size: 1}
      act: ReLU
      last:
        layers:
          - {type: Conv2d, out_channels: 8, kernel_size: 1, doc: Pointwise.}
          - ReLU
  both:
    from: [neck, again]
    inputs: [a, b]
    outputs: {total: add, difference: sub}
    layers:
      add: {type: Add, from: [a, b]}
      sub: {type: Sub, from: [a, b]}
  cat: {type: Cat, dim: 1, from: [both.total, both.difference]}
  pool: {type: Mean, dim: [2, 3]}
  head:
    type: Linear
    out_features: 10
    init: {weight: {normal: {std: 0.01}}, bias: 1}
    constraint: {weight: {max_norm: 3}}
  frozen: {type: Linear, out_features: 10, from: pool, freeze: true}
  tied: {type: Linear, out_features: 10, from: pool, tie: {weight: head.weight}}
outputs: {logits: head, fixed: frozen, tied: tied}
"""

NUMBERED = """\
archspec: 1
name: Numbered
input: [3, 32, 32]
layers:
  - {type: Conv2d, out_channels: 8, kernel_size: 3}
  - ReLU
  - layers: [ReLU, {type: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}]
"""

NUMBERED_FUNCTIONS = """\
archspec: 1
name: NumberedFunctions
input: [3, 32, 32]
layers:
  - {type: Conv2d, out_channels: 8, kernel_size: 3}
  - {type: Mean, dim: [2, 3]}
  - {type: Linear, out_features: 4}
  - layers: [ReLU, {type: Mul, value: 2}, {type: Add, value: 1.5}]
"""

TENSORS = """\
archspec: 1
name: Tensors
input: [16, 32]
layers:
  token: {type: Parameter, shape: [1, 1, 32], init: {value: {normal: {std: 0.02}}}}
  noise: {type: Parameter, shape: [32], fill: null, freeze: true}
  mask: {type: Buffer, shape: [17], dtype: int64, fill: 1}
  table: {type: Constant, value: [[1.0, 2], [3, 4.5]]}
  tokens: {type: Expand, shape: [1, 32], from: token}
  cat: {type: Cat, dim: 1, from: [tokens, input]}
  row: {type: Unsqueeze, dim: 1, from: mask}
  masked: {type: Mul, from: [cat, row]}
  moved: {type: Add, from: [masked, noise]}
  scale: {type: Select, dim: 0, index: 1, from: table}
  sum: {type: Sum, dim: [-1], from: moved}
  parts: {type: Split, split_size: 5, dim: 1}
  join: {type: Add, from: [parts.0, parts.2]}
outputs: {a: join, b: scale}
"""

LONG_NAMES = """\
archspec: 1
name: LongNames
input: [8, 16]
layers:
  a_name_of_a_layer_that_is_as_long_as_the_language_allows_it_to_: {type: Linear, out_features: 16}
  another_name_of_a_layer_that_is_as_long_as_the_language_allows_: {type: Linear, out_features: 16}
  a_third_name_of_a_layer_that_is_as_long_as_the_language_allows_: {type: Linear, out_features: 16}
  a_sum_of_three:
    type: Add
    from:
      - a_name_of_a_layer_that_is_as_long_as_the_language_allows_it_to_
      - another_name_of_a_layer_that_is_as_long_as_the_language_allows_
      - a_third_name_of_a_layer_that_is_as_long_as_the_language_allows_
  a_cat_of_two:
    type: Cat
    dim: -1
    from:
      - a_name_of_a_layer_that_is_as_long_as_the_language_allows_it_to_
      - a_sum_of_three
  a_convolution_with_many_arguments:
    {type: Conv1d, out_channels: 64, kernel_size: 7, padding: 9, dilation: 3, groups: 8, bias: false, padding_mode: replicate}
  cut: {type: Split, split_size: 4, dim: -1}
  one: {type: Add, from: [cut.0, cut.1, cut.2, cut.3, cut.4, cut.5, cut.6, cut.7]}
  two: {type: Mul, from: [cut.0, cut.1, cut.2, cut.3, cut.4, cut.5, cut.6, cut.7]}
  words: {layers: {sum: {type: Sum, dim: 1}, x: Sigmoid, max: {type: Add, from: [sum, x]}}}
"""

BLOCKS = """archspec: 1
name: Blocks
args: {depth: 3}
let: {wide: "${4 * depth}"}
inputs: {image: {shape: [8, 12, 12]}, memory: {shape: [8, 12, 12]}}
outputs: {output: last, aux: aux}
blocks:
  Act:
    doc: A convolution and whatever activation is asked for.
    args: {channels: int, kernel_size: 3, act: ReLU, extra: false}
    layers:
      - {type: Conv2d, out_channels: "${channels}", kernel_size: "${kernel_size}", padding: "${kernel_size // 2}", bias: false}
      - {type: BatchNorm2d, when: "${extra}"}
      - {type: "${act}", inplace: true, when: "${act != 'none'}"}
  Mixed:
    args: {channels: int, scale: 1.0, shift: 0, flip: false, square: false}
    let:
      size: "${input.shape[2]}"
      half: "${channels // 2}"
      long: "${max(channels, half) if channels > 4 and half > 1 or scale > 0.5 else min(channels, half) + channels * half - shift}"
    layers:
      conv: {type: Act, channels: "${channels}", kernel_size: "${3 if channels > 4 else 1}", act: "${'Tanhshrink' if false else 'ReLU6'}"}
      flipped: {type: Flip, dims: [2, 3], when: "${flip}"}
      scaled: {type: Mul, value: "${scale}", when: "${scale != 1}"}
      squared: {type: Mul, from: [scaled, scaled], when: "${square and channels > 2}"}
      rolled: {type: Roll, shifts: ["${-shift}", "${shift + 1}"], dims: [2, 3]}
      cut: {type: Slice, dim: 2, start: 0, stop: "${size - shift}"}
      pad: {type: ConstantPad2d, padding: ["${0}", 0, 0, "${shift}"], value: 0.0}
      flat: {type: Reshape, shape: ["${channels}", "${size * size}"]}
      weight: {type: Parameter, shape: ["${channels}", 1], fill: "${scale}"}
      bias: {type: Parameter, shape: ["${channels}", 1]}
      ones: {type: Buffer, shape: [1], fill: 1}
      weighted: {type: Mul, from: [flat, weight, ones]}
      shifted: {type: Add, from: [weighted, bias]}
      image: {type: Reshape, shape: ["${channels}", "${size}", "${size}"]}
      wide: {type: Conv2d, out_channels: "${long}", kernel_size: 1}
      back: {type: Conv2d, out_channels: "${input.shape[1]}", kernel_size: 1}
      add: {type: Add, from: [back, input], when: "${not flip or square}"}
  Decoder:
    inputs: [x, memory]
    args: {weight: float}
    layers:
      add: {type: Add, from: [x, memory]}
      scale: {type: Mul, value: "${weight}"}
      conv: {type: Conv2d, out_channels: "${x.shape[1]}", kernel_size: 1}
  Grow:
    args: {by: 2}
    layers:
      conv: {type: Conv2d, out_channels: "${by}", kernel_size: 1}
      cat: {type: Cat, from: [input, conv], dim: 1}
layers:
  a: {type: Mixed, from: image, channels: 8}
  b: {type: Mixed, channels: 4, scale: 0.25, flip: true}
  c: {type: Mixed, channels: 6, shift: 2, square: true}
  d: {type: Mixed, channels: 8, scale: 0.5, shift: 1, flip: true, square: true}
  grown: {type: Grow, repeat: "${depth}", as: "grow${i + 1}"}
  even: {type: Grow, repeat: "${depth}"}
  more: {type: Grow, by: "${2 * (i + 1)}", repeat: "${depth}"}
  acts:
    layers:
      - {type: Act, channels: "${wide}"}
      - {type: Act, for: {k: [1, 3, 5]}, channels: "${wide}", kernel_size: "${k}", act: Hardswish, extra: "${k > 1}"}
      - {type: Act, channels: 8, act: none, repeat: 2}
  decoded: {type: Decoder, from: [acts, memory], weight: 0.5, repeat: 3}
  later: {type: Decoder, from: [decoded, memory], weight: "${0.1 * i / 3}", repeat: 4}
  aux: {type: Conv2d, from: decoded, out_channels: 2, kernel_size: 1, mode: train}
  drop: {type: StochasticDepth, from: later, p: 0.1}
  last: {type: AdaptiveAvgPool2d, output_size: 1}
"""


SEQUENCES = """\
archspec: 1
name: Sequences
inputs:
  tokens: {shape: [12], dtype: int64}
  image: {shape: [12, 32]}
init: {Linear: {weight: xavier_uniform, bias: 0}}
layers:
  wte: {type: Embedding, num_embeddings: 50, embedding_dim: 32, from: tokens}
  add: {type: Add, from: [wte, image]}
  norm: {type: LayerNorm, normalized_shape: 32}
  attention: {type: MultiheadAttention, num_heads: 4, batch_first: true}
  skip: {type: Add, from: [attention, add]}
  lstm: {type: LSTM, hidden_size: 16, batch_first: true, bidirectional: true}
  gru: {type: GRU, hidden_size: 16, batch_first: true, from: [lstm]}
  steps: {type: Unbind, dim: 1, from: gru.output}
  qkv: {type: Linear, out_features: 96, from: lstm}
  divided: {type: Chunk, chunks: 3, dim: -1}
  sdpa: {type: ScaledDotProductAttention, from: [divided.0, divided.1, divided.2]}
  first: {type: Add, from: [steps.0, steps.11]}
  head: {type: Linear, out_features: 50, bias: false, from: skip, tie: {weight: wte.weight}}
outputs: {logits: head, attended: sdpa, first: first, cell: lstm.c, state: gru.h}
"""

SAMPLES = {
    "residual": RESIDUAL,
    "blocks": BLOCKS,
    "numbered": NUMBERED,
    "numbered_functions": NUMBERED_FUNCTIONS,
    "tensors": TENSORS,
    "long_names": LONG_NAMES,
    "sequences": SEQUENCES,
}


def facts_of(text: str) -> Facts:
    """The facts of a spec that has no error."""
    result = check("spec.yaml", text.encode())
    assert result.ok, [diagnostic.message for diagnostic in result.diagnostics]
    assert result.facts is not None
    return result.facts


def generated(text: str, allow_python: frozenset[str] = frozenset()) -> Generated:
    """What a spec's text becomes."""
    return generate(facts_of(text), allow_python)


def built(text: str) -> nn.Module:
    """The module that a spec's text becomes, on the CPU."""
    code = generated(text)
    return build(code.text, code.name)
