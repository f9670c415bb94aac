"""Tensors in Python code, by their names: `x`, which goes from layer to layer, `conv1`, `self.conv1(x)`.

Enters: a parsed expression, and what code may name; leaves: the name that a layer's `from` has for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from archspec.expand.python_layers import Known

PASSED = ("x", "out", "h")
"""What code calls the tensor that goes from layer to layer."""
_MODULES = ("F", "functional", "nn.functional", "torch.nn.functional", "torch")
"""Where functions of tensors are."""
_MODELS = frozenset("cls model net self".split())
_NO_TENSORS = _MODELS | set(
    "F K L functional jax jnp keras layers math nn np numpy ops tensorflow tf tfa tfl torch".split()
)
"""Owners of functions that are no tensors."""
_INPUT = re.compile(r"(?:[a-z]+_)?(?:inputs?|inp)(?:_[a-z]+)?")
"""What Keras' code calls the network's input."""
ONLY_INPUT = "input"
"""What it is called here, where it is the only one."""


def is_function(function: ast.expr) -> bool:
    """Whether a function of tensors is called: `F.relu`, `torch.flatten`."""
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) in _MODULES


def is_method(function: ast.expr, known: Known) -> bool:
    """Whether what is called is a method of a tensor, `x.view`, `conv1.relu`, or of another call's result; constructors begin
    with a capital, whatever they are taken from."""
    if not isinstance(function, ast.Attribute):
        return False
    owner, name = function.value, function.attr
    if isinstance(owner, ast.Name):
        is_tensor = owner.id in known.layers or owner.id not in _NO_TENSORS
        return is_tensor and (name[:1].islower() or owner.id in PASSED)
    return not _is_dotted(owner)


def is_own(function: ast.expr) -> bool:
    """Whether what is called is a module that is kept, `self.conv1`."""
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self"


def source_of(node: ast.expr, known: Known) -> str | None:
    """The name of what a layer reads: nothing for the tensor that goes from layer to layer, which the layer above gives, `conv1`
    for `self.conv1(x)`; None for what is no tensor, or another call's result."""
    if isinstance(node, ast.Name):
        return _named(node.id, known.layers)
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or not is_own(node.func):
        return None
    is_passed = isinstance(node.args[0], ast.Name) and node.args[0].id in PASSED
    return name_of(node.func) if is_passed else None


def joined_name(node: ast.expr, known: Known) -> str:
    """The name of what is joined with others, which needs one, also where code has it for the tensor that goes from layer to
    layer; nothing for other code."""
    return source_of(node, known) or (node.id if isinstance(node, ast.Name) else "")


def _named(name: str, layers: Collection[str]) -> str:
    if name in layers:
        return name
    if name in PASSED:
        return ""
    may_be_input = not layers or ONLY_INPUT in layers
    return ONLY_INPUT if may_be_input and _INPUT.fullmatch(name) else name


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def on_layers(tree: ast.expr, known: Known) -> ast.expr:
    """Code that has a layer's name where a tensor stands, as PyTorch would have it: `relu(conv1)` is `F.relu(conv1)`,
    `ReLU(conv1)` is `ReLU()(conv1)`, and `lstm[:, -1]` is `torch.select(lstm, 1, -1)`."""
    match tree:
        case ast.Call(ast.Name(name), [ast.Name(layer), *rest], keywords) if layer in known.layers:
            if name in known.blocks or name in known.layers:
                return tree
            if name[:1].islower():
                return ast.Call(ast.Attribute(ast.Name("F"), name), tree.args, keywords)
            return ast.Call(ast.Call(tree.func, rest, keywords), tree.args[:1], [])
        case ast.Subscript(ast.Name(layer), ast.Tuple(items)) if layer in known.layers:
            picked = [(axis, item) for axis, item in enumerate(items) if not _is_whole(item)]
            if len(picked) == 1 and not isinstance(picked[0][1], ast.Slice):
                axis, index = picked[0]
                return ast.Call(ast.Attribute(ast.Name("torch"), "select"), [tree.value, ast.Constant(axis), index], [])
    return tree


def _is_whole(item: ast.expr) -> bool:
    """Whether an axis is taken whole, `:`."""
    return isinstance(item, ast.Slice) and item.lower is None and item.upper is None and item.step is None


def values_in(tree: ast.expr) -> list[ast.Name]:
    """The names that stand for values in a text of code, in their order: not those of what is called, of tensors, of owners."""
    if isinstance(tree, ast.Name):
        return [tree]
    if isinstance(tree, ast.Attribute):
        return values_in(tree.value) if isinstance(tree.value, ast.Call) else []
    if not isinstance(tree, ast.Call):
        return [name for part in ast.iter_child_nodes(tree) if isinstance(part, ast.expr) for name in values_in(part)]
    given = [*tree.args, *(word.value for word in tree.keywords)]
    if isinstance(tree.func, ast.Call) or is_own(tree.func):
        inner: list[ast.expr] = [tree.func, *(part for part in given if isinstance(part, ast.Call))]
    else:
        is_first = is_function(tree.func) and bool(given) and not isinstance(given[0], ast.Call)
        inner = [*([] if isinstance(tree.func, ast.Name) else [tree.func]), *given[is_first:]]
    return [name for part in inner for name in values_in(part)]


def _is_dotted(node: ast.expr) -> bool:
    """Whether a text is names with points between them, `torch.nn.ReLU`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
