"""Which axis of an input is the batch, what inputs and outputs are called, and tensors that hold nothing."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from running import agree, built, computed, graph, imported, reference, types

from archspec.importers.sketch import ImportProblem

RANDOM = np.random.default_rng(0)


def numbers(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def named(
    nodes: list[onnx.NodeProto], inputs: dict[str, list[int | str]], weights: dict[str, np.ndarray]
) -> onnx.ModelProto:
    """A model whose inputs have these axes."""
    model = graph(nodes, {}, weights)
    model.graph.input.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()
    )
    return model


@pytest.mark.parametrize(("axes", "axis", "sizes"), [
    (["N", 3, 4], 0, [3, 4]),
    ([6, "N", 4], 1, [6, 4]),
    (["T", "batch_size", 4], 1, ["T", 4]),
    ([6, 4, "batch"], 2, [6, 4]),
    (["sequence", "b", 4], 1, ["sequence", 4]),
    (["batch", "N", 3], 0, ["x_1", 3]),  # N is a number of points
    ([1, "N", 3], 0, ["x_1", 3]),  # here too: a batch of 1 was exported
    ([6, "length", 4], 0, ["length", 4]),
])  # fmt: skip
def test_the_batch_is_the_axis_that_is_named_so(
    axes: list[int | str], axis: int, sizes: list[int | str], tmp_path: Path
) -> None:
    model = named([helper.make_node("Relu", ["x"], ["y"])], {"x": axes}, {})
    sketch, state, result = imported(model, tmp_path)
    assert sketch.inputs["input"].shape == sizes
    assert types(sketch.layers) == (["Permute", "ReLU"] if axis else ["ReLU"])
    numbers_of = {"N": 5, "T": 7, "batch_size": 5, "batch": 5, "b": 5, "sequence": 7, "length": 7}
    x = numbers(*(size if isinstance(size, int) else numbers_of[size] for size in axes))
    (ours,) = computed(built(result, state), {"x": np.ascontiguousarray(np.moveaxis(x, axis, 0))})
    np.testing.assert_array_equal(ours, reference(model, {"x": x})[0])


@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
@pytest.mark.parametrize("batch", [2, "N"])
def test_recurrent_operators_say_which_axis_is_the_batch(op: str, gates: int, batch: int | str, tmp_path: Path) -> None:
    """(T, N, features) and the first states (1, N, hidden), with numbers for all. 5 steps of two matrix products, by hand."""
    weights = {"W": numbers(1, gates * 3, 4), "R": numbers(1, gates * 3, 3), "B": numbers(1, gates * 6)}
    options = {"linear_before_reset": 1} if op == "GRU" else {}
    node = helper.make_node(op, ["x", *weights, "", "h"], ["y"], hidden_size=3, **options)
    if op == "LSTM":
        node.input.append("c")
    states: dict[str, list[int | str]] = {name: [1, batch, 3] for name in ("h", "c")[: 2 if op == "LSTM" else 1]}
    model = named([node], {"x": [5, batch, 4], **states}, weights)
    sketch, state, result = imported(model, tmp_path)
    assert [spec.shape for spec in sketch.inputs.values()] == [[5, 4], *[[1, 3]] * len(states)]
    assert result.facts is not None
    assert result.facts.totals.macs == 5 * gates * 3 * (4 + 3)
    inputs = {"x": numbers(5, 2, 4), **{name: numbers(1, 2, 3) for name in states}}
    moved = {name: np.ascontiguousarray(np.moveaxis(x, 1, 0)) for name, x in inputs.items()}
    np.testing.assert_allclose(computed(built(result, state), moved)[0], reference(model, inputs)[0], atol=1e-5)


def test_steps_over_the_batch_are_refused(tmp_path: Path) -> None:
    weights = {"W": numbers(1, 12, 4), "R": numbers(1, 12, 3)}
    nodes = [helper.make_node("Relu", ["x"], ["r"]), helper.make_node("LSTM", ["r", *weights], ["y"], hidden_size=3)]
    with pytest.raises(ImportProblem, match="reads the batch as its steps"):
        imported(named(nodes, {"x": [5, 2, 4]}, weights), tmp_path)


@pytest.mark.parametrize(("first", "second"), [(["N", 4], [6, 4]), ([6, 4], ["N", 4]), ([6, 4], [5, 4])])
def test_inputs_with_another_batch_are_refused(first: list[int | str], second: list[int | str], tmp_path: Path) -> None:
    model = named([helper.make_node("Add", ["x", "z"], ["y"])], {"x": first, "z": second}, {})
    with pytest.raises(ImportProblem, match="so one of them has no batch"):
        imported(model, tmp_path)


# Names -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [
    ["输入", "输入二"], ["вход", "маска"], ["αβ", "γδ", "εζ"], ["x" * 61 + end for end in "abcd"], ["self", "torch"], ["1", "2"],
])  # fmt: skip
def test_inputs_and_outputs_get_names_that_are_free(names: list[str], tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", [name], [f"{name} out"]) for name in names]
    model = named(nodes, {name: ["N", "高" + str(i)] for i, name in enumerate(names)}, {})
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=f"{name} out") for name in names)
    sketch, _, _ = imported(model, tmp_path)
    assert len(sketch.inputs) == len(sketch.outputs) == len(names)
    assert len({str(spec.shape[0]) for spec in sketch.inputs.values()}) == len(names)  # other sizes, other names


def test_many_equal_names_take_no_time(tmp_path: Path) -> None:
    model = graph([helper.make_node("Relu", ["x"], ["r"])], {"x": numbers(2, 3)})
    del model.graph.output[:]
    for i in range(5_000):
        model.graph.node.append(helper.make_node("Identity", ["r"], [f"出{chr(0x4E00 + i)}"]))
        model.graph.output.append(onnx.ValueInfoProto(name=f"出{chr(0x4E00 + i)}"))
    path = tmp_path / "model.onnx"
    onnx.save(model, str(path))
    from archspec.importers.onnx import import_onnx

    begun = time.process_time()
    sketch, _ = import_onnx(str(path))
    assert len(sketch.outputs) == 5_000
    assert time.process_time() - begun < 5


# Nothing ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[8, 0], [0, 8], [3, 0, 5], [0, 3, 0, 3, 2]])
@pytest.mark.parametrize("order", [1, -1])
def test_parts_of_no_size_are_joined_to_the_rest(sizes: list[int], order: int, tmp_path: Path) -> None:
    x, weights = numbers(2, 3, 8), {"sizes": np.array(sizes, np.int64)}
    parts = [f"p{i}" for i in range(len(sizes))]
    nodes = [
        helper.make_node("Split", ["x", "sizes"], parts, axis=2),
        helper.make_node("Concat", parts[::order], ["y"], axis=2),
    ]
    agree(graph(nodes, {"x": x}, weights), {"x": x}, tmp_path)


def test_slices_of_nothing(tmp_path: Path) -> None:
    x, weights = (
        numbers(2, 3, 8),
        {"start": np.array([8], np.int64), "stop": np.array([99], np.int64), "axis": np.array([2], np.int64)},
    )
    cut = helper.make_node("Slice", ["x", *weights], ["none"])
    agree(
        graph([cut, helper.make_node("Concat", ["none", "x", "none"], ["y"], axis=-1)], {"x": x}, weights),
        {"x": x},
        tmp_path,
    )
    with pytest.raises(ImportProblem, match="computes with a tensor that has no numbers"):
        imported(graph([cut, helper.make_node("Relu", ["none"], ["y"])], {"x": x}, weights), tmp_path)


@pytest.mark.parametrize("op", ["ConstantOfShape", "Expand"])
def test_fills_of_nothing(op: str, tmp_path: Path) -> None:
    """A join with (N, 0): as exporters write an empty cache."""
    x = numbers(2, 3)
    weights = {"first": np.array([0], np.int64), "none": np.array([0], np.int64), "one": np.array([1.0], np.float32)}
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "first"], ["n"]),
        helper.make_node("Concat", ["n", "none"], ["wanted"], axis=0),
        helper.make_node(op, ["wanted"] if op == "ConstantOfShape" else ["one", "wanted"], ["empty"]),
        helper.make_node("Concat", ["x", "empty"], ["y"], axis=1),
    ]
    agree(graph(nodes, {"x": x}, weights), {"x": x}, tmp_path)
