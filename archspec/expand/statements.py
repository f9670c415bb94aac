"""Lines of code under `layers:`, `self.conv1 = nn.Conv2d(3, 32, 3)` or `model.add(Dense(10))`, as layers.

Enters: the text that YAML makes of them; leaves: the change that writes them as layers. Nothing is run.
"""

from __future__ import annotations

import ast
import textwrap
import warnings
from collections.abc import Iterator

from archspec.diagnostics.model import Edit, Fix
from archspec.document.names import why_no_layer_name
from archspec.expand.other_styles import name_for
from archspec.expand.python_code import read
from archspec.expand.python_layers import NOTHING, Group, Known, Layer
from archspec.limits import MAX_STATEMENTS_TEXT
from archspec.source import Span, written


def statement_ways(span: Span, known: Known = NOTHING) -> Iterator[Fix]:
    """Each statement as a layer: under its name where it has one, else in a list; none where one makes no layer.

    It is not sure that layers are called in the order in which they are made.
    """
    text = written(span)
    indent = span.column - 1
    if len(text) > MAX_STATEMENTS_TEXT or "#" in text or span.source.lines[span.line - 1][:indent].strip():
        return
    found = list(_made(textwrap.dedent(" " * indent + text), known))
    layers = [layer for _, layer in found if layer is not None]
    names = [name for name, _ in found if name]
    if not layers or len(layers) < len(found):
        return
    is_named = len(names) == len(found) == len(set(names)) and not any(map(why_no_layer_name, names))
    if names and not is_named:
        return
    lines = list(_lines(list(zip(names, layers, strict=True)) if is_named else [("", layer) for layer in layers]))
    yield Fix(f"write {lines[0]}, and so for each", (Edit(span, ("\n" + " " * indent).join(lines)),))


def _made(text: str, known: Known) -> Iterator[tuple[str, Layer | Group | None]]:
    """The name and the layer of each statement; the latter None for one that makes none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    for statement in tree.body:
        name, value = "", None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            name, value = ast.unparse(statement.targets[0]).removeprefix("self."), statement.value
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            value = _added(statement.value)
        if value is None and isinstance(statement, ast.Expr) and ast.unparse(statement.value).startswith("super("):
            continue
        yield name, read(ast.unparse(value), known) if value is not None else None


def _added(call: ast.Call) -> ast.expr | None:
    """What `model.add(…)` adds."""
    is_added = isinstance(call.func, ast.Attribute) and call.func.attr == "add" and len(call.args) == 1
    return call.args[0] if is_added else None


def _lines(layers: list[tuple[str, Layer | Group]]) -> Iterator[str]:
    """The layers as lines, with a line for each activation."""
    for name, layer in layers:
        activation = layer.activation if isinstance(layer, Layer) else ""
        yield f"{name}: {layer.text}" if name else f"- {layer.text}"
        if activation:
            yield f"{name}_{name_for(activation)}: {activation}" if name else f"- {activation}"
