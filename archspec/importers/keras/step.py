"""`Step`, one call of a Keras layer while it is imported: its configuration, what it reads, and the layers it becomes.

Enters: a call whose inputs have values. Leaves: values. A value's axes stand in Keras's order, or with the last of them, the
channels, moved behind the batch, as PyTorch's image layers read them; each handler asks for the order that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archspec.dims import Shape, Size
from archspec.document.names import suggest
from archspec.importers.keras.calls import name_of
from archspec.importers.keras.config import Config, Plain, shown
from archspec.importers.making import SIZES_HELP, Misfit, make, note_shapes, outputs_of, written
from archspec.importers.sketch import ImportProblem, Layer, Literal, Ref, free_path
from archspec.limits import MAX_KERAS_LAYERS, MAX_NAME_LENGTH
from archspec.names import why_no_layer_name
from archspec.ops.base import Tensor
from archspec.words import counted

MAX_NAMED = 12
"""How many layers a remark names."""
PENALTY = "training adds a penalty to the loss, here not"
_DTYPES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64")
"""What a layer may compute in besides float32. What is quantized has other weights."""
_FIRST = ("inputs", "sequences", "sequence", "x")
"""What layers call the tensor that they read, where it is given by name."""
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
    made: dict[tuple[str, ...], Layer] = field(default_factory=dict)
    """The first layer for each part of each Keras layer."""
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    """How many layers there are for each part of each Keras layer."""
    arranged: dict[tuple[Ref, bool], Value] = field(default_factory=dict)
    remarks: dict[str, dict[str, None]] = field(default_factory=dict)
    """What Keras does that a spec does not say and evaluation does not show, and the layers that are concerned."""
    is_old: bool = False
    """Whether Keras 2 wrote the file."""
    is_frozen: bool = False
    """Whether nothing of it trains."""
    groups: dict[tuple[str, ...], str] = field(default_factory=dict)
    """The path of the group for each model within the model."""

    def remark(self, what: str, name: str) -> None:
        """`what` completes "In Keras …"."""
        self.remarks.setdefault(what, {})[name] = None

    @property
    def doc(self) -> str:
        """The remarks in sentences."""
        return " ".join(f"In Keras, {what}: {_some(list(names))}." for what, names in self.remarks.items())


def _some(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def dtype_of(config: Config) -> Plain:
    """The name of what a layer computes in; Keras also writes it as an object that holds the name."""
    value = config.value("dtype", "float32")
    inner = value.get("config") if isinstance(value, Mapping) else None
    return inner["name"] if isinstance(inner, Mapping) and "name" in inner else value


class Place(NamedTuple):
    """Where a layer stands: the path of its group in the spec, the names of the models around it, and whether these are called
    with `training`."""

    group: str = ""
    models: tuple[str, ...] = ()
    training: bool | None = None


class Step:
    """One call of a layer. Everything that is said of it in the file is read, or `need_all_read` refuses it."""

    def __init__(
        self, layer: Config, place: Place, reads: list[Value | Plain], options: Mapping[str, Plain], network: Network,
        owner: Step | None = None, part: str = "",
    ) -> None:  # fmt: skip
        self.layer = layer
        self.kind = layer.text("class_name")
        is_list = isinstance(layer.value("config"), (list, tuple))  # of a Sequential, in the oldest files
        self.config = Config({}, layer.place) if is_list else layer.mapping("config")
        self.place = place
        self.options = Config(options, layer.place)
        self.network = network
        self.key: str = name_of(layer) if owner is None else owner.key
        self.name = (
            owner._named(part)
            if owner is not None
            else self.key
            if why_no_layer_name(self.key) is None
            else suggest(self.key) or "layer"
        )
        self.is_frozen = not self.config.flag("trainable", True) or network.is_frozen
        self.arguments = reads or [value for key in _FIRST if isinstance(value := self.options.value(key), Value)]
        training = self.options.value("training")
        if not isinstance(training, bool | None):
            raise self.problem(f"is called with {shown(training)} as its training")
        self.training = place.training if training is None else training
        self.config.without_effect("name", "batch_input_shape", "batch_shape", "build_input_shape")  # said elsewhere
        self._dtype()

    def wrapped(self, key: str, reads: list[Value | Plain], part: str = "") -> Step:
        """The layer that this one holds, under the name of this one or of a part of it."""
        place = self.place._replace(training=self.training)
        return Step(self.config.mapping(key), place, reads, {}, self.network, self, part)

    def within(self) -> Place:
        """The place of the layers of a model, which the layer is; a second call of it has the same."""
        models = (*self.place.models, self.key)
        if models not in self.network.groups:
            self.network.groups[models] = self._path("")
        return Place(self.network.groups[models], models, self.training)

    def _dtype(self) -> None:
        """What the layer computes in; floats of every width are float32 in a spec."""
        value = dtype_of(self.config)
        if value in (None, "float32"):
            return
        self.need(value in _DTYPES, f"has {shown(value)} as its dtype, and a spec computes in float32")
        self.remark(f"these compute in {value}, here in float32")

    # What is wrong, and what is not said -------------------------------------------------------------------------------

    def problem(self, message: str, help: str = "") -> ImportProblem:
        return self.layer.problem(message, help)

    def need(self, holds: bool, message: str, help: str = "") -> None:
        self.layer.need(holds, message, help)

    def refuse(self, key: str, allowed: Sequence[Plain], why: str) -> None:
        """Raises where a key has another value than those that a spec can say."""
        self.config.refuse(key, allowed, why)

    def remark(self, what: str) -> None:
        """Notes of the layer what a spec does not say."""
        self.network.remark(what, f"{self.place.group}.{self.name}" if self.place.group else self.name)

    def need_all_read(self) -> None:
        """Raises where the layer has something, or is called with something, that nobody asked for.

        Start values are weights, which a configuration does not hold. What training adds to the loss, or does to the weights
        after a step, changes nothing that the network computes, and is remarked.
        """
        for key, _ in self.config.unread():
            if key.endswith("_initializer"):
                self.config.without_effect(key)
            elif key.endswith("_regularizer"):
                self.config.without_effect(key)
                self.remark(PENALTY)
            elif key.endswith("_constraint"):
                self.config.without_effect(key)
                self.remark("training holds weights within bounds after each step, here not")
        self.config.need_all_read()
        self.options.need_all_read("is called with {value} as its {key}, which no layer of a spec has")

    sizes_help = SIZES_HELP

    # What is read ------------------------------------------------------------------------------------------------------

    @property
    def never_trains(self) -> bool:
        """Whether what the layer does in training only is never done: the layer is called with training=False."""
        self.need(self.training is not True, "is called with training=True, so that it trains in evaluation too")
        return self.training is False

    @property
    def reads(self) -> list[Value]:
        """The tensors that are read. Raises where one is something else."""
        found = [item for item in self.arguments if isinstance(item, Value)]
        self.need(len(found) == len(self.arguments), "reads something that is no tensor of the model")
        return found

    @property
    def x(self) -> Value:
        """The one tensor that is read."""
        self.need(len(self.reads) == 1, f"reads {counted(len(self.reads), 'tensor')}, where one is expected")
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
        found = self.config.value("data_format") or "channels_last"
        self.need(found in ("channels_first", "channels_last"), f"has {shown(found)} as its data_format")
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
        """Axes in Keras's order, counted from 0, each once; the batch is none of them."""
        found = self.config.integers(key, default=default) if self.config.has(key) else list(default)
        self.need(bool(found) and all(-rank <= axis < rank for axis in found),
                  f"has {shown(found)} as its {key}, for a tensor of {rank} axes")  # fmt: skip
        found = [axis % rank for axis in found]
        self.need(
            0 not in found and len(set(found)) == len(found),
            f"has {shown(found)} as its {key}, the batch or an axis twice",
        )
        return found

    def axis(self, key: str, rank: int) -> int:
        """The one axis, the last where none is said."""
        found = self.axes(key, [-1], rank)
        self.need(len(found) == 1, f"has {shown(found)} as its {key}, where one axis is expected")
        return found[0]

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
        parameters = op.parameters(inputs)
        if not is_helper and (parameters or op.buffers(inputs)):
            earlier = self.network.made.setdefault((*self.place.models, self.key, part), layer)
            layer.use = earlier if earlier is not layer else None
        layer.trains = bool(parameters) and not self.is_frozen
        if parameters and self.is_frozen and layer.use is None:
            layer.keys["freeze"] = True
        layer.path = self._path(part)
        note_shapes(layer, outputs)
        self.network.layers.append(layer)
        self.need(len(self.network.layers) <= MAX_KERAS_LAYERS, f"is beyond {MAX_KERAS_LAYERS:,} layers")
        alone = list(outputs) == ["output"]
        moved = (bool(reads) and reads[0].is_moved) if is_moved is None else is_moved
        return {
            port: Value(Ref(layer, None if alone else port), tensor, moved and len(tensor.shape) > 2)
            for port, tensor in outputs.items()
        }

    def _named(self, part: str) -> str:
        return f"{self.name[: MAX_NAME_LENGTH - len(part) - 1]}_{part}" if part else self.name

    def _path(self, part: str) -> str:
        """A free path for the layer's part."""
        key = (*self.place.models, self.key, part)
        count = self.network.counts[key] = self.network.counts.get(key, 0) + 1
        name = self._named("_".join(filter(None, (part, str(count) if count > 1 else ""))))
        return free_path(f"{self.place.group}.{name}" if self.place.group else name, self.network.paths)
