"""The walk over a Keras model's calls, from inputs to outputs. Enters: its configuration. Leaves: a `Sketch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.dims import Size, symbol
from archspec.document.names import suggest, why_no_layer_name
from archspec.importers.keras import layers
from archspec.importers.keras.calls import MAX_DEPTH, Call, Model, Tensor, is_model, model, name_of
from archspec.importers.keras.config import Config, Plain
from archspec.importers.keras.step import Network, Step, Value
from archspec.importers.sketch import InputSpec, Layer, Ref, Sketch, free_name, free_port
from archspec.importers.untangle import untangle
from archspec.ops.base import DType, N
from archspec.ops.base import Tensor as Computed

_DTYPES: dict[str, DType] = {
    "float32": "float32", "float16": "float32", "float64": "float32", "bfloat16": "float32", "int32": "int32", "int64": "int64",
    "bool": "bool",
}  # fmt: skip
_IMAGES = {"Conv1D", "DepthwiseConv1D", "SeparableConv1D", "Conv1DTranspose", "MaxPooling1D", "AveragePooling1D"}
"""Layers that read (N, L, C) as PyTorch's read (N, C, L)."""

Values = dict[Tensor, Value]


class Walk:
    """One import: from a configuration to a sketch."""

    def __init__(self, config: Config, sizes: Mapping[str, int]) -> None:
        self.config = config
        self.sizes = sizes
        version = config.values.get("keras_version", "")
        self.network = Network(is_old=isinstance(version, str) and version.startswith(("1.", "2.")))
        self.inputs: dict[str, InputSpec] = {}
        self.taken: set[str] = set()
        self.symbols: dict[tuple[str, int], str] = {}
        self.symbol_names: set[str] = set()

    def sketch(self) -> Sketch:
        """The network. Raises ImportProblem."""
        whole = model(self.config)
        values = self._calls(whole, "", [], 0)
        outputs: dict[str, Ref] = {}
        taken: set[str] = set()
        for tensor in whole.outputs:
            name = "output" if len(whole.outputs) == 1 else free_port(tensor.layer, "output", taken)
            outputs[name] = self._output(values, tensor)
        found = self.network.layers
        untangle(found, set(self.network.made.values()))
        return Sketch(suggest(whole.name, capitalize=True) or "Network", self.inputs, found, outputs)

    def _output(self, values: Values, tensor: Tensor) -> Ref:
        value = self._value(values, tensor, self.config)
        if isinstance(value.ref.source, Layer):
            return value.ref
        layer = Layer("identity", "Identity", {}, [value.ref])
        self.network.layers.append(layer)
        return Ref(layer)

    # Calls -------------------------------------------------------------------------------------------------------------

    def _calls(self, whole: Model, group: str, given: list[Value], depth: int) -> Values:
        """All values of a model. `given` are what it reads where it is a layer of another."""
        values: Values = dict(zip(whole.inputs, given, strict=False))
        for call in whole.calls:
            self._call(call, whole, group, values, bool(given), depth)
        return values

    def _call(self, call: Call, whole: Model, group: str, values: Values, is_inner: bool, depth: int) -> None:
        name = name_of(call.layer)
        own = Tensor(name, call.number, 0)
        if call.layer.text("class_name") == "InputLayer":
            if own not in values:
                call.layer.need(not is_inner, "is an input of a model within the model, and nothing is given to it")
                values[own] = self._input(call.layer, name, whole)
            return
        reads: list[Value | Plain] = [
            self._value(values, read, call.layer) if isinstance(read, Tensor) else read for read in call.reads
        ]
        if is_model(call.layer):
            given = [read for read in reads if isinstance(read, Value)]
            found: Sequence[Value] = self._inner(call, group, given, depth)
        else:
            found = layers.handle(Step(call.layer, group, reads, call.options, self.network))
        for index, value in enumerate(found):
            values[Tensor(name, call.number, index)] = value

    def _inner(self, call: Call, group: str, given: list[Value], depth: int) -> list[Value]:
        """The layers of a model within the model, in a group of its name."""
        inner = model(call.layer, depth + 1)
        call.layer.need(depth < MAX_DEPTH, f"holds models within models more than {MAX_DEPTH} deep")
        call.layer.need(
            len(inner.inputs) == len(given), f"reads {len(given)} tensors, and has {len(inner.inputs)} inputs"
        )
        name = name_of(call.layer)
        name = name if why_no_layer_name(name) is None else suggest(name) or "model"
        values = self._calls(inner, f"{group}.{name}" if group else name, given, depth + 1)
        return [self._value(values, tensor, call.layer) for tensor in inner.outputs]

    def _value(self, values: Values, tensor: Tensor, layer: Config) -> Value:
        found = values.get(tensor)
        if found is None:
            raise layer.problem(f"reads output {tensor.output} of {tensor.layer[:60]}, which it does not give")
        return found

    # Inputs ------------------------------------------------------------------------------------------------------------

    def _input(self, layer: Config, name: str, whole: Model) -> Value:
        config = layer.mapping("config")
        shape = config.values.get("batch_shape", config.values.get("batch_input_shape"))
        if not isinstance(shape, (list, tuple)) or len(shape) < 2:
            raise layer.problem("has no shape with a batch", help="a spec reads a batch; give the input a shape")
        sizes = [self._size(size, axis, name, layer) for axis, size in enumerate(shape)][1:]
        dtype = self._dtype(config.values.get("dtype", "float32"), layer)
        is_moved = len(sizes) > 2 or (len(sizes) == 2 and self._is_image(whole, name))
        is_moved = is_moved and not self._reads_first(whole)
        own = [sizes[-1], *sizes[:-1]] if is_moved else sizes
        called = self._name(name, whole)
        self.inputs[called] = InputSpec([size if isinstance(size, int) else str(size) for size in own], dtype)
        return Value(Ref(called), Computed((N, *own), dtype), is_moved)

    def _name(self, name: str, whole: Model) -> str:
        if len(whole.inputs) == 1 and not self.inputs:
            return "input"
        return free_port(name, "input", self.taken)

    def _size(self, size: Plain, axis: int, name: str, layer: Config) -> Size:
        if size is None:
            if (name, axis) not in self.symbols:
                self.symbols[name, axis] = free_name(f"{suggest(name) or 'input'}_{axis}", self.symbol_names)
            known_as = self.symbols[name, axis]
            return self.sizes.get(known_as) or symbol(known_as)
        if type(size) is not int or not 0 < size < 2**31:
            raise layer.problem(f"has {str(size)[:40]} as a size")
        return size

    def _dtype(self, value: Plain, layer: Config) -> DType:
        found = _DTYPES.get(value) if isinstance(value, str) else "float32"
        if found is None:
            raise layer.problem(f"holds numbers of the type {str(value)[:40]}, which has no place in a spec")
        return found

    def _is_image(self, whole: Model, name: str) -> bool:
        """Whether all that read a sequence read it with its channels first."""
        readers = [call.layer.text("class_name") for call in whole.calls
                   if any(isinstance(read, Tensor) and read.layer == name for read in call.reads)]  # fmt: skip
        return bool(readers) and all(kind in _IMAGES for kind in readers)

    def _reads_first(self, whole: Model) -> bool:
        """Whether the model has its channels first in Keras too."""
        formats = [call.layer.mapping("config").values.get("data_format") for call in whole.calls]
        return "channels_first" in formats
