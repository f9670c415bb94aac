"""The last line of defence: generated text is parsed, and every part of it must be one that the writer writes.

Enters: source text. Leaves: nothing, or an AssertionError: a bug of the writer, never a matter of the spec.
"""

from __future__ import annotations

import ast

from archspec.document.names import MODULE_ATTRIBUTES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NODES = (
    ast.Module, ast.ImportFrom, ast.Import, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.AnnAssign, ast.For, ast.With, ast.withitem, ast.Expr, ast.Call, ast.keyword, ast.Attribute, ast.Name,
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.USub, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult, ast.BitOr, ast.Load, ast.Store, ast.If, ast.IfExp, ast.Compare,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.IsNot, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.Mod, ast.Pow,
    ast.UAdd, ast.GeneratorExp, ast.ListComp, ast.comprehension, ast.Starred, ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip
_IMPORTS = {"collections": {"OrderedDict"}, "typing": {"Any"}, "torch": {"Tensor", "nn"}, "torch.nn": {"functional"}}
_BUILTINS = frozenset(
    {"super", "getattr", "setattr", "float", "dict", "str", "tuple", "OrderedDict", "range", "int", "len", "min", "max", "abs",
     "round", "sum"}
)  # fmt: skip
_TORCH = _words(
    """abs add addcmul amax amin all any arange argmax argmin atan atan2 bitwise_not bmm cat ceil chunk clamp concat cos cosh
    cumprod cumsum diagonal div einsum empty eq erf exp expm1 eye flatten flip floor full gather ge gt index_select isnan le
    linspace log log1p log2 logical_and logical_not logical_or logical_xor logsumexp lerp lt masked_fill ne
    matmul max maximum mean median min minimum mul neg no_grad norm ones outer permute pow prod rand randn reciprocal
    remainder renorm repeat_interleave reshape roll round rsqrt sigmoid sign sin sinh softmax split sqrt square squeeze stack
    std sub sum swapaxes tan tanh tensor tensordot tile topk transpose tril triu unbind unsqueeze var where zeros
    frobenius_norm linalg.vector_norm linalg.norm linalg.matrix_norm"""
)
_DTYPES = frozenset({"float32", "float64", "float16", "bfloat16", "int64", "int32", "bool", "device", "dtype"})
_METHODS = _words(
    """abs add amax amin argmax argmin bfloat16 bool chunk clamp clamp_ clone contiguous copy_ cos cumsum double exp expand
    expand_as expand_dims flatten flip float half int log long masked_fill max mean min mul narrow
    new_full new_zeros norm permute pow prod
    new_ones dim
    repeat repeat_interleave requires_grad_ reshape roll rsqrt select sigmoid sin softmax split sqrt square squeeze std
    sub sum swapaxes tanh tile to transpose tril triu type type_as unbind unflatten unfold unsqueeze var view view_as
    __init__ add_module get_parameter get_submodule register_buffer register_parameter reset_parameters"""
)
"""Methods of tensors, and of modules in constructors."""


def audit(text: str, externals: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Raises an AssertionError where the text has anything that generated code has no use for."""
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    imported = _check_imports(nodes, externals) | _called_variables(nodes)
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in nodes:
        assert isinstance(node, _NODES), f"generated code has no use for {type(node).__name__}"
        if isinstance(node, ast.Call):
            _check_call(node.func, classes | imported)
        elif isinstance(node, ast.FormattedValue):
            assert node.conversion == -1, "a conversion"
            assert node.format_spec is None, "a format"
        elif isinstance(node, ast.Attribute):
            is_own = not node.attr.startswith("_") or node.attr == "__init__" or _is_layer(node)
            assert is_own, f"{node.attr} is private"
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assert not node.decorator_list, f"{node.name} is decorated"


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
    """Variables that are modules, or classes of modules: each of `for layer in self.layers`, and `norm: type[nn.Module]`."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Attribute):
            found.add(node.target.id)
        elif (
            isinstance(node, ast.arg)
            and node.annotation is not None
            and ast.unparse(node.annotation).startswith("type[nn.Module]")
        ):
            found.add(node.arg)
    return found


def _check_call(function: ast.expr, classes: set[str]) -> None:
    """A call is of a listed function, of a class of this module, of a submodule, or of a listed method."""
    if isinstance(function, ast.Name):
        assert function.id in _BUILTINS | classes, f"a call of {function.id}"
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
    if root == "torch":
        assert path in _TORCH | _DTYPES, f"a call of torch.{path}"
    elif root == "nn":
        assert path.startswith("init.") or path == "Parameter" or path[:1].isupper(), f"a call of nn.{path}"
    elif root == "math":
        assert path in ("floor", "ceil"), f"a call of math.{path}"
    elif root == "F":
        assert path.isidentifier(), f"a call of F.{path}"
    elif not (root == "self" and "." not in path):
        assert function.attr in _METHODS, f"a call of the method {function.attr}"


def _dotted(function: ast.Attribute) -> tuple[str, str]:
    """The name that a dotted expression begins with and the rest; no name where it begins with something else."""
    parts: list[str] = []
    node: ast.expr = function
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return (node.id if isinstance(node, ast.Name) else ""), ".".join(parts)
