"""The walk over a Keras model's calls, from inputs to outputs. Enters: its configuration. Leaves: a `Sketch`."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.dims import Size, symbol
from archspec.document.names import suggest
from archspec.importers.keras import layers
from archspec.importers.keras.calls import Call, Model, Tensor, is_model, model, name_of
from archspec.importers.keras.config import Config, Plain, shown, shown_name
from archspec.importers.keras.step import Network, Place, Step, Value, dtype_of
from archspec.importers.sketch import InputSpec, Layer, Ref, Sketch, free_name, free_port
from archspec.importers.structure.untangle import untangle
from archspec.limits import MAX_KERAS_AXES, MAX_KERAS_DEPTH
from archspec.ops.base import DType, N
from archspec.ops.base import Tensor as Computed
from archspec.words import counted

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
        version = config.value("keras_version", "")
        self.network = Network(is_old=isinstance(version, str) and version.startswith(("1.", "2.")))
        self.inputs: dict[str, InputSpec] = {}
        self.taken: set[str] = set()
        self.symbols: dict[tuple[str, int], str] = {}
        self.symbol_names: set[str] = set()

    def sketch(self) -> Sketch:
        """The network. Raises ImportProblem."""
        whole = model(self.config)
        self.network.is_frozen = whole.is_frozen
        values = self._calls(whole, Place(), [], 0)
        outputs: dict[str, Ref] = {}
        taken: set[str] = set()
        for tensor in whole.outputs:
            name = "output" if len(whole.outputs) == 1 else free_port(tensor.layer, "output", taken)
            outputs[name] = self._output(values, tensor)
        found = self.network.layers
        untangle(found, set(self.network.made.values()))
        return Sketch(suggest(whole.name, capitalize=True) or "Network", self.inputs, found, outputs, self.network.doc)

    def _output(self, values: Values, tensor: Tensor) -> Ref:
        value = self._value(values, tensor, self.config)
        if isinstance(value.ref.source, Layer):
            return value.ref
        layer = Layer("identity", "Identity", {}, [value.ref])
        self.network.layers.append(layer)
        return Ref(layer)

    # Calls -------------------------------------------------------------------------------------------------------------

    def _calls(self, whole: Model, place: Place, given: list[Value], depth: int) -> Values:
        """All values of a model. `given` are what it reads where it is a layer of another."""
        values: Values = dict(zip(whole.inputs, given, strict=False))
        for call in whole.calls:
            self._call(call, whole, place, values, depth)
        return values

    def _call(self, call: Call, whole: Model, place: Place, values: Values, depth: int) -> None:
        name = name_of(call.layer)
        if call.layer.text("class_name") == "InputLayer":
            self._input(call.layer, Tensor(name, call.number, 0), whole, values, depth > 0)
            return
        reads: list[Value | Plain] = [self._read(values, read, call.layer) for read in call.reads]
        options = {key: self._read(values, value, call.layer) for key, value in call.options.items()}
        step = Step(call.layer, place, reads, options, self.network)
        found = self._inner(step, depth) if is_model(call.layer) else layers.handle(step)
        for index, value in enumerate(found):
            values[Tensor(name, call.number, index)] = value

    def _inner(self, step: Step, depth: int) -> list[Value]:
        """The layers of a model within the model, in a group of its name."""
        inner = model(step.layer, depth + 1)
        step.need(depth < MAX_KERAS_DEPTH, f"holds models within models more than {MAX_KERAS_DEPTH} deep")
        step.need(
            len(inner.inputs) == len(step.reads),
            f"reads {counted(len(step.reads), 'tensor')}, and has {counted(len(inner.inputs), 'input')}",
        )
        step.options.need_all_read("is called with {value} as its {key}, which no layer of a spec has")
        values = self._calls(inner, step.within(), step.reads, depth + 1)
        return [self._value(values, tensor, step.layer) for tensor in inner.outputs]

    def _read(self, values: Values, read: Plain, layer: Config) -> Plain:
        """What an argument stands for, with values for the tensors in it."""
        if isinstance(read, list):
            return [self._read(values, item, layer) for item in read]
        return self._value(values, read, layer) if isinstance(read, Tensor) else read

    def _value(self, values: Values, tensor: Tensor, layer: Config) -> Value:
        found = values.get(tensor)
        if found is None:
            raise layer.problem(f"reads output {tensor.output} of {shown_name(tensor.layer)}, which it does not give")
        return found

    # Inputs ------------------------------------------------------------------------------------------------------------

    def _input(self, layer: Config, own: Tensor, whole: Model, values: Values, is_inner: bool) -> None:
        """An input: of the network, or of a model within it, to which its value is given."""
        config = layer.mapping("config")
        config.without_effect("name", "trainable", "type_spec")  # it has no weights
        for key in ("sparse", "ragged", "optional"):
            config.refuse(key, (False, None), "and a spec's inputs are whole tensors")
        shape = config.value("batch_shape", config.value("batch_input_shape"))
        dtype = self._dtype(dtype_of(config), layer, own.layer)
        config.need_all_read()
        if own in values:
            return
        layer.need(not is_inner, "is an input of a model within the model, and nothing is given to it")
        if not isinstance(shape, (list, tuple)) or not shape:
            raise layer.problem("has no shape with a batch", help="a spec reads a batch; give the input a shape")
        layer.need(len(shape) <= MAX_KERAS_AXES, f"has {len(shape)} axes, and {MAX_KERAS_AXES} are the most")
        sizes = [self._size(size, axis, own.layer, layer) for axis, size in enumerate(shape)][1:]
        is_moved = len(sizes) > 2 or (len(sizes) == 2 and self._is_image(whole, own.layer))
        is_moved = is_moved and not self._reads_first(whole)
        sizes = [sizes[-1], *sizes[:-1]] if is_moved else sizes
        if dtype == "float32" and _only_looks_up(whole, own):
            dtype = "int64"
        called = self._name(own.layer, whole)
        self.inputs[called] = InputSpec([size if isinstance(size, int) else str(size) for size in sizes], dtype)
        values[own] = Value(Ref(called), Computed((N, *sizes), dtype), is_moved)

    def _name(self, name: str, whole: Model) -> str:
        if len(whole.inputs) == 1 and not self.inputs:
            return "input"
        return free_port(name, "input", self.taken)

    def _size(self, size: Plain, axis: int, name: str, layer: Config) -> Size:
        if size is None and axis == 0:
            return N
        if size is None:
            if (name, axis) not in self.symbols:
                self.symbols[name, axis] = free_name(f"{suggest(name) or 'input'}_{axis}", self.symbol_names)
            known_as = self.symbols[name, axis]
            return self.sizes.get(known_as) or symbol(known_as)
        if type(size) is not int or not 0 < size < 2**31:
            raise layer.problem(f"has {shown(size)} as a size")
        return size

    def _dtype(self, value: Plain, layer: Config, name: str) -> DType:
        found = _DTYPES.get(value) if isinstance(value, str) else None
        if found is None:
            raise layer.problem(f"holds numbers of the type {shown(value)}, which has no place in a spec")
        if found == "float32" and value != found:
            self.network.remark(f"these compute in {value}, here in float32", suggest(name) or "input")
        return found

    def _is_image(self, whole: Model, name: str) -> bool:
        """Whether all that read a sequence read it with its channels first."""
        readers = [call.layer.text("class_name") for call in whole.calls
                   if any(isinstance(read, Tensor) and read.layer == name for read in call.reads)]  # fmt: skip
        return bool(readers) and all(kind in _IMAGES for kind in readers)

    def _reads_first(self, whole: Model) -> bool:
        """Whether the model has its channels first in Keras too."""
        formats = [call.layer.mapping("config").value("data_format") for call in whole.calls]
        return "channels_first" in formats


def _only_looks_up(whole: Model, tensor: Tensor) -> bool:
    """Whether all that read a tensor are embeddings, which make whole numbers of any."""
    readers = [call for call in whole.calls if tensor in call.reads]
    return bool(readers) and all(_looks_up(call, tensor) for call in readers)


def _looks_up(call: Call, tensor: Tensor) -> bool:
    if not is_model(call.layer):
        return call.layer.text("class_name") == "Embedding"
    inner = model(call.layer, 1)
    index = call.reads.index(tensor)
    return index < len(inner.inputs) and _only_looks_up(inner, inner.inputs[index])
