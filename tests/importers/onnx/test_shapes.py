"""Operators that give tensors other shapes, take parts and resample, against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto, helper
from running import Arrays, agree, graph, types

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    """Random numbers around zero."""
    return RANDOM.standard_normal(shape).astype(np.float32)


def run(
    nodes: NodeProto | list[NodeProto],
    x: np.ndarray,
    tmp_path: Path,
    weights: Arrays | None = None,
    opset: int = 17,
    outputs: int = 1,
) -> list[str]:
    """The types of the layers that nodes become, after their values agree."""
    listed = nodes if isinstance(nodes, list) else [nodes]
    return types(agree(graph(listed, {"x": x}, weights, opset, outputs), {"x": x}, tmp_path))


def node(op: str, *reads: str, outputs: tuple[str, ...] = ("y",), **attributes: Any) -> NodeProto:
    """A node that reads x and other tensors."""
    return helper.make_node(op, ["x", *reads], list(outputs), **attributes)


@pytest.mark.parametrize(("shape", "target", "expected"), [
    ((1, 4, 3, 3), [1, 36], ["Flatten"]),
    ((1, 4, 3, 3), [1, -1], ["Flatten"]),
    ((1, 4, 3, 3), [-1, 36], ["Flatten"]),
    ((1, 4, 3, 3), [0, -1], ["Flatten"]),
    ((2, 4, 3, 3), [2, 36], ["Flatten"]),
    ((1, 36), [1, 4, 3, 3], ["Reshape"]),
    ((1, 36), [1, 36, 1, 1], ["Reshape"]),
    ((1, 1, 6, 6), [1, 36], ["Flatten"]),
    ((2, 6, 4), [12, 4], ["View"]),
    ((1, 6, 4), [6, 4], ["View"]),
    ((1, 6, 4), [-1, 4], ["View"]),
    ((3, 6, 4), [9, 8], ["View"]),
])  # fmt: skip
def test_reshape(shape: tuple[int, ...], target: list[int], expected: list[str], tmp_path: Path) -> None:
    """What the file has in place of the batch is the batch, where it stands at its place."""
    assert run(node("Reshape", "shape"), numbers(*shape), tmp_path, {"shape": np.array(target)}) == expected


def test_reshape_with_a_free_batch(tmp_path: Path) -> None:
    """Shape arithmetic as exporters write it: x.view(x.size(0), -1, 2)."""
    nodes = [
        node("Shape", outputs=("s",)),
        helper.make_node("Gather", ["s", "zero"], ["n"]),
        helper.make_node("Unsqueeze", ["n", "axes"], ["n1"]),
        helper.make_node("Concat", ["n1", "rest"], ["shape"], axis=0),
        node("Reshape", "shape"),
    ]
    weights = {"zero": np.array(0), "axes": np.array([0]), "rest": np.array([-1, 2])}
    for free in (True, False):
        model = graph(nodes, {"x": numbers(3, 4, 5)}, weights, free=free)
        layers = agree(model, {"x": numbers(3, 4, 5)}, tmp_path)
        assert types(layers) == ["Reshape"]
        assert layers[0].keys == {"shape": [10, 2]}


def test_axes(tmp_path: Path) -> None:
    x = numbers(2, 1, 3, 1)
    assert run(node("Flatten"), numbers(2, 3, 4), tmp_path) == ["Flatten"]
    assert run(node("Flatten", axis=2), numbers(2, 3, 4), tmp_path) == ["View"]
    assert run(node("Transpose", perm=[0, 2, 3, 1]), x, tmp_path) == ["Permute"]
    assert run(node("Transpose"), x, tmp_path) == ["Permute"]
    assert run(node("Squeeze", "axes"), x, tmp_path, {"axes": np.array([1])}) == ["Squeeze"]
    assert run(node("Squeeze", axes=[1, -1]), x, tmp_path, opset=11) == ["Squeeze"]
    assert run(node("Squeeze"), x, tmp_path) == ["Squeeze"]
    assert run(node("Unsqueeze", "axes"), x, tmp_path, {"axes": np.array([1, -1])}) == ["Unsqueeze", "Unsqueeze"]
    assert run(node("Unsqueeze", axes=[2]), x, tmp_path, opset=11) == ["Unsqueeze"]
    assert run(node("Expand", "shape"), x, tmp_path, {"shape": np.array([2, 4, 1, 5])}) == ["Expand"]
    assert run(node("Expand", "shape"), x, tmp_path, {"shape": np.array([1, 1, 3, 1])})[0] == "Identity"
    assert run(node("Tile", "repeats"), x, tmp_path, {"repeats": np.array([1, 2, 1, 3])}) == ["Repeat"]


def test_two_transposes_are_none(tmp_path: Path) -> None:
    nodes = [node("Transpose", outputs=("t",), perm=[0, 2, 1]), helper.make_node("Transpose", ["t"], ["u"], perm=[0, 2, 1]),
             helper.make_node("Relu", ["u"], ["y"])]  # fmt: skip
    assert run(nodes, numbers(2, 3, 4), tmp_path) == ["ReLU"]


def test_parts(tmp_path: Path) -> None:
    x = numbers(2, 7, 6)
    ends = {
        "starts": np.array([1, 0]),
        "ends": np.array([-1, 2**31 - 1]),
        "axes": np.array([1, 2]),
        "steps": np.array([2, 1]),
    }
    assert run(node("Slice", *ends), x, tmp_path, ends) == ["Slice"]
    assert run(node("Slice", starts=[1], ends=[100], axes=[2]), x, tmp_path, opset=9) == ["Slice"]
    back = {"starts": np.array([-1]), "ends": np.array([-(2**63) + 1]), "axes": np.array([1]), "steps": np.array([-1])}
    assert run(node("Slice", *back), x, tmp_path, back) == ["Flip"]
    assert run(node("Split", outputs=("y", "z"), axis=2), x, tmp_path, outputs=2) == ["Split"]
    assert run(
        node("Split", "sizes", outputs=("y", "z"), axis=1), x, tmp_path, {"sizes": np.array([5, 2])}, outputs=2
    ) == ["Split"]
    assert run(node("Split", outputs=("y", "z"), axis=1, split=[2, 5]), x, tmp_path, opset=11, outputs=2) == ["Split"]
    assert run(node("Split", outputs=("y", "z"), axis=1, num_outputs=2), x, tmp_path, opset=18, outputs=2) == ["Split"]
    assert run(node("Gather", "i", axis=1), x, tmp_path, {"i": np.array(2)}) == ["Select"]
    assert run(node("Gather", "i", axis=2), x, tmp_path, {"i": np.array(-1)}) == ["Select"]
    assert run(node("Gather", "i", axis=1), x, tmp_path, {"i": np.array([2, 3, 4])}) == ["Slice"]
    assert run(node("Gather", "i", axis=1), x, tmp_path, {"i": np.array([4, 0, -1])}) == ["Constant", "IndexSelect"]


def test_embedding(tmp_path: Path) -> None:
    tokens = {"tokens": np.array([[1, 4, 2], [0, 3, 3]])}
    gather = helper.make_node("Gather", ["emb.weight", "tokens"], ["y"])
    layers = agree(graph([gather], tokens, {"emb.weight": numbers(5, 4)}), tokens, tmp_path)
    assert (layers[0].type, layers[0].path) == ("Embedding", "emb")


def test_concat(tmp_path: Path) -> None:
    inputs = {"x": numbers(1, 3, 4), "z": numbers(1, 2, 4)}
    layers = agree(graph([helper.make_node("Concat", ["x", "z"], ["y"], axis=1)], inputs), inputs, tmp_path)
    assert types(layers) == ["Cat"]
    token = {"token": numbers(1, 1, 4)}  # a class token, which every sample gets
    layers = agree(
        graph([helper.make_node("Concat", ["token", "x"], ["y"], axis=1)], {"x": inputs["x"]}, token),
        {"x": inputs["x"]},
        tmp_path,
    )
    assert types(layers) == ["Parameter", "Expand", "Cat"]


def test_pad(tmp_path: Path) -> None:
    x = numbers(1, 2, 5, 6)
    pads = np.array([0, 0, 1, 2, 0, 0, 0, 3])
    assert run(node("Pad", "p"), x, tmp_path, {"p": pads}) == ["Pad"]
    assert run(node("Pad", "p", "v"), x, tmp_path, {"p": pads, "v": np.float32(1.5)}) == ["Pad"]
    assert run(node("Pad", "p", mode="reflect"), x, tmp_path, {"p": pads}) == ["Pad"]
    assert run(node("Pad", "p", mode="edge"), x, tmp_path, {"p": pads}) == ["Pad"]
    assert run(node("Pad", pads=pads.tolist(), value=0.5), x, tmp_path, opset=10) == ["Pad"]
    last = {"p": np.array([1, 2]), "axes": np.array([-1])}
    assert run(node("Pad", "p", "", "axes"), x, tmp_path, last, opset=18) == ["Pad"]


@pytest.mark.parametrize(("attributes", "factors", "mode"), [
    ({"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, [2, 2], "nearest"),
    ({"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, [1.5, 2], "nearest"),
    ({"mode": "nearest", "coordinate_transformation_mode": "half_pixel"}, [2, 3], "nearest"),
    ({"mode": "nearest", "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_ceil"}, [1.5, 1.5], "nearest-exact"),
    ({"mode": "linear", "coordinate_transformation_mode": "half_pixel"}, [2, 2.5], "bilinear"),
    ({"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}, [0.5, 2], "bilinear"),
    ({"mode": "linear", "coordinate_transformation_mode": "align_corners"}, [2, 2], "bilinear"),
    ({"mode": "cubic", "coordinate_transformation_mode": "half_pixel"}, [2, 2], "bicubic"),
    ({"mode": "cubic", "coordinate_transformation_mode": "align_corners"}, [2, 2], "bicubic"),
])  # fmt: skip
def test_resize(attributes: dict[str, Any], factors: list[float], mode: str, tmp_path: Path) -> None:
    x = numbers(1, 2, 6, 4)
    scales = {"scales": np.array([1, 1, *factors], np.float32)}
    assert run(node("Resize", "", "scales", **attributes), x, tmp_path, scales) == ["Upsample"]
    if mode != "nearest" or attributes["coordinate_transformation_mode"] == "asymmetric":
        sizes = {"sizes": np.array([1, 2, int(6 * factors[0]), int(4 * factors[1])])}
        assert run(node("Resize", "", "", "sizes", **attributes), x, tmp_path, sizes) == ["Upsample"]


def test_older_resizing(tmp_path: Path) -> None:
    x = numbers(1, 2, 3, 4)
    scales = {"scales": np.array([1, 1, 2, 3], np.float32)}
    assert run(node("Upsample", "scales", mode="nearest"), x, tmp_path, scales, opset=9) == ["Upsample"]
    assert run(node("Upsample", scales=[1.0, 1.0, 2.0, 2.0]), x, tmp_path, opset=7) == ["Upsample"]
    assert run(node("Resize", "scales", mode="nearest"), x, tmp_path, scales, opset=10) == ["Upsample"]


def test_pixels(tmp_path: Path) -> None:
    x = numbers(1, 8, 4, 6)
    assert run(node("DepthToSpace", blocksize=2, mode="CRD"), x, tmp_path) == ["PixelShuffle"]
    assert run(node("DepthToSpace", blocksize=2), x, tmp_path) == ["Reshape", "Permute", "Reshape"]
    assert run(node("SpaceToDepth", blocksize=2), x, tmp_path) == ["Reshape", "Permute", "Reshape"]


def test_constants(tmp_path: Path) -> None:
    """Numbers that are computed from constants alone are computed here."""
    nodes = [
        helper.make_node("Range", ["a", "b", "c"], ["r"]),
        helper.make_node("Cast", ["r"], ["f"], to=1),
        helper.make_node("Div", ["f", "d"], ["g"]),
        helper.make_node("Unsqueeze", ["g", "axes"], ["h"]),
        helper.make_node("ConstantOfShape", ["shape"], ["o"], value=helper.make_tensor("one", 1, [1], [2.0])),
        helper.make_node("Mul", ["h", "o"], ["p"]),
        node("Add", "p"),
    ]
    weights = {
        "a": np.array(0),
        "b": np.array(4),
        "c": np.array(1),
        "d": np.float32(3),
        "axes": np.array([0]),
        "shape": np.array([1, 4]),
    }
    assert run(nodes, numbers(2, 4), tmp_path, weights) == ["Constant", "Add"]
