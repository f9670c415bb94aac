"""Layers and uses of blocks by what they are written as and the values in it, which variants of a network have in common.

Enters: a text, its values, and what was made of it. Leaves: that, where both are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic
from archspec.document.blocks import Block
from archspec.document.tree import Mapping, Node
from archspec.document.values import Contents
from archspec.expand.initial import Defaults
from archspec.expand.layer import Settings
from archspec.expand.room import Taken
from archspec.graph import Scope
from archspec.ops.base import Op, Tensor

Layer = tuple[str, Op | None, Settings]
"""A layer's type, its op, and what its common keys say."""


Alike = tuple[object, ...]
"""What all that a use of a block becomes follows from."""


class Expanded(NamedTuple):
    """A use of a block that is expanded, and what it took."""

    scope: Scope
    first: int
    """The index of its first node; those of the others follow."""
    inferred: tuple[object, ...]
    """What is known of the shapes of each node."""
    room: Taken
    steps: int
    """Of the document's work."""


class KeptLayers:
    """Those of which there was nothing to say: an error is said of each network anew."""

    def __init__(self) -> None:
        self._uses: dict[Alike, tuple[Expanded, Sequence[Tensor | None]]] = {}
        self._blocks: list[Mapping] = []
        self._known: dict[Contents, tuple[Layer, Node, Node]] = {}
        self._defaults: tuple[Mapping | None, Defaults] | None = None

    def __len__(self) -> int:
        return len(self._known) + sum(len(use.inferred) for use, _ in self._uses.values())

    def defaults(self, init: Mapping | None, report: list[Diagnostic]) -> Defaults:
        """The document's `init`: the same object for all layers of a network, by which it is told what was said of them."""
        if self._defaults is None or self._defaults[0] is not init:
            said = len(report)
            found = Defaults(init, report)
            self._known.clear()
            self._uses.clear()
            self._defaults = (init, found) if len(report) == said else None
            return found
        return self._defaults[1]

    def find(self, contents: Contents) -> Layer | None:
        found = self._known.get(contents)
        return found[0] if found is not None else None

    def keep(self, contents: Contents, layer: Layer, written: Node, node: Node) -> None:
        """Keeps a layer, and its trees, so that no id in `contents` is given to another."""
        self._known[contents] = layer, written, node

    def need_blocks(self, blocks: Iterable[Block]) -> None:
        """Forgets uses of other blocks than these: those of another file are read anew."""
        trees = [block.node for block in blocks]
        if list(map(id, trees)) != list(map(id, self._blocks)):
            self._uses.clear()
        self._blocks = trees

    def find_use(self, what: Alike) -> Expanded | None:
        found = self._uses.get(what)
        return found[0] if found is not None else None

    def keep_use(self, what: Alike, use: Expanded, tensors: Sequence[Tensor | None]) -> None:
        """Keeps a use, and the tensors that it reads, so that no id in `what` is given to another."""
        self._uses[what] = use, tensors
