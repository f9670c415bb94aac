"""ONNX models as specs. Enters: the path of a `.onnx` file. Leaves: a `Sketch`, and the weights under its keys.

    file ──> read (bounded) ──> values by name ──> handlers, one an op ──> layers of the Sketch

Nothing of the file is executed: nodes become layers, and what computes shapes is folded by `fold.py`. onnx is used to
take the file apart, no more, and only imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from archspec.importers.sketch import ImportProblem, Sketch

if TYPE_CHECKING:
    import numpy as np

Weights = Literal["file", "drop"]


def import_onnx(
    path: str, weights: Weights = "file", sizes: Mapping[str, int] | None = None
) -> tuple[Sketch, dict[str, np.ndarray]]:
    """The network of a file, and its weights by their keys in the `state_dict` (none with `weights="drop"`).

    The first axis of every input is the batch, whatever number the file has there. `sizes` are numbers for axes that the
    file only names. Raises ImportProblem for what no spec can say, OSError where the file cannot be read.
    """
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise ImportProblem("ONNX files are read with the onnx package, which is not installed",
                            help="pip install onnx") from None  # fmt: skip
    from archspec.importers.onnx.read import read
    from archspec.importers.onnx.walk import Walk

    walk = Walk(read(path), dict(sizes or {}))
    sketch = walk.sketch()
    return sketch, walk.state(sketch) if weights == "file" else {}
