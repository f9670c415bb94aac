"""Matrix products and recurrent layers, against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from running import agree, graph, types

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    """Random numbers around zero."""
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(("attributes", "weight", "bias", "expected"), [
    ({"transB": 1}, (5, 4), (5,), ["Linear"]),
    ({}, (4, 5), (5,), ["Linear"]),
    ({}, (4, 5), None, ["Linear"]),
    ({"alpha": 0.5, "beta": 2.0, "transB": 1}, (5, 4), (1, 5), ["Linear"]),
    ({"transB": 1}, (5, 4), (), ["Linear"]),
    ({"transB": 1}, (5, 4), (1,), ["Linear"]),
])  # fmt: skip
def test_gemm(
    attributes: dict[str, Any],
    weight: tuple[int, ...],
    bias: tuple[int, ...] | None,
    expected: list[str],
    tmp_path: Path,
) -> None:
    weights = {"fc.weight": numbers(*weight), **({"fc.bias": numbers(*bias)} if bias is not None else {})}
    gemm = helper.make_node("Gemm", ["x", *weights], ["y"], **attributes)
    layers = agree(graph([gemm], x := {"x": numbers(3, 4)}, weights), x, tmp_path)
    assert sorted(types(layers)) == sorted(expected)
    assert "fc" in [layer.path for layer in layers]


def test_gemm_of_two_tensors(tmp_path: Path) -> None:
    inputs = {"x": numbers(3, 4), "z": numbers(3, 5)}
    nodes = [helper.make_node("Gemm", ["x", "z"], ["y"], transA=1, alpha=0.5)]
    assert types(agree(graph(nodes, inputs), inputs, tmp_path)) == ["Transpose", "Matmul", "Mul"]


def test_matmul(tmp_path: Path) -> None:
    """A bias that follows is the layer's own, unless others read the product as well."""
    weights = {"w": numbers(4, 5), "fc.bias": numbers(5)}
    matmul, add = helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Add", ["p", "fc.bias"], ["y"])
    layers = agree(graph([matmul, add], x := {"x": numbers(2, 3, 4)}, weights), x, tmp_path)
    assert [(layer.type, layer.path) for layer in layers] == [("Linear", "fc")]
    also = helper.make_node("Mul", ["p", "y"], ["z"])
    assert "Add" in types(agree(graph([matmul, add, also], x, weights), x, tmp_path))
    inputs = {"x": numbers(2, 3, 4), "z": numbers(2, 4, 5)}
    assert types(agree(graph([helper.make_node("MatMul", ["x", "z"], ["y"])], inputs), inputs, tmp_path)) == ["Matmul"]
    left = helper.make_node("MatMul", ["w", "x"], ["y"])
    assert types(
        agree(graph([left], {"x": numbers(2, 5, 3)}, {"w": weights["w"]}), {"x": numbers(2, 5, 3)}, tmp_path)
    ) == ["Parameter", "Matmul"]


def test_shared_weights(tmp_path: Path) -> None:
    """One matrix in two layers: used again where all is the same, else tied."""
    weights = {"fc.weight": numbers(4, 4), "fc.bias": numbers(4)}
    nodes = [helper.make_node("Gemm", ["x", *weights], ["a"], transB=1), helper.make_node("Relu", ["a"], ["b"]),
             helper.make_node("Gemm", ["b", *weights], ["y"], transB=1)]  # fmt: skip
    layers = agree(graph(nodes, x := {"x": numbers(3, 4)}, weights), x, tmp_path)
    assert [layer.use is not None for layer in layers] == [False, False, True]
    tokens = {"tokens": np.array([[1, 4, 2]])}
    nodes = [helper.make_node("Gather", ["emb.weight", "tokens"], ["e"]), helper.make_node("Transpose", ["emb.weight"], ["t"]),
             helper.make_node("MatMul", ["e", "t"], ["y"])]  # fmt: skip
    layers = agree(graph(nodes, tokens, {"emb.weight": numbers(5, 4)}), tokens, tmp_path)
    assert types(layers) == ["Embedding", "Linear"]
    assert layers[1].tie == {"weight": "emb.weight"}


def test_einsum(tmp_path: Path) -> None:
    inputs = {"x": numbers(2, 3, 4), "z": numbers(2, 5, 4)}
    nodes = [helper.make_node("Einsum", ["x", "z"], ["y"], equation="b i d, b j d -> b i j")]
    assert types(agree(graph(nodes, inputs), inputs, tmp_path)) == ["Einsum"]


GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("direction", ["forward", "bidirectional", "reverse"])
@pytest.mark.parametrize("bias", [True, False])
def test_recurrent(op: str, direction: str, bias: bool, tmp_path: Path) -> None:
    """The gates stand in another order; the directions are an axis of their own."""
    directions, hidden, features = 2 if direction == "bidirectional" else 1, 5, 3
    rows = GATES[op] * hidden
    weights = {"w": numbers(directions, rows, features), "r": numbers(directions, rows, hidden)}
    if bias:
        weights["b"] = numbers(directions, 2 * rows)
    extra = {"linear_before_reset": 1} if op == "GRU" else {}
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node(op, ["t", *weights], ["y4", "h"], hidden_size=hidden, direction=direction, **extra),
        helper.make_node("Transpose", ["y4"], ["y5"], perm=[2, 0, 1, 3]),
        helper.make_node("Reshape", ["y5", "shape"], ["y"]),
    ]
    weights["shape"] = np.array([0, 0, -1])
    layers = agree(graph(nodes, x := {"x": numbers(2, 7, features)}, weights), x, tmp_path)
    assert op in types(layers)


def test_states(tmp_path: Path) -> None:
    """A first state of zeros is left out; the last state is a port."""
    weights = {
        "w": numbers(1, 20, 3),
        "r": numbers(1, 20, 5),
        "b": numbers(1, 40),
        "zero": np.zeros((1, 2, 5), np.float32),
        "axes": np.array([0]),
    }
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["t", "w", "r", "b", "", "zero", "zero"], ["", "h", "c"], hidden_size=5),
        helper.make_node("Squeeze", ["h", "axes"], ["y"]),
    ]
    layers = agree(graph(nodes, x := {"x": numbers(2, 7, 3)}, weights), x, tmp_path)
    assert types(layers) == ["Permute", "LSTM", "Squeeze"]
    assert layers[2].reads[0].port == "h"
