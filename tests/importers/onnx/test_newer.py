"""Operators that a layer of a spec stands for: places, grids, attention. Against onnxruntime, or ONNX's own reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from onnx.reference import ReferenceEvaluator
from running import Arrays, agree, built, computed, graph, imported, types

from archspec.importers.sketch import ImportProblem

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("op", ["Tan", "Atan"])
def test_trigonometry(op: str, tmp_path: Path) -> None:
    x = numbers(2, 3)
    assert types(agree(graph([helper.make_node(op, ["x"], ["y"])], {"x": x}), {"x": x}, tmp_path)) == [op]


@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
@pytest.mark.parametrize("values", [[0.0, 1.0], [-1.0, 2.5], [0, 1], [3, 7], [1.0, 0.0]])
def test_one_hot(axis: int, values: list[float], tmp_path: Path) -> None:
    x = RANDOM.integers(0, 4, (2, 3))
    kind = np.int64 if isinstance(values[0], int) else np.float32
    weights = {"depth": np.array(4, np.int64), "values": np.array(values, kind)}
    node = helper.make_node("OneHot", ["x", *weights], ["y"], axis=axis)
    model = graph([node], {"x": x}, weights)
    if axis == 0:
        found = imported(model, tmp_path)
        (theirs,) = ReferenceEvaluator(model).run(None, {"x": x})
        np.testing.assert_array_equal(computed(built(*found[:0:-1]), {"x": x})[0], theirs)
    else:
        agree(model, {"x": x}, tmp_path)


@pytest.mark.parametrize("axis", [1, -1])
def test_elements_by_their_places(axis: int, tmp_path: Path) -> None:
    x, places = numbers(2, 5, 3), RANDOM.integers(0, 3, (2, 4, 3))
    node = helper.make_node("GatherElements", ["x", "i"], ["y"], axis=axis)
    inputs: Arrays = {"x": x, "i": places}
    assert types(agree(graph([node], inputs), inputs, tmp_path)) == ["Gather"]


def test_known_places_from_the_end(tmp_path: Path) -> None:
    x, places = numbers(1, 5, 3), np.array([[[-1, 0, -5], [4, -2, 3]]])
    node = helper.make_node("GatherElements", ["x", "i"], ["y"], axis=1)
    agree(graph([node], {"x": x}, {"i": places}), {"x": x}, tmp_path)


@pytest.mark.parametrize(
    ("opset", "mode"), [(16, "bilinear"), (16, "nearest"), (16, "bicubic"), (20, "linear"), (20, "cubic")]
)
@pytest.mark.parametrize("more", [{}, {"padding_mode": "border"}, {"padding_mode": "reflection", "align_corners": 1}])
def test_images_at_places(opset: int, mode: str, more: dict[str, Any], tmp_path: Path) -> None:
    inputs = {"x": numbers(2, 3, 6, 5), "grid": RANDOM.uniform(-1.2, 1.2, (2, 4, 7, 2)).astype(np.float32)}
    node = helper.make_node("GridSample", [*inputs], ["y"], mode=mode, **more)
    agree(graph([node], inputs, opset=opset), inputs, tmp_path, 1e-3)


@pytest.mark.parametrize(
    ("more", "mask"), [({}, None), ({"is_causal": 1}, None), ({"scale": 0.3}, None), ({}, "float32"), ({}, "bool")]
)
@pytest.mark.parametrize("joined", [False, True])
def test_attention(more: dict[str, Any], mask: str | None, joined: bool, tmp_path: Path) -> None:
    """Two heads, in an axis of their own or in that of the features."""
    shape = (2, 5, 16) if joined else (2, 2, 5, 8)
    inputs = {name: numbers(*shape) for name in "qkv"}
    weights = (
        {}
        if mask is None
        else {"mask": (numbers(5, 5) + 2 * np.eye(5)).astype("float32") if mask == "float32" else np.tri(5, dtype=bool)}
    )
    heads = {"q_num_heads": 2, "kv_num_heads": 2} if joined else {}
    node = helper.make_node("Attention", [*inputs, *weights], ["y"], **heads, **more)
    model = graph([node], inputs, weights, 23)
    _, state, result = imported(model, tmp_path)
    assert result.facts is not None
    assert result.facts.totals.macs == 2 * 5 * 5 * (8 + 8)
    (theirs,) = ReferenceEvaluator(model).run(None, inputs)
    np.testing.assert_allclose(computed(built(result, state), inputs)[0], theirs, atol=1e-5)


@pytest.mark.parametrize(("more", "said"), [
    ({"softcap": 2.0}, "caps its scores"), ({"q_num_heads": 4, "kv_num_heads": 2}, "shares 2 heads of keys among 4"),
])  # fmt: skip
def test_attention_that_pytorch_does_not_have(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    is_grouped = "q_num_heads" in more
    inputs = {"q": numbers(2, 5, 16), **{name: numbers(2, 5, 8 if is_grouped else 16) for name in "kv"}}
    heads = {} if is_grouped else {"q_num_heads": 2, "kv_num_heads": 2}
    with pytest.raises(ImportProblem, match=said):
        imported(graph([helper.make_node("Attention", [*inputs], ["y"], **heads, **more)], inputs, opset=23), tmp_path)
