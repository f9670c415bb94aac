"""Lines of code under `layers:` as layers: `self.conv1 = nn.Conv2d(3, 32, 3)`, `model.add(Dense(10))`, or what stands in a
`nn.Sequential`, `nn.Conv2d(3, 32, 3),`.

Enters: the text that YAML makes of them; leaves: the change that writes them as layers, comments kept. Nothing is run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics.model import Edit, Fix
from archspec.expand.python_code import is_empty_row, items_of, of_name, pair_of, read
from archspec.expand.python_layers import NOTHING, Group, Known, Layer, layer_lines
from archspec.expand.python_tensors import ONLY_INPUT, PASSED
from archspec.limits import MAX_STATEMENTS_TEXT
from archspec.names import why_no_layer_name
from archspec.source import Source, Span, written

_KEY = re.compile(r"(?P<indent> *)(?P<key>layers:) +")
_INITIAL = "super("
"""What a constructor begins with."""


class _Item(NamedTuple):
    """What makes a layer: all of it, the code in it that is the layer, a name, and the layer where that code is read."""

    whole: Span
    value: Span
    name: str
    layer: Layer | Group | None
    is_assigned: bool = False


def statement_ways(span: Span, known: Known = NOTHING) -> Iterator[Fix]:
    """Each statement as a layer: under its name where it has one, else in a list. Code that is no layer stays as it is, in its
    place, of which something is said then.

    It is not sure that layers are called in the order in which they are made; what stands in a `Sequential` is.
    """
    text, source = written(span), span.source
    before = span.before()
    key = _KEY.fullmatch(before)
    if len(text) > MAX_STATEMENTS_TEXT or (before.strip() and key is None):
        return
    items = list(_items(span, known))
    names = [item.name for item in items if item.name]
    first = next((item.layer for item in items if item.layer is not None), None)
    is_named = len(names) == len(items) == len(set(names)) and not any(map(why_no_layer_name, names))
    if first is None or (names and not is_named) or any("#" in written(item.whole) for item in items):
        return
    start = Span(source, span.line, key.end("key") + 1, *span[3:]) if key is not None else span
    indent = " " * (len(key["indent"]) + 2 if key is not None else span.column - 1)
    edits = tuple(_edits(items, start, indent))
    is_safe = not any(item.is_assigned or not _is_sure(item.layer) for item in items)
    line, *below = layer_lines(items[0].name, first, "- ")
    more = f", {below[0]} below it" if below else ""
    yield Fix(f"write {line}{more}{', and so for each' if len(items) > 1 else ''}", edits, is_safe)


def _is_sure(layer: Layer | Group | None) -> bool:
    """Whether a layer can be nothing else; what is not read stays as it is."""
    return layer is None or (layer.is_safe and not (isinstance(layer, Layer) and layer.activation))


# Statements -------------------------------------------------------------------------------------------------------


def _items(span: Span, known: Known) -> Iterator[_Item]:
    """What each statement makes, in order; those of a `Sequential` that is all there is; nothing where the text is no code. What
    one keeps under a name, those below can read; a name that all of them have, `x = …`, is that of no layer."""
    values = [item for statement in _parsed(written(span), span.column - 1) for item in _values(statement)]
    values = _within(values) if len(values) == 1 else values
    is_one = len(values) > 1 and any({kept for _, kept, _, _ in values} == {name} for name in PASSED)
    for node, kept, value, is_assigned in values:
        name = "" if is_one else kept
        code = ast.unparse(value)
        layer = of_name(code) if isinstance(value, (ast.Name, ast.Attribute)) else read(code, known)
        yield _Item(_place(node, span), _place(value, span), name, layer, is_assigned)
        known = known._replace(layers=[*(known.layers or [ONLY_INPUT]), name]) if name else known


def _parsed(text: str, indent: int) -> list[ast.stmt]:
    """The statements of a text, which stand one line further down: layers with commas between them are one, however they are
    indented."""
    padded = " " * indent + text
    for code in (f"(\n{padded}\n)", f"if 1:\n{padded}" if indent else f"\n{padded}"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Python code that is none of ours
                body = ast.parse(code).body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        return body[0].body if isinstance(body[0], ast.If) else body
    return []


_Value = tuple[ast.AST, str, ast.expr, bool]
"""What makes a layer, its name, the code of the layer, and whether it is kept under that name."""


def _values(statement: ast.stmt) -> Iterator[_Value]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        if not is_empty_row(statement.value):  # model = Sequential()
            name = ast.unparse(statement.targets[0]).removeprefix("self.")
            yield statement, name, statement.value, True
    elif not isinstance(statement, ast.Expr):
        yield statement, "", ast.copy_location(ast.Constant(None), statement), False
    elif not ast.unparse(statement.value).startswith(_INITIAL):
        value = statement.value
        are_several = isinstance(value, ast.Tuple) and pair_of(value) is None
        for node in value.elts if are_several and isinstance(value, ast.Tuple) else [value]:
            yield _listed(node)


def _within(values: list[_Value]) -> list[_Value]:
    """What stands in a `Sequential` that is all there is, unless it is a part of a module under its name."""
    node, name, value, is_assigned = values[0]
    is_whole = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) if is_assigned else not name
    return [_listed(inner) for inner in items_of(value) or ()] or values if is_whole else values


def _listed(node: ast.expr) -> _Value:
    pair = pair_of(node)
    return (node, *pair, False) if pair is not None else (node, "", _added(node) or node, False)


def _added(call: ast.expr) -> ast.expr | None:
    """What `model.add(…)` adds."""
    is_added = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "add"
    return call.args[0] if isinstance(call, ast.Call) and is_added and len(call.args) == 1 else None


def _place(node: ast.AST, span: Span) -> Span:
    """Where a part of a text's code stands in its source."""
    ends = [
        (getattr(node, f"{end}lineno", 2), getattr(node, f"{end}col_offset", 0)) for end in ("", "end_")
    ]  # a line further down
    places = [(span.line + line - 2, _column(span.source, span.line + line - 2, offset)) for line, offset in ends]
    return Span(span.source, *places[0], *places[1])


