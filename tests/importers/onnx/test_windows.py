"""Convolutions and pooling with all the padding that ONNX has, against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from running import agree, graph, types

RANDOM = np.random.default_rng(0)


def image(*shape: int) -> np.ndarray:
    """Random numbers, few of them near zero."""
    return RANDOM.standard_normal(shape).astype(np.float32)


CONV: list[tuple[dict[str, Any], tuple[int, ...], tuple[int, ...], list[str]]] = [
    ({}, (2, 3, 8, 8), (4, 3, 3, 3), ["Conv2d"]),
    ({"pads": [1, 1, 1, 1], "strides": [2, 2]}, (2, 3, 9, 9), (4, 3, 3, 3), ["Conv2d"]),
    ({"pads": [0, 1, 2, 1]}, (1, 3, 8, 8), (4, 3, 3, 3), ["Pad", "Conv2d"]),
    ({"group": 3, "dilations": [2, 2]}, (1, 3, 9, 9), (6, 1, 3, 3), ["Conv2d"]),
    ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, (1, 3, 8, 9), (4, 3, 3, 3), ["Conv2d"]),
    ({"auto_pad": "SAME_UPPER"}, (1, 3, 8, 9), (4, 3, 4, 4), ["Conv2d"]),
    ({"auto_pad": "SAME_LOWER", "strides": [2, 2]}, (1, 3, 8, 8), (4, 3, 3, 3), ["Pad", "Conv2d"]),
    ({"auto_pad": "SAME_LOWER"}, (1, 3, 8, 8), (4, 3, 3, 3), ["Conv2d"]),
    ({"auto_pad": "VALID"}, (1, 3, 8, 8), (4, 3, 3, 3), ["Conv2d"]),
    ({"pads": [2, 1]}, (1, 3, 8), (4, 3, 3), ["Pad", "Conv1d"]),
    ({"pads": [1, 0, 1, 1, 0, 1]}, (1, 2, 5, 6, 7), (4, 2, 3, 3, 3), ["Conv3d"]),
]


@pytest.mark.parametrize(("attributes", "shape", "weight", "expected"), CONV)
@pytest.mark.parametrize("bias", [True, False])
def test_conv(
    attributes: dict[str, Any],
    shape: tuple[int, ...],
    weight: tuple[int, ...],
    expected: list[str],
    bias: bool,
    tmp_path: Path,
) -> None:
    weights = {"conv.weight": image(*weight), **({"conv.bias": image(weight[0])} if bias else {})}
    node = helper.make_node("Conv", ["x", *weights], ["y"], **attributes)
    layers = agree(graph([node], x := {"x": image(*shape)}, weights), x, tmp_path)
    assert types(layers) == expected
    assert layers[-1].path == "conv"


TRANSPOSED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["ConvTranspose2d"]),
    ({"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}, ["ConvTranspose2d"]),
    ({"strides": [2, 2], "pads": [1, 1, 0, 0]}, ["ConvTranspose2d"]),
    ({"strides": [2, 2], "pads": [0, 0, 1, 1]}, ["ConvTranspose2d", "Pad"]),
    ({"strides": [3, 2], "pads": [0, 1, 3, 1], "dilations": [1, 2]}, ["ConvTranspose2d", "Pad"]),
    ({"strides": [2, 2], "auto_pad": "SAME_UPPER"}, ["ConvTranspose2d", "Pad"]),
    ({"strides": [2, 2], "auto_pad": "SAME_LOWER"}, ["ConvTranspose2d"]),
    ({"strides": [3, 3], "output_shape": [13, 15]}, ["ConvTranspose2d"]),
    ({"group": 2}, ["ConvTranspose2d"]),
]


@pytest.mark.parametrize(("attributes", "expected"), TRANSPOSED)
def test_conv_transpose(attributes: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    weights = {"w": image(4, 3, 3, 3), "b": image(3 * attributes.get("group", 1))}
    node = helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], **attributes)
    layers = agree(graph([node], x := {"x": image(1, 4, 5, 6)}, weights), x, tmp_path)
    if "output_shape" not in attributes:
        assert types(layers) == expected


MAX: list[tuple[dict[str, Any], tuple[int, ...], int]] = [
    ({"kernel_shape": [2, 2]}, (1, 2, 7, 7), 17),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, (1, 2, 8, 8), 7),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]}, (1, 2, 8, 8), 12),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}, (1, 2, 8, 8), 12),
    ({"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, (1, 2, 7, 9), 17),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}, (1, 2, 8, 8), 17),
    ({"kernel_shape": [2, 2], "auto_pad": "SAME_LOWER"}, (1, 2, 8, 8), 17),
    ({"kernel_shape": [3, 3], "dilations": [2, 2]}, (1, 2, 9, 9), 17),
    ({"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]}, (1, 2, 8, 8), 17),
    ({"kernel_shape": [3], "strides": [2]}, (1, 2, 9), 17),
    ({"kernel_shape": [2, 2, 2], "strides": [2, 2, 2]}, (1, 2, 4, 6, 8), 17),
]


@pytest.mark.parametrize(("attributes", "shape", "opset"), MAX)
def test_max_pool(attributes: dict[str, Any], shape: tuple[int, ...], opset: int, tmp_path: Path) -> None:
    node = helper.make_node("MaxPool", ["x"], ["y"], **attributes)
    agree(graph([node], x := {"x": image(*shape) - 3}, opset=opset), x, tmp_path)


AVERAGE: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"kernel_shape": [2, 2]}, (1, 2, 7, 7)),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, (1, 2, 8, 8)),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1}, (1, 2, 8, 8)),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]}, (1, 2, 8, 8)),
    ({"kernel_shape": [3, 3], "strides": [1, 1], "pads": [0, 0, 2, 2]}, (1, 2, 8, 8)),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1], "count_include_pad": 1}, (1, 2, 8, 8)),
    ({"kernel_shape": [4, 4], "strides": [1, 1], "auto_pad": "SAME_UPPER"}, (1, 2, 8, 8)),
    ({"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}, (1, 2, 8, 8)),
    ({"kernel_shape": [3, 2], "strides": [2, 2], "auto_pad": "SAME_LOWER"}, (1, 2, 8, 8)),
    ({"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, (1, 2, 7, 7)),
    ({"kernel_shape": [3], "strides": [2], "pads": [1, 1]}, (1, 2, 9)),
]


@pytest.mark.parametrize(("attributes", "shape"), AVERAGE)
def test_average_pool(attributes: dict[str, Any], shape: tuple[int, ...], tmp_path: Path) -> None:
    node = helper.make_node("AveragePool", ["x"], ["y"], **attributes)
    agree(graph([node], x := {"x": image(*shape)}), x, tmp_path)


def test_other_pools(tmp_path: Path) -> None:
    for op, attributes in (
        ("GlobalAveragePool", {}),
        ("GlobalMaxPool", {}),
        ("LpPool", {"kernel_shape": [2, 2], "strides": [2, 2], "p": 2}),
    ):
        node = helper.make_node(op, ["x"], ["y"], **attributes)
        agree(graph([node], x := {"x": abs(image(2, 3, 8, 8))}), x, tmp_path)
