"""Layers by what they are written as and the values in it, which variants of a network have in common.

Enters: a layer's text, its values, and what was made of it. Leaves: that, where both are the same.
"""

from __future__ import annotations

from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import Mapping, Node
from archspec.document.values import Contents
from archspec.expand.initial import Defaults
from archspec.expand.layer import Settings
from archspec.ops.base import Op

Layer = tuple[str, Op | None, Settings]
"""A layer's type, its op, and what its common keys say."""


class KeptLayers:
    """Those of which there was nothing to say: an error is said of each network anew."""

    def __init__(self) -> None:
        self._known: dict[Contents, tuple[Layer, Node, Node]] = {}
        self._defaults: tuple[Mapping | None, Defaults] | None = None

    def __len__(self) -> int:
        return len(self._known)

    def defaults(self, init: Mapping | None, report: list[Diagnostic]) -> Defaults:
        """The document's `init`: the same object for all layers of a network, by which it is told what was said of them."""
        if self._defaults is None or self._defaults[0] is not init:
            said = len(report)
            found = Defaults(init, report)
            self._known.clear()
            self._defaults = (init, found) if len(report) == said else None
            return found
        return self._defaults[1]

    def find(self, contents: Contents) -> Layer | None:
        found = self._known.get(contents)
        return found[0] if found is not None else None

    def keep(self, contents: Contents, layer: Layer, written: Node, node: Node) -> None:
        """Keeps a layer, and its trees, so that no id in `contents` is given to another."""
        self._known[contents] = layer, written, node
