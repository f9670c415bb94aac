"""The nine classic networks among onnx's own test data, whose weights are one number each (`ConstantOfShape`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, numpy_helper, shape_inference
from running import Arrays, agree, imported

from archspec.dims import substitute
from archspec.importers.onnx.read import read
from archspec.importers.onnx.values import Computed
from archspec.importers.onnx.walk import Walk

FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
PARAMETERS = {
    "bvlc_alexnet": 60_965_224, "densenet121": 8_062_504, "inception_v1": 6_998_552, "inception_v2": 11_214_888,
    "resnet50": 25_557_032, "shufflenet": 1_393_320, "squeezenet": 1_235_496, "vgg19": 143_667_240, "zfnet512": 87_250_536,
}  # fmt: skip
"""Of Caffe's networks; ResNet-50, VGG-19, SqueezeNet and the DenseNet's are those of torchvision too (the DenseNet's scales
and shifts stand beside its normalizations, which have ones of their own)."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_and_shapes(name: str, tmp_path: Path) -> None:
    path = FOLDER / f"light_{name}.onnx"
    _, state, result = imported(onnx.load(path), tmp_path)
    assert result.facts is not None
    assert result.facts.totals.params == PARAMETERS[name]
    trained = {key: value for key, value in state.items() if "running" not in key and "num_batches" not in key}
    assert sum(value.size for value in trained.values()) == PARAMETERS[name]
    walk = Walk(read(str(path)), {})
    walk.sketch()
    inferred = shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    shapes = {info.name: [dim.dim_value for dim in info.type.tensor_type.shape.dim]
              for info in [*inferred.graph.value_info, *inferred.graph.output]}  # fmt: skip
    compared = 0
    for tensor, value in walk.network.values.items():
        if isinstance(value, Computed) and tensor in shapes:
            assert [substitute(size, {"N": 1}) for size in value.shape] == shapes[tensor], tensor
            compared += 1
    assert compared > 15


@pytest.mark.parametrize("name", ["resnet50", "shufflenet", "squeezenet"])
def test_values(name: str, tmp_path: Path) -> None:
    """With random weights, for the file's own would hide a wrong order."""
    model = onnx.load(FOLDER / f"light_{name}.onnx")
    _randomize(model)
    known = {tensor.name for tensor in model.graph.initializer}
    (input_,) = (value.name for value in model.graph.input if value.name not in known)
    x: Arrays = {input_: np.random.default_rng(1).standard_normal((1, 3, 224, 224)).astype(np.float32)}
    agree(model, x, tmp_path)


def _randomize(model: ModelProto) -> None:
    """Puts random initializers in place of the nodes that make constant weights."""
    random = np.random.default_rng(0)
    shapes = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept = [node for node in model.graph.node if node.op_type != "ConstantOfShape"]
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            continue
        shape = shapes[node.input[0]].tolist()
        scale = 1 / np.sqrt(max(np.prod(shape[1:]), 1) / 2) if len(shape) > 1 else 0.1
        values = random.standard_normal(shape) * scale + (1 if len(shape) == 1 else 0)
        values = np.abs(values) + 0.5 if len(shape) == 1 else values
        model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), node.output[0]))
    if kept[-1].op_type == "Softmax":  # which would hide the scores
        model.graph.output[0].name = kept.pop().input[0]
    del model.graph.node[:]
    model.graph.node.extend(kept)
