"""The reference of the Python API: everything that `archspec` exports, from its signatures and docstrings.

Enters: the exported objects. Leaves: the text of docs/reference/python.md, its examples with what they print.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

import archspec

WIDTH = 100
GROUPS = {
    "Read specs": ["load", "parse", "find_settings", "Spec"],
    "What is known of one": ["analyze", "Report"],
    "Several beside each other": ["compare", "Comparison"],
    "What changed": ["diff", "Difference"],
    "Code and modules": ["compile", "build"],
    "Existing models": ["from_torch", "verify"],
    "Pictures": ["render", "Diagram"],
    "Errors": ["SpecError", "UnknownSymbol", "ImportProblem", "OutputError", "SettingsError"],
}
BESIDE = {
    "archspec.diagnostics.model": ["Diagnostic"],
    "archspec.verification.compare": ["Verification"],
    "archspec.verification.inputs": ["SymbolicSize"],
    "archspec.weights.model": ["CheckpointError"],
    "archspec.backends.diagram": ["RenderError"],
}
"""What those above answer and raise, and do not export."""

HEAD = """\
# Python

`import archspec` costs nothing: each name is imported when it is first used, and PyTorch only by `build`, `verify` and
`from_torch`. Figures are of one sample; unknown is `None`, never 0. Nothing in a spec runs as code, so a stranger's may be read.
"""
EXAMPLE = '''\
import archspec

spec = archspec.parse("""
archspec: 1
name: SmallNet
args: {classes: 10}
input: [1, 28, 28]
layers:
  conv: {type: Conv2d, out_channels: 8, kernel_size: 3}
  relu: ReLU
  flatten: Flatten
  scores: {type: Linear, out_features: "${classes}"}
""")
report = archspec.analyze(spec)
print(report)
print(report.totals["params"], report.layers[0]["output"])
print(archspec.analyze(spec, batch=64).batch_totals["peak_activation_bytes"])
print(spec.with_(classes=100))
'''
ERROR_EXAMPLE = """\
import archspec

try:
    layers = {"scores": {"type": "Linear", "out_feature": 3}}
    archspec.parse({"archspec": 1, "name": "Wrong", "input": [8], "layers": layers})
except archspec.SpecError as error:
    print(error)
    print([found.code for found in error.diagnostics])
"""


def text() -> str:
    """The page. Raises ValueError where an exported name stands in no group, or one is not exported."""
    grouped = [name for names in GROUPS.values() for name in names]
    if sorted(grouped) != sorted(archspec.__all__):
        raise ValueError(f"not the exported names: {sorted(set(grouped) ^ set(archspec.__all__))}")
    parts = [HEAD, _example(EXAMPLE)]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        if group == "Errors":
            parts.append(_example(ERROR_EXAMPLE))
        parts.extend(_entry(name, getattr(archspec, name)) for name in names)
    parts.append("## What these answer and raise besides\n")
    for module, names in BESIDE.items():
        parts.extend(_entry(name, getattr(import_module(module), name), module) for name in names)
    return "\n".join(parts)


def _example(code: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code, {})
    return f"```python\n{code}```\n\n```text\n{printed.getvalue().strip()}\n```\n"


def _entry(name: str, found: Any, module: str = "archspec") -> str:
    where = f"In `{module}`. " if module != "archspec" else ""
    if not inspect.isclass(found):
        return f"### {name}\n\n{_signature(name, found)}\n{where}{_doc(found)}\n"
    bases = ", ".join(base.__name__ for base in found.__bases__ if base is not object)
    head = f"class {name}({bases})" if bases else f"class {name}"
    parts = [f"### {name}\n\n```python\n{head}\n```\n\n{where}{_doc(found)}\n"]
    rows = [f"| {' | '.join(_cell(text) for text in row)} |" for row in _attributes(found)]
    if rows:
        parts.append("\n".join(["| attribute | type | is |", "|---|---|---|", *rows]) + "\n")
    parts.extend(f"#### {name}.{key}\n\n{_signature(key, method)}\n{_doc(method)}\n" for key, method in _methods(found))
    return "\n".join(parts)


def _attributes(kind: type) -> Iterator[tuple[str, str, str]]:
    """Name, type and meaning of what an instance has: properties and fields, its own class's first."""
    for base in _own(kind):
        yield from _fields(base)
        for key, value in vars(base).items():
            if isinstance(value, property) and not key.startswith("_"):
                yield f"`{key}`", f"`{value.fget.__annotations__['return']}`", _line(inspect.getdoc(value) or "")


def _fields(kind: type) -> Iterator[tuple[str, str, str]]:
    """The public fields of a class that are annotated, each with the text below it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    for statement, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if not statement.target.id.startswith("_"):
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            said = after.value.value if is_text else ""  # type: ignore[union-attr]
            yield f"`{statement.target.id}`", f"`{ast.unparse(statement.annotation)}`", _line(str(said))


def _methods(kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for base in _own(kind):
        for key, value in vars(base).items():
            if not key.startswith("_") and (
                inspect.isfunction(value) or isinstance(value, (classmethod, staticmethod))
            ):
                yield key, getattr(kind, key)


def _own(kind: type) -> list[type]:
    """The class and those of archspec that it is made of."""
    return [base for base in kind.__mro__ if base.__module__.startswith("archspec.")]


def _signature(name: str, function: Callable[..., Any]) -> str:
    found = inspect.signature(function)
    parts, last = [], None
    for parameter in found.parameters.values():
        if last is not None and last.kind == last.POSITIONAL_ONLY != parameter.kind:
            parts.append("/")
        starred = parameter.kind == parameter.KEYWORD_ONLY
        if starred and (last is None or last.kind not in (last.KEYWORD_ONLY, last.VAR_POSITIONAL)):
            parts.append("*")
        parts.append(_parameter(parameter))
        last = parameter
    if last is not None and last.kind == last.POSITIONAL_ONLY:
        parts.append("/")
    line = f"def {name}({', '.join(parts)}) -> {found.return_annotation}"
    if len(line) > WIDTH:
        inside = "".join(f"    {part},\n" for part in parts)
        line = f"def {name}(\n{inside}) -> {found.return_annotation}"
    decorator = "@classmethod\n" if inspect.ismethod(function) else ""
    return f"```python\n{decorator}{line}\n```\n"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    annotation = "" if parameter.annotation is parameter.empty else f": {parameter.annotation}"
    return f"{stars}{parameter.name}{annotation}{default}"


def _doc(found: Any) -> str:
    """A docstring's paragraphs, and the items of its lists, each on one line."""
    paragraphs = (inspect.getdoc(found) or "").split("\n\n")
    return "\n\n".join("\n".join(map(_line, re.split(r"\n(?=- )", paragraph))) for paragraph in paragraphs)


def _line(text: str) -> str:
    return re.sub(r"(https://\S+)", lambda match: f"<{match[1].rstrip('.')}>", " ".join(text.split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
