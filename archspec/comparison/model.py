"""What a comparison of two networks says. Data only.

Causes are what was done: a layer inserted, removed, moved, renamed, changed. Consequences are what follows elsewhere: sizes,
counts and receptive fields of layers that are as they were, and places in lists that have shifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from archspec.dims import Shape, Size
from archspec.facts.model import Extent, Facts
from archspec.graph import Node, Scope

Member = Node | Scope
Kind = Literal["inserted", "removed", "moved", "renamed", "changed"]


class Detail(NamedTuple):
    """One thing of a layer that differs: what it is called (`kernel_size`, `type`, `reads`), and its two values as specs
    write them."""

    name: str
    before: str
    after: str
    is_derived: bool = False
    """Whether one expression gives both: then it follows from what the expression reads, as of an argument or of a shape."""


class Change(NamedTuple):
    """One thing that was done. A layer that was moved or renamed may have details, too: it is said once."""

    kind: Kind
    before: Member | None
    after: Member | None
    details: tuple[Detail, ...] = ()
    beside: str = ""
    """The path of the layer or group that what was inserted or moved comes after; nothing at the beginning of its group."""
    is_renamed: bool = False
    """Whether it has another name of its own, or stands in another group."""

    @property
    def is_derived(self) -> bool:
        """Whether nothing was done to it but what the same expressions give."""
        return self.kind == "changed" and not self.is_renamed and all(one.is_derived for one in self.details)


class Shifted(NamedTuple):
    """A member of a list that stands at another place of it, since others came or went."""

    before: Member
    after: Member


class Figures(NamedTuple):
    """A matched layer with the figures of it that differ, each before and after."""

    before: Node
    after: Node
    shapes: tuple[tuple[Shape, ...], tuple[Shape, ...]] | None
    params: tuple[Size | None, Size | None] | None
    macs: tuple[Size | None, Size | None] | None
    fields: tuple[tuple[Extent, ...] | None, tuple[Extent, ...] | None] | None
    is_caused: bool
    """Whether the layer itself was changed; else it follows from a change elsewhere."""


class Tensor(NamedTuple):
    """A tensor of a `state_dict` that is found again: its keys and shapes before and after."""

    before: str
    after: str
    shape_before: Shape
    shape_after: Shape


@dataclass(frozen=True, slots=True)
class Loading:
    """What of the first network's `state_dict` the second can use. `loads`, `renamed`, `reshaped`, `missing` and `begun` are all
    of the second's keys; `unexpected` are those of the first that it has no use for."""

    loads: Sequence[str]
    """The same key, the same layer, the same shape."""
    renamed: Sequence[Tensor]
    """The same layer and shape under another key."""
    reshaped: Sequence[Tensor]
    """The same layer, but another shape."""
    missing: Sequence[str]
    unexpected: Sequence[str]
    misled: Sequence[str]
    """Keys that both have with one shape, for layers that are not the same: these load by name, and are wrong."""
    begun: Sequence[str] = ()
    """Counts of batches that `load_state_dict` lets begin at 0, where the first network has no such layer: none is missing."""
    absorbed: Mapping[str, list[str]] = field(default_factory=dict)
    """Biases that are left over, each with the running mean that was counted with it, and that gives other numbers without it."""

    @property
    def is_strict(self) -> bool:
        """Whether `load_state_dict` takes the first network's as it is."""
        return not (self.renamed or self.reshaped or self.missing or self.unexpected)

    @property
    def wanted(self) -> int:
        """The tensors that the second network has."""
        return sum(map(len, (self.loads, self.renamed, self.reshaped, self.missing, self.begun)))


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """All of it. `is_bounded`: parts were too large to be searched through, so that more may have stayed than is said."""

    before: Facts
    after: Facts
    changes: list[Change]
    shifted: list[Shifted]
    figures: list[Figures]
    loading: Loading
    inputs: list[Detail] = field(default_factory=list)
    """What differs of the network's inputs and outputs."""
    pairs: dict[Node, Node] = field(default_factory=dict)
    """Which layers (and inputs) are the same, before and after."""
    is_bounded: bool = False

    @property
    def is_same(self) -> bool:
        """Whether nothing was done: the same layers under the same names. What the networks are called is no matter."""
        return not (self.changes or self.shifted or self.inputs)