def _column(source: Source, line: int, offset: int) -> int:
    """The column of so many bytes."""
    return len(source.lines[line - 1].encode()[:offset].decode(errors="ignore")) + 1


# Layers -----------------------------------------------------------------------------------------------------------


def _edits(items: list[_Item], whole: Span, indent: str) -> Iterator[Edit]:
    """The layers as lines, and what stands between them as line breaks and comments."""
    source = whole.source
    starts = [*(item.whole[1:3] for item in items), whole[3:]]
    ends = [whole[1:3], *(item.whole[3:] for item in items)]
    for number, (end, start) in enumerate(zip(ends, starts, strict=True)):
        gap = _between(_comments(written(Span(source, *end, *start))), indent) if end != start else ""
        if number == len(items):
            yield Edit(Span(source, *end, *start), gap.rstrip())
            return
        item = items[number]
        is_line = number == 0 and whole.column == len(indent) + 1
        text = gap.lstrip() if is_line else gap
        if item.layer is None:
            yield Edit(Span(source, *end, *item.value[1:3]), text + (f"{item.name}: " if item.name else "- "))
            yield Edit(Span(source, *item.value[3:], *item.whole[3:]), "")
        else:
            yield Edit(
                Span(source, *end, *item.whole[3:]), text + f"\n{indent}".join(layer_lines(item.name, item.layer, "- "))
            )


def _comments(gap: str) -> list[str]:
    """Of each line between two layers its comment; what else stands there says nothing."""
    return [line[line.index("#") :].rstrip() if "#" in line else "" for line in re.split("\r\n?|\n", gap)]


def _between(comments: list[str], indent: str) -> str:
    """Comments and empty lines, from the end of a layer to the beginning of the next one."""
    first, *rest = comments
    lines = [f"{indent}{comment}" if comment else "" for comment in rest[:-1]]
    return "\n".join([f"  {first}" if first else "", *lines, indent])
