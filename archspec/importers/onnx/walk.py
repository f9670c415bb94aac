"""The walk over a graph's nodes, from inputs to outputs. Enters: a `Model`. Leaves: a `Sketch` and its state.

Only what the outputs need is walked, so that what exporters leave lying about is neither imported nor refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto

from archspec.dims import Shape, Size, symbol
from archspec.document.names import suggest, why_no_input_name
from archspec.importers.onnx import handlers
from archspec.importers.onnx.fold import fold
from archspec.importers.onnx.names import Names
from archspec.importers.onnx.network import Network
from archspec.importers.onnx.read import Model
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.tensors import MAX_AXES, known
from archspec.importers.onnx.values import Computed, Value
from archspec.importers.sketch import ImportProblem, InputSpec, Layer, Ref, Sketch
from archspec.importers.untangle import untangle
from archspec.ops.base import DType, N, Tensor

MAX_SIZE = 2**31 - 1
_INPUTS: dict[int, DType] = {
    TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float32", TensorProto.FLOAT16: "float32", TensorProto.BFLOAT16: "float32",
    TensorProto.INT64: "int64", TensorProto.INT32: "int32", TensorProto.BOOL: "bool", TensorProto.UINT8: "int32",
    TensorProto.INT8: "int32", TensorProto.INT16: "int32", TensorProto.UINT16: "int32",
}  # fmt: skip


class Walk:
    """One import: from a model to a sketch."""

    def __init__(self, model: Model, sizes: Mapping[str, int]) -> None:
        self.model = model
        self.graph = model.graph
        self.sizes = sizes
        self.network = Network(Names(model.graph), model.folder)
        self.inputs: dict[str, InputSpec] = {}
        self.batch: int | None = None

    def sketch(self) -> Sketch:
        """The network. Raises ImportProblem."""
        network = self.network
        self._initializers()
        needed = _needed(self.graph)
        self._inputs({name for node in needed for name in node.input} | {output.name for output in self.graph.output})
        network.batch = self.batch
        network.has_weights_in_nodes = not any(value.dtype == "float32" for value in network.values.values())
        network.readers = _readers(needed, self.graph)
        network.constants = _constants(needed)
        for node in needed:
            self._node(node)
        if not self.inputs:
            raise ImportProblem("the network reads no input", help="a spec has at least one")
        outputs = self._outputs()
        layers = _live(network, outputs)
        untangle(layers, {layer for layer, _ in network.state})
        for layer, weight, earlier, its in network.ties:
            layer.tie[weight] = f"{earlier.path}.{its}"
        name = suggest(self.model.name, capitalize=True) or "Network"
        return Sketch(name, self.inputs, layers, outputs)

    def state(self, sketch: Sketch) -> dict[str, np.ndarray]:
        """The weights of the sketch's layers, as float32, int64 or bool."""
        alive = set(map(id, sketch.layers))
        return {
            f"{layer.path}.{name}" if name else layer.path: value.array
            for (layer, name), value in self.network.state.items()
            if id(layer) in alive
        }

    # Inputs ------------------------------------------------------------------------------------------------------------

    def _initializers(self) -> None:
        for tensor in self.graph.initializer:
            self._define(tensor.name, known(tensor, self.model.folder, tensor.name))
        if self.graph.sparse_initializer:
            raise ImportProblem("the graph has sparse weights", help="export the model with dense ones")

    def _define(self, name: str, value: Value) -> None:
        if name in self.network.values:
            raise ImportProblem("is given twice", f"tensor {name[:80]}", help="the file is damaged")
        self.network.values[name] = value

    def _inputs(self, read: set[str]) -> None:
        given = [value for value in self.graph.input if value.name not in self.network.values]
        used = [value for value in given if value.name in read]
        for value in used:
            self._input(value, "input" if len(used) == 1 else None)

    def _input(self, value: ValueInfoProto, called: str | None) -> None:
        place = f"input {value.name[:80]}"
        array = value.type.tensor_type
        dtype = _INPUTS.get(array.elem_type)
        if not value.type.HasField("tensor_type") or dtype is None:
            raise ImportProblem("is no tensor of numbers that a spec can have", place)
        if not array.HasField("shape") or not 0 < len(array.shape.dim) <= MAX_AXES:
            raise ImportProblem("has no batch axis: it is a single number, or its shape is not said", place,
                                help="a network of a spec reads a batch; export the model with this input fixed")  # fmt: skip
        dims = array.shape.dim
        for dim in dims:
            if dim.HasField("dim_value") and not -1 <= dim.dim_value <= MAX_SIZE:
                raise ImportProblem(f"has an axis of {dim.dim_value}", place)
        self._need_one_batch(max(dims[0].dim_value, 0) or None, place)
        sizes = [self._size(dim.dim_value, dim.dim_param, value.name, axis) for axis, dim in enumerate(dims)][1:]
        shape: Shape = (N, *sizes)
        name = called or self._input_name(value.name)
        self.inputs[name] = InputSpec([size if isinstance(size, int) else str(size) for size in sizes], dtype)
        self._define(value.name, self.network.note(Computed(Ref(name), Tensor(shape, dtype))))

    def _need_one_batch(self, batch: int | None, place: str) -> None:
        if not self.inputs:
            self.batch = batch
        elif batch is not None and self.batch is not None and batch != self.batch:
            raise ImportProblem(f"has {batch} on its first axis where another input has {self.batch}, so one of them has no "
                                "batch", place, help="all inputs of a spec begin with the batch")  # fmt: skip
        else:
            self.batch = self.batch or batch

    def _size(self, value: int, name: str, of: str, axis: int) -> Size:
        """A number, or a named size; a name that is none becomes one of the input and the axis. -1 is no number."""
        if value > 0:
            return value
        own = suggest(name) or ""
        known_as = own if own != "N" and why_no_input_name(own) is None else f"{suggest(of) or 'input'}_{axis}"
        number = self.sizes.get(name, self.sizes.get(known_as))
        return number if number is not None else symbol(known_as)

    def _input_name(self, name: str) -> str:
        found = name if why_no_input_name(name) is None else suggest(name) or "input"
        while found in self.inputs or why_no_input_name(found) is not None:
            found += "_"
        return found

    # Nodes -------------------------------------------------------------------------------------------------------------

    def _node(self, node: NodeProto) -> None:
        if all(name in self.network.values or name in self.network.skipped for name in node.output if name):
            return
        step = Step(node, self.model.opset, self.network)
        if step.op == "If":
            self._branch(step)
            return
        result = fold(step)
        found: list[Value | None] = list(result) if result is not None else list(handlers.handle(step))
        for index, name in enumerate(node.output):
            if not name:
                continue
            value = found[index] if index < len(found) else None
            if value is not None:
                self._define(name, value)

    def _branch(self, step: Step) -> None:
        """The nodes of the one branch of an If whose condition is known. The nesting of the file is bounded already."""
        taken = bool(step.number_of(step.known(0)))
        graph = step.graph("then_branch" if taken else "else_branch")
        step.need(len(graph.output) == len(step.node.output), "has a branch with another number of outputs")
        for tensor in graph.initializer:
            self._define(tensor.name, known(tensor, self.model.folder, tensor.name))
        for node in _needed(graph):
            self._node(node)
        for name, output in zip(step.node.output, graph.output, strict=True):
            value = self.network.values.get(output.name)
            if value is None:
                raise step.problem("has a branch that does not give its outputs")
            self._define(name, value)

    def _outputs(self) -> dict[str, Ref]:
        """The network's outputs by name; what is no layer's own output becomes one."""
        found: dict[str, Ref] = {}
        for output in self.graph.output:
            value = self.network.values.get(output.name)
            place = f"output {output.name[:80]}"
            if not isinstance(value, Computed):
                raise ImportProblem("is no result of the network" if value is None else "is a constant", place,
                                    help="a spec gives what its layers compute")  # fmt: skip
            name = "output" if len(self.graph.output) == 1 else suggest(output.name) or "output"
            while name in found or why_no_input_name(name) is not None:
                name += "_"
            found[name] = self._own(value).ref
        return found

    def _own(self, value: Computed) -> Computed:
        """A layer's output: an input that is given on becomes one."""
        if value.layer is not None:
            return value
        layer = Layer(self.network.names.of_value("", "Identity", None), "Identity", {}, [value.ref])
        self.network.layers.append(layer)
        return Computed(Ref(layer), value.tensor)


