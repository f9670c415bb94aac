"""The last line of defence: generated text is parsed, and every part of it must be one that the writer writes.

Enters: the tree of a source, and what its layers need: the names that their emissions have, which come from the op classes
alone. Leaves: nothing, or an AssertionError: a bug of the writer, never a matter of the spec.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archspec.backends.python.tree import parse
from archspec.names import CALLED, MODULE_ATTRIBUTES
from archspec.ops import emission as emit

_NODES = (
    ast.Module, ast.ImportFrom, ast.Import, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.AnnAssign, ast.For, ast.With, ast.withitem, ast.Expr, ast.Call, ast.keyword, ast.Attribute, ast.Name,
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.USub, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult, ast.BitOr, ast.Load, ast.Store, ast.If, ast.IfExp, ast.Compare,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.IsNot, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.Mod, ast.Pow,
    ast.UAdd, ast.GeneratorExp, ast.ListComp, ast.comprehension, ast.Starred, ast.JoinedStr, ast.FormattedValue,
    ast.Delete, ast.Del, ast.Raise, ast.NotIn,
)  # fmt: skip
_IMPORTS = {"collections": {"OrderedDict"}, "typing": {"Any"}, "torch": {"Tensor", "nn"}, "torch.nn": {"functional"}}
_WRITTEN = frozenset(
    """torch.full torch.no_grad torch.ones torch.randn torch.renorm torch.tensor torch.zeros
    torch.device torch.dtype torch.float32 torch.float64 torch.float16 torch.bfloat16 torch.int64 torch.int32 torch.bool
    nn.Identity nn.Module nn.ModuleDict nn.ModuleList nn.Parameter nn.Sequential math.floor math.ceil""".split()
)
"""What the writer itself calls, whatever the layers are."""
_METHODS = frozenset(
    """__init__ add_module clamp_ copy_ get get_parameter get_submodule modules register_buffer register_parameter requires_grad_
    reset_parameters to""".split()
)
"""Methods that the writer itself calls, of modules, of parameters and of tables."""


class Allowed(NamedTuple):
    """What the layers of one network need: functions and classes by their full names, and methods of tensors."""

    functions: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()


_NOTHING = Allowed()


def allowed(emissions: Iterable[emit.Emission], initializers: Iterable[str], helpers: Iterable[str]) -> Allowed:
    """What these emissions call, these initializers (`normal`) and the texts of these helpers."""
    functions, methods = {f"nn.init.{name}_" for name in initializers}, set()
    for record in (part for emission in emissions for part in _records(emission)):
        if isinstance(record, emit.Call):
            functions.add(record.function)
        elif isinstance(record, emit.Module):
            functions.add(emit.settled(record.name))
        elif isinstance(record, emit.Method):
            methods.add(record.name)
    for node in (node for text in helpers for node in ast.walk(parse(text))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            functions.add(ast.unparse(node.func))
            methods.add(node.func.attr)
    return Allowed(frozenset(functions), frozenset(methods))


def _records(part: object) -> Iterator[object]:
    """A record and all that are in it. Literals have none."""
    left = [part]
    while left:
        part = left.pop()
        if isinstance(part, tuple) and not isinstance(part, emit.Data):
            yield part
            left += part


def audit(tree: ast.Module, needed: Allowed = _NOTHING, externals: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Raises an AssertionError where the module has anything that code for these layers has no use for."""
    nodes = all_nodes(tree)
    imported = _check_imports(nodes, externals) | _called_variables(nodes)
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in nodes:
        assert isinstance(node, _NODES), f"generated code has no use for {type(node).__name__}"
        if isinstance(node, ast.Call):
            _check_call(node.func, classes | imported, needed)
        elif isinstance(node, ast.FormattedValue):
            assert node.conversion == -1, "a conversion"
            assert node.format_spec is None, "a format"
        elif isinstance(node, ast.Attribute):
            is_own = not node.attr.startswith("_") or node.attr == "__init__" or _is_layer(node)
            assert is_own, f"{node.attr} is private"
        elif isinstance(node, ast.Delete):
            assert all(isinstance(target, ast.Name) for target in node.targets), "a deletion of more than a variable"
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assert not node.decorator_list, f"{node.name} is decorated"


