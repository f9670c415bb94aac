"""What is said of layers right below `expect` or `budget`, where they belong below `layers`. Enters: such a mapping; leaves: one
diagnostic each. Imported only where a key is unknown.
"""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import after, at, below_layers, is_flow, last_value, without_value
from archspec.document.tree import Entry, Mapping, Node, Sequence, clip
from archspec.source import Span, written


def of_layers(
    node: Mapping, owner: str, known: Collection[str], layers: Node | None, figures: Collection[str]
) -> dict[str, Diagnostic]:
    """The unknown keys with a mapping that name one of the document's layers, or have a figure of a layer in it, each with what
    is said of it."""
    own = set(layers.entries) if isinstance(layers, Mapping) else set[str]()
    own |= set(map(str, range(len(layers.items)))) if isinstance(layers, Sequence) else set()
    names = [
        key
        for key, entry in node.entries.items()
        if key not in known
        and isinstance(entry.value, Mapping)
        and (key.partition(".")[0] in own or figures & entry.value.entries.keys())
    ]
    return {name: _told(node, owner, name, names) for name in names}


def _told(node: Mapping, owner: str, name: str, names: list[str]) -> Diagnostic:
    said = f"put it below layers: layers: {{{clip(name, 40)}: {{…}}}}"
    layers = node.get("layers")
    edits = _wrapped(node, _run(node, name, names)) if layers is None else _moved(node, layers, name)
    ways = (Fix(said, edits, is_safe=True),) if edits else ()
    return Diagnostic("E0103", f"{owner} takes no key {clip(name)}", node.entries[name].key_span,
                      label="a layer, which stands below layers", help=said, ways=ways)  # fmt: skip


def _run(node: Mapping, name: str, names: list[str]) -> list[Entry]:
    """The entries that name layers and stand together with one: they go below `layers` together."""
    keys = list(node.entries)
    first = last = keys.index(name)
    while first and keys[first - 1] in names:
        first -= 1
    while last + 1 < len(keys) and keys[last + 1] in names:
        last += 1
    return [node.entries[key] for key in keys[first : last + 1]]


def _wrapped(node: Mapping, run: list[Entry]) -> tuple[Edit, ...]:
    """The edits that put entries below a `layers` of their own."""
    first, last = run[0].key_span, last_value(run[-1].value).span
    if is_flow(node):
        return Edit(at(first), "layers: {"), Edit(after(last), "}")
    return below_layers(first, last, first.column)


def _moved(node: Mapping, layers: Node, name: str) -> tuple[Edit, ...]:
    """The edits that move an entry on one line behind the last of `layers`; none where it takes several, or none is there."""
    entry = node.entries[name]
    out = without_value(node, entry.value.span)
    if out is None or not isinstance(layers, Mapping) or not layers.entries:
        return ()
    inner = list(layers.entries.values())
    end = after(last_value(inner[-1].value).span)
    line = end.source.lines[end.line - 1]
    apart = ", " if is_flow(layers) else "\n" + " " * (inner[0].key_span.column - 1)
    if not is_flow(layers) and line[end.column - 1 :].lstrip().startswith("#"):
        end = Span(end.source, end.line, len(line) + 1, end.line, len(line) + 1)
    return (*out, Edit(end, f"{apart}{entry.key_span.text()}: {written(entry.value.span)}"))
