"""The layers that `print(model)` shows, where nothing but Sequentials and known ops is in it: their order is then what is
computed. Enters: the lines; leaves: the change that writes them as a spec has them. Imported only for such specs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics.model import Edit, Fix
from archspec.document.printed_model import Part, part_of
from archspec.expand.python_code import read
from archspec.expand.python_layers import Group, Layer
from archspec.names import why_no_layer_name
from archspec.ops import registry
from archspec.source import Span

MAX_DEPTH = 20
MAX_READ = 500
"""Different modules of a text: each is read as code."""
_ROW = "Sequential("
SAID = "write the layers in the order in which they are printed; archspec import torch also has what forward does between them"
_LAYERS = re.compile(r" *layers: *(?:#.*)?")


def printed_ways(span: Span) -> Iterator[Fix]:
    """The layers in place of the lines, where these stand below `layers:`."""
    lines = span.source.lines
    above = next((line for line in reversed(lines[: span.line - 1]) if line.strip()), "")
    parts = [part for line in lines[span.line - 1 : span.end_line] if (part := part_of(line)) is not None]
    group = _group(parts) if _LAYERS.fullmatch(above) else None
    if group is None:
        return
    own = len(above) - len(above.lstrip())
    indent = " " * max(own + 2, span.column - 1)
    place = Span(span.source, span.line, 1, span.end_line, span.end_column)
    yield Fix(SAID, (Edit(place, "\n".join(_lines(group, indent))),))


def _group(parts: list[Part]) -> Group | None:
    """The outermost modules; None where one is no op, or has parts and is no Sequential: what it computes is not told. The
    outermost class may be any."""
    if parts and not parts[0].name and parts[0].text != ")":
        parts = parts[1:-1] if parts[-1] == Part("", ")") else []
    known: dict[str, Layer | None] = {}
    open_: list[tuple[str, list[tuple[str, Layer | Group]]]] = [("", [])]
    for part in parts:
        name, text = part
        made: Layer | Group | None
        if text == ")":
            name, inner = open_.pop()
            made = _named(inner)
            if not open_:
                return None
        elif text == _ROW and len(open_) < MAX_DEPTH:
            open_.append((name, []))
            continue
        else:
            made = known[text] = known[text] if text in known else _leaf(text)
        if len(known) > MAX_READ:
            return None
        if made is None or not name:
            return None
        open_[-1][1].append((name, made))
    return _named(open_[0][1]) if len(open_) == 1 else None


def _named(inner: list[tuple[str, Layer | Group]]) -> Group | None:
    """A group, of which no numbers are said."""
    names = [name for name, _ in inner]
    layers = tuple(layer for _, layer in inner)
    if not layers or names == [str(number) for number in range(len(names))]:
        return Group(layers) if layers else None
    return Group(layers, tuple(names)) if not any(map(why_no_layer_name, names)) else None


def _leaf(text: str) -> Layer | None:
    """A module without parts, and without the arguments that it would have anyway."""
    made = read(text)
    if not isinstance(made, Layer) or made.activation or made.lost or made.why:
        return None
    op = registry.find(made.kind)
    fields = op.model_fields if op is not None else {}
    keys = {
        key: value
        for key, value in made.keys.items()
        if key not in fields or not _is_default(fields[key].default, value)
    }
    return made._replace(keys=keys)


def _is_default(default: object, value: str) -> bool:
    return isinstance(default, (bool, int, float, str)) and str(default).lower() == value.strip('"').lower()


def _lines(group: Group, indent: str) -> Iterator[str]:
    for number, layer in enumerate(group.layers):
        before = f"{group.names[number]}:" if group.names else "-"
        if isinstance(layer, Layer):
            yield f"{indent}{before} {layer.text if layer.keys else layer.kind}"
        else:
            yield f"{indent}{before}\n{indent}  layers:" if group.names else f"{indent}- layers:"
            yield from _lines(layer, f"{indent}    ")
