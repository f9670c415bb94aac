"""How many layers a document has at least, counted without expanding it, so that blocks that double are refused at once.

Only what is certain counts: a layer under `when` may be left out, and a `repeat` that is computed may be 0.
"""

from __future__ import annotations

from archspec.document.model import Document
from archspec.document.tree import Mapping, Node, Scalar, Sequence, values_of
from archspec.expand.folding import STEPS, Folding
from archspec.limits import MAX_COUNTED_LAYERS, MAX_SCOPE_DEPTH

_MOST = 10**12  # nothing beyond this is told apart


def least_size(document: Document, folding: Folding | None = None) -> int:
    """A lower bound of the number of layers that are written out."""
    counter = _Counter(document, folding)
    return counter.layers(document.layers, 0)


class _Counter:
    def __init__(self, document: Document, folding: Folding | None) -> None:
        self.document = document
        self.folding = folding
        self.known: dict[str, int] = {}

    def layers(self, layers: Node | None, depth: int) -> int:
        if depth > MAX_SCOPE_DEPTH or not isinstance(layers, (Mapping, Sequence)):
            return 0
        return min(_MOST, sum(self._layer(item, depth) for item in values_of(layers)))

    def _layer(self, node: Node, depth: int) -> int:
        if isinstance(node, Scalar):
            return self._type(node, depth)
        if not isinstance(node, Mapping) or "when" in node.entries or "use" in node.entries:
            return 0
        inner = (
            self.layers(node.get("layers"), depth + 1)
            if "layers" in node.entries
            else self._type(node.get("type"), depth)
        )
        return self._times(node) * inner

    def _type(self, node: Node | None, depth: int) -> int:
        name = node.value if isinstance(node, Scalar) else None
        if not isinstance(name, str) or "${" in name:
            return 0
        block = self.document.blocks.get(name)
        if block is None:
            return 1
        if name not in self.known:
            self.known[name] = 0  # a block that uses itself is refused elsewhere
            self.known[name] = self.layers(block.layers, depth + 1)
        return self.known[name]

    def _times(self, node: Mapping) -> int:
        """How often a layer is repeated, as far as that is written as a number."""
        times = 1
        if "repeat" in node.entries:
            repeat = node.get("repeat")
            value = repeat.value if isinstance(repeat, Scalar) else None
            times = (
                value if type(value) is int and 0 < value <= MAX_COUNTED_LAYERS else 0
            )  # what is beyond is refused elsewhere
            if self.folding is not None and self.folding.is_folded(node, times):
                times = STEPS
        rows = node.get("for")
        if isinstance(rows, Mapping):
            lengths = {len(e.value.items) if isinstance(e.value, Sequence) else 0 for e in rows.entries.values()}
            times *= min(lengths, default=0)
        elif rows is not None:
            times = 0
        return times
