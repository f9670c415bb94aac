"""What `when` leaves out, looked at all the same: a type that no op and no block has is wrong whatever is kept.

Enters: a layer as it is written, and the names of blocks; leaves: E0104 for its type, and those of the layers in it. Its
arguments are not looked at: what they are may depend on what is left out with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Mapping_

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block
from archspec.document.tree import Mapping, Node, Scalar, Sequence
from archspec.expand.layer import PYTHON, unknown_type
from archspec.ops import registry


def look_at_types(path: str, tree: Node, blocks: Mapping_[str, Block], report: list[Diagnostic]) -> None:
    """Tells of the types of a layer, and of those within it, that there are not."""
    for where, node in _layers(path, tree):
        kind = node.get("type") if isinstance(node, Mapping) else node
        if not isinstance(kind, Scalar) or not isinstance(kind.value, str) or "${" in kind.text:
            continue
        if kind.text in blocks or kind.text.startswith(PYTHON) or registry.find(kind.text) is not None:
            continue
        unknown_type(where, node, kind, blocks, report)


def _layers(path: str, tree: Node) -> Iterator[tuple[str, Node]]:
    """The layer itself, and all layers of the groups in it, each with its path."""
    yield path, tree
    inner = tree.get("layers") if isinstance(tree, Mapping) else None
    if isinstance(inner, Mapping):
        for name, entry in inner.entries.items():
            yield from _layers(f"{path}.{name}", entry.value)
    elif isinstance(inner, Sequence):
        for number, item in enumerate(inner.items):
            yield from _layers(f"{path}.{number}", item)
