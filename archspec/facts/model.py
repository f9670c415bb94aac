"""What is known of a network: one record a layer, and the totals. Data only; the analyses fill it in.

None means unknown, never zero. Counts are exact integers, or expressions in the spec's symbols, for one sample (N = 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple

from archspec.dims import BATCH, Shape, Size, symbols
from archspec.facts.instance import Instance, Instances
from archspec.facts.law import Law
from archspec.facts.traced import Sights
from archspec.graph import Graph, Node, Ref
from archspec.limits import MAX_TRIALS
from archspec.ops.assumptions import Assumption, strongest
from archspec.ops.base import Outputs, Reaches, Tensor
from archspec.source import Span

if TYPE_CHECKING:
    from archspec.conditions.solve import Known, Solution
    from archspec.document.claims import Owner
    from archspec.facts.overwriting import Stale
    from archspec.facts.storage import Storage


class AxisField(NamedTuple):
    """The receptive field along one axis: feature i covers positions −padding + i·stride … + size − 1."""

    size: int
    stride: int | None
    """None where no axis of the output follows this one: all features cover the positions −padding … + size − 1."""
    padding: int
    has_gaps: bool | None = False
    """Whether positions between the first and the last are left out, as dilation does; None: not known."""

    @property
    def offset(self) -> int | float:
        """Where the centre of the first feature's window lies, in input positions: (size − 1)/2 − padding."""
        twice = self.size - 1 - 2 * self.padding
        return twice / 2 if twice % 2 else twice // 2


NO_STRIDE = "all outputs see the same part of the input"
"""Why a field has none."""


class Whole(NamedTuple):
    """Every output depends on all positions along this axis."""


class Scattered(NamedTuple):
    """Every feature covers a window of this size, but not in equal steps from one feature to the next; `why` says so."""

    size: int
    why: str
    law: Law | None = None
    """Where the windows lie, as far as that repeats itself."""


class Unknown(NamedTuple):
    """The field is no window of one size; `why` says what it is instead."""

    why: str
    at_least: int | None = None
    """The smallest size of a feature's window away from borders, as far as known."""
    at_most: int | None = None
    law: Law | None = None
    """Where the windows lie, as far as that repeats itself."""


Extent = AxisField | Whole | Scattered | Unknown


class Trials:
    """How many layers may still be computed anew, for all claims of a document together."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_TRIALS

    def split(self, parts: int) -> Trials:
        """One part of so many, for what is tried apart."""
        part = Trials()
        part.left = self.left // parts
        self.left -= part.left
        return part


@dataclass(slots=True, eq=False, repr=False)
class LayerFacts:
    """What is known of one node. Parameters that the layer shares with another are not among its own."""

    outputs: Outputs | None = None
    inputs: tuple[Tensor, ...] | None = None
    instance: Instance | None = None
    """What of it is the same for all layers with its op and its inputs; known where `inputs` and the op are."""
    parameters: dict[str, Shape] | None = None
    """All parameters that the layer computes with, by name."""
    own_parameters: dict[str, Shape] | None = None
    """Those that are counted here: without ties and without what `use` shares."""
    params: Size | None = None
    trainable: bool = True
    """Whether any of its parameters trains."""
    trainable_params: Size | None = None
    buffers: Size | None = None
    buffer_tensors: dict[str, Tensor] | None = None
    macs: Size | None = None
    elementwise: Size | None = None
    activation_bytes: Size | None = None
    field: tuple[Extent, ...] | None = None
    """The receptive field along the input's spatial axes; None where there are none or it is not known."""
    field_axes: tuple[int | None, ...] | None = None
    """By the extents of `field`, the axes of the first output that they follow; None: no axis."""
    field_unknown: str | None = None
    """Why the field as a whole is not known; None where it is, where there is none, and where an error says why."""

    @property
    def output(self) -> Tensor | None:
        """The single output; None where there are several or none is known."""
        if self.outputs is None or len(self.outputs) != 1:
            return None
        return next(iter(self.outputs.values()))

    @property
    def reaches(self) -> Reaches | None:
        """How outputs depend on inputs; None where that is not known."""
        return self.instance.reaches if self.instance is not None else None


@dataclass(slots=True, eq=False, repr=False)
class Totals:
    """Sums over all layers; None where a summand is unknown."""

    layers: int | None = None
    params: Size | None = None
    trainable_params: Size | None = None
    buffers: Size | None = None
    macs: Size | None = None
    flops: Size | None = None
    elementwise: Size | None = None
    param_bytes: Size | None = None
    activation_bytes: Size | None = None
    peak_activation_bytes: Size | None = None
    module_peak_activation_bytes: Size | None = None
    """That of the generated module as written, whose calls hold their arguments."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Why a figure is not known, by its name; nothing of one that an error explains."""


