"""Functional forms: what PyTorch refuses is refused, and the generated module computes what the functions do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from support import ROOT, checked, spec
from torch.nn import functional as F
from torch_samples import built

from archspec.backends.torch import generate
from archspec.ops.base import Tensor
from archspec.running.verify import verify

sys.path.insert(0, str(Path(ROOT) / "tests" / "conformance"))

from harness import build, empty
from strategies_functional import STRATEGIES


def _last(x: torch.Tensor, arguments: dict[str, Any]) -> list[int]:
    shape = arguments.get("normalized_shape", x.shape[-1])
    return list(shape) if isinstance(shape, tuple) else [shape]


def _weights(tensors: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    return dict(zip(("weight", "bias"), tensors, strict=False))


def _eps(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key == "eps"}


FUNCTIONS: dict[str, Callable[[list[torch.Tensor], dict[str, Any]], torch.Tensor]] = {
    "FunctionalLinear": lambda t, a: F.linear(*t, **a),
    "FunctionalEmbedding": lambda t, a: F.embedding(*t, **a),
    "FunctionalLayerNorm": lambda t, a: F.layer_norm(t[0], _last(t[0], a), **_weights(t[1:]), **_eps(a)),
    "FunctionalRMSNorm": lambda t, a: F.rms_norm(t[0], _last(t[0], a), **_weights(t[1:]), **_eps(a)),
    "FunctionalGroupNorm": lambda t, a: F.group_norm(t[0], a["num_groups"], **_weights(t[1:]), **_eps(a)),
    "FunctionalBatchNorm": lambda t, a: F.batch_norm(t[0], None, None, **_weights(t[1:]), training=True, **a),
    **{f"FunctionalConv{n}d": lambda t, a, n=n: getattr(F, f"conv{n}d")(*t, **a) for n in (1, 2, 3)},
    **{f"FunctionalConvTranspose{n}d": lambda t, a, n=n: getattr(F, f"conv_transpose{n}d")(*t, **a) for n in (1, 2, 3)},
}


def test_there_is_a_function_for_each() -> None:
    assert sorted(FUNCTIONS) == sorted(STRATEGIES)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_it_takes_what_the_function_takes(name: str) -> None:
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def compare(case: tuple[dict[str, Any], tuple[Tensor, ...]]) -> None:
        arguments, inputs = case
        op = build(name, arguments, inputs)
        tensors = [empty(tensor, "cpu") for tensor in inputs]
        if op is None and (not inputs[0].is_float or (name[-1] == "d" and inputs[0].rank == int(name[-2]) + 1)):
            return  # whole numbers, which some kernels happen to take, and tensors without a batch
        if "Embedding" in name:
            tensors[0] = torch.zeros_like(tensors[0])
        said, shape = "", ()
        try:
            shape = tuple(FUNCTIONS[name](tensors, arguments).shape)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            said = str(error) or type(error).__name__
        assert (op is not None) == (not said) or 0 in shape, (arguments, inputs, said)

    compare()


STANDARDIZED = """\
archspec: 1
name: Standardized
input: [3, 8, 8]
layers:
  weight: {type: Parameter, shape: [6, 3, 3, 3], fill: null}
  bias: {type: Parameter, shape: [6], fill: 0.5}
  scale: {type: Parameter, shape: [6], fill: 2}
  flat: {type: View, shape: [1, 6, 27], from: weight}
  normed: {type: FunctionalBatchNorm, eps: 1.0e-6, from: [flat, scale]}
  standard: {type: View, shape: [6, 3, 3, 3]}
  conv: {type: FunctionalConv2d, padding: 1, stride: 2, from: [input, standard, bias]}
  table: {type: Parameter, shape: [5, 16], fill: null}
  rows: {type: Flatten, start_dim: 2, from: conv}
  logits: {type: FunctionalLinear, from: [rows, table]}
