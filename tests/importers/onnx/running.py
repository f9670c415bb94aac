"""Small ONNX graphs, imported and run: the compiled module against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

import archspec
from archspec.checking import Result, check
from archspec.importers import spec_text
from archspec.importers.onnx import import_onnx
from archspec.importers.sketch import Layer, Sketch

Arrays = dict[str, np.ndarray]
DTYPES = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("int64"): TensorProto.INT64, np.dtype("bool"): TensorProto.BOOL,
          np.dtype("int32"): TensorProto.INT32, np.dtype("float16"): TensorProto.FLOAT16}  # fmt: skip


def graph(
    nodes: list[onnx.NodeProto], inputs: Arrays, weights: Arrays | None = None, opset: int = 17, outputs: int = 1,
    free: bool = False,
) -> onnx.ModelProto:  # fmt: skip
    """A model of these nodes, whose outputs are those of the last node. `free` leaves the batch a name."""
    given = [
        helper.make_tensor_value_info(name, DTYPES[x.dtype], ["batch" if free else x.shape[0], *x.shape[1:]])
        for name, x in inputs.items()
    ]
    made = [onnx.ValueInfoProto(name=name) for name in [name for name in nodes[-1].output if name][:outputs]]
    kept = [numpy_helper.from_array(np.asarray(value), name) for name, value in (weights or {}).items()]
    made_graph = helper.make_graph(nodes, "graph", given, made, kept)
    return helper.make_model(
        made_graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=min(8 + opset // 21, 9)
    )


def imported(model: onnx.ModelProto, folder: Path, **options: Any) -> tuple[Sketch, Arrays, Result]:
    """The sketch, the weights and the checked spec of a model."""
    path = folder / "model.onnx"
    onnx.save(model, str(path))
    sketch, state = import_onnx(str(path), **options)
    text = spec_text(sketch)
    result = check("model.yaml", text.encode())
    assert result.ok, (text, [diagnostic.message for diagnostic in result.diagnostics])
    return sketch, state, result


def built(result: Result, state: Arrays) -> torch.nn.Module:
    """The module with the weights loaded."""
    module = archspec.build(result)
    tensors = {key: torch.from_numpy(np.array(value)) for key, value in state.items()}
    module.load_state_dict(tensors, strict=True)
    return module.eval()


def reference(model: onnx.ModelProto, inputs: Arrays) -> list[np.ndarray]:
    """What onnxruntime computes."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found: list[np.ndarray] = session.run(None, inputs)
    return found


def computed(module: torch.nn.Module, inputs: Arrays) -> list[np.ndarray]:
    """What the module computes."""
    with torch.no_grad():
        found = module(*(torch.from_numpy(x) for x in inputs.values()))
    several = found.values() if isinstance(found, dict) else found if isinstance(found, (tuple, list)) else [found]
    return [x.numpy() for x in several]


def agree(model: onnx.ModelProto, inputs: Arrays, folder: Path, tolerance: float = 1e-4) -> list[Layer]:
    """Asserts that the compiled module computes what onnxruntime does, and returns its layers."""
    sketch, state, result = imported(model, folder)
    module = built(result, state)
    for ours, theirs in zip(computed(module, inputs), reference(model, inputs), strict=True):
        assert ours.shape == theirs.shape
        scale = max(float(np.abs(theirs).max()), 1e-6) if theirs.size else 1.0
        np.testing.assert_allclose(ours.astype(np.float64) / scale, theirs.astype(np.float64) / scale, atol=tolerance)
    return sketch.layers


def types(layers: list[Layer]) -> list[str]:
    """The layers' types, in order."""
    return [layer.type for layer in layers]
