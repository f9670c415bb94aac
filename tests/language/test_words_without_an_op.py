"""Words of the field for which there is no op: the way that `check` and `ops` say, tried; and no other op in their place."""

from __future__ import annotations

import pytest
import torch
from support import checked, spec

import archspec
from archspec.commands.common import Unusable
from archspec.commands.ops import find
from archspec.fixing import fix
from archspec.ops.no_ops import LOSS, NO_SIZE, NOISE, OWN, TRANSFORMER, WAYS, way_without


def said_by_ops(word: str) -> str:
    try:
        said, _ = find(word)
    except Unusable as none:
        said = str(none)
    return said


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("Randn", NOISE), ("randn", NOISE), ("random", NOISE), ("noise", NOISE), ("GaussianNoise", NOISE), ("reparam", NOISE),
        ("Reparameterize", NOISE), ("reparametrization_trick", NOISE), ("torch.randn", NOISE), ("CrossEntropyLoss", LOSS),
        ("nn.MSELoss", LOSS), ("BCEWithLogitsLoss", LOSS), ("KLDivergence", LOSS), ("Transformer", TRANSFORMER),
        ("TransformerEncoderLayer", TRANSFORMER), ("nn.TransformerEncoderLayer(d_model=8)", TRANSFORMER), ("scatter", OWN), ("fft", OWN),
        ("rfft2", OWN), ("unique", NO_SIZE), ("EmbeddingBag", way_without("embeddingbag")), ("Sequential", way_without("sequential")),
        ("PairwiseDistance", way_without("pairwisedistance")), ("cdist", way_without("cdist")),
        ("SeparableConv2D", way_without("separableconv2d")),
    ],
)  # fmt: skip
def test_check_and_ops_say_the_same(word: str, way: str) -> None:
    text = spec(f"  a: {{type: {word.replace(',', '')!r}, from: input}}\n", "[3, 8, 8]")
    (found,) = checked(text).diagnostics
    assert (found.code, found.help, found.fix) == ("E0104", way, None)
    assert "did you mean" not in found.label
    assert way in said_by_ops(word)


@pytest.mark.parametrize("word", ["EmbeddingBag", "RotaryEmbedding", "MaxUnpool2d", "SpectralNorm"])
def test_another_op_is_not_the_nearest(word: str) -> None:
    assert "did you mean" not in said_by_ops(word)


@pytest.mark.parametrize("keys", [", std: 1", ", from: a, rate: 2"])
def test_no_fix_where_the_nearest_op_cannot_have_the_keys(keys: str) -> None:
    text = spec(f"  a: ReLU\n  b: {{type: Parameterized{keys}}}\n", "[3, 8]")
    (found,) = checked(text).diagnostics
    assert (found.code, found.fix, found.label) == ("E0104", None, "unknown type")


@pytest.mark.parametrize("written", ["Conv2dd", "Cnv2d", "Convv2d"])
def test_a_letter_more_or_less_is_no_other_op(written: str) -> None:
    assert said_by_ops(written).endswith("did you mean Conv2d?")
    (found,) = checked(spec(f"  a: {{type: {written}, out_channels: 4, kernel_size: 3}}\n")).diagnostics
    assert found.label == "did you mean Conv2d?"


def test_einsum_is_an_op() -> None:
    assert find("einsum") == ("einsum is Einsum here", ["Einsum"])
    assert find("LazyConv2d") == ("LazyConv2d is Conv2d here", ["Conv2d"])


VAE = """archspec: 1
name: Noise
inputs: {input: [12], noise: [4]}
layers:
  mu: {type: Linear, out_features: 4, from: input}
  logvar: {type: Linear, out_features: 4, from: input}
  halved: {type: Mul, value: 0.5, from: logvar}
  std: Exp
  spread: {type: Mul, from: [std, noise]}
  z: {type: Add, from: [mu, spread]}
outputs: {z: z, mu: mu, logvar: logvar}
"""


def test_noise_as_an_input() -> None:
    result = checked(VAE)
    assert result.diagnostics == []
    noise = torch.randn(2, 4)
    z, mu, logvar = archspec.build(archspec.parse(VAE))(torch.randn(2, 12), noise)
    assert torch.allclose(z, mu + torch.exp(0.5 * logvar) * noise)


def test_a_module_of_ones_own() -> None:
    layer = '{type: "python:my.layers.Noise", output: [8], params: 0, args: {std: 0.5}}'
    assert checked(spec(f"  a: {layer}\n", "[8]")).ok
    assert checked(spec(f"  a: {layer.replace(chr(34), '')}\n", "[8]")).ok


def test_the_distance_of_pairs() -> None:
    layers = """  one: {type: Unsqueeze, dim: 2, from: a}
  other: {type: Unsqueeze, dim: 1, from: b}
  apart: {type: Sub, from: [one, other]}
  all: {type: Norm, dim: -1}
  pairs: {type: Sub, from: [a, b]}
  each: {type: Norm, dim: -1}
"""
    text = f"archspec: 1\nname: Apart\ninputs: {{a: [5, 3], b: [5, 3]}}\nlayers:\n{layers}outputs: {{all: all, each: each}}\n"
    module = archspec.build(archspec.parse(text))
    one, other = torch.randn(2, 5, 3), torch.randn(2, 5, 3)
    found = dict(zip(("all", "each"), module(one, other), strict=True))
    assert torch.allclose(found["all"], torch.cdist(one, other), atol=1e-5)
    assert torch.allclose(found["each"], torch.nn.PairwiseDistance(eps=0.0)(one, other), atol=1e-5)


def test_what_separable_bag_and_range_stand_for() -> None:
    layers = "  deep: {type: Conv2d, out_channels: 6, kernel_size: 3, groups: 3}\n  wide: {type: Conv2d, out_channels: 5, kernel_size: 1}\n"
    assert checked(spec(layers, "[3, 8, 8]")).ok
    bag = "input: {shape: [7], dtype: int64}\nlayers:\n  e: {type: Embedding, num_embeddings: 9, embedding_dim: 4}\n  m: {type: Mean, dim: 1}\n"
    assert checked(f"archspec: 1\nname: Bag\n{bag}expect: {{output: [4]}}\n").ok
    assert checked(spec("  c: {type: Constant, value: [0, 1, 2]}\n  d: {type: Add, from: [input, c]}\n", "[3]")).ok


def test_the_table_is_of_words_that_are_no_ops() -> None:
    from archspec.ops import registry

    assert [name for name in registry.names() if way_without(name)] == []
    ends = ") it 1 type network value both trained them RNN out pooling Add ] all Repeat".split()
    assert all(way.endswith(tuple(ends)) for _, way in WAYS)


def test_an_unsafe_fix_leaves_another_word_alone() -> None:
    text = spec("  a: {type: Randn, from: input}\n", "[3, 8]")
    assert fix("a.yaml", text.encode(), is_unsafe=True).after.decode() == text
