"""Layers as PyTorch's code has them, `nn.Conv2d(3, 96, 11)`, `F.relu(self.conv1(x))`, `nn.Sequential(…)`, read as Python.

Enters: such a text; leaves: the keys of the layer, or of several, in the order of the op's own arguments. Nothing is run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence

from archspec.document.blocks import Block
from archspec.expand.other_styles import layer_of, type_called
from archspec.expand.python_flows import flow
from archspec.expand.python_layers import NOTHING, Group, Known, Layer
from archspec.expand.python_moves import MOVES, without_moves
from archspec.expand.python_tensors import is_method, is_own, name_of, on_layers, values_in
from archspec.expand.python_values import (
    OWN,
    fields_of,
    is_linear,
    is_none,
    keys_of_call,
    text_of,
    value_of,
    with_meanings,
    with_names,
)
from archspec.expand.written_layer import fits_block, is_right, keys_of, padded
from archspec.limits import MAX_PYTHON_TEXT
from archspec.names import why_no_layer_name
from archspec.ops import registry
from archspec.ops.no_keys import is_no_part
from archspec.ops.other_names import is_activation, is_same_key, others_meant
from archspec.ops.other_values import left_unsaid, meant_key, other_meaning

MAX_DEPTH = 20
"""Groups within groups."""
_ASSIGNED = re.compile(r"(?:self\.)?\w+ *= *(?=[\w.]+ *\()")
"""What stands before a call that is kept under a name."""
_SEQUENTIAL = "Sequential"
_LISTS = ("OrderedDict", "ModuleList")
"""What holds a list of layers."""


def read(text: str, known: Known = NOTHING) -> Layer | Group | None:
    """What a text of Python code makes; None where an argument is no plain value, and no known name."""
    tree = _parsed(text, known)
    try:
        found = _made(with_names(tree, known.names, known.layers), 0, known) if tree is not None else None
    except RecursionError:
        return None
    is_assigned = _ASSIGNED.match(text.strip()) is not None
    return found._replace(is_safe=False) if isinstance(found, Layer) and is_assigned else found


def several(text: str, known: Known = NOTHING) -> list[Layer]:
    """The layers of which one is meant by a call whose name stands for several, `MaxPool(2)`, `BatchNormalization()(x)`."""
    tree = _parsed(text, known)
    call = tree.func if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Call) else tree
    if (
        not isinstance(tree, ast.Call)
        or not isinstance(call, ast.Call)
        or is_method(call.func, known)
        or is_own(call.func)
    ):
        return []
    name = name_of(call.func)
    meant = with_meanings(name, call)
    if name in known.blocks or meant is None or (meant.args and other_meaning(name)):
        return []
    why = other_meaning(name) if meant is not call else ""
    made = [ast.Call(ast.Name(kind), meant.args, meant.keywords) for kind in others_meant(name)]
    whole = [one if call is tree else ast.Call(one, tree.args, tree.keywords) for one in made]
    found = [read(ast.unparse(one), known) for one in whole]
    return [layer._replace(is_safe=False, why=why) for layer in found if isinstance(layer, Layer)]


def of_name(code: str) -> Layer | None:
    """The layer of a type alone, `nn.ReLU`, `Flatten`; None where it is none, or needs arguments."""
    name = code.rpartition(".")[2]
    kind = name if registry.find(name) is not None else type_called(name)
    return Layer(kind, {}, is_safe=kind == name) if kind is not None and is_right(kind, {}) else None


def items_of(tree: ast.expr) -> Sequence[ast.expr] | None:
    """What stands in a `Sequential`, or in its `OrderedDict`, or a list, in its order; None where that is not what a text is."""
    if isinstance(tree, ast.Tuple | ast.List):
        return tree.elts
    if not isinstance(tree, ast.Call) or name_of(tree.func) not in (_SEQUENTIAL, *_LISTS) or tree.keywords:
        return None
    only = tree.args[0] if len(tree.args) == 1 else None
    inner = items_of(only) if only is not None else None
    return inner if inner is not None else tree.args if name_of(tree.func) == _SEQUENTIAL else None


def pair_of(node: ast.expr) -> tuple[str, ast.expr] | None:
    """A name and its layer, as `OrderedDict` takes them."""
    match node:
        case ast.Tuple(elts=[ast.Constant(value=str(name)), layer]):
            return name, layer
    return None


def is_empty_row(tree: ast.expr) -> bool:
    """Whether a text is a `Sequential` to which layers are added."""
    return isinstance(tree, ast.Call) and name_of(tree.func) == _SEQUENTIAL and not tree.args


def unread(text: str, known: Known = NOTHING) -> str:
    """The first layer of those in a row that makes none, as it is written; nothing where there is none."""
    tree = _parsed(text)
    while tree is not None and items_of(tree) is not None:
        layers = [pair[1] if (pair := pair_of(item)) is not None else item for item in items_of(tree) or ()]
        tree = next((layer for layer in layers if read(ast.unparse(layer), known) is None), None)
        if tree is not None and items_of(tree) is None:
            return ast.unparse(tree)
    return ""


def unknown_names(text: str, known: Known) -> list[str]:
    """The names that a text of code has in place of values, and that nothing here has."""
    tree = _parsed(text, known)
    names = dict.fromkeys(name.id for name in values_in(tree)) if tree is not None else {}
    return [name for name in names if name not in OWN and name not in known.names]


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text of code with other names in place of values."""
    tree = _parsed(text)
    for name in values_in(tree) if tree is not None else ():
        name.id = names.get(name.id, name.id)
    return ast.unparse(tree) if tree is not None else text


