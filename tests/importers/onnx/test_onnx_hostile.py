"""Files that are damaged or meant to do harm: each is refused in one sentence, quickly and without allocating what it claims."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from running import graph

from archspec.importers.onnx import import_onnx
from archspec.importers.sketch import ImportProblem
from archspec.limits import MAX_ONNX_MESSAGES

X = {"x": np.ones((1, 4), np.float32)}


def linear() -> ModelProto:
    """A small model that is right."""
    weights = {"fc.weight": np.ones((3, 4), np.float32), "fc.bias": np.zeros(3, np.float32)}
    return graph([helper.make_node("Gemm", ["x", *weights], ["y"], transB=1, name="fc")], X, weights)


def refused(data: ModelProto | bytes, folder: Path) -> ImportProblem:
    """The problem of a file, found in bounded time and memory."""
    path = folder / "model.onnx"
    path.write_bytes(data if isinstance(data, bytes) else data.SerializeToString())
    start = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(ImportProblem) as caught:
            import_onnx(str(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 20
    assert peak < 300e6
    problem = caught.value
    assert "\n" not in problem.message + problem.place + problem.help
    assert len(problem.message) < 400
    return problem


def test_what_is_right_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(linear(), str(path))
    sketch, state = import_onnx(str(path))
    assert [layer.path for layer in sketch.layers] == ["fc"]
    assert sorted(state) == ["fc.bias", "fc.weight"]
    assert import_onnx(str(path), "drop")[1] == {}


# The file ------------------------------------------------------------------------------------------------------------


def test_every_truncation(tmp_path: Path) -> None:
    data = linear().SerializeToString()
    path = tmp_path / "model.onnx"
    for length in range(0, len(data), 3):
        path.write_bytes(data[:length])
        with pytest.raises(ImportProblem):
            import_onnx(str(path))


def test_every_byte_changed(tmp_path: Path) -> None:
    """Whatever a byte becomes, the answer is a network or a problem."""
    data = bytearray(linear().SerializeToString())
    path = tmp_path / "model.onnx"
    random = np.random.default_rng(0)
    for position in range(len(data)):
        for value in {0, 255, data[position] ^ 1 << int(random.integers(8))}:
            changed = bytes(data[:position]) + bytes([value]) + bytes(data[position + 1 :])
            path.write_bytes(changed)
            with suppress(ImportProblem):
                import_onnx(str(path))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + b"\0" * 60, b"{}", b"\x0a\xff\xff\xff\xff\x7f", b"\xff" * 40])
def test_other_files(data: bytes, tmp_path: Path) -> None:
    refused(data, tmp_path)


def test_no_regular_file(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match="regular file"):
        import_onnx(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportProblem, match="regular file"):
        import_onnx(str(tmp_path / "pipe"))
    with pytest.raises(OSError, match="none"):
        import_onnx(str(tmp_path / "none.onnx"))


def test_millions_of_empty_parts(tmp_path: Path) -> None:
    """Two bytes in the file, a hundred in memory."""
    nodes = b"\x0a\x00" * (MAX_ONNX_MESSAGES + 10)
    size = len(nodes).to_bytes(4, "little")
    varint = bytes([0x80 | int.from_bytes(size, "little") >> shift & 0x7F for shift in (0, 7, 14)]) + bytes(
        [len(nodes) >> 21]
    )
    assert "parts" in refused(b"\x3a" + varint + nodes, tmp_path).message


def test_graphs_within_graphs(tmp_path: Path) -> None:
    inner = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])], "g", [], [helper.make_tensor_value_info("y", 1, [1])]
    )
    for _ in range(30):
        node = (
            helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
            if _ < 3
            else helper.make_node("Loop", ["", "c"], ["y"], body=inner)
        )
        inner = helper.make_graph([node], "g", [], [helper.make_tensor_value_info("y", 1, [1])])
    assert "nests" in refused(helper.make_model(inner), tmp_path).message


# Tensors -------------------------------------------------------------------------------------------------------------


def _claim(
    dims: list[int], data_type: int = TensorProto.FLOAT, raw: bytes | None = b"\0" * 16
) -> Callable[[ModelProto], None]:
    def change(model: ModelProto) -> None:
        tensor = model.graph.initializer[0]
        del tensor.dims[:]
        tensor.dims.extend(dims)
        tensor.data_type = data_type
        if raw is None:
            tensor.ClearField("raw_data")
        else:
            tensor.raw_data = raw

    return change


@pytest.mark.parametrize(("change", "says"), [
    (_claim([2**29]), "2,147,483,648 bytes"),
    (_claim([2**31, 2**31]), "no tensor can have"),
    (_claim([2**62, 4]), "no tensor can have"),
    (_claim([-1, 4]), "no tensor can have"),
    (_claim([1] * 20), "no tensor can have"),
    (_claim([3, 4]), "claims 48 bytes, but has 16"),
    (_claim([2]), "claims 8 bytes, but has 16"),
    (_claim([3, 4], raw=None), "but the file has 0"),
    (_claim([4], TensorProto.STRING), "string"),
    (_claim([4], 99), "number 99"),
    (_claim([4]), "a weight of 1 axis"),
])  # fmt: skip
def test_claims_of_tensors(change: Callable[[ModelProto], None], says: str, tmp_path: Path) -> None:
    model = linear()
    change(model)
    problem = refused(model, tmp_path)
    assert says in problem.message
    assert "fc" in problem.place


@pytest.mark.parametrize(
    "location", ["/etc/passwd", "../secret", "a/../../secret", "link", "", "pipe", "folder", "no\0name", "missing"]
)
def test_numbers_in_other_files(location: str, tmp_path: Path) -> None:
    """Only regular files in the model's own folder are read."""
    folder = tmp_path / "model"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"\0" * 48)
    os.symlink(tmp_path / "secret", folder / "link")
    os.mkfifo(folder / "pipe")
    assert "tensor fc.weight" in refused(_outside(location), folder).place


