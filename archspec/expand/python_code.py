"""Layers as PyTorch's code has them, `nn.Conv2d(3, 96, 11)`, `F.relu(self.conv1(x))`, `nn.Sequential(…)`, read as Python.

Enters: such a text; leaves: the keys of the layer, or of several, in the order of the op's own arguments. Nothing is run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archspec.document.tree import Scalar, show
from archspec.expand.other_styles import flow_layer, layer_of, type_called
from archspec.expand.written_layer import is_right, keys_of, padded
from archspec.ops import registry
from archspec.ops.other_names import is_activation, is_no_part, is_same_key, other_key
from archspec.ops.other_values import meant_key
from archspec.source import Source, Span

MAX_TEXT = 20_000
"""Characters of a call, or of several."""
MAX_ITEMS = 100
"""Values in one list."""
MAX_DEPTH = 20
"""Groups within groups."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_ARITHMETIC = re.compile(r"[0-9 +*/()-]+")
_ASSIGNED = re.compile(r"(?:self\.)?\w+ *= *(?=[\w.]+ *\()")
"""What stands before a call that is kept under a name."""
_NOT_CALLED = ("Parameter", "Buffer")
"""Ops whose arguments are others than those of PyTorch's constructor."""
_SEQUENTIAL = "Sequential"
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


class Layer(NamedTuple):
    """What a call makes: an op, its keys, whether it can be no other, an activation that is a layer of its own, what is lost."""

    kind: str
    keys: dict[str, str]
    is_safe: bool
    activation: str = ""
    lost: tuple[str, ...] = ()

    @property
    def written(self) -> list[str]:
        return [f"{key}: {value}" for key, value in self.keys.items()]

    @property
    def text(self) -> str:
        """The layer on one line."""
        return flow_layer(self.kind, self.written)


class Group(NamedTuple):
    """Layers in a row, some of them groups themselves."""

    layers: tuple[Layer | Group, ...]

    @property
    def is_safe(self) -> bool:
        return all(layer.is_safe and not (isinstance(layer, Layer) and layer.activation) for layer in self.layers)

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.lost))

    @property
    def text(self) -> str:
        """The group on one line."""
        return f"{{layers: [{', '.join(self._items())}]}}"

    def _items(self) -> Iterator[str]:
        for layer in self.layers:
            yield layer.text
            if isinstance(layer, Layer) and layer.activation:
                yield layer.activation

    def lines(self, indent: str) -> str:
        """The group as lines that are indented by so much, the first one without."""
        return "\n".join(["layers:", *(f"{indent}  - {item}" for item in self._items())])


def read(text: str) -> Layer | Group | None:
    """What a text of Python code makes; None where an argument is no plain value."""
    bare = text.strip().rstrip(",;")
    assigned = _ASSIGNED.match(bare)
    tree = _parsed(bare[assigned.end() :] if assigned is not None else bare)
    try:
        found = _made(tree, 0) if tree is not None else None
    except RecursionError:
        return None
    return found._replace(is_safe=False) if isinstance(found, Layer) and assigned is not None else found


def is_nested(text: str) -> bool:
    """Whether a text is a call, whose first argument is another call: two layers."""
    tree = _parsed(text.strip().rstrip(",;"))
    inner = tree.args[:1] if isinstance(tree, ast.Call) else []
    return any(isinstance(argument, ast.Call) for argument in inner)


def _parsed(text: str) -> ast.expr | None:
    if len(text) > MAX_TEXT:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python code that is none of ours
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _made(tree: ast.expr, depth: int) -> Layer | Group | None:
    if isinstance(tree, ast.Tuple | ast.List):
        return _group(tree.elts, depth)
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, (ast.Name, ast.Attribute)):
        return None
    name = _name(tree.func)
    if name == _SEQUENTIAL:
        return _group(tree.args, depth) if not tree.keywords else None
    if name == "dict":
        return _settings(tree)
    return _function(tree, name) if _is_function(tree.func) else _constructed(tree, name)


def _group(items: Sequence[ast.expr], depth: int) -> Group | None:
    """The layers of a group; None where one of them is not read."""
    layers = [_made(item, depth + 1) if isinstance(item, ast.Call) else None for item in items]
    known = [layer for layer in layers if layer is not None]
    return Group(tuple(known)) if known and len(known) == len(layers) and depth < MAX_DEPTH else None


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


# Constructors -----------------------------------------------------------------------------------------------------


