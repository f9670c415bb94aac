"""Operators that work element by element, and normalizations, against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from running import Arrays, agree, graph, types

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    """Random numbers around zero."""
    return (2 * RANDOM.standard_normal(shape)).astype(np.float32)


def run(
    op: str, tmp_path: Path, x: np.ndarray, weights: Arrays | None = None, opset: int = 17, **attributes: Any
) -> list[str]:
    """The types of the layers that one node becomes, after its values agree."""
    node = helper.make_node(op, ["x", *(weights or {})], ["y"], **attributes)
    return types(agree(graph([node], {"x": x}, weights, opset), {"x": x}, tmp_path))


ACTIVATIONS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Relu", {}, ["ReLU"]),
    ("LeakyRelu", {}, ["LeakyReLU"]),
    ("LeakyRelu", {"alpha": 0.3}, ["LeakyReLU"]),
    ("Elu", {"alpha": 0.7}, ["ELU"]),
    ("Selu", {}, ["SELU"]),
    ("Celu", {"alpha": 2.0}, ["CELU"]),
    ("HardSigmoid", {}, ["Mul", "Add", "Clamp"]),
    ("HardSigmoid", {"alpha": 1 / 6}, ["Hardsigmoid"]),
    ("HardSwish", {}, ["Hardswish"]),
    ("Softplus", {}, ["Softplus"]),
    ("Softsign", {}, ["Softsign"]),
    ("ThresholdedRelu", {"alpha": 0.4}, ["Threshold"]),
    ("Sigmoid", {}, ["Sigmoid"]),
    ("Tanh", {}, ["Tanh"]),
    ("Shrink", {"lambd": 0.3}, ["Hardshrink"]),
    ("Shrink", {"lambd": 0.3, "bias": 0.3}, ["Softshrink"]),
    ("Erf", {}, ["Erf"]),
    ("Neg", {}, ["Neg"]),
    ("Abs", {}, ["Abs"]),
    ("Exp", {}, ["Exp"]),
    ("Reciprocal", {}, ["Reciprocal"]),
    ("Floor", {}, ["Floor"]),
    ("Ceil", {}, ["Ceil"]),
    ("Round", {}, ["Round"]),
    ("Sign", {}, ["Sign"]),
    ("Sin", {}, ["Sin"]),
    ("Cos", {}, ["Cos"]),
    ("Dropout", {}, ["Dropout"]),
]


@pytest.mark.parametrize(("op", "attributes", "expected"), ACTIVATIONS)
def test_activations(op: str, attributes: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    assert run(op, tmp_path, numbers(2, 3, 4), **attributes) == expected


def test_newer_activations(tmp_path: Path) -> None:
    assert run("Mish", tmp_path, numbers(2, 3), opset=18) == ["Mish"]
    assert run("Gelu", tmp_path, numbers(2, 3), opset=20) == ["GELU"]
    assert run("Gelu", tmp_path, numbers(2, 3), opset=20, approximate="tanh") == ["GELU"]


@pytest.mark.parametrize("slope", [(1,), (3, 1, 1), (1, 3, 1, 1), (3, 4, 5), (5,)])
def test_prelu(slope: tuple[int, ...], tmp_path: Path) -> None:
    """PyTorch has one slope, or one for each channel; all others are written out."""
    found = run("PRelu", tmp_path, numbers(2, 3, 4, 5), {"slope": numbers(*slope)})
    assert found == ["PReLU"] if np.prod(slope) in (1, 3) else "Parameter" in found


def test_clip(tmp_path: Path) -> None:
    x = 3 * numbers(4, 5)
    assert run("Clip", tmp_path, x, {"low": np.float32(0), "high": np.float32(6)}) == ["ReLU6"]
    assert run("Clip", tmp_path, x, {"low": np.float32(-0.1)}) == ["Clamp"]
    assert run("Clip", tmp_path, x, opset=10, min=0.0, max=6.0) == ["ReLU6"]
    assert run("Clip", tmp_path, x, opset=7, max=1.5) == ["Clamp"]
    node = helper.make_node("Clip", ["x", "", "high"], ["y"])
    assert types(agree(graph([node], {"x": x}, {"high": np.float32(2)}), {"x": x}, tmp_path)) == ["Clamp"]


@pytest.mark.parametrize(("opset", "axis", "expected"), [
    (13, None, ["Softmax"]), (13, 1, ["Softmax"]), (11, None, ["Flatten", "Softmax", "Unflatten"]), (11, 3, ["Softmax"]),
    (11, 2, ["Flatten", "Softmax", "Unflatten"]),
])  # fmt: skip
def test_softmax(opset: int, axis: int | None, expected: list[str], tmp_path: Path) -> None:
    """Before opset 13 it is over all axes from `axis` on, together."""
    keys = {"axis": axis} if axis is not None else {}
    assert run("Softmax", tmp_path, numbers(2, 3, 4, 5), opset=opset, **keys) == expected
    assert len(run("LogSoftmax", tmp_path, numbers(2, 3, 4, 5), opset=opset, **keys)) == len(expected)
    assert run("Softmax", tmp_path, numbers(2, 3, 1, 1), opset=opset, **keys)[-1] in ("Softmax", "Unflatten")


@pytest.mark.parametrize(
    ("op", "expected"), [("Add", "Add"), ("Sub", "Sub"), ("Mul", "Mul"), ("Div", "Div"), ("Pow", "Pow")]
)
def test_arithmetic(op: str, expected: str, tmp_path: Path) -> None:
    x = abs(numbers(2, 3, 4)) + 0.1
    assert run(op, tmp_path, x, {"c": np.float32(1.7)}) == [expected]
    assert run(op, tmp_path, x, {"c": np.full((1, 1), 3, np.float32)}) == [expected]
    assert run(op, tmp_path, x, {"c": abs(numbers(3, 1)) + 0.1}) == ["Parameter", expected]
    assert run(op, tmp_path, x, {"c": abs(numbers(5, 1, 3, 1))})[-1] == expected  # broadcasts the other way
    node = helper.make_node(op, ["c", "x"], ["y"])
    agree(graph([node], {"x": x}, {"c": np.float32(1.7)}), {"x": x}, tmp_path)
    both = {"x": x, "z": abs(numbers(2, 1, 4)) + 0.2}
    agree(graph([helper.make_node(op, ["x", "z"], ["y"])], both), both, tmp_path)


def test_several(tmp_path: Path) -> None:
    inputs = {"x": numbers(2, 3), "z": numbers(2, 3), "w": numbers(2, 1)}
    for op, expected in (("Sum", ["Add"]), ("Mean", ["Add", "Div"]), ("Max", ["Maximum"]), ("Min", ["Minimum"])):
        node = helper.make_node(op, list(inputs), ["y"])
        assert types(agree(graph([node], inputs), inputs, tmp_path)) == expected
    assert run("Max", tmp_path, numbers(3, 4), {"c": np.float32(0.5)}) == ["Clamp"]
    assert run("Min", tmp_path, numbers(3, 4), {"c": np.array([0.5], np.float32)}) == ["Clamp"]
    nodes = [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("Mul", ["x", "s"], ["y"])]
    assert types(agree(graph(nodes, x := {"x": numbers(2, 3)}), x, tmp_path)) == ["SiLU"]


def test_comparisons(tmp_path: Path) -> None:
    x = {"x": numbers(2, 3), "z": numbers(2, 3)}
    for op in ("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"):
        for reads in (["x", "z"], ["x", "c"], ["c", "x"]):
            nodes = [helper.make_node(op, reads, ["m"]), helper.make_node("Where", ["m", "x", "z"], ["y"])]
            agree(graph(nodes, x, {"c": np.float32(0.3)}), x, tmp_path)
    nodes = [
        helper.make_node("Less", ["x", "z"], ["m"]),
        helper.make_node("Cast", ["m"], ["f"], to=1),
        helper.make_node("Mul", ["f", "x"], ["y"]),
    ]
    agree(graph(nodes, x), x, tmp_path)


def test_normalizations(tmp_path: Path) -> None:
    x = numbers(2, 6, 5, 5)
    positive = {name: abs(numbers(6)) + 0.5 for name in ("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")}
    assert run("BatchNormalization", tmp_path, x, positive, epsilon=1e-3) == ["BatchNorm2d"]
    assert run("BatchNormalization", tmp_path, x[..., 0], positive, opset=8) == ["BatchNorm1d"]
    assert run("BatchNormalization", tmp_path, x[..., 0, 0], positive, opset=14) == ["BatchNorm1d"]
    two = {"s": numbers(6), "b": numbers(6)}
    assert run("InstanceNormalization", tmp_path, x, two) == ["InstanceNorm2d"]
    assert run("GroupNormalization", tmp_path, x, {"s": numbers(3), "b": numbers(3)}, opset=18, num_groups=3) == [
        "GroupNorm"
    ]
    assert run("GroupNormalization", tmp_path, x, two, opset=21, num_groups=3) == ["GroupNorm"]
    last = {"s": numbers(5), "b": numbers(5)}
    assert run("LayerNormalization", tmp_path, x, last) == ["LayerNorm"]
    assert run("LayerNormalization", tmp_path, x, {"s": numbers(5)}) == ["LayerNorm"]
    assert run("LayerNormalization", tmp_path, x, {"s": numbers(5, 5), "b": numbers(5, 5)}, axis=-2) == ["LayerNorm"]
    assert run("LRN", tmp_path, x, size=3, alpha=0.01, bias=2.0) == ["LocalResponseNorm"]
    assert run("LpNormalization", tmp_path, x, axis=1, p=2) == ["Normalize"]


@pytest.mark.parametrize("op", ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd",
                                "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"])  # fmt: skip
def test_reductions(op: str, tmp_path: Path) -> None:
    x = abs(numbers(2, 3, 4, 5)) + 0.1
    as_input = op == "ReduceSum"
    for axes in ([1], [2, 3], [-1]):
        for keepdims in (0, 1):
            if as_input:
                run(op, tmp_path, x, {"axes": np.array(axes)}, keepdims=keepdims)
            else:
                run(op, tmp_path, x, axes=axes, keepdims=keepdims)
            run(op, tmp_path, x, {"axes": np.array(axes)}, opset=18, keepdims=keepdims)


def test_argmax(tmp_path: Path) -> None:
    assert run("ArgMax", tmp_path, numbers(2, 3, 4), axis=1, keepdims=0) == ["Argmax"]
    assert run("CumSum", tmp_path, numbers(2, 3, 4), {"axis": np.array(1)}) == ["Cumsum"]


def test_logic(tmp_path: Path) -> None:
    inputs = {"x": numbers(2, 3), "z": numbers(2, 3)}
    for op in ("And", "Or", "Xor"):
        nodes = [helper.make_node("Less", ["x", "c"], ["a"]), helper.make_node("Less", ["z", "c"], ["b"]),
                 helper.make_node(op, ["a", "b"], ["m"]), helper.make_node("Not", ["m"], ["n"]),
                 helper.make_node("Where", ["n", "x", "low"], ["y"])]  # fmt: skip
        agree(graph(nodes, inputs, {"c": np.float32(0), "low": np.float32(-9)}), inputs, tmp_path)


def test_masks(tmp_path: Path) -> None:
    """Scores that a mask takes out before a softmax: minus infinity is a number here."""
    nodes = [helper.make_node("Greater", ["x", "c"], ["m"]), helper.make_node("Where", ["m", "x", "low"], ["s"]),
             helper.make_node("Softmax", ["s"], ["y"])]  # fmt: skip
    weights = {"c": np.float32(-3), "low": np.float32(-np.inf)}
    assert types(agree(graph(nodes, x := {"x": numbers(2, 8)}, weights), x, tmp_path)) == ["Gt", "Where", "Softmax"]


def test_the_largest(tmp_path: Path) -> None:
    x = numbers(2, 3, 8)
    top = helper.make_node("TopK", ["x", "k"], ["y", "i"], axis=-1)
    assert types(agree(graph([top], {"x": x}, {"k": np.array([3])}, outputs=2), {"x": x}, tmp_path)) == ["TopK"]
    assert run("ArgMin", tmp_path, x, axis=1, keepdims=1) == ["Argmin"]
    assert run("Mod", tmp_path, np.array([[7, -7, 5]]), {"c": np.array(3)}) == ["Remainder"]


def _steps(*nodes: tuple[str, list[str], str]) -> list[Any]:
    return [helper.make_node(op, reads, [given]) for op, reads, given in nodes]


@pytest.mark.parametrize(
    "order", [[("x", "g"), ("p", "half")], [("x", "half"), ("p", "g")], [("g", "half"), ("x", "p")]]
)
@pytest.mark.parametrize("divides", [True, False])
def test_gelu_by_its_error_function(order: list[tuple[str, str]], divides: bool, tmp_path: Path) -> None:
    scale = "Div" if divides else "Mul"
    nodes = _steps((scale, ["x", "root"], "s"), ("Erf", ["s"], "e"), ("Add", ["e", "one"], "g"),
                   ("Mul", list(order[0]), "p"), ("Mul", list(order[1]), "y"))  # fmt: skip
    root = np.float32(2**0.5 if divides else 0.5**0.5)
    weights = {"root": root, "one": np.float32(1), "half": np.float32(0.5)}
    assert types(agree(graph(nodes, x := {"x": numbers(2, 5)}, weights), x, tmp_path)) == ["GELU"]
    weights["half"] = np.float32(0.7)
    assert "Erf" in types(agree(graph(nodes, x, weights), x, tmp_path))


@pytest.mark.parametrize("squares", ["Pow", "Mul"])
@pytest.mark.parametrize("weighted", [0, 1, 2])
def test_layer_norm_of_older_files(squares: str, weighted: int, tmp_path: Path) -> None:
    """Nine nodes that are one layer, with the names of its weights."""
    mean = helper.make_node("ReduceMean", ["x"], ["m"], axes=[-1])
    spread = helper.make_node("ReduceMean", ["q"], ["v"], axes=[-1])
    nodes = [mean, *_steps(("Sub", ["x", "m"], "d"), (squares, ["d", "two" if squares == "Pow" else "d"], "q")), spread,
             *_steps(("Add", ["v", "eps"], "a"), ("Sqrt", ["a"], "r"), ("Div", ["d", "r"], "n"),
                     ("Mul", ["n", "norm.weight"], "w"), ("Add", ["w", "norm.bias"], "y"))]  # fmt: skip
    nodes = nodes[: 7 + weighted]
    weights = {"two": np.float32(2), "eps": np.float32(1e-6), "norm.weight": numbers(6), "norm.bias": numbers(6)}
    layers = agree(graph(nodes, x := {"x": numbers(2, 5, 6)}, weights, opset=13), x, tmp_path)
    assert types(layers) == ["LayerNorm"]
    assert layers[0].keys["eps"] == 1e-6
    if weighted:
        assert layers[0].path == "norm"
    also = helper.make_node("Add", ["d", nodes[-1].output[0]], ["z"])  # who reads what stands between keeps all of it
    assert "LayerNorm" not in types(agree(graph([*nodes, also], x, weights, opset=13), x, tmp_path))