@pytest.mark.parametrize(
    ("offset", "length"),
    [("0", "40"), ("0", "999999999999"), ("16", ""), ("99999", "48"), ("-1", "48"), ("1e9", "48"), ("0", "x")],
)
def test_offsets(offset: str, length: str, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"\0" * 48)
    refused(_outside("data", offset, length), tmp_path)


def test_a_file_beside_the_model(tmp_path: Path) -> None:
    """What is allowed: numbers in a file of the same folder; without it, the network without its weights."""
    values = np.arange(12, dtype=np.float32)
    (tmp_path / "data").write_bytes(b"\0" * 8 + values.tobytes())
    onnx.save(_outside("data", "8", "48"), str(tmp_path / "model.onnx"))
    assert import_onnx(str(tmp_path / "model.onnx"))[1]["fc.weight"].ravel().tolist() == values.tolist()
    (tmp_path / "data").unlink()
    assert import_onnx(str(tmp_path / "model.onnx"), "drop")[0].layers


def _outside(location: str, offset: str = "0", length: str = "48") -> ModelProto:
    model = linear()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    return model


def test_constants_that_are_computed(tmp_path: Path) -> None:
    """Large results of small constants: nothing is made before its size is known."""
    for nodes in (
        [helper.make_node("ConstantOfShape", ["s"], ["big"]), helper.make_node("Exp", ["big"], ["e"])],
        [helper.make_node("Range", ["zero", "n", "one"], ["r"]), helper.make_node("Cast", ["r"], ["e"], to=1)],
        [helper.make_node("Expand", ["f", "s"], ["big"]), helper.make_node("Exp", ["big"], ["e"])],
        [helper.make_node("Tile", ["f1", "n1"], ["e"])],
        [helper.make_node("Concat", ["f1"] * 3, ["e0"], axis=0), helper.make_node("Tile", ["e0", "n1"], ["e"])],
    ):
        weights = {"s": np.array([40000, 40000]), "zero": np.array(0), "one": np.array(1), "n": np.array(2**40),
                   "n1": np.array([2**40]), "f": np.float32(1), "f1": np.ones(1, np.float32)}  # fmt: skip
        model = graph([*nodes, helper.make_node("Add", ["x", "e"], ["y"])], X, weights)
        assert "too large" in refused(model, tmp_path).message


def test_weights_of_one_number(tmp_path: Path) -> None:
    """A few bytes that stand for a large weight."""
    nodes = [
        helper.make_node("ConstantOfShape", ["w__SHAPE"], ["w"]),
        helper.make_node("Gemm", ["x", "w"], ["y"], transB=1),
    ]
    model = graph(nodes, X, {"w__SHAPE": np.array([2**28, 4])})
    assert "too large" in refused(model, tmp_path).message


def test_doubling(tmp_path: Path) -> None:
    """A constant that is joined to itself again and again."""
    nodes = [helper.make_node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(60)]
    model = graph([*nodes, helper.make_node("Add", ["x", "c60"], ["y"])], X, {"c0": np.ones(1, np.float32)})
    assert "too large" in refused(model, tmp_path).message


# The graph -----------------------------------------------------------------------------------------------------------


def _nodes(*nodes: onnx.NodeProto) -> ModelProto:
    return graph([*nodes, helper.make_node("Relu", ["a"], ["y"])], X)


