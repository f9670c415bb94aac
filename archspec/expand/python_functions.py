"""Functions of one tensor in Python code, `F.dropout(x, 0.5)`, `x.view(x.size(0), -1)`, by their names and their arguments after
the tensor. Leaves: the layer."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from archspec.expand.other_styles import type_called
from archspec.expand.python_layers import Layer
from archspec.expand.python_values import keys_of_call, value_of
from archspec.expand.written_layer import is_right

_BATCHES = ("B", "N", "b", "n", "bs", "bsz", "batch", "batch_size")
"""What code calls the size of the batch."""
_WITH_BATCH = "without start_dim: 1 the function merges the batch, too, and the layer does not"
_RESHAPED = ("view", "reshape")
_LISTED = {"permute": "dims", "flip": "dims"}
"""Functions whose list may stand without its brackets."""
_ALONG = ("dim", "keepdim")
_FUNCTIONAL = {
    "Dropout": ("p", "training", "inplace"), "AlphaDropout": ("p", "training", "inplace"),
    "MaxPool": ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    "AvgPool": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
    "LPPool": ("norm_type", "kernel_size", "stride", "ceil_mode"),
    "AdaptiveAvgPool": ("output_size",), "AdaptiveMaxPool": ("output_size",), "Flatten": ("start_dim", "end_dim"),
    "Softmax": ("dim",), "LogSoftmax": ("dim",), "Softmin": ("dim",), "LeakyReLU": ("negative_slope", "inplace"),
    "ReLU": ("inplace",), "ELU": ("alpha", "inplace"), "CELU": ("alpha", "inplace"), "SELU": ("inplace",), "SiLU": ("inplace",),
    "Hardswish": ("inplace",), "Hardsigmoid": ("inplace",), "Hardtanh": ("min_val", "max_val", "inplace"), "GELU": (),
    "ReLU6": ("inplace",), "Mish": ("inplace",), "Sigmoid": (), "Tanh": (), "LogSigmoid": (), "Softsign": (), "Tanhshrink": (),
    "Softplus": ("beta", "threshold"), "GLU": ("dim",), "Hardshrink": ("lambd",), "Softshrink": ("lambd",),
    "Threshold": ("threshold", "value", "inplace"),
    "Mean": _ALONG, "Sum": _ALONG, "Prod": _ALONG, "LogSumExp": _ALONG, "Argmax": _ALONG, "Argmin": _ALONG,
    "Cumsum": ("dim",), "Cumprod": ("dim",), "Squeeze": ("dim",), "Unsqueeze": ("dim",), "Transpose": ("dim0", "dim1"),
    "Permute": ("dims",), "Flip": ("dims",), "Unflatten": ("dim", "unflattened_size"), "Tril": ("diagonal",),
    "Triu": ("diagonal",), "Contiguous": (),
    "Clamp": ("min", "max"), "Pow": ("exponent",), "Normalize": ("p", "dim", "eps"), "PixelShuffle": ("upscale_factor",),
    "PixelUnshuffle": ("downscale_factor",), "LocalResponseNorm": ("size", "alpha", "beta", "k"),
    "Interpolate": ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias"),
    "Upsample": ("size", "scale_factor", "mode", "align_corners"), "Pad": ("padding", "mode", "value"),
    **dict.fromkeys(("Abs", "Ceil", "Cos", "Erf", "Exp", "Expm1", "Floor", "Log", "Log1p", "Log2", "Neg", "Reciprocal"), ()),
    **dict.fromkeys(("Round", "Rsqrt", "Sign", "Sin", "Sqrt", "Square", "Tan"), ()),
}  # fmt: skip
"""Functions of one tensor and settings, by the op (without its axes) that each is: its arguments after the tensor."""


def applied(name: str, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Layer | None:
    """The layer that a function of a tensor is, without what it reads; never surely meant: only the code tells that."""
    make = _reshaped if name in _RESHAPED else _with_settings
    return make(name, given, keywords)


def _with_settings(name: str, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Layer | None:
    kind = type_called(name)
    order = _FUNCTIONAL.get(re.sub(r"[123]d$", "", kind)) if kind is not None else None
    if kind is None or order is None:
        return None
    if name in _LISTED and len(given) > 1:
        given = [ast.List(list(given))]
    pairs = {**dict(zip(order, given, strict=False)), **{word.arg or "": word.value for word in keywords}}
    pairs.pop("training", None)  # which the network's mode tells
    keys = keys_of_call(kind, [], pairs, []) if len(given) <= len(order) else None
    if keys is None:
        return None
    why = _WITH_BATCH if kind == "Flatten" and "start_dim" not in keys else ""
    if kind == "Flatten" and keys.get("start_dim") == "1":
        del keys["start_dim"]
    return Layer(kind, keys, is_safe=False, why=why) if is_right(kind, keys) else None


def _reshaped(name: str, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Layer | None:
    """`x.view(x.size(0), -1)`, with the batch first."""
    given = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List) else given
    sizes = [value_of(size, "", "") for size in given[1:]]
    is_open = bool(given) and ast.unparse(given[0]) == "-1" and "-1" not in sizes
    if keywords or not sizes or None in sizes or not (is_open or _is_batch(given[0])):
        return None
    if sizes == ["-1"]:
        return Layer("Flatten", {}, is_safe=False)
    return Layer("Reshape", {"shape": f"[{', '.join(map(str, sizes))}]"}, is_safe=False)


def _is_batch(size: ast.expr) -> bool:
    """Whether a size is the batch's: `x.size(0)`, `x.shape[0]`, `len(x)`, `batch_size`."""
    written = ast.unparse(size)
    named = written.partition(".")[0]
    return (
        written in _BATCHES
        or written in (f"{named}.size(0)", f"{named}.shape[0]", f"{named}.size()[0]")
        or (re.fullmatch(r"len\(\w+\)", written) is not None)
    )
