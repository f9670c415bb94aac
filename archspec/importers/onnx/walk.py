"""The walk over a graph's nodes, from inputs to outputs. Enters: a `Model`. Leaves: a `Sketch` and its state.

Only what the outputs need is walked, so that what exporters leave lying about is neither imported nor refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto

from archspec.dims import TooComplex
from archspec.document.names import suggest
from archspec.importers.making import note_shapes
from archspec.importers.onnx import handlers
from archspec.importers.onnx.fold import fold
from archspec.importers.onnx.inputs import Input, Inputs
from archspec.importers.onnx.names import Names
from archspec.importers.onnx.network import Network
from archspec.importers.onnx.read import Model
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.tensors import known
from archspec.importers.onnx.values import Computed, Value
from archspec.importers.sketch import ImportProblem, InputSpec, Layer, Ref, Sketch, free_port
from archspec.importers.structure.untangle import untangle
from archspec.ops.base import Tensor


class Walk:
    """One import: from a model to a sketch."""

    def __init__(self, model: Model, sizes: Mapping[str, int]) -> None:
        self.model = model
        self.graph = model.graph
        self.sizes = sizes
        self.network = Network(Names(model.graph), model.folder, model.parameters)
        self.inputs: dict[str, InputSpec] = {}
        self.batch: int | None = None

    def sketch(self) -> Sketch:
        """The network. Raises ImportProblem."""
        network = self.network
        self._initializers()
        nodes = needed(self.graph)
        self._inputs(nodes)
        twice = next((name for node in nodes for name in node.output if name in network.values), None)
        if twice is not None:
            raise ImportProblem("is given twice", f"tensor {twice[:80]}", help="the file is damaged")
        network.batch = self.batch
        network.has_weights_in_nodes = not any(value.dtype == "float32" for value in network.values.values())
        network.has_unsigned = _has_unsigned(self.graph, nodes)
        network.readers = _readers(nodes, self.graph)
        network.makers = {name: node for node in nodes for name in node.output if name}
        network.constants = _constants(nodes)
        for node in nodes:
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
        """The weights of the sketch's layers, as float32, int64 or bool. What one number fills takes no room yet."""
        alive = set(map(id, sketch.layers))
        return {
            f"{layer.path}.{name}" if name else layer.path: value.array
            for (layer, name), value in self.network.state.items()
            if id(layer) in alive
        }

    # Inputs ------------------------------------------------------------------------------------------------------------

    def _initializers(self) -> None:
        for tensor in self.graph.initializer:
            self._define(tensor.name, known(tensor, self.model.folder, tensor.name, self.model.parameters))
        if self.graph.sparse_initializer:
            raise ImportProblem("the graph has sparse weights", help="export the model with dense ones")

    def _define(self, name: str, value: Value) -> None:
        if name in self.network.values:
            raise ImportProblem("is given twice", f"tensor {name[:80]}", help="the file is damaged")
        self.network.values[name] = value

    def _inputs(self, nodes: list[NodeProto]) -> None:
        """The inputs that are read, each with the batch first."""
        read = {name for node in nodes for name in inputs_of(node)} | {output.name for output in self.graph.output}
        given = [value for value in self.graph.input if value.name not in self.network.values and value.name in read]
        found = Inputs(given, nodes, self.sizes)
        for value in given:
            self._define(value.name, self._first(found.read(value), value.name))
        self.inputs, self.batch = found.specs, found.batch

    def _first(self, found: Input, name: str) -> Computed:
        """The input as the file has it: where the batch is not its first axis, the axes are put in the file's order."""
        x = self.network.note(Computed(Ref(found.name), found.tensor))
        if found.axis == 0:
            return x
        order = [*range(1, found.axis + 1), 0, *range(found.axis + 1, len(found.tensor.shape))]
        layer = Layer(self.network.names.of_value("", "Permute", None), "Permute", {"dims": list(order)}, [x.ref],
                      doc=f"the file's {_printable(name)} has the batch as axis {found.axis}")  # fmt: skip
        self.network.layers.append(layer)
        tensor = Tensor(tuple(found.tensor.shape[axis] for axis in order), found.tensor.dtype)
        note_shapes(layer, {"output": tensor})
        return self.network.note(Computed(Ref(layer), tensor))

    # Nodes -------------------------------------------------------------------------------------------------------------

    def _node(self, node: NodeProto) -> None:
        if all(name in self.network.values or name in self.network.skipped for name in node.output if name):
            return
        step = Step(node, self.model.opset, self.network)
        if step.op == "If":
            self._branch(step)
            return
        try:
            result = fold(step)
            found: list[Value | None] = list(result) if result is not None else list(handlers.handle(step))
        except TooComplex:
            raise step.problem("gives sizes that are too long to follow", help=step.sizes_help) from None
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
        for node in needed(graph):
            self._node(node)
        for name, output in zip(step.node.output, graph.output, strict=True):
            value = self.network.values.get(output.name)
            if value is None:
                raise step.problem("has a branch that does not give its outputs")
            self._define(name, value)

    def _outputs(self) -> dict[str, Ref]:
        """The network's outputs by name; what is no layer's own output becomes one."""
        found: dict[str, Ref] = {}
        taken: set[str] = set()
        for output in self.graph.output:
            value = self.network.values.get(output.name)
            place = f"output {output.name[:80]}"
            if not isinstance(value, Computed):
                raise ImportProblem("is no result of the network" if value is None else "is a constant", place,
                                    help="a spec gives what its layers compute")  # fmt: skip
            name = "output" if len(self.graph.output) == 1 else free_port(output.name, "output", taken)
            found[name] = self._own(value).ref
        return found

    def _own(self, value: Computed) -> Computed:
        """A layer's output: an input that is given on becomes one."""
        if value.layer is not None:
            return value
        layer = Layer(self.network.names.of_value("", "Identity", None), "Identity", {}, [value.ref])
        self.network.layers.append(layer)
        return Computed(Ref(layer), value.tensor)


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:60]


def needed(graph: GraphProto) -> list[NodeProto]:
    """The nodes that an output needs, in the file's order. Raises ImportProblem for a cycle."""
    makers: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for name in node.output:
            if name and makers.setdefault(name, index) != index:
                raise ImportProblem("is given twice", f"tensor {name[:80]}", help="the file is damaged")
    wanted = [output.name for output in graph.output]
    chosen: set[int] = set()
    while wanted:
        index = makers.get(wanted.pop(), -1)
        if index >= 0 and index not in chosen:
            chosen.add(index)
            wanted += inputs_of(graph.node[index])
    return [node for index, node in enumerate(graph.node) if index in chosen]


def inputs_of(node: NodeProto) -> list[str]:
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


_UNSIGNED = {TensorProto.UINT8, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64}


def _has_unsigned(graph: GraphProto, nodes: list[NodeProto]) -> bool:
    """Whether an input, a weight or a cast is of whole numbers without a sign."""
    types = {value.type.tensor_type.elem_type for value in graph.input}
    types |= {tensor.data_type for tensor in (*graph.initializer, *_constants(nodes).values())}
    casts = (node for node in nodes if node.op_type == "Cast")
    types |= {attribute.i for node in casts for attribute in node.attribute if attribute.name == "to"}
    return bool(types & _UNSIGNED)


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
        for name in inputs_of(node):
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
