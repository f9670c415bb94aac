"""The ONNX back end: a PyTorch module in, an ONNX file's bytes out, through PyTorch's own exporter, and held against it.

Imports torch, onnx and onnxruntime, where they are used.
"""

from archspec.backends.onnx.export import (
    PARAMETERS,
    CannotExport,
    Names,
    check_size,
    difference,
    export,
    free_axes,
    merged,
)

__all__ = ["PARAMETERS", "CannotExport", "Names", "check_size", "difference", "export", "free_axes", "merged"]
"""What commands use."""
