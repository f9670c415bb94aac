"""Rows of the ONNX importer."""

from __future__ import annotations

from collections.abc import Callable
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


def has_macs(macs: int) -> Callable[[Path, Path], str | None]:
    """A probe of the written spec's multiply-accumulates a sample."""

    def probe(file: Path, out: Path) -> str | None:
        from archspec.checking import check

        found = check("imported.yaml", out.read_bytes())
        said = found.facts.totals.macs if found.facts is not None else None
        return None if said == macs else f"has {said} MACs, not {macs}"

    return probe


EXISTS = "what a layer stands for is imported"
CHECKED = "every number and every count of inputs from a file is checked where it is read"
BATCH = "a batch that is named, but not first"
EMPTY = "tensors of size zero in splits, joins, fills"

ROWS: list[Row] = [
    Row("onnx/o12_convT_output_shape_10x8.onnx", LEFT_OUT, "import onnx {}", probe=agrees),
    Row("onnx/o11_convT_k2_p3_d2_op1.onnx", LEFT_OUT, "import onnx {}", says=("output_padding: 1", "dilation: 2")),
    Row("onnx/t01_lppool_p3.onnx", LEFT_OUT, "import onnx {}", says=("Abs",), probe=agrees),
    Row("onnx/t01b_lppool_p1.onnx", LEFT_OUT, "import onnx {}", says=("Abs",), probe=agrees),
    Row("onnx/lstm_seqfirst.onnx", BATCH, "import onnx {} -o {out}", probe=has_macs(1080)),
    *(
        Row(
            f"hostile/mutated_{number}.onnx",
            CHECKED,
            "import onnx {}",
            exit=2,
            says=("archspec: ",),
            lacks=("internal error",),
        )
        for number in (0, 1, 2, 3, 4, 7, 8, 11)
    ),
    *(
        Row(f"onnx/{name}.onnx", EXISTS, "import onnx {}", lacks=("no layer",), probe=agrees)
        for name in ("gs", "p09_Tan", "p09_Atan", "p10_onehot", "p11_gatherelements", "p17_attention23")
    ),
    Row("onnx/t02_split_zero.onnx", EMPTY, "import onnx {}", says=("identity1: Identity",), probe=agrees),
]
