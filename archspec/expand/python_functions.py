"""Functions of a tensor in Python code, `F.dropout(x, 0.5)`, `x.view(x.size(0), -1)`. Enters: such a call; leaves: the layer."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from archspec.expand.other_styles import type_called
from archspec.expand.python_layers import Layer
from archspec.expand.python_values import keys_of_call, value_of
from archspec.expand.written_layer import is_right

_TENSORS = ("x", "out", "h")
"""What code calls the tensor that goes from layer to layer."""
_BATCHES = ("B", "N", "b", "n", "bs", "bsz", "batch", "batch_size")
"""What code calls the size of the batch."""
_MODULES = ("F", "functional", "nn.functional", "torch.nn.functional", "torch")
"""Where functions of tensors are."""
_RESHAPED = ("view", "reshape")
_FUNCTIONAL = {
    "Dropout": ("p", "training", "inplace"),
    "MaxPool": ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    "AvgPool": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    "AdaptiveAvgPool": ("output_size",), "AdaptiveMaxPool": ("output_size",), "Flatten": ("start_dim", "end_dim"),
    "Softmax": ("dim",), "LogSoftmax": ("dim",), "LeakyReLU": ("negative_slope", "inplace"), "ReLU": ("inplace",),
    "ELU": ("alpha", "inplace"), "SELU": ("inplace",), "SiLU": ("inplace",), "Hardswish": ("inplace",), "GELU": (),
    "ReLU6": ("inplace",), "Mish": ("inplace",), "Sigmoid": (), "Tanh": (),
}  # fmt: skip
"""Functions of one tensor and settings, by the op (without its axes) that each is: its arguments after the tensor."""


def function(tree: ast.Call, name: str) -> Layer | None:
    """The layer that a function of a tensor is, `F.dropout(x, 0.5)`, `x.view(x.size(0), -1)`; never surely meant, since what it
    reads is another layer's name, or none."""
    first, given = (tree.args[0], tree.args[1:]) if tree.args else (None, [])
    if isinstance(tree.func, ast.Attribute) and _is_tensor(tree.func.value):
        first, given = tree.func.value, tree.args
    source = _source(first)
    if source is None:
        return None
    make = _reshaped if name in _RESHAPED else _with_settings
    layer = make(name, given, tree.keywords)
    if layer is None or not source:
        return layer
    return layer._replace(keys={**layer.keys, "from": source})


def _with_settings(name: str, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Layer | None:
    kind = type_called(name)
    order = _FUNCTIONAL.get(kind.rstrip("123d")) if kind is not None else None
    if kind is None or order is None:
        return None
    pairs = {**dict(zip(order, given, strict=False)), **{word.arg or "": word.value for word in keywords}}
    pairs.pop("training", None)  # which the network's mode tells
    keys = keys_of_call(kind, [], pairs, []) if len(given) <= len(order) else None
    if keys is None or (kind == "Flatten" and not pairs):  # which begins with the batch
        return None
    if kind == "Flatten" and keys.get("start_dim") == "1":
        del keys["start_dim"]
    return Layer(kind, keys, is_safe=False) if is_right(kind, keys) else None


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


def _is_tensor(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _TENSORS


def is_function(function: ast.expr) -> bool:
    """Whether a function of tensors is called, or a method of one: `F.relu`, `torch.flatten`, `x.view`."""
    owner = function.value if isinstance(function, ast.Attribute) else None
    return owner is not None and (_is_tensor(owner) or ast.unparse(owner) in _MODULES)


def _source(node: ast.expr | None) -> str | None:
    """What a function reads: nothing to be written for the tensor that goes from layer to layer, `conv1` for `self.conv1(x)`."""
    if node is None or _is_tensor(node):
        return "" if node is not None else None
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or not _is_tensor(node.args[0]):
        return None
    function = node.func
    is_own = (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self"
    )
    return name_of(function) if is_own else None


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