"""


def test_standardized_weights() -> None:
    torch.manual_seed(0)
    model = built(STANDARDIZED)
    x = torch.randn(2, 3, 8, 8)
    state = model.state_dict()
    normed = F.batch_norm(state["weight"].view(1, 6, 27), None, None, state["scale"], None, True, 0.0, 1e-6)
    wanted = F.conv2d(x, normed.view(6, 3, 3, 3), state["bias"], 2, 1).flatten(2) @ state["table"].T
    torch.testing.assert_close(model.eval()(x), wanted)


def test_counts_and_windows_are_those_of_the_modules() -> None:
    result = checked(STANDARDIZED)
    assert result.facts is not None
    facts = {facts_of.path: result.facts.of(facts_of) for facts_of in result.facts.graph.layers}
    assert (facts["conv"].macs, facts["conv"].params) == (6 * 27 * 16, 0)
    assert [str(axis) for axis in facts["conv"].field or ()] == [str(axis) for axis in _field("padding: 1, stride: 2")]
    assert facts["logits"].macs == 6 * 16 * 5
    assert result.facts.totals.params == 6 * 27 + 6 + 6 + 5 * 16
    assert verify(result.facts, generate(result.facts)) == []


def _field(arguments: str) -> tuple[object, ...]:
    result = checked(spec(f"  a: {{type: Conv2d, out_channels: 6, kernel_size: 3, {arguments}}}\n", "[3, 8, 8]"))
    assert result.facts is not None
    return tuple(result.facts.layers[-1].field or ())


REFUSED: list[tuple[str, str, str]] = [
    ("{type: FunctionalLinear, from: [input, w]}", "E0302", "a weight of (out, in)"),
    ("{type: FunctionalConv2d, groups: 2, from: [input, w]}", "E0305", "for 3 channels in 2 groups"),
    ("{type: FunctionalConv2d, from: [input, w, w]}", "E0305", "has a bias of 4 × 3 × 3 × 3, where 4 is needed"),
    ("{type: FunctionalConv2d, padding: same, stride: 2, from: [input, w]}", "E0106", "stride 1 only"),
    ("{type: FunctionalConv2d, stride: [1, 2, 3], from: [input, w]}", "E0105", "3 entries in stride"),
    ("{type: FunctionalConv2d, dilation: 9, from: [input, w]}", "E0303", "a kernel of 3"),
    ("{type: FunctionalConv1d, from: [input, w]}", "E0302", "(N, C, L)"),
    ("{type: FunctionalLayerNorm, normalized_shape: [8, 7], from: [input]}", "E0301", "8 × 7"),
    ("{type: FunctionalLayerNorm, from: [input, w]}", "E0305", "a weight of"),
    ("{type: FunctionalGroupNorm, num_groups: 2, from: [input]}", "E0304", "2 groups"),
    ("{type: FunctionalEmbedding, from: [input, w]}", "E0307", "whole numbers"),
    ("{type: FunctionalBatchNorm, from: [one]}", "E0310", "one value a channel"),
]


@pytest.mark.parametrize(("layer", "code", "message"), REFUSED)
def test_refused(layer: str, code: str, message: str) -> None:
    weights = "  w: {type: Parameter, shape: [4, 3, 3, 3]}\n  one: {type: Parameter, shape: [1, 3]}\n"
    (found,) = (d for d in checked(spec(f"{weights}  a: {layer}\n", "[3, 8, 8]")).diagnostics if d.severity == "error")
    assert (found.code, message in found.message) == (code, True), found.message


def test_attention_with_a_scale_of_0_is_the_mean() -> None:
    """Scores that are all 0 weigh all tokens alike; without the scale, PyTorch would take 1/sqrt(d)."""
    text = "archspec: 1\nname: N\ninput: [4, 8]\nlayers:\n  a: {type: ScaledDotProductAttention, from: [input, input, input], scale: 0}\n"
    x = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(built(text)(x), x.mean(1, keepdim=True).expand_as(x), atol=1e-6)
