"""Every attribute, input and output of a node is built or refused: nothing is left out without a word. Values are onnxruntime's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from running import agree, graph, imported, types

from archspec.importers.sketch import ImportProblem

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


UNREAD: list[tuple[str, int, dict[str, Any], str]] = [
    ("SpaceToDepth", 28, {"blocksize": 2, "mode": "CRD"}, "has CRD as its mode"),
    ("LayerNormalization", 17, {"stash_type": 16}, "has 16 as its stash_type"),
    ("MaxPool", 17, {"kernel_shape": [2, 2], "storage_order": 1}, ""),  # it orders indices that nobody reads
    ("Dropout", 12, {"seed": 3}, ""),  # evaluation draws nothing
]


@pytest.mark.parametrize(("op", "opset", "attributes", "said"), UNREAD)
def test_attributes_without_a_reader(
    op: str, opset: int, attributes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    x = numbers(2, 4, 6, 6)
    weights = {"scale": numbers(6)} if op == "LayerNormalization" else {}
    node = helper.make_node(op, ["x", *weights], ["y"], name="n", **attributes)
    model = graph([node], {"x": x}, weights, 17 if opset == 28 else opset)
    model.opset_import[0].version = opset
    if not said:
        agree(model, {"x": x}, tmp_path)
        return
    if op == "SpaceToDepth":
        pytest.importorskip("onnx", minversion="1.23", reason="its opset 28 is the first with a mode of SpaceToDepth")
    with pytest.raises(ImportProblem, match=said) as caught:
        imported(model, tmp_path)
    assert caught.value.place == f"node n ({op})"


@pytest.mark.parametrize("op", ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceProd"])
@pytest.mark.parametrize("is_known", [False, True])
def test_attributes_that_another_input_leaves_without_effect(op: str, is_known: bool, tmp_path: Path) -> None:
    """What holds where there are no axes is said beside axes too; also of numbers that are folded."""
    x, axes = numbers(2, 4, 3), {"axes": np.array([1])}
    if is_known:
        nodes = [
            helper.make_node(op, ["w", "axes"], ["r"], noop_with_empty_axes=1),
            helper.make_node("Add", ["x", "r"], ["y"]),
        ]
        agree(graph(nodes, {"x": x}, {**axes, "w": numbers(1, 4, 3)}, 18), {"x": x}, tmp_path)
        return
    node = helper.make_node(op, ["x", "axes"], ["y"], noop_with_empty_axes=1)
    agree(graph([node], {"x": x}, axes, 18), {"x": x}, tmp_path)


def test_zeros_that_a_reshape_does_not_have(tmp_path: Path) -> None:
    x, given = numbers(2, 12), {"w": numbers(1, 12), "shape": np.array([3, 4]), "last": np.array([-1, 3, 4])}
    nodes = [
        helper.make_node("Reshape", ["w", "shape"], ["r"], allowzero=1),
        helper.make_node("Reshape", ["x", "last"], ["s"], allowzero=1),
        helper.make_node("Add", ["s", "r"], ["y"]),
    ]
    agree(graph(nodes, {"x": x}, given, 18), {"x": x}, tmp_path)


def test_an_input_without_a_reader(tmp_path: Path) -> None:
    """Dropout that trains draws at random, so it is no Dropout that evaluation leaves out."""
    x, more = numbers(2, 4), {"ratio": np.array(0.5, np.float32), "training": np.array(True)}
    model = graph([helper.make_node("Dropout", ["x", *more], ["y"])], {"x": x}, more, 13)
    with pytest.raises(ImportProblem, match="training mode"):
        imported(model, tmp_path)
    more["training"] = np.array(False)
    agree(graph([helper.make_node("Dropout", ["x", *more], ["y"])], {"x": x}, more, 13), {"x": x}, tmp_path)


@pytest.mark.parametrize(("op", "outputs", "attributes"), [
    ("MaxPool", 2, {"kernel_shape": [2, 2]}), ("Dropout", 2, {}), ("LayerNormalization", 2, {}),
])  # fmt: skip
def test_an_output_that_no_layer_gives(op: str, outputs: int, attributes: dict[str, Any], tmp_path: Path) -> None:
    x = numbers(2, 3, 4, 4)
    weights = {"scale": numbers(4)} if op == "LayerNormalization" else {}
    names = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, ["x", *weights], names, name="n", **attributes)
    with pytest.raises(ImportProblem, match="which other nodes read and no layer of a spec gives"):
        imported(graph([node], {"x": x}, weights, outputs=outputs), tmp_path)
    agree(graph([node], {"x": x}, weights, outputs=1), {"x": x}, tmp_path)


def test_an_input_that_a_newer_version_added_is_refused(tmp_path: Path) -> None:
    x, more = {name: numbers(1, 2, 5, 4) for name in "qkv"}, {"lengths": np.array([3], np.int64)}
    node = helper.make_node("Attention", ["q", "k", "v", "", "", "", "lengths"], ["y"], name="n")
    with pytest.raises(ImportProblem, match="has an input nonpad_kv_seqlen, which no layer of a spec reads"):
        imported(graph([node], x, more, 24), tmp_path)


@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_lengths_of_sequences_are_refused(op: str, gates: int, tmp_path: Path) -> None:
    x, weights = numbers(5, 1, 3), {"w": numbers(1, 2 * gates, 3), "r": numbers(1, 2 * gates, 2)}
    lengths = {"lengths": np.array([4], np.int32)}
    more = {"linear_before_reset": 1} if op == "GRU" else {}
    node = helper.make_node(op, ["x", "w", "r", "", "lengths"], ["y"], name="n", hidden_size=2, **more)
    with pytest.raises(ImportProblem, match="has sequences of different lengths"):
        imported(graph([node], {"x": x}, {**weights, **lengths}), tmp_path)


def test_the_remainder_of_constants_has_the_sign_it_is_said_to_have(tmp_path: Path) -> None:
    weights = {"a": np.array([-5.5, 5.5], np.float32), "b": np.array([3, -3], np.float32)}
    x = numbers(3, 2)
    nodes = [helper.make_node("Mod", ["a", "b"], ["m"], fmod=1), helper.make_node("Add", ["x", "m"], ["y"])]
    agree(graph(nodes, {"x": x}, weights), {"x": x}, tmp_path)


@pytest.mark.parametrize("second", [{"axes": [1, 2], "keepdims": 1}, {"axes": [2], "keepdims": 1}])
def test_a_normalization_whose_means_are_over_other_axes_is_none(second: dict[str, Any], tmp_path: Path) -> None:
    """The mean over the last axis, the variance over the axes of the second ReduceMean."""
    x, weights = numbers(2, 3, 4), {"two": np.array(2, np.float32), "eps": np.array(1e-5, np.float32)}
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2]),
        helper.make_node("Sub", ["x", "mean"], ["d"]),
        helper.make_node("Pow", ["d", "two"], ["square"]),
        helper.make_node("ReduceMean", ["square"], ["var"], **second),
        helper.make_node("Add", ["var", "eps"], ["sum"]),
        helper.make_node("Sqrt", ["sum"], ["root"]),
        helper.make_node("Div", ["d", "root"], ["y"]),
    ]
    found = types(agree(graph(nodes, {"x": x}, weights, 13), {"x": x}, tmp_path))
    assert (found == ["LayerNorm"]) == (second["axes"] == [2])


# Sizes that PyTorch's layers do not have -------------------------------------------------------------------------------


@pytest.mark.parametrize(("attributes", "bias"), [
    ({"output_shape": [10, 8], "strides": [3, 2]}, False),
    ({"output_shape": [10, 8], "strides": [3, 2]}, True),
    ({"output_shape": [9, 7], "strides": [3, 2]}, True),
    ({"output_shape": [8, 7], "strides": [3, 2]}, True),
    ({"output_shape": [8, 5], "strides": [3, 2], "auto_pad": "SAME_UPPER"}, True),
    ({"auto_pad": "SAME_LOWER", "strides": [2, 2]}, True),
    ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, False),
])  # fmt: skip
def test_transposed_convolutions_to_a_size(attributes: dict[str, Any], bias: bool, tmp_path: Path) -> None:
    x, weights = numbers(1, 1, 3, 3), {"w": numbers(1, 2, 3, 3), **({"b": numbers(2)} if bias else {})}
    node = helper.make_node("ConvTranspose", ["x", *weights], ["y"], **attributes)
    agree(graph([node], {"x": x}, weights), {"x": x}, tmp_path)


@pytest.mark.parametrize("p", [1, 2, 3, 4])
@pytest.mark.parametrize(("pads", "ceil_mode"), [([0, 0], 0), ([1, 1], 0), ([0, 0], 1), ([1, 0], 1)])
@pytest.mark.parametrize(("kernel", "stride"), [(2, 1), (3, 2), (2, 3)])
def test_pooling_by_a_norm(p: int, pads: list[int], ceil_mode: int, kernel: int, stride: int, tmp_path: Path) -> None:
    """Of absolute values, and windows that hang over the end hold fewer: PyTorch's layer does neither."""
    x = numbers(2, 3, 8)
    node = helper.make_node(
        "LpPool", ["x"], ["y"], kernel_shape=[kernel], strides=[stride], pads=pads, p=p, ceil_mode=ceil_mode
    )
    agree(graph([node], {"x": x}, opset=18), {"x": x}, tmp_path)


@pytest.mark.parametrize(
    ("upper", "k", "dtype"), [(1, 0, "float32"), (0, 1, "float32"), (0, -1, "int64"), (1, -2, "int64")]
)
def test_triangles_keep_their_type(upper: int, k: int, dtype: str, tmp_path: Path) -> None:
    x = (5 * numbers(2, 3, 4)).astype(dtype)
    weights = {"k": np.array(k, np.int64)}
    model = graph([helper.make_node("Trilu", ["x", "k"], ["y"], upper=upper)], {"x": x}, weights)
    assert types(agree(model, {"x": x}, tmp_path)) == ["Triu" if upper else "Tril"]
