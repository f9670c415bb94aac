"""Nodes whose numbers cannot be: each is refused with its name, and in no time."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from running import Arrays, graph

from archspec.cli import main
from archspec.importers.onnx import import_onnx
from archspec.importers.sketch import ImportProblem

sys.path.insert(0, str(Path(__file__).parents[2] / "fuzz"))

X = {"x": np.ones((2, 3, 4), np.float32)}


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def floats(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


BROKEN: list[tuple[str, Arrays, dict[str, Any], str]] = [
    ("Reshape", {"s": floats(float("nan"), 1, 1)}, {}, "has nan where a whole number"),
    ("Expand", {"s": floats(float("inf"), 3, 4)}, {}, "has inf where a whole number"),
    ("Tile", {"s": whole(1, 1, -5)}, {}, "repeats an axis -5 times"),
    ("Tile", {"s": whole(*[1] * 70)}, {}, "repeats 70 axes of 3"),
    ("TopK", {"k": whole()}, {}, "needs one number as its K, but has 0"),
    ("TopK", {"k": whole(1, 2)}, {}, "needs one number as its K, but has 2"),
    ("CumSum", {"axis": whole()}, {}, "needs one number as its axis"),
    ("LayerNormalization", {"scale": floats(1, 2, 3)}, {"axis": -1}, r"has weights of \(3\) for axes of \(4\)"),
    (
        "LayerNormalization",
        {"scale": floats(*[1] * 4), "b": floats(1, 2)},
        {},
        r"has weights of \(2\) for axes of \(4\)",
    ),
    ("Conv", {"w": np.float32(1.0)}, {}, "has a weight of 0 axes"),
    ("Gather", {"i": floats(0.5)}, {}, "has 0.5 where a whole number"),
    ("LeakyRelu", {}, {"alpha": float("nan")}, "has nan as its alpha"),
    ("LpPool", {}, {"kernel_shape": [2], "p": -3}, "pools by the norm -3"),
    (
        "ConvTranspose",
        {"w": np.ones((3, 1, 2), np.float32)},
        {"output_shape": [9, 9, 9, 9]},
        "has an output_shape of 4 sizes",
    ),
    ("Split", {"s": whole(3, 3)}, {"axis": 2}, "has another number of parts than outputs"),
    ("Split", {"s": whole(3)}, {"axis": 2}, "cuts an axis of 4 into parts of 3 together"),
    ("Resize", {"roi": floats(), "scales": floats(1, 1, float("nan"))}, {}, "has no finite numbers as its scales"),
    ("Resize", {"roi": floats(), "scales": floats(1, 1, -2)}, {}, "resizes by -2.0"),
    ("Pad", {"p": whole(0, 0, 0, 0, 0)}, {}, "has 5 amounts for 3 axes"),
]


@pytest.mark.parametrize(("op", "weights", "attributes", "said"), BROKEN)
def test_numbers_that_cannot_be(
    op: str, weights: Arrays, attributes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    node = helper.make_node(op, ["x", *weights], ["y"], name="n", **attributes)
    model = graph([node], X, weights, 18 if op in ("LpPool", "Split") else 17)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ImportProblem, match=said) as caught:
        import_onnx(str(path))
    assert caught.value.place == f"node n ({op})"


CONSTANTS: list[tuple[str, Arrays, dict[str, Any], str]] = [
    ("Trilu", {"a": floats(1)[0]}, {}, "a triangle is of matrices"),
    ("Trilu", {"a": floats(*range(20_000))}, {}, "a triangle is of matrices"),
    ("Range", {"a": np.float32(0), "b": np.float32("inf"), "c": np.float32(1)}, {}, "counts from 0.0 to inf"),
    ("Range", {"a": np.float32(0), "b": np.float32(1e30), "c": np.float32(1e-30)}, {}, "counts from"),
    ("Cast", {"a": floats(float("inf"))}, {"to": 7}, "makes whole numbers of some that are none"),
    ("Flatten", {"a": floats(1, 2)}, {"axis": 5}, "has no axis 5"),
    ("Expand", {"a": floats(1, 2), "s": whole(2**40, 2)}, {}, "is too large to compute here"),
    ("Tile", {"a": floats(1, 2), "s": whole(-1)}, {}, "repeats an axis -1 times"),
    ("Concat", {"a": floats(1, 2), "b": floats(1)[0]}, {"axis": 0}, "do not fit each other"),
]


@pytest.mark.parametrize(("op", "weights", "attributes", "said"), CONSTANTS)
def test_constants_that_cannot_be(
    op: str, weights: Arrays, attributes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    nodes = [
        helper.make_node(op, [*weights], ["k"], name="n", **attributes),
        helper.make_node("Add", ["x", "k"], ["y"]),
    ]
    path = tmp_path / "model.onnx"
    path.write_bytes(graph(nodes, X, weights).SerializeToString())
    begun = time.process_time()
    with pytest.raises(ImportProblem, match=said) as caught:
        import_onnx(str(path))
    assert caught.value.place == f"node n ({op})"
    assert time.process_time() - begun < 2


def test_what_a_node_and_the_file_give_is_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    nodes = [helper.make_node("Relu", ["x"], ["k"]), helper.make_node("Add", ["x", "k"], ["y"])]
    path.write_bytes(graph(nodes, X, {"k": floats(1)}).SerializeToString())
    with pytest.raises(ImportProblem, match="is given twice"):
        import_onnx(str(path))


def test_the_least_of_one_size_is_that_size(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Min", ["s"], ["m"]),
        helper.make_node("Reshape", ["x", "m"], ["r"]),
        helper.make_node("Relu", ["r"], ["y"]),
    ]
    path = tmp_path / "model.onnx"
    path.write_bytes(graph(nodes, X).SerializeToString())
    assert [layer.type for layer in import_onnx(str(path))[0].layers] == ["ReLU"]


# Too much --------------------------------------------------------------------------------------------------------------


def pooled() -> onnx.ModelProto:
    return graph([helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2], pads=[0, 2**27])], X)


def named_sizes() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Expand", ["shape", "wide"], ["sizes"]),
        helper.make_node("Add", ["sizes", "one"], ["more"]),
        helper.make_node("Reshape", ["x", "more"], ["y"]),
    ]
    return graph(nodes, X, {"wide": whole(2**22, 3), "one": whole(1)}, free=True)


def filled() -> onnx.ModelProto:
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["w"]), helper.make_node("MatMul", ["x", "w"], ["y"])]
    return graph(nodes, {"x": np.ones((2, 3), np.float32)}, {"shape": whole(3, 89_000_000)})


@pytest.mark.parametrize("make", [pooled, named_sizes, filled])
def test_a_few_bytes_do_not_become_gigabytes(make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(make().SerializeToString())
    begun = time.process_time()
    assert (
        main(
            ["import", "onnx", str(path), "--weights", str(tmp_path / "w.safetensors"), "-o", str(tmp_path / "o.yaml")]
        )
        == 2
    )
    assert capsys.readouterr().err.count("\n") == 1
    assert time.process_time() - begun < 5


def test_a_file_of_zeros(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    begun = time.process_time()
    with pytest.raises(ImportProblem, match="is no ONNX model"):
        import_onnx(str(path))
    assert time.process_time() - begun < 2


def test_mutated_files_are_networks_or_problems() -> None:
    """A small part of what `tests/fuzz/mutate_onnx.py` does."""
    import importing
    from mutate_onnx import ONNX

    originals = [
        graph([helper.make_node(op, ["x", *weights], ["y"], **attributes)], X, weights, 18).SerializeToString()
        for op, weights, attributes, _ in BROKEN
    ]
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        assert list(importing.faults(ONNX, originals, 300, random.Random(0).randrange(1000), Path(folder))) == []


def test_operators_agree_with_their_tests_or_are_refused() -> None:
    """A part of `tests/scoreboard/onnx_nodes.py`."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "scoreboard"))
    import tempfile
    import warnings

    from onnx_nodes import cases, outcomes

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(outcomes(cases()[::8], Path(folder)))
    assert [one for one in found if one.kind == "fault"] == []
    assert sum(one.kind == "equal" for one in found) > 50
