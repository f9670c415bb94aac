"""`Network`, the spec while it grows: layers, their weights, and what every name of the graph stands for.

Enters: layers, one by one, from handlers. Leaves: the Sketch's layers and the state. Each layer's op is made at once, and its
own shape rule says what it gives; so a shape here is the one that the spec will have, with the batch and named sizes in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from archspec.dims import TooComplex
from archspec.document.validate import construct
from archspec.importers.onnx import fold
from archspec.importers.onnx.batch import has_batch
from archspec.importers.onnx.names import Names
from archspec.importers.onnx.values import Computed, Filled, Known, Value, short
from archspec.importers.sketch import ImportProblem, Layer, Literal, Ref
from archspec.ops import registry
from archspec.ops.base import N, Op, Problem, Tensor, assumptions

if TYPE_CHECKING:
    from onnx import NodeProto

    from archspec.importers.onnx.step import Step

MAX_LAYERS = 150_000
MAX_WRITTEN = 64
"""How many numbers of a constant stand in the spec itself; more are kept with the weights."""


class Network:
    """Layers in their order, and the values by name."""

    def __init__(self, names: Names, folder: str) -> None:
        self.names = names
        self.folder = folder
        self.has_weights_in_nodes = False
        """Whether the file keeps its weights in Constant nodes, and none as initializers (Paddle does)."""
        self.batch: int | None = None
        """What the file has in place of the batch: a number, or None where it is free there too."""
        self.readers: dict[str, list[NodeProto | None]] = {}
        """Who reads each tensor of the graph; None stands for the network's own output."""
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
        self._folded = 0

    def fold_budget(self, step: Step, elements: int) -> None:
        """Raises where the arithmetic of constants becomes too large."""
        self._folded += elements
        step.need(elements <= fold.MAX_ELEMENTS and self._folded <= fold.MAX_ELEMENTS_IN_ALL,
                  f"computes a constant of {elements:,} numbers, which is too large to compute here",
                  help="simplify the model first, with onnxsim for example")  # fmt: skip

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
        """A new layer, or an earlier one again where it has the same weights. Its outputs by port."""
        op = _op(step, type, keys)
        inputs = tuple(value.tensor for value in reads)
        outputs = _outputs(step, op, inputs)
        kept = {name: keys[name] for name in _fields(op) if name in keys and not _is_default(op, name)}
        layer = Layer("", type, kept, [value.ref for value in reads])
        names = {name: value.name for name, value in weights.items() if value.name}
        near = next((value.layer.path for value in reads if value.layer is not None and value.layer.reads), "")
        layer.path = self.names.of_layer(step.node, type, names, suffix, near)
        layer.use = self._earlier(layer, weights)
        _check_weights(step, op, inputs, weights)
        if layer.use is None:
            self._keep(layer, op, inputs, weights)
        self.layers.append(layer)
        step.need(len(self.layers) <= MAX_LAYERS, f"is beyond {MAX_LAYERS:,} layers")
        self._describe(layer, outputs)
        alone = list(outputs) == ["output"]
        return {
            port: self.note(Computed(Ref(layer, None if alone else port), tensor)) for port, tensor in outputs.items()
        }

    def _describe(self, layer: Layer, outputs: Mapping[str, Tensor]) -> None:
        """Notes the shapes of the layer's outputs."""
        for port, tensor in outputs.items():
            shape = [size if isinstance(size, int) else str(size) for size in tensor.shape]
            layer.shapes[None if list(outputs) == ["output"] else port] = list(shape)

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
        op = _op(step, type, keys)
        layer = Layer(self.names.of_value(value.name, type, step.node), type, keys)
        if type != "Constant":
            self.state[layer, ""] = value
        outputs = op.outputs(())
        self._describe(layer, outputs)
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


def _op(step: Step, type: str, keys: dict[str, Literal]) -> Op:
    """The op of a layer, its arguments checked."""
    found = registry.find(type)
    if found is None:
        raise step.problem(f"would be a {type}, which is no op of a spec")
    op = construct(found, {name: _tuples(value) for name, value in keys.items()})
    if op is None:
        shown = ", ".join(f"{name}: {value}" for name, value in keys.items())[:200]
        raise step.problem(f"has arguments that {type} does not take ({shown})")
    try:
        op.check()
        op.check_axes()
    except Problem as problem:
        raise step.problem(f"does not fit as {type}, which {problem.message}") from None
    return op


def _outputs(step: Step, op: Op, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    token = assumptions.set([])
    try:
        op.resolve(inputs)
        return op.outputs(inputs)
    except Problem as problem:
        raise step.problem(f"does not fit as {type(op).__name__}, which {problem.message}", problem.help) from None
    except TooComplex:
        raise step.problem("gives sizes that are too long to follow", step.sizes_help) from None
    finally:
        assumptions.reset(token)


def _check_weights(step: Step, op: Op, inputs: tuple[Tensor, ...], weights: dict[str, Known]) -> None:
    """Raises where the file's weights do not have the shapes that the layer's have."""
    wanted = dict(op.parameters(inputs))
    wanted.update((name, tensor.shape) for name, tensor in op.buffers(inputs).items() if name != "num_batches_tracked")
    if wanted.keys() != weights.keys():
        raise ImportProblem(f"gives {sorted(weights)} for the weights {sorted(wanted)}", step.place)
    for name, shape in wanted.items():
        have = weights[name].shape
        step.need(have == shape, f"has a {name} of {list(have)}, where {list(shape)} fits its input and its arguments")


def _is_default(op: Op, name: str) -> bool:
    info = type(op).model_fields[name]
    value = getattr(op, name)
    both_bool = isinstance(value, bool) == isinstance(info.default, bool)
    return not info.is_required() and both_bool and bool(value == info.default)


def _fields(op: Op) -> list[str]:
    return list(type(op).model_fields)


def _tuples(value: Literal) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