def _needed(graph: GraphProto) -> list[NodeProto]:
    """The nodes that an output needs, in the file's order. Raises ImportProblem for a cycle."""
    makers: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for name in node.output:
            if name and makers.setdefault(name, index) != index:
                raise ImportProblem("is given twice", f"tensor {name[:80]}", help="the file is damaged")
    wanted = [output.name for output in graph.output]
    needed: set[int] = set()
    while wanted:
        index = makers.get(wanted.pop(), -1)
        if index >= 0 and index not in needed:
            needed.add(index)
            wanted += _inputs_of(graph.node[index])
    return [node for index, node in enumerate(graph.node) if index in needed]


def _inputs_of(node: NodeProto) -> list[str]:
    """What a node reads; one with graphs in it reads what they read from around them, too."""
    found = list(node.input)
    todo = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    while todo:
        graph = todo.pop()
        found += [output.name for output in graph.output]
        for inner in graph.node:
            found += inner.input
            todo += [attribute.g for attribute in inner.attribute if attribute.HasField("g")]
    return found


def _constants(nodes: list[NodeProto]) -> dict[str, TensorProto]:
    """The tensors of Constant nodes."""
    return {
        node.output[0]: attribute.t
        for node in nodes
        for attribute in node.attribute
        if node.op_type == "Constant" and attribute.name == "value"
    }


def _readers(nodes: list[NodeProto], graph: GraphProto) -> dict[str, list[NodeProto | None]]:
    """Who reads each tensor; None stands for the network's own output."""
    readers: dict[str, list[NodeProto | None]] = {}
    for node in nodes:
        for name in _inputs_of(node):
            readers.setdefault(name, []).append(node)
    for output in graph.output:
        readers.setdefault(output.name, []).append(None)
    return readers


def _live(network: Network, outputs: Mapping[str, Ref]) -> list[Layer]:
    """The layers that an output needs."""
    alive = {id(ref.source) for ref in outputs.values()}
    ties = {layer: earlier for layer, _, earlier, _ in network.ties}
    for layer in reversed(network.layers):
        if id(layer) in alive:
            alive.update(id(ref.source) for ref in layer.reads)
            alive.update([id(layer.use)] if layer.use is not None else [])
            alive.update([id(ties[layer])] if layer in ties else [])
    return [layer for layer in network.layers if id(layer) in alive]
