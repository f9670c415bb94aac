"""What is said of receptive fields of random networks that cut, join, turn and pool, against the support of the gradient."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import torch
from support import checked, spec

from archspec.backends.torch import generate
from archspec.checking import check
from archspec.facts.model import AxisField, Scattered, Unknown, Whole
from archspec.running.build import build

SIDE = 48


def network(seed: int) -> dict[str, Any]:
    """A chain over one axis of [2, SIDE]; no padding, so that every unit is an inner one."""
    pick = random.Random(seed)
    layers: dict[str, Any] = {}
    last, size, channels = "input", SIDE, 2
    for i in range(pick.randint(1, 5)):
        kinds = ["conv", "conv", "average", "slice", "flip", "roll", "chunk", "cat", "stack", "mean", "repeat", "up", "linear",
                 "split", "twice", "crossed", "reshape", "interleave"]  # fmt: skip
        kind, name = pick.choice(kinds), f"a{i}"
        cut = pick.randint(0, size // 2)
        options: dict[str, dict[str, Any]] = {
            "conv": {"type": "Conv1d", "out_channels": 2, "kernel_size": pick.randint(1, 3), "dilation": pick.randint(1, 2),
                     "stride": pick.randint(1, 2), "bias": False},
            "average": {"type": "AvgPool1d", "kernel_size": pick.randint(1, 3), "stride": pick.randint(1, 3)},
            "slice": {"type": "Slice", "dim": 2, "start": cut, "stop": pick.randint(cut + 1, size), "step": pick.randint(1, 2)},
            "flip": {"type": "Flip", "dims": 2}, "roll": {"type": "Roll", "shifts": pick.randint(1, 3), "dims": 2},
            "mean": {"type": "Mean", "dim": 2, "keepdim": True}, "up": {"type": "Upsample", "scale_factor": 2},
            "repeat": {"type": "Repeat", "repeats": [1, 1, 2]}, "linear": {"type": "Linear", "out_features": 5},
            "interleave": {"type": "RepeatInterleave", "repeats": 2, "dim": 2},
            "reshape": {"type": "Reshape", "shape": [channels * size]},
        }  # fmt: skip
        if size < 6 and kind != "mean":
            break
        if kind in options:
            layers[name] = {**options[kind], "from": last}
        elif kind in ("chunk", "split"):
            layers[f"p{i}"] = {"type": "Chunk", "chunks": 2, "dim": 2 if kind == "chunk" else 1, "from": last}
            port = pick.choice("01")
            layers[name] = {"type": "Identity", "from": f"p{i}.{port}"}
        else:
            layers[f"l{i}"] = {
                "type": "Conv1d",
                "out_channels": channels,
                "kernel_size": 3,
                "bias": False,
                "from": last,
            }
            layers[f"r{i}"] = {"type": "Slice", "dim": 2, "start": pick.randint(0, 2), "stop": size - 2, "from": last}
            dim = {"cat": 2, "twice": 1, "stack": 1, "crossed": 1}[kind]
            if kind in ("cat", "twice", "crossed"):
                if kind != "cat":
                    layers[f"r{i}"]["start"] = 0
                layers[name] = {"type": "Cat", "dim": dim, "from": [f"l{i}", f"r{i}"]}
            else:
                layers[f"r{i}"]["start"] = 0
                layers[f"s{i}"] = {"type": "Stack", "dim": dim, "from": [f"l{i}", f"r{i}"]}
                layers[name] = {"type": "Select", "dim": dim, "index": pick.randint(0, 1)}
            if kind == "crossed":
                layers[f"t{i}"] = {"type": "Slice", "dim": 1, "start": channels, "from": name}
                name = f"t{i}"
        result = check("net.json", json.dumps(_document(layers)).encode())
        if result.facts is None or not result.ok:
            layers = {key: value for key, value in layers.items() if not key.endswith(str(i))}
            break
        tensor = result.facts.of(result.facts.graph.layers[-1]).output
        if tensor is None or tensor.rank != 3:
            break
        last, size, channels = name, int(str(tensor.shape[2])), int(str(tensor.shape[1]))
    return _document(layers)


def _document(layers: dict[str, Any]) -> dict[str, Any]:
    return {"archspec": 1, "name": "Net", "input": [2, SIDE], "layers": layers}


def supports(document: dict[str, Any], facts: Any) -> list[set[int]]:
    """Which input positions each position of the last layer depends on, all its channels together."""
    model = build(generate(facts).text, "Net").double()
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.0)
    torch.manual_seed(0)
    x = torch.rand(1, 2, SIDE, dtype=torch.float64, requires_grad=True)
    y = model(x)
    y = (
        y
        if y.dim() == 3
        else y.unsqueeze(1)
        if facts.of(facts.graph.layers[-1]).output.shape[-1] > 2
        else y.unsqueeze(2)
    )
    found = []
    for position in range(y.shape[2]):
        weights = torch.rand(y.shape[1], dtype=torch.float64) + 0.5
        (grad,) = torch.autograd.grad((y[0, :, position] * weights).sum(), x, retain_graph=True)
        found.append(set(grad[0].abs().sum(0).nonzero().flatten().tolist()))
    return found


@pytest.mark.parametrize("start", range(0, 320, 20))
def test_what_is_said_is_what_gradients_say(start: int) -> None:
    for seed in range(start, start + 20):
        document = network(seed)
        if not document["layers"]:
            continue
        result = check("net.json", json.dumps(document).encode())
        assert result.ok, result.diagnostics
        assert result.facts is not None
        last = result.facts.graph.layers[-1]
        field = result.facts.of(last).field
        if field is None or isinstance(field[0], Unknown):
            continue
        for position, seen in enumerate(supports(document, result.facts)):
            (extent,) = field
            hull = max(seen) - min(seen) + 1
            if isinstance(extent, Whole):
                assert seen == set(range(SIDE)), (seed, document)
            elif isinstance(extent, Scattered):
                assert hull == extent.size, (seed, document)
            else:
                assert isinstance(extent, AxisField)
                assert hull == extent.size, (seed, position, document)
                first = position * (extent.stride or 0) - extent.padding
                assert min(seen) == first or position > 0, (seed, document)
                assert min(seen) in (first, -extent.padding), (seed, position, document)


def last_field(layers: str, input: str) -> Any:
    result = checked(spec(layers, input))
    assert result.facts is not None, result.diagnostics
    return result.facts.of(result.facts.graph.layers[-1]).field


@pytest.mark.parametrize(("layers", "expected"), [
    ("  a: {type: Slice, dim: 2, start: 50, stop: 58}\n  b: {type: Mean, dim: 2}\n", AxisField(8, None, -50)),
    ("  a: {type: Slice, dim: 2, stop: 8}\n  b: {type: Conv1d, out_channels: 4, kernel_size: 3, padding: 1}\n  c: {type: Mean, dim: 2}\n",
     AxisField(8, None, 0)),
    ("  a: {type: Slice, dim: 2, stop: 8}\n  b: {type: Transpose, dim0: 1, dim1: 2}\n  c: {type: LSTM, hidden_size: 3, bidirectional: true, batch_first: true}\n",
     AxisField(8, None, 0)),
    ("  a: {type: Conv1d, out_channels: 4, kernel_size: 1, stride: 3}\n  b: {type: AdaptiveAvgPool1d, output_size: 1}\n",
     AxisField(100, None, 0, None)),
    ("  a: {type: Conv1d, out_channels: 4, kernel_size: 3}\n  b: {type: AdaptiveAvgPool1d, output_size: 1}\n", Whole()),
    ("  a: {type: Pad, padding: [-5, -5]}\n  b: {type: Mean, dim: 2}\n", AxisField(90, None, -5)),
    ("  a: {type: Select, dim: 2, index: 7}\n", Scattered(1, "one position of it is selected")),
])  # fmt: skip
def test_what_is_seen_together(layers: str, expected: Any) -> None:
    """By hand: the union of what the positions that are read see."""
    assert last_field(layers, "[4, 100]") == (expected,)


@pytest.mark.parametrize("mask", [
    "  m: {type: Buffer, shape: [4, 4]}\n",
    "  m: {type: Buffer, shape: [1, 4, 4], fill: 1}\n",
    "  m: {type: Buffer, value: [[0, -1e9, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]}\n",
    "  k: {type: Buffer, value: [[1.0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]}\n  l: {type: Sub, value: 1, reverse: true, from: k}\n"
    "  m: {type: Mul, value: -10000.0}\n",
    "  k: {type: Buffer, value: [[1.0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]}\n  l: {type: Sub, value: 1}\n  m: {type: Mul, value: 1e9}\n",
])  # fmt: skip
def test_what_a_mask_in_a_buffer_leaves_has_no_law(mask: str) -> None:
    """By hand: which of the four positions count, the mask says, or the weights that are loaded."""
    rest = ("  t: {type: Transpose, from: input, dim0: 1, dim1: 2}\n  s: {type: Matmul, from: [t, input]}\n  a: {type: Add, from: [s, m]}\n"
            "  w: {type: Softmax, dim: 2}\n  y: {type: Matmul, from: [w, t]}\n")  # fmt: skip
    assert isinstance(last_field(mask + rest, "[4, 4]")[0], Unknown)
    plain = "  m: {type: Buffer, value: [[0.5, 1, 0, 2], [1, 1, 1, 1], [0, 1, 2, 3], [3, 2, 1, 0]]}\n"
    assert last_field(plain + rest, "[4, 4]") == (Whole(),)
    learned = "  m: {type: Parameter, shape: [4, 4]}\n"
    assert last_field(learned + rest, "[4, 4]") == (Whole(),)


def test_attention_that_looks_back_has_no_whole_field() -> None:
    causal = "  t: {type: Transpose, dim0: 1, dim1: 2}\n  a: {type: ScaledDotProductAttention, is_causal: true, from: [t, t, t]}\n"
    assert last_field(causal, "[4, 10]") == (Unknown("position t sees positions up to t", at_least=1, at_most=10),)
    assert last_field(causal + "  b: {type: Mean, dim: 1}\n", "[4, 10]") == (Whole(),)
    scores = ("  t: {type: Transpose, dim0: 1, dim1: 2}\n  s: {type: Matmul, from: [t, input]}\n  o: {type: Constant, value: [[false, true], [false, false]]}\n"
              "  m: {type: MaskedFill, value: -inf, from: [s, o]}\n  w: {type: Softmax, dim: 2}\n  y: {type: Matmul, from: [w, t]}\n")  # fmt: skip
    assert isinstance(last_field(scores, "[4, 2]")[0], Unknown)
    assert last_field(scores.replace("from: [w, t]", "from: [s, t]"), "[4, 2]") == (Whole(),)