def _constructed(tree: ast.Call, name: str) -> Layer | None:
    """The layer of a constructor, `nn.Conv2d(3, 8, 3)`."""
    kind = name if registry.find(name) is not None else type_called(name) or name
    words = {meant_key(name, word.arg or "") or word.arg or "": word.value for word in tree.keywords}
    if is_activation(name):
        return _named(tree.args[0]) if len(tree.args) == 1 and words.keys() <= {"name"} else None
    fields = fields_of(kind)
    aside = [key for key in words if key not in fields and is_no_part(key)]
    lost = tuple(key for key in aside if not _is_none(words[key]))
    words = {key: value for key, value in words.items() if key not in aside}
    activation = ""
    if "activation" in words and "activation" not in fields:
        given = words.pop("activation")
        activation = "" if _is_none(given) else layer_of(_text(given))
        lost += ("activation",) if not activation and not _is_none(given) and not _is_linear(given) else ()
    is_own = kind == name and not activation and not lost and all(key in fields or is_same_key(key) for key in words)
    short = [meant_key(name, field) or field for field in fields if not field.startswith("in_")]
    for order in (fields, short) if kind == name else (short,):
        keys = _keys(kind, tree.args, words, order)
        keys = padded(kind, keys) if keys is not None else None
        if keys is not None and is_right(kind, keys):
            return Layer(kind, keys, is_own and order is fields, activation, lost)
    return None


def _named(given: ast.expr) -> Layer | None:
    """The layer of `Activation("relu")`."""
    if _is_linear(given):
        return Layer("Identity", {}, is_safe=True)
    keys = keys_of(layer_of(_text(given)))
    kind = keys.pop("type")
    return Layer(kind, keys, is_safe=not keys) if is_right(kind, keys) else None


def _settings(tree: ast.Call) -> Layer | None:
    """The layer of `dict(type="Conv2d", out_channels=96)`, whose keys are those of a spec."""
    words = {word.arg or "": word.value for word in tree.keywords}
    kind = words.pop("type", None)
    name = kind.value if isinstance(kind, ast.Constant) and isinstance(kind.value, str) else ""
    known = type_called(name.rpartition(".")[2]) if name else None
    keys = _keys(known, [], words, []) if known is not None and not tree.args else None
    return Layer(str(known), keys, is_safe=name == known) if keys is not None and is_right(str(known), keys) else None


def fields_of(kind: str) -> list[str]:
    """The arguments of PyTorch's constructor, in its order, as a test compares them with it."""
    op = registry.find(kind)
    if op is None or kind in _NOT_CALLED:
        return []
    return [*op.positional, *(name for name in op.model_fields if name not in op.positional)]


def _keys(
    kind: str, given: Sequence[ast.expr], words: dict[str, ast.expr], order: Sequence[str]
) -> dict[str, str] | None:
    """The keys of a call's arguments; None where one is no value, or no key. Those of another library have other names."""
    fields = fields_of(kind)
    if registry.find(kind) is None or len(given) > len(order):
        return None
    named = [(word if word in fields else other_key(word, fields) or word, value) for word, value in words.items()]
    pairs = [*zip(order, given, strict=False), *named]
    keys = {name: _value(value, kind, name) for name, value in pairs}
    written = {name: value for name, value in keys.items() if value is not None}
    return written if len(written) == len(pairs) and keys.keys() <= set(fields) else None


# Functions of a tensor --------------------------------------------------------------------------------------------


def _function(tree: ast.Call, name: str) -> Layer | None:
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
    keys = _keys(kind, [], pairs, []) if len(given) <= len(order) else None
    if keys is None or (kind == "Flatten" and not pairs):  # which begins with the batch
        return None
    if kind == "Flatten" and keys.get("start_dim") == "1":
        del keys["start_dim"]
    return Layer(kind, keys, is_safe=False) if is_right(kind, keys) else None


def _reshaped(name: str, given: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Layer | None:
    """`x.view(x.size(0), -1)`, with the batch first."""
    given = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List) else given
    sizes = [_value(size, "", "") for size in given[1:]]
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


def _is_function(function: ast.expr) -> bool:
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
    return _name(function) if is_own else None


# Values -----------------------------------------------------------------------------------------------------------


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_linear(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "linear"


def _text(node: ast.expr) -> Scalar:
    """An argument as a text."""
    value = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    return Scalar(value, value, True, Span(Source("", ""), 1, 1, 1, 1))


def _value(node: ast.expr, kind: str, name: str) -> str | None:
    """An argument as a spec has it; None where it is no plain value."""
    written = ast.unparse(node)
    if isinstance(node, ast.BinOp):
        return f'"${{{written}}}"' if _ARITHMETIC.fullmatch(written) else None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    op = registry.find(kind) if kind else None
    if (
        op is not None
        and name in op.model_fields
        and op.model_fields[name].annotation is bool
        and value in (None, 0, 1)
    ):
        return show(bool(value))  # as PyTorch takes it
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else None
    items = value if isinstance(value, (tuple, list)) else (value,)
    is_plain = len(items) <= MAX_ITEMS and all(item is None or isinstance(item, (bool, int, float)) for item in items)
    return show(value) if is_plain else None
