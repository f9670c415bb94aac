"""What Python code makes: layers and groups of them, with their keys as a spec has them. Data only."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from archspec.document.blocks import Block
from archspec.expand.other_styles import flow_layer, name_for


class Known(NamedTuple):
    """What code may name: values that expressions read, blocks, and what a layer may read, which is empty where nothing of it is
    known."""

    names: Collection[str] = ()
    blocks: Mapping[str, Block] = {}
    layers: Collection[str] = ()


NOTHING = Known()


class Layer(NamedTuple):
    """What a call makes: an op, its keys, whether it can be no other, an activation that is a layer of its own, what is lost, and
    what is said of values that are others here."""

    kind: str
    keys: dict[str, str]
    is_safe: bool
    activation: str = ""
    lost: tuple[str, ...] = ()
    why: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """What it reads by name."""
        return tuple(re.findall(r"[^\[\], ]+", self.keys.get("from", "")))

    @property
    def written(self) -> list[str]:
        return [f"{key}: {value}" for key, value in self.keys.items()]

    @property
    def text(self) -> str:
        """The layer on one line."""
        return flow_layer(self.kind, self.written)


class Group(NamedTuple):
    """Layers in a row, some of them groups themselves."""

    layers: tuple[Layer | Group, ...]
    names: tuple[str, ...] = ()
    """Those of the layers, where they have some."""
    sources: tuple[str, ...] = ()
    """What the group reads by name, each once; one name alone is what its first layer reads."""

    @property
    def is_safe(self) -> bool:
        return all(layer.is_safe and not (isinstance(layer, Layer) and layer.activation) for layer in self.layers)

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.lost))

    @property
    def why(self) -> str:
        return "; ".join(dict.fromkeys(layer.why for layer in self.layers if layer.why))

    @property
    def text(self) -> str:
        """The group on one line."""
        return f"{{{self.inner}}}"

    @property
    def inner(self) -> str:
        """The same without its braces."""
        items = ", ".join(self._items())
        return ", ".join([*self._read, f"layers: {{{items}}}" if self.names else f"layers: [{items}]"])

    @property
    def _read(self) -> list[str]:
        """The keys for what it reads. Where its first layer joins that, it has the same names for it."""
        first = self.layers[0]
        if isinstance(first, Group) or "from" not in first.keys or not self.sources:
            return [f"from: {name}" for name in self.sources]
        names = f"[{', '.join(self.sources)}]"
        return [f"from: {names}", f"inputs: {names}"]

    def _items(self, dash: str = "") -> Iterator[str]:
        for layer, name in zip(self.layers, self.names or ("",) * len(self.layers), strict=True):
            yield from layer_lines(name, layer, dash)

    def lines(self, indent: str) -> str:
        """The group as lines that are indented by so much, the first one without."""
        first, *keys = [*self._read, "layers:"]
        return "\n".join(
            [first, *(f"{indent}{key}" for key in keys), *(f"{indent}  {item}" for item in self._items("- "))]
        )


def layer_lines(name: str, layer: Layer | Group, dash: str) -> Iterator[str]:
    """A layer as a line, under its name where it has one, else behind a dash; and one for its activation."""
    activation = layer.activation if isinstance(layer, Layer) else ""
    yield f"{name}: {layer.text}" if name else f"{dash}{layer.text}"
    if activation:
        yield f"{name}_{name_for(activation)}: {activation}" if name else f"{dash}{activation}"
