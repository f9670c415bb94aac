"""`Network`, the spec while it grows: layers, their weights, and what every name of the graph stands for.

Enters: layers, one by one, from handlers. Leaves: the Sketch's layers and the state. Each layer's op is made at once, and its
own shape rule says what it gives; so a shape here is the one that the spec will have, with the batch and named sizes in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from archspec.importers.making import Misfit, make, note_shapes, outputs_of, written
from archspec.importers.onnx import fold
from archspec.importers.onnx.batch import has_batch
from archspec.importers.onnx.names import Names
from archspec.importers.onnx.values import Computed, Filled, Known, Value, short
from archspec.importers.sketch import ImportProblem, Layer, Literal, Ref
from archspec.limits import MAX_ALL_FOLDED_NUMBERS, MAX_FOLDED_NUMBERS, MAX_ONNX_FILLED, MAX_ONNX_LAYERS
from archspec.ops.base import N, Op, Tensor
from archspec.ops.registry import find

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

    from archspec.importers.onnx.step import Step

MAX_WRITTEN = 64
"""How many numbers of a constant stand in the spec itself; more are kept with the weights."""


class Network:
    """Layers in their order, and the values by name."""

    def __init__(self, names: Names, folder: str, parameters: frozenset[str] | None) -> None:
        self.names = names
        self.folder = folder
        self.parameters = parameters
        """The weights that are parameters, where the file says so."""
        self.has_unsigned = False
        """Whether the file has whole numbers without a sign, which here are as those with one."""
        self.has_weights_in_nodes = False
        """Whether the file keeps its weights in Constant nodes, and none as initializers (Paddle does)."""
        self.batch: int | None = None
        """What the file has in place of the batch: a number, or None where it is free there too."""
        self.readers: dict[str, list[NodeProto | None]] = {}
        """Who reads each tensor of the graph; None stands for the network's own output."""
        self.makers: dict[str, NodeProto] = {}
        """What gives each tensor of the graph."""
        self.constants: dict[str, TensorProto] = {}
        """The tensors of the graph's Constant nodes."""
        self.skipped: set[str] = set()
        """What nodes give that became a part of an earlier layer."""
        self.made: dict[Ref, Computed] = {}
        """All that inputs and layers give."""
        self.layers: list[Layer] = []
        self.values: dict[str, Value] = {}
        self.state: dict[tuple[Layer, str], Known] = {}
        """Weights by their layer and their name in it, which is empty for a Parameter or a Buffer."""
        self.ties: list[tuple[Layer, str, Layer, str]] = []
        self._held: dict[Known | Filled, Computed] = {}
        self._shared: dict[tuple[object, ...], Layer] = {}
        self._weights: dict[tuple[object, ...], tuple[Layer, str]] = {}
        self._folded = self._filled = 0

    def fold_budget(self, step: Step, elements: int, has_names: bool = False) -> None:
        """Raises where the arithmetic of constants becomes too large; sizes that are only named cost more."""
        cost = elements * fold.WEIGHT_OF_NAMES if has_names else elements
        self._folded += cost
        step.need(cost <= MAX_FOLDED_NUMBERS and self._folded <= MAX_ALL_FOLDED_NUMBERS,
                  f"computes a constant of {elements:,} numbers, which is too large to compute here",
                  help="simplify the model first, with onnxsim for example")  # fmt: skip

    def fill_budget(self, step: Step, elements: int) -> None:
        """Raises where a few bytes of the file would become a large tensor of one number."""
        self._filled += elements
        step.need(self._filled <= MAX_ONNX_FILLED,
                  f"fills a tensor of {elements:,} numbers, which is too large to be made from one")  # fmt: skip

    # Layers ------------------------------------------------------------------------------------------------------------

    def add(
        self,
        step: Step,
        type: str,
        keys: dict[str, Literal],
        reads: list[Computed],
        weights: dict[str, Known],
        suffix: str,
    ) -> dict[str, Computed]:
        """A new layer, or an earlier one again where it has the same weights. Its outputs by port.

        Weights that the file calls buffers are read, where there is an op that does."""
        if weights and all(value.is_buffer for value in weights.values()) and (op_of := find(f"Functional{type}")):
            keys = {key: value for key, value in keys.items() if key in op_of.model_fields}
            held = [self.as_layer(value, step) for value in weights.values()]
            return self.add(step, f"Functional{type}", keys, [*reads, *held], {}, suffix)
        inputs = tuple(value.tensor for value in reads)
        try:
            op = make(type, keys)
            outputs = outputs_of(op, inputs)
        except Misfit as misfit:
            raise step.problem(misfit.message, misfit.help) from None
        layer = Layer("", type, written(op, keys), [value.ref for value in reads])
        names = {name: value.name for name, value in weights.items() if value.name}
        near = next((value.layer.path for value in reads if value.layer is not None and value.layer.reads), "")
        layer.path = self.names.of_layer(step.node, type, names, suffix, near)
        layer.use = self._earlier(layer, weights)
        _check_weights(step, op, inputs, weights)
        if layer.use is None:
            self._keep(layer, op, inputs, weights)
        self.layers.append(layer)
        step.need(len(self.layers) <= MAX_ONNX_LAYERS, f"is beyond {MAX_ONNX_LAYERS:,} layers")
        note_shapes(layer, outputs)
        alone = list(outputs) == ["output"]
        return {
            port: self.note(Computed(Ref(layer, None if alone else port), tensor)) for port, tensor in outputs.items()
        }

    def note(self, value: Computed) -> Computed:
        """Remembers what a layer or an input gives, so that a later layer may read past the one between them."""
        self.made[value.ref] = value
        return value

    def _earlier(self, layer: Layer, weights: dict[str, Known]) -> Layer | None:
        """The layer of the same group whose weights this one uses again."""
        if not any(value.name and len(value.shape) > 1 for value in weights.values()):
            return None
        group = layer.path.rpartition(".")[0]
        key = (
            group,
            layer.type,
            *map(repr, layer.keys.items()),
            *((name, value.key) for name, value in weights.items()),
        )
        found = self._shared.setdefault(key, layer)
        return found if found is not layer else None

    def _keep(self, layer: Layer, op: Op, inputs: tuple[Tensor, ...], weights: dict[str, Known]) -> None:
        """Puts the layer's weights into the state; a matrix that an earlier layer has is tied to it."""
        for name, value in weights.items():
            self.state[layer, name] = value
            if not value.name or len(value.shape) < 2 or not name:
                continue
            earlier = self._weights.setdefault(value.key, (layer, name))
            if earlier[0] is not layer:
                self.ties.append((layer, name, *earlier))
        if "num_batches_tracked" in op.buffers(inputs):
            self.state[layer, "num_batches_tracked"] = _zero()

    # Known numbers as layers -------------------------------------------------------------------------------------------

    def as_layer(self, value: Value, step: Step) -> Computed:
        """A tensor of the network. Numbers that are known become a Parameter, a Constant or a Buffer, once."""
        if isinstance(value, Computed):
            return value
        if value not in self._held:
            self._held[value] = self._fill(value, step) if isinstance(value, Filled) else self._hold(value, step)
        return self._held[value]

    def _fill(self, value: Filled, step: Step) -> Computed:
        """A number, repeated for every sample: the batch is brought to the front for that, and back."""
        step.need(0 not in value.shape, "computes with a tensor that has no numbers")
        axis = next((i for i, size in enumerate(value.shape) if has_batch(size)), None)
        sizes = [size for i, size in enumerate(value.shape) if i != axis]
        step.need(axis is not None and value.shape[axis] == N and all(isinstance(size, int) for size in sizes),
                  "fills a tensor whose size is only named", step.sizes_help)  # fmt: skip
        assert axis is not None
        ones = self.as_layer(Known.of(value.number.reshape((1,) * len(value.shape))), step)
        filled = step.layer("Expand", [ones], suffix="fill", shape=[int(str(size)) for size in sizes])
        order = [*range(1, axis + 1), 0, *range(axis + 1, len(value.shape))]
        return step.layer("Permute", [filled], suffix="order", dims=list(order)) if axis else filled

    def _hold(self, value: Known, step: Step) -> Computed:
        keys: dict[str, Literal]
        step.need(not value.has_symbols, "computes with a size that is only named", help=step.sizes_help)
        step.need(0 not in value.shape, "computes with a tensor that has no numbers")
        type, keys = "Buffer", {"shape": list(value.shape), "dtype": value.dtype}
        if value.is_trained and value.dtype == "float32":
            type, keys = "Parameter", {"shape": list(value.shape)}
        elif value.size <= MAX_WRITTEN:
            type, keys = "Constant", {"value": _written(value, step)}
        try:
            op = make(type, keys)
        except Misfit as misfit:
            raise step.problem(misfit.message, misfit.help) from None
        layer = Layer(self.names.of_value(value.name, type, step.node), type, keys)
        if type != "Constant":
            self.state[layer, ""] = value
        outputs = op.outputs(())
        note_shapes(layer, outputs)
        self.layers.append(layer)
        return self.note(Computed(Ref(layer), outputs["output"]))


def _zero() -> Known:
    return Known.of(np.array(0, np.int64))


def _written(value: Known, step: Step) -> Literal:
    """The numbers as a spec spells them."""

    def spelled(item: object) -> Literal:
        if isinstance(item, list):
            return [spelled(inner) for inner in item]
        if isinstance(item, float):
            step.need(abs(item) <= 3.5e38, f"computes with {item}, which is no number a spec can hold")
            return short(item)
        assert isinstance(item, (bool, int))
        return item

    return spelled(value.array.tolist())


def _check_weights(step: Step, op: Op, inputs: tuple[Tensor, ...], weights: dict[str, Known]) -> None:
    """Raises where the file's weights do not have the shapes that the layer's have."""
    wanted = dict(op.parameters(inputs))
    wanted.update((name, tensor.shape) for name, tensor in op.buffers(inputs).items() if name != "num_batches_tracked")
    if wanted.keys() != weights.keys():
        raise ImportProblem(f"gives {sorted(weights)} for the weights {sorted(wanted)}", step.place)
    for name, shape in wanted.items():
        have = weights[name].shape
        step.need(have == shape, f"has a {name} of {list(have)}, where {list(shape)} fits its input and its arguments")