@pytest.mark.parametrize(("model", "says"), [
    (_nodes(helper.make_node("Relu", ["b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])), "nothing before it gives"),
    (_nodes(helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Relu", ["x"], ["a"])), "given twice"),
    (_nodes(helper.make_node("Relu", ["nothing"], ["a"])), "nothing before it gives"),
    (_nodes(helper.make_node("Nonsense", ["x"], ["a"])), "does not define"),
    (_nodes(helper.make_node("Gelu", ["x"], ["a"], domain="com.microsoft")), "com.microsoft"),
    (_nodes(helper.make_node("Relu", [], ["a"])), "0 inputs"),
    (_nodes(helper.make_node("Relu", ["x", "x"], ["a"])), "2 inputs"),
    (_nodes(helper.make_node("Relu", [""], ["a"])), "lacks its input"),
    (_nodes(helper.make_node("Elu", ["x"], ["a"], alpha=3)), "attribute alpha"),
    (_nodes(helper.make_node("Relu", ["x"], ["a"], surprise=3)), "attribute surprise"),
    (_nodes(helper.make_node("Elu", ["x"], ["a"], alpha=float("nan"))), "alpha"),
    (_nodes(helper.make_node("Softmax", ["x"], ["a"], axis=9)), "no axis 9"),
    (_nodes(helper.make_node("Transpose", ["x"], ["a"], perm=[0, 0])), "twice"),
    (_nodes(helper.make_node("Transpose", ["x"], ["a"], perm=[1])), "all axes"),
    (_nodes(helper.make_node("Split", ["x"], ["a", "c", "d", "e", "f"])), "cuts"),
    (_nodes(helper.make_node("MaxPool", ["x"], ["a"], kernel_shape=[2, 2])), "axes"),
    (_nodes(helper.make_node("ReduceMean", ["x"], ["a"])), "over the batch"),
    (_nodes(helper.make_node("DynamicQuantizeLinear", ["x"], ["a", "s", "z"])), "no layer"),
])  # fmt: skip
def test_nodes(model: ModelProto, says: str, tmp_path: Path) -> None:
    problem = refused(model, tmp_path)
    assert says in problem.message or says in problem.help


def test_a_chain_of_nodes_is_no_recursion(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", [f"t{i}" if i else "x"], [f"t{i + 1}"]) for i in range(20_000)]
    path = tmp_path / "model.onnx"
    onnx.save(graph(nodes, X), str(path))
    assert len(import_onnx(str(path))[0].layers) == 20_000


def test_a_product_of_products(tmp_path: Path) -> None:
    """Each a square of the one before: looked through for a pattern, it would double at every step."""
    nodes = [helper.make_node("Mul", [f"t{i}" if i else "x"] * 2, [f"t{i + 1}"]) for i in range(200)]
    path = tmp_path / "model.onnx"
    onnx.save(graph(nodes, X), str(path))
    assert len(import_onnx(str(path))[0].layers) == 200


def test_too_many_nodes(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", [f"t{i}" if i else "x"], [f"t{i + 1}"]) for i in range(100_001)]
    assert "100,001 nodes" in refused(graph(nodes, X), tmp_path).message


@pytest.mark.parametrize(
    ("dims", "says"), [([], "batch axis"), ([1, -4], "axis of -4"), ([1, 2**40], "axis of"), ([1] * 20, "batch axis")]
)
def test_inputs(dims: list[int], says: str, tmp_path: Path) -> None:
    model = linear()
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, dims))
    assert says in refused(model, tmp_path).message


def test_versions(tmp_path: Path) -> None:
    model = linear()
    model.opset_import[0].version = 6
    assert "version 6" in refused(model, tmp_path).message
    model.opset_import[0].version = 2**40
    refused(model, tmp_path)
    model = linear()
    model.functions.add(name="f", domain="own")
    assert "functions" in refused(model, tmp_path).message


@pytest.mark.parametrize(
    "name",
    [
        "import os",
        "a" * 5000,
        "x\ny",
        "../../etc",
        "__class__",
        "forward",
        "ünï",
        "0",
        "a.b.c.d",
        "type",
        "\0",
        '"',
        "class",
    ],
)
def test_names(name: str, tmp_path: Path) -> None:
    """Any text can be a name in a file; in the spec there are valid ones."""
    weights = {f"{name}.weight": np.ones((3, 4), np.float32)}
    nodes = [
        helper.make_node("Gemm", ["x", *weights], ["a"], transB=1, name=name),
        helper.make_node("Relu", ["a"], [name], name=name),
    ]
    model = graph(nodes, X, weights)
    path = tmp_path / "model.onnx"
    onnx.save(model, str(path))
    from archspec.checking import check
    from archspec.importers import spec_text

    result = check("model.yaml", spec_text(import_onnx(str(path))[0]).encode())
    assert result.ok, result.diagnostics


def test_unread_parts_do_not_matter(tmp_path: Path) -> None:
    """What no output needs is neither imported nor refused."""
    model = linear()
    model.graph.node.append(helper.make_node("Nonsense", ["x"], ["unused"]))
    model.graph.initializer.append(numpy_helper.from_array(np.ones(3, np.float32), "unread"))
    path = tmp_path / "model.onnx"
    onnx.save(model, str(path))
    assert len(import_onnx(str(path))[0].layers) == 1
