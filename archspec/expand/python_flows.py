"""What a tensor in Python code is computed by, from a name on: `F.max_pool2d(self.conv1(x).relu(), 2)`, `nn.Conv2d(3, 8, 3)(c)`.

Enters: a parsed expression; leaves: the layer, or the layers in a row as a group, with what is read. A part that is not read
makes nothing of the whole: the others alone would leave it out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from archspec.expand.python_functions import applied
from archspec.expand.python_joins import joined
from archspec.expand.python_layers import Group, Known, Layer
from archspec.expand.python_tensors import is_function, is_method, joined_name, name_of, source_of
from archspec.ops import registry

Module = Callable[[ast.Call], Layer | Group | None]
"""What a call makes that reads no tensor itself: a constructor, a `Sequential`, a block."""
_KERAS_JOINS = ("add", "concatenate", "maximum", "minimum", "multiply", "subtract")
"""Keras' functions of a list of tensors, each that of the layer that is called so."""
MAX_STEPS = 20
"""Calls within calls."""


class _Flow(NamedTuple):
    """Layers in a row, and what the first of them reads: nothing where that is the layer above."""

    sources: tuple[str, ...]
    layers: tuple[Layer | Group, ...]


def flow(tree: ast.expr, known: Known, module: Module) -> Layer | Group | None:
    """The layers of an expression; None where one is not read, and where there is none."""
    found = _flow(tree, known, module, 0)
    if found is None or not found.layers:
        return None
    only = found.layers[0]
    if len(found.layers) > 1:
        return Group(found.layers, sources=found.sources)
    if isinstance(only, Group):
        return only._replace(sources=found.sources) if found.sources else only
    return (
        only
        if not found.sources or "from" in only.keys
        else only._replace(keys={**only.keys, "from": found.sources[0]})
    )


def _flow(tree: ast.expr, known: Known, module: Module, depth: int) -> _Flow | None:
    if depth > MAX_STEPS:
        return None
    source = source_of(tree, known)
    if source is not None:
        return _Flow((source,) if source else (), ())
    join = joined(tree, known)
    if join is not None:
        return _Flow(tuple(dict.fromkeys(join.names)), (Layer(join.kind, join.keys, is_safe=True),))
    if not isinstance(tree, ast.Call):
        return None
    if isinstance(tree.func, ast.Call):
        return _called(tree, tree.func, known, module, depth)
    if is_method(tree.func, known) and isinstance(tree.func, ast.Attribute):
        return _below(tree.func.value, applied(tree.func.attr, tree.args, tree.keywords), known, module, depth)
    if is_function(tree.func) and tree.args:
        return _below(tree.args[0], applied(name_of(tree.func), tree.args[1:], tree.keywords), known, module, depth)
    if name_of(tree.func) in _KERAS_JOINS and tree.args and isinstance(tree.args[0], ast.List):
        constructor = ast.Call(tree.func, tree.args[1:], tree.keywords)
        return _called(ast.Call(constructor, tree.args[:1], []), constructor, known, module, depth)
    made = module(tree)
    return _Flow((), (made,)) if made is not None else None


def _called(tree: ast.Call, constructor: ast.Call, known: Known, module: Module, depth: int) -> _Flow | None:
    """A module that is made and called at once, `nn.Conv2d(3, 8, 3)(x)`, `layers.Add()([a, b])`."""
    made = None if isinstance(constructor.func, ast.Call) else module(constructor)
    is_more = any(word.arg != "training" for word in tree.keywords)  # which the network's mode tells
    if made is None or len(tree.args) != 1 or is_more:
        return None
    read = tree.args[0]
    if not isinstance(read, ast.List | ast.Tuple):
        return _below(read, _unsure(made), known, module, depth)
    names = tuple(joined_name(item, known) for item in read.elts)
    op = registry.find(made.kind) if isinstance(made, Layer) else None
    if op is None or not isinstance(made, Layer) or not names or not all(names):
        return None
    takes_so_many = op.arity[0] <= len(names) and (op.arity[1] is None or len(names) <= op.arity[1])
    keys = {"from": f"[{', '.join(names)}]", **made.keys}
    return _Flow(tuple(dict.fromkeys(names)), (made._replace(keys=keys, is_safe=False),)) if takes_so_many else None


def _below(tensor: ast.expr, layer: Layer | Group | None, known: Known, module: Module, depth: int) -> _Flow | None:
    """A layer below those of the tensor that it reads."""
    before = _flow(tensor, known, module, depth + 1) if layer is not None else None
    if before is None or layer is None:
        return None
    if len(before.layers) == 1 and isinstance(before.layers[0], Group) and not before.layers[0].names:
        before = before._replace(layers=before.layers[0].layers)
    return _Flow(before.sources, (*map(_of_one, before.layers), layer))


def _of_one(layer: Layer | Group) -> Layer | Group:
    """The layer without the name of the one tensor that it reads, which the group around it reads; what joins several keeps
    their names."""
    if isinstance(layer, Group) or "[" in layer.keys.get("from", "["):
        return layer
    return layer._replace(keys={key: value for key, value in layer.keys.items() if key != "from"})


def _unsure(made: Layer | Group) -> Layer | Group:
    """The same, whose input only the code tells."""
    if isinstance(made, Layer):
        return made._replace(is_safe=False)
    return made._replace(layers=(_unsure(made.layers[0]), *made.layers[1:]))
