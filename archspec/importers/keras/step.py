"""`Step`, one call of a Keras layer while it is imported: its configuration, what it reads, and the layers it becomes.

Enters: a call whose inputs have values. Leaves: values. A value's axes stand in Keras's order, or with the last of them, the
channels, moved behind the batch, as PyTorch's image layers read them; each handler asks for the order that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archspec.dims import Shape, Size
from archspec.document.names import suggest, why_no_layer_name
from archspec.importers.keras.config import Config, Plain
from archspec.importers.making import SIZES_HELP, Misfit, make, note_shapes, outputs_of, written
from archspec.importers.sketch import ImportProblem, Layer, Literal, Ref
from archspec.ops.base import Tensor

MAX_LAYERS = 100_000
_NONE: Mapping[str, Literal] = {}


@dataclass(frozen=True)
class Value:
    """A tensor of the network; `is_moved`: its channels, in Keras the last axis, stand behind the batch."""

    ref: Ref
    tensor: Tensor
    is_moved: bool = False

    @property
    def rank(self) -> int:
        return len(self.tensor.shape)

    @property
    def shape(self) -> Shape:
        """The sizes in Keras's order."""
        own = self.tensor.shape
        return (own[0], *own[2:], own[1]) if self.is_moved else own


@dataclass
class Network:
    """The spec while it grows."""

    layers: list[Layer] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    made: dict[str, Layer] = field(default_factory=dict)  # the first layer for each part of each Keras layer
    arranged: dict[tuple[Ref, bool], Value] = field(default_factory=dict)
    is_old: bool = False
    """Whether Keras 2 wrote the file."""


