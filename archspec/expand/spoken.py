"""A type that is spoken, not written: with its values in one text, `Linear 64`, `Conv2d, 64, 3`, `MaxPool2d: 2`; a layer's name.

Enters: such a text; leaves: the layer that is meant. Imported only for such texts.
"""

from __future__ import annotations

import re

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import is_flow
from archspec.document.tree import Mapping, Node, Scalar, clip
from archspec.expand.other_styles import flow_layer, type_called
from archspec.ops import registry
from archspec.source import Span

_TEXT = re.compile(
    r"(?P<kind>[A-Za-z_][\w.]*)(?:\s*[,:]\s*|\s+)(?P<values>[\w.+-]+(?:(?:\s*,\s*|\s+)[\w.+-]+){0,7})\s*,?"
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?|[Tt]rue|[Ff]alse")


def spoken_ways(text: str, node: Node, span: Span) -> tuple[Fix, ...]:
    """The layer of a type and numbers, which are its first arguments beside those of its input; `node` is the whole layer."""
    found = _TEXT.fullmatch(text.strip()[:200])
    kind = type_called(found["kind"].rpartition(".")[2]) if found is not None else None
    op = registry.find(kind) if kind is not None else None
    if found is None or kind is None or op is None or span.line != span.end_line:
        return ()
    values = re.split(r"\s*,\s*|\s+", found["values"])
    names = [name for name in dict.fromkeys([*op.positional, *op.model_fields]) if not name.startswith("in_")]
    if len(values) > len(names) or not all(map(_NUMBER.fullmatch, values)):
        return ()
    keys = [f"{name}: {value.lower()}" for name, value in zip(names, values, strict=False)]
    if not isinstance(node, Mapping):
        layer = flow_layer(kind, keys)
        return (Fix(f"write {clip(layer, 200)}", (Edit(span, layer),)),)
    if not is_flow(node) or not node.entries.keys().isdisjoint(names[: len(values)]):
        return ()
    written = ", ".join([kind, *keys])
    return (Fix(f"write type: {clip(written, 200)}", (Edit(span, written),)),)


def layer_as_type(path: str, name: str, tree: Mapping | Scalar, is_layer: bool) -> Diagnostic | None:
    """E0104 for the name of a layer, or of an input, in place of a type. None where it is an op in other letters with keys."""
    known = type_called(name)
    is_bare = isinstance(tree, Scalar) or tree.entries.keys() <= {"type", "from"}
    if known is not None and not is_bare:
        return None
    own = clip(name, 60)
    span = (tree.get("type") or tree).span if isinstance(tree, Mapping) else tree.span
    help = f"{{type: …, from: {own}}} reads it"
    if is_layer:
        help = f"write {{use: {own}}} to apply that layer again, with its weights; {help}"
    if known is not None:
        help = f"write {known} for a new layer; {help}"
    what = "a layer" if is_layer else "an input"
    message = f"{path}: {own} is {what} here, and no type"
    return Diagnostic("E0104", message, span, label=f"the name of {what}", help=help, layer=path)
