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
_SIZED = re.compile(r"(?P<kind>[A-Za-z][A-Za-z_.]*?(?:[123][dD])?)[\s,:]*(?P<size>[0-9]+(?:\s*[x×]\s*[0-9]+){1,2})")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?|[Tt]rue|[Ff]alse")


def spoken_ways(text: str, node: Node, span: Span) -> tuple[Fix, ...]:
    """The layer of a type and numbers, which are its first arguments beside those of its input; `node` is the whole layer."""
    found = _TEXT.fullmatch(text.strip()[:200])
    kind = _kind(found["kind"], 2) if found is not None else None
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


def sized_ways(text: str, node: Node, span: Span) -> tuple[str, tuple[Fix, ...]]:
    """Help for a type with the size of its window, `maxpool 3x3`, `Conv3x3`, and the layer that is meant, where nothing that it
    needs is missing; nothing for other texts."""
    found = _SIZED.fullmatch(text.strip()[:200])
    sizes = re.split(r"\s*[x×]\s*", found["size"]) if found is not None else []
    kind = _kind(found["kind"], len(sizes)) if found is not None else None
    op = registry.find(kind) if kind is not None else None
    if kind is None or op is None or "kernel_size" not in op.model_fields or span.line != span.end_line:
        return "", ()
    entries = node.entries if isinstance(node, Mapping) else {}
    needed = [name for name, info in op.model_fields.items() if info.is_required() and name not in entries]
    size = sizes[0] if len(set(sizes)) == 1 else f"[{', '.join(sizes)}]"
    keys = [f"kernel_size: {size}" if name == "kernel_size" else f"{name}: …" for name in needed]
    keys += [f"kernel_size: {size}"] if "kernel_size" not in (*needed, *entries) else []
    is_bare = not isinstance(node, Mapping)
    written = flow_layer(kind, keys) if is_bare else ", ".join([kind, *keys])
    said = f"write {written}" if is_bare else f"write type: {written}"
    is_whole = "kernel_size" not in entries and needed in ([], ["kernel_size"])
    can_be_put = is_whole and (not isinstance(node, Mapping) or is_flow(node))
    return said, (Fix(said, (Edit(span, written),)),) if can_be_put else ()


def _kind(name: str, axes: int) -> str | None:
    """The op that is called so, or that of so many axes: `maxpool` is MaxPool2d for two."""
    bare = name.rpartition(".")[2]
    return type_called(bare) or type_called(f"{bare}{axes}d")


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