class Step:
    """One call of a layer."""

    def __init__(
        self, layer: Config, group: str, reads: list[Value | Plain], options: Mapping[str, Plain], network: Network
    ) -> None:
        self.layer = layer
        self.kind = layer.text("class_name")
        self.config = Config(layer.mapping("config").values, layer.place)
        self.group = group
        self.arguments = reads
        self.options = options
        self.network = network
        name = self.config.text("name", layer.text("name", "layer"))
        self.name = name if why_no_layer_name(name) is None else suggest(name) or "layer"
        self.is_ours = False

    # What is wrong -----------------------------------------------------------------------------------------------------

    def problem(self, message: str, help: str = "") -> ImportProblem:
        return self.layer.problem(message, help)

    def need(self, holds: bool, message: str, help: str = "") -> None:
        self.layer.need(holds, message, help)

    def refuse(self, key: str, allowed: Sequence[Plain], why: str) -> None:
        """Raises where a key has another value than those that a spec can say."""
        value = self.config.values.get(key, allowed[0])
        self.need(value in allowed, f"has {str(value)[:60]} as its {key}, {why}")

    sizes_help = SIZES_HELP

    # What is read ------------------------------------------------------------------------------------------------------

    @property
    def reads(self) -> list[Value]:
        """The tensors that are read. Raises where one is something else."""
        found = [item for item in self.arguments if isinstance(item, Value)]
        self.need(len(found) == len(self.arguments), "reads something that is no tensor of the model")
        return found

    @property
    def x(self) -> Value:
        """The one tensor that is read."""
        self.need(len(self.reads) == 1, f"reads {len(self.reads)} tensors, where one is expected")
        return self.reads[0]

    def moved(self, value: Value) -> Value:
        """The tensor with its channels behind the batch."""
        return self._arranged(value, True)

    def kept(self, value: Value) -> Value:
        """The tensor with its axes in Keras's order."""
        return self._arranged(value, False)

    def _arranged(self, value: Value, is_moved: bool) -> Value:
        if value.is_moved == is_moved or value.rank < 3:
            return value
        found = self.network.arranged.get((value.ref, is_moved))
        if found is None:
            rank = value.rank
            dims = [0, rank - 1, *range(1, rank - 1)] if is_moved else [0, *range(2, rank), 1]
            what = "channels_first" if is_moved else "channels_last"
            layer = value.ref.source
            sized = self._without_ones(value, is_moved)
            if sized is not None:
                found = self.layer_of("Reshape", [value], part=what, shape=sized, is_moved=is_moved, is_helper=True)
            else:
                found = self.layer_of("Permute", [value], part=what, dims=list(dims), is_moved=is_moved, is_helper=True)
            assert layer is not None
            self.network.arranged[value.ref, is_moved] = found
            self.network.arranged[found.ref, value.is_moved] = value
        return found

    def _without_ones(self, value: Value, is_moved: bool) -> list[Literal] | None:
        """The sizes where only the channels are more than 1, so that no number changes its place."""
        positions = value.shape[1:-1]
        channels = value.shape[-1]
        if set(positions) != {1} or not isinstance(channels, int):
            return None
        return [channels, *(1 for _ in positions)] if is_moved else [*(1 for _ in positions), channels]

    def image(self, rank: int) -> Value:
        """The tensor as an image layer of PyTorch reads it. Says so where Keras had it in that order already."""
        value = self.x
        self.need(value.rank == rank + 2, f"reads {self.shown(value.shape)}, where {rank + 2} axes are expected")
        return self.kept(value) if self.is_first else self.moved(value)

    @property
    def is_first(self) -> bool:
        """Whether the layer has its channels first in Keras too."""
        found = self.config.values.get("data_format") or "channels_last"
        self.need(found in ("channels_first", "channels_last"), f"has {str(found)[:40]} as its data_format")
        return found == "channels_first"

    def shown(self, shape: Shape) -> str:
        """A shape in a message."""
        return "(" + ", ".join(map(str, shape)) + ")"

    def numbers(self, sizes: Sequence[Size]) -> list[int]:
        """Sizes that have to be numbers."""
        found = [size for size in sizes if isinstance(size, int)]
        self.need(len(found) == len(sizes), "needs sizes as numbers that the model leaves open", self.sizes_help)
        return found

    def axes(self, key: str, default: Sequence[int], rank: int) -> list[int]:
        """Axes in Keras's order, counted from 0."""
        found = self.config.integers(key, default=default) if self.config.has(key) else list(default)
        self.need(bool(found) and all(-rank <= axis < rank for axis in found), f"has no axis {found} among {rank}")
        return [axis % rank for axis in found]

    def own_axis(self, value: Value, axis: int) -> int:
        """An axis of Keras's order in the order that the tensor has."""
        if not value.is_moved or axis == 0:
            return axis
        return 1 if axis == value.rank - 1 else axis + 1

    # Layers ------------------------------------------------------------------------------------------------------------

    def layer_of(
        self, type: str, reads: Sequence[Value], *, part: str = "", is_moved: bool | None = None,
        more: Mapping[str, Literal] = _NONE, is_helper: bool = False, **keys: Literal,
    ) -> Value:  # fmt: skip
        """A layer and its one output, whose axes stand as those of the first tensor that is read. `part` tells the layers of
        one Keras layer apart."""
        return self.layers_of(type, reads, part=part, is_moved=is_moved, more=more, is_helper=is_helper, **keys)[
            "output"
        ]

    def layers_of(
        self, type: str, reads: Sequence[Value], *, part: str = "", is_moved: bool | None = None,
        more: Mapping[str, Literal] = _NONE, is_helper: bool = False, **keys: Literal,
    ) -> dict[str, Value]:  # fmt: skip
        """A layer and its outputs by port."""
        given = {**keys, **more}
        inputs = tuple(value.tensor for value in reads)
        try:
            op = make(type, given)
            outputs = outputs_of(op, inputs)
        except Misfit as misfit:
            raise self.problem(misfit.message, misfit.help) from None
        layer = Layer("", type, written(op, given), [value.ref for value in reads])
        own = (
            f"{self.group}.{self.name}{'_' + part if part else ''}"
            if self.group
            else f"{self.name}{'_' + part if part else ''}"
        )
        has_state = bool(op.parameters(inputs)) or bool(op.buffers(inputs))
        if not is_helper and has_state:
            earlier = self.network.made.setdefault(own, layer)
            layer.use = earlier if earlier is not layer else None
        layer.path = self._free(own)
        note_shapes(layer, outputs)
        self.network.layers.append(layer)
        self.need(len(self.network.layers) <= MAX_LAYERS, f"is beyond {MAX_LAYERS:,} layers")
        alone = list(outputs) == ["output"]
        moved = (bool(reads) and reads[0].is_moved) if is_moved is None else is_moved
        return {
            port: Value(Ref(layer, None if alone else port), tensor, moved and len(tensor.shape) > 2)
            for port, tensor in outputs.items()
        }

    def _free(self, path: str) -> str:
        free, number = path, 1
        while free in self.network.paths:
            number += 1
            free = f"{path}_{number}"
        self.network.paths.add(free)
        return free
