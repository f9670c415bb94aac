"""Rows of the ONNX importer."""

from __future__ import annotations

from pathlib import Path

from run import Row

LEFT_OUT = "an attribute that the PyTorch layer lacks is built or refused"


def agrees(file: Path, out: Path) -> str | None:
    """Compares the file's network, imported and built, with ONNX's own reference, on random inputs."""
    import numpy as np
    import onnx
    import torch
    from onnx.reference import ReferenceEvaluator

    import archspec
    from archspec.importers import write
    from archspec.importers.onnx import import_onnx

    sketch, state = import_onnx(str(file))
    module = archspec.build(write(sketch).spec)
    module.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in state.items()})
    random = np.random.default_rng(0)
    inputs = {}
    for value in onnx.load(file).graph.input:
        shape = [dim.dim_value or 8 for dim in value.type.tensor_type.shape.dim]
        whole = value.type.tensor_type.elem_type == onnx.TensorProto.INT64
        inputs[value.name] = random.integers(0, 3, shape) if whole else random.standard_normal(shape).astype(np.float32)
    theirs = ReferenceEvaluator(str(file)).run(None, inputs)[0]
    ours = module.eval()(*map(torch.from_numpy, inputs.values())).detach().numpy()
    if ours.shape != theirs.shape:
        return f"gives {ours.shape}, not {theirs.shape}"
    return None if np.allclose(ours, theirs, atol=1e-4) else f"differs by {np.abs(ours - theirs).max():.3g}"


ROWS: list[Row] = [
    Row("onnx/o12_convT_output_shape_10x8.onnx", LEFT_OUT, "import onnx {}", probe=agrees),
    Row("onnx/o11_convT_k2_p3_d2_op1.onnx", LEFT_OUT, "import onnx {}", probe=agrees),
    Row("onnx/t01_lppool_p3.onnx", LEFT_OUT, "import onnx {}", says=("Abs",), probe=agrees),
    Row("onnx/t01b_lppool_p1.onnx", LEFT_OUT, "import onnx {}", says=("Abs",), probe=agrees),
]
