"""W1021: read by nothing

An argument that no expression has: another value of it changes nothing.

`args: {residual: true}` looks as if it could be switched off, and `--set residual=false` changes nothing where no expression
has `${residual}`. An argument of a block that a use gives to one of several (`type: "${block}"`) is what these have in common,
though one of them has no need of it. A `let` value that nothing reads may still be what a generated class computes a size with
(`expansion` of a ResNet), so nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.edits import without_key
from archspec.document.model import Document
from archspec.document.tree import Entry, Mapping, Node, Scalar, parts
from archspec.expressions.value import is_expression
from archspec.source import Span

CODE = "W1021"
BAD = """archspec: 1
name: Example
args: {width: 8, residual: true}
input: [3, 32, 32]
layers:
  conv1: {type: Conv2d, out_channels: "${width}", kernel_size: 3, padding: 1}
  relu1: ReLU
  conv2: {type: Conv2d, out_channels: "${width}", kernel_size: 3, padding: 1}
  add: {type: Add, from: [conv2, relu1]}
"""
GOOD = BAD.replace("relu1]}", 'relu1], when: "${residual}"}')


def check_document(document: Document) -> Iterator[Diagnostic]:
    """Of the document's own text; what it imports is for its file."""
    root = document.root
    whole = [entry for entry in root.entries.values() if entry.key != "blocks"]
    yield from _unread(root, (_read_in(whole),), "the argument", document.given)
    shared, given = _given(root, document.blocks) if document.blocks else (set[str](), {})
    for block in document.blocks.values():
        if block.span.source is document.source:
            read = _read_in([entry for entry in block.node.entries.values() if entry.key != "args"])
            yield from _unread(block.node, (read, shared), f"{block.name}'s argument", given[block.name])


def _unread(holder: Mapping, read: tuple[set[str], ...], of: str, given: Collection[str]) -> Iterator[Diagnostic]:
    """`given` are those that have values from outside, or in a use of the block, which would find no argument any more."""
    args = holder.get("args")
    for entry in args.entries.values() if isinstance(args, Mapping) else ():
        if not any(entry.key in names for names in read):
            edits = _without(holder, entry.key) if entry.key not in given else ()
            yield _diagnostic(entry, f"{of} {entry.key}", edits)


def _diagnostic(entry: Entry, what: str, edits: tuple[Edit, ...]) -> Diagnostic:
    ways = (Fix(f"take {entry.key} out", edits),) if edits else ()
    return Diagnostic(CODE, f"nothing reads {what}", entry.key_span, label="no other value changes anything",
                      help=f'write "${{{entry.key}}}" where it is meant, or take it out', ways=ways)  # fmt: skip


def _without(holder: Mapping, name: str) -> tuple[Edit, ...]:
    """The edit that takes an argument out; none where it cannot be."""
    args = holder.get("args")
    assert isinstance(args, Mapping)
    edit = without_key(args, name) if len(args.entries) > 1 else without_key(holder, "args")
    return (edit,) if edit is not None else ()


def where_given(root: Node, block: str, name: str) -> Iterator[Span]:
    """Where uses of a block give an argument."""
    for kind, part in _typed(root):
        if kind == block and name in part.entries:
            yield part.entries[name].key_span


def _given(root: Mapping, blocks: Collection[str]) -> tuple[set[str], dict[str, set[str]]]:
    """The keys of layers whose type is an expression, which may be any block's; and those of the uses of each block."""
    to_any: set[str] = set()
    found: dict[str, set[str]] = {name: set() for name in blocks}
    for kind, part in _typed(root):
        keys = to_any if is_expression(kind) else found.get(kind)
        if keys is not None:
            keys.update(part.entries)
    return to_any, found


def _typed(root: Node) -> Iterator[tuple[str, Mapping]]:
    """All mappings that have a type, and that."""
    for part in parts(root):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if isinstance(part, Mapping) and isinstance(kind, Scalar) and isinstance(kind.value, str):
            yield kind.value, part


def _read_in(entries: list[Entry]) -> set[str]:
    """The names that expressions in these read."""
    scalars = [part for entry in entries for part in parts(entry.value) if isinstance(part, Scalar)]
    texts = [part.value for part in scalars if isinstance(part.value, str) and is_expression(part.value)]
    return set().union(*map(_names, texts)) if texts else set()


def _names(text: str) -> set[str]:
    from archspec.expressions.evaluation import names_in
    from archspec.expressions.grammar import readable
    from archspec.expressions.tree import Name

    found = readable(text)
    trees = found.trees if found is not None else []
    return {name.name for tree in trees for name in names_in(tree) if isinstance(name, Name)}