def operands(text: str) -> list[str]:
    """The names that a text of code adds, multiplies, …; nothing where it is other code."""
    tree = _parsed(text)
    names = [part.id for part in ast.walk(tree) if isinstance(part, ast.Name)] if isinstance(tree, ast.BinOp) else []
    return list(dict.fromkeys(names))


def is_nested(text: str) -> bool:
    """Whether a text is a call of another one's result, or of a sum of tensors: two layers."""
    tree = _parsed(text)
    return isinstance(tree, ast.Call) and any(
        isinstance(part, ast.Call | ast.BinOp) for inner in (*tree.args[:1], tree.func) for part in ast.walk(inner)
    )


def _parsed(text: str, known: Known = NOTHING) -> ast.expr | None:
    """The expression of a text, without the name under which it is kept; of calls with semicolons between them a tuple."""
    tree = _parsed_as_it_is(text)
    return on_layers(tree, known) if tree is not None else None


def _parsed_as_it_is(text: str) -> ast.expr | None:
    if len(text) > MAX_PYTHON_TEXT:
        return None
    text = _ASSIGNED.sub("", text.strip().rstrip(",;"), count=1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python code that is none of ours
            if ";" not in text:
                return without_moves(ast.parse(text, mode="eval").body)
            lines = ast.parse(text).body
            values = [line.value for line in lines if isinstance(line, ast.Expr)]
            return without_moves(ast.Tuple(values)) if len(values) == len(lines) else None
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _made(tree: ast.expr, depth: int, known: Known) -> Layer | Group | None:
    if isinstance(tree, ast.Tuple | ast.List):
        return _group(tree.elts, depth, known)
    return flow(tree, known, lambda call: _module(call, depth, known))


def _module(tree: ast.Call, depth: int, known: Known) -> Layer | Group | None:
    """What a call makes that is no function of a tensor."""
    name = name_of(tree.func)
    if not name or name in MOVES or is_own(tree.func):
        return None  # model.to(device), self.relu()
    if name in known.blocks:
        return _used(tree, known.blocks[name])
    if name == _SEQUENTIAL:
        return _group(items_of(tree) or (), depth, known)
    return _settings(tree) if name == "dict" else _constructed(tree, name)


def _group(items: Sequence[ast.expr], depth: int, known: Known) -> Group | None:
    """The layers of a group, under their names where they have some; None where one of them is not read."""
    pairs = [pair for pair in map(pair_of, items) if pair is not None]
    names = tuple(name for name, _ in pairs)
    if pairs and (len(set(names)) < len(items) or any(map(why_no_layer_name, names))):
        return None
    made = [layer for _, layer in pairs] or items
    layers = [_made(item, depth + 1, known) if isinstance(item, ast.Call) else None for item in made]
    read = [layer for layer in layers if layer is not None]
    return Group(tuple(read), names) if read and len(read) == len(layers) and depth < MAX_DEPTH else None


def _used(tree: ast.Call, block: Block) -> Layer | None:
    """The use of a block, whose arguments are in its order. Code has the channels that arrive first, and a block may not: what
    is given by place is not sure.
    """
    names = list(block.args)
    words = {word.arg or "": word.value for word in tree.keywords}
    given = {**dict(zip(names, tree.args, strict=False)), **words}
    keys = {name: value_of(value, "", "") for name, value in given.items()}
    written = {name: value for name, value in keys.items() if value is not None}
    is_whole = len(written) == len(tree.args) + len(words)
    return Layer(block.name, written, is_safe=not tree.args) if is_whole and fits_block(block, written) else None


# Constructors -----------------------------------------------------------------------------------------------------


def _constructed(tree: ast.Call, name: str) -> Layer | None:
    """The layer of a constructor, `nn.Conv2d(3, 8, 3)`."""
    kind = name if registry.find(name) is not None else type_called(name) or name
    meant = with_meanings(name, tree)
    if meant is None:
        return None
    why = other_meaning(name) if meant is not tree else ""
    tree = meant
    words = {word.arg or "": word.value for word in tree.keywords}
    if is_activation(name):
        return _named(tree.args[0]) if len(tree.args) == 1 and words.keys() <= {"name"} else None
    fields = fields_of(kind)
    aside = [key for key in words if key not in fields and is_no_part(key)]
    lost = tuple(key for key in aside if not is_none(words[key]))
    words = {key: value for key, value in words.items() if key not in aside}
    activation = ""
    if "activation" in words and "activation" not in fields:
        given = words.pop("activation")
        activation = "" if is_none(given) else layer_of(text_of(given))
        lost += ("activation",) if not activation and not is_none(given) and not is_linear(given) else ()
    is_named = kind == name or (not tree.args and kind.lower() == name.replace("_", "").lower())  # flatten()
    is_own = is_named and not activation and not lost and all(key in fields or is_same_key(key) for key in words)
    short = [meant_key(name, field) or field for field in fields if not field.startswith("in_")]
    for order in (fields, short) if is_named else (short,):
        keys = keys_of_call(kind, tree.args, words, order)
        keys = padded(kind, {**left_unsaid(name, keys), **keys}) if keys is not None else None
        if keys is not None and is_right(kind, keys):
            return Layer(kind, keys, is_own and order is fields, activation, lost, why)
    return None


def _named(given: ast.expr) -> Layer | None:
    """The layer of `Activation("relu")`."""
    if is_linear(given):
        return Layer("Identity", {}, is_safe=True)
    keys = keys_of(layer_of(text_of(given)))
    kind = keys.pop("type")
    return Layer(kind, keys, is_safe=not keys) if is_right(kind, keys) else None


def _settings(tree: ast.Call) -> Layer | None:
    """The layer of `dict(type="Conv2d", out_channels=96)`, whose keys are those of a spec."""
    words = {word.arg or "": word.value for word in tree.keywords}
    kind = words.pop("type", None)
    name = kind.value if isinstance(kind, ast.Constant) and isinstance(kind.value, str) else ""
    known = type_called(name.rpartition(".")[2]) if name else None
    keys = keys_of_call(known, [], words, []) if known is not None and not tree.args else None
    return Layer(str(known), keys, is_safe=name == known) if keys is not None and is_right(str(known), keys) else None
