"""What Python code makes: layers and groups of them, with their keys as a spec has them. Data only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from archspec.document.blocks import Block
from archspec.expand.other_styles import flow_layer


class Known(NamedTuple):
    """What code may name: values that expressions read, and blocks."""

    names: Collection[str] = ()
    blocks: Mapping[str, Block] = {}


NOTHING = Known()


class Layer(NamedTuple):
    """What a call makes: an op, its keys, whether it can be no other, an activation that is a layer of its own, what is lost."""

    kind: str
    keys: dict[str, str]
    is_safe: bool
    activation: str = ""
    lost: tuple[str, ...] = ()

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

    @property
    def is_safe(self) -> bool:
        return all(layer.is_safe and not (isinstance(layer, Layer) and layer.activation) for layer in self.layers)

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.lost))

    @property
    def text(self) -> str:
        """The group on one line."""
        return f"{{{self.inner}}}"

    @property
    def inner(self) -> str:
        """The same without its braces."""
        return f"layers: [{', '.join(self._items())}]"

    def _items(self) -> Iterator[str]:
        for layer in self.layers:
            yield layer.text
            if isinstance(layer, Layer) and layer.activation:
                yield layer.activation

    def lines(self, indent: str) -> str:
        """The group as lines that are indented by so much, the first one without."""
        return "\n".join(["layers:", *(f"{indent}  - {item}" for item in self._items())])
