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
    yield from _unread(root.get("args"), _read_in(whole), "", [root], document.given)
    shared = _given_to_any(root) if document.blocks else set()
    for block in document.blocks.values():
        if block.span.source is document.source:
            read = shared | _read_in([entry for entry in block.node.entries.values() if entry.key != "args"])
            yield from _unread(block.node.get("args"), read, block.name, [block.node, root], ())


def _unread(
    args: Node | None, read: set[str], block: str, holders: list[Mapping], given: Collection[str]
) -> Iterator[Diagnostic]:
    """`given` are those that have values from outside, which would find no argument any more."""
    for entry in args.entries.values() if isinstance(args, Mapping) else ():
        if entry.key not in read:
            of = f"{block}'s argument" if block else "the argument"
            edits = _without(holders, entry.key, block) if entry.key not in given else ()
            yield _diagnostic(entry, f"{of} {entry.key}", edits)


def _diagnostic(entry: Entry, what: str, edits: tuple[Edit, ...]) -> Diagnostic:
    ways = (Fix(f"take {entry.key} out", edits),) if edits else ()
    return Diagnostic(CODE, f"nothing reads {what}", entry.key_span, label="no other value changes anything",
                      help=f'write "${{{entry.key}}}" where it is meant, or take it out', ways=ways)  # fmt: skip


def _without(holders: list[Mapping], name: str, block: str) -> tuple[Edit, ...]:
    """The edits that take an argument out; none where one of them cannot be, or a use of its block gives it a value."""
    holder, root = holders[0], holders[-1]
    args = holder.get("args")
    assert isinstance(args, Mapping)
    edits = [without_key(args, name) if len(args.entries) > 1 else without_key(holder, "args")]
    if block and any(where_given(root, block, name)):
        return ()  # a use says that it matters, so that the block forgets it
    found = tuple(edit for edit in edits if edit is not None)
    return found if len(found) == len(edits) else ()


def where_given(root: Node, block: str, name: str) -> Iterator[Span]:
    """Where uses of a block give an argument."""
    for part in parts(root):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if isinstance(part, Mapping) and isinstance(kind, Scalar) and kind.value == block and name in part.entries:
            yield part.entries[name].key_span


def _given_to_any(root: Mapping) -> set[str]:
    """The keys of layers whose type is an expression."""
    found: set[str] = set()
    for part in parts(root):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if (
            isinstance(part, Mapping)
            and isinstance(kind, Scalar)
            and isinstance(kind.value, str)
            and is_expression(kind.value)
        ):
            found.update(part.entries)
    return found


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