class Need(NamedTuple):
    """What has to hold of symbolic sizes, and who says so."""

    statement: Assumption
    node: Node | None
    """The layer that needs it; None for the whole network."""
    span: Span
    claim: str = ""
    """The figure that is claimed (`an output of 96 × 55 × 55`); nothing where the layer itself needs it."""
    owner: Owner | None = None
    """Who claims it: `expect` or `budget`."""
    of: str = ""
    """Of what it is claimed: a layer's or a group's path, or the network."""
    claimant: str = ""
    """The owner, or where a project has its budget (`archspec.toml: budget.params`)."""
    key: str = ""
    """What the figure is called in a claim: `output`."""


@dataclass(slots=True, eq=False, repr=False)
class Facts:
    """All that is known of a graph. `layers[i]` belongs to `graph.nodes[i]`."""

    graph: Graph
    layers: list[LayerFacts] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    needs: list[Need] = field(default_factory=list)
    """What has to hold of the symbols for shapes to fit and claims to be true, as far as it could not be proved."""
    solution: Solution | None = None
    """For which numbers the layers fit; None where they need nothing of symbols."""
    claims_solution: Solution | None = None
    """For which of them the claims are true too; None where none depends on symbols."""
    is_unsteady: bool = False
    """Whether a figure needs steps of a folded repeat that are not written out."""
    no_order: dict[int, str] = field(default_factory=dict)
    """Why it is not known what lies in which memory in a run, by the number of its samples."""
    unchecked: list[str] = field(default_factory=list)
    """Figures that `expect` claims for other arguments than these, and which were not checked: `params`, `fc.output`."""
    unchecked_of: str = ""
    """The default values that they are claimed for: `classes = 1000`."""
    unchecked_sizes: list[str] = field(default_factory=list)
    """Those that it claims for other symbolic sizes than were set."""
    unchecked_sizes_of: str = ""
    """The sizes that they are claimed for: `S from 223 to 224`."""
    unchecked_budget: dict[str, str] = field(default_factory=dict)
    """Figures that the project limits and that are not known here, and why: `peak_activation_bytes`."""
    unchecked_budget_of: str = ""
    """The file that limits them."""
    instances: Instances = field(default_factory=Instances)
    sights: Sights = field(default_factory=Sights)
    """What layers see, and those of variants of the network: the same where it follows from the same."""
    solved: Known = field(default_factory=dict)
    """Where single statements about symbols hold, as far as that was asked."""
    storages: dict[int, Storage | None] = field(default_factory=dict)
    """The memories of a run, by the number of samples; `find_storage` fills it in."""
    stale: list[Stale] | None = None
    """What reads an overwritten tensor; `find_stale` fills it in."""
    storages_alike: tuple[Storage, ...] | None = None
    """Those for several sizes, where they are the same; `find_storages_alike` fills it in."""

    @property
    def assumptions(self) -> list[str]:
        """What is needed of the symbols, statement by statement."""
        return strongest([need.statement for need in self.needs])

    @property
    def symbols(self) -> list[str]:
        """The symbols in the inputs' sizes, in the order in which they are written; not the batch."""
        shapes = [
            tensor.shape
            for node in self.graph.nodes
            if node.is_input
            for tensor in (self.of(node).outputs or {}).values()
        ]
        found = [name for shape in shapes for size in shape for name in sorted(symbols(size)) if name != BATCH]
        return list(dict.fromkeys(found))

    def of(self, node: Node) -> LayerFacts:
        return self.layers[node.index]

    def tensor(self, ref: Ref | None) -> Tensor | None:
        """The tensor behind a reference; None where it is unknown."""
        if ref is None:
            return None
        outputs = self.layers[ref.node].outputs
        if outputs is None:
            return None
        return outputs.get(port_of(ref, outputs))


class LaterFacts(Facts):
    """Facts of which the totals are known; all else is found when it is first asked for."""

    __slots__ = ("_find",)

    def __init__(self, totals: Totals, find: Callable[[], Facts]) -> None:
        self.totals = totals
        self._find = find

    def __getattr__(self, name: str) -> object:
        if name not in Facts.__slots__:
            raise AttributeError(name, name=name, obj=self)
        found = self._find()
        for each in fields(Facts):
            if each.name != "totals":
                setattr(self, each.name, getattr(found, each.name))
        return getattr(self, name)

    def __reduce__(self) -> tuple[type[Facts], tuple[object, ...]]:
        return Facts, tuple(getattr(self, each.name) for each in fields(Facts))


def port_of(ref: Ref, outputs: Outputs) -> str:
    """The port that a reference means: the one written, or the only one, or `output`."""
    if ref.port is not None:
        return ref.port
    return next(iter(outputs)) if len(outputs) == 1 else "output"