def all_nodes(tree: ast.AST) -> list[ast.AST]:
    """All nodes of a tree, itself first: what `ast.walk` gives, in a third of its time, which is most of what an audit takes."""
    found = [tree]
    for node in found:
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
    return found


def _is_layer(attribute: ast.Attribute) -> bool:
    """Whether this is a layer whose name begins with an underscore: `self._stem`, `self.body._stem`."""
    root = attribute.value
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    is_name = not attribute.attr.startswith("__") and attribute.attr not in MODULE_ATTRIBUTES
    return is_name and isinstance(root, ast.Name) and root.id == "self"


def _check_imports(nodes: list[ast.AST], externals: frozenset[tuple[str, str]]) -> set[str]:
    """What is imported is torch, or was allowed; the names of classes that were."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            assert [alias.name for alias in node.names] in (["torch"], ["math"]), (
                "an import of something else than torch"
            )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in _IMPORTS.get(node.module or "", set()):
                    continue
                assert (node.module or "", alias.name) in externals, f"an import of {node.module}.{alias.name}"
                found.add(alias.asname or alias.name)
    return found


def _called_variables(nodes: list[ast.AST]) -> set[str]:
    """Variables that are modules, or classes of modules: each of `for layer in self.layers`, `norm: type[nn.Module]`, and one of
    several classes of the module."""
    found: set[str] = set()
    classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp) and _are_classes(node.value, classes):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Attribute):
            found.add(node.target.id)
        elif (
            isinstance(node, ast.arg)
            and node.annotation is not None
            and ast.unparse(node.annotation).startswith("type[nn.Module]")
        ):
            found.add(node.arg)
    return found


def _are_classes(value: ast.expr, classes: set[str]) -> bool:
    """Whether an expression is a class of the module, or a choice among such."""
    if isinstance(value, ast.IfExp):
        return _are_classes(value.body, classes) and _are_classes(value.orelse, classes)
    return isinstance(value, ast.Name) and value.id in classes


def _check_call(function: ast.expr, classes: set[str], needed: Allowed) -> None:
    """A call is of a function or a method that is needed, of a class of this module, or of a submodule."""
    if isinstance(function, ast.Name):
        assert function.id in CALLED | classes, f"a call of {function.id}"
        return
    if isinstance(function, ast.Call):
        is_getattr = isinstance(function.func, ast.Name) and function.func.id == "getattr"
        assert is_getattr, "a call of what a call gives"
        return
    if isinstance(function, ast.Subscript):  # an item of a list of modules: self.norms["0"]
        root, path = _dotted(function.value) if isinstance(function.value, ast.Attribute) else ("", "")
        is_item = isinstance(function.slice, ast.Constant) and isinstance(function.slice.value, str)
        is_list = root == "self" and path.isidentifier()
        assert is_list, "a call of what is no list of modules"
        assert is_item, "a call of what is no item of a list"
        return
    assert isinstance(function, ast.Attribute), "a call of what is no name"
    root, path = _dotted(function)
    if root in ("torch", "nn", "F", "math"):
        name = f"{root}.{path}"
        assert name in _WRITTEN | needed.functions, f"a call of {name}"
    elif not (root == "self" and "." not in path):
        assert function.attr in _METHODS | needed.methods, f"a call of the method {function.attr}"


def _dotted(function: ast.Attribute) -> tuple[str, str]:
    """The name that a dotted expression begins with and the rest; no name where it begins with something else."""
    parts: list[str] = []
    node: ast.expr = function
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return (node.id if isinstance(node, ast.Name) else ""), ".".join(parts)
