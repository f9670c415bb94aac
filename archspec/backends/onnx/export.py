"""One module as ONNX. Enters: the module, example inputs, and what inputs and outputs are called. Leaves: bytes.

PyTorch's exporter writes where it ran (stack traces, paths) beside every node; that is taken out, so that the same network gives
the same bytes on every machine.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.dims import BATCH, Size, symbol, symbols
from archspec.facts.model import Facts
from archspec.limits import MAX_EXPORTED_BYTES
from archspec.words import listed

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto
    from torch import Tensor, nn

PARAMETERS = "archspec.parameters"
"""The key of the file's metadata under which the names of its parameters stand, as a list in JSON."""


class CannotExport(Exception):
    """There is no ONNX file of this network; the message says why."""


class Names(NamedTuple):
    """What a network's inputs and outputs are called."""

    inputs: list[str]
    outputs: list[str]

    @classmethod
    def of(cls, facts: Facts) -> Names:
        """As the spec calls them; outputs that there are in training only are left out."""
        nodes = facts.graph.nodes
        outputs = [name for name, ref in facts.graph.outputs.items() if ref is None or not nodes[ref.node].train_only]
        return cls([node.path for node in facts.graph.inputs], outputs)


def check_size(facts: Facts) -> None:
    """Raises CannotExport where the weights are more than one file holds; nothing has to be built to know that."""
    size = facts.totals.param_bytes
    if isinstance(size, int) and size >= MAX_EXPORTED_BYTES:
        raise CannotExport(f"its weights take {size:,} bytes, and one ONNX file holds {MAX_EXPORTED_BYTES:,} at most")


def free_axes(facts: Facts) -> list[dict[int, str]]:
    """Which axes of each input are free, by the name that their size has. Raises CannotExport for a size that is computed of
    a name."""
    return [{axis: _name(node.path, size) for axis, size in enumerate(tensor.shape) if not isinstance(size, int)}
            for node in facts.graph.inputs for tensor in (facts.of(node).outputs or {}).values()]  # fmt: skip


def _name(path: str, size: Size) -> str:
    found = next((name for name in symbols(size) if size == symbol(name)), None)
    if found is None:
        name = min(symbols(size))
        raise CannotExport(f"the input {path} has the size {size}, and an axis of a file is a number or a name alone; give "
                           f"{name} a number: --set {name}=…")  # fmt: skip
    return found


def export(
    model: nn.Module,
    inputs: Sequence[Tensor],
    names: Names,
    producer: str,
    opset: int | None = None,
    free: Sequence[Mapping[int, str]] | None = None,
) -> bytes:
    """The file's bytes. Raises CannotExport.

    `inputs` are examples in a batch of two or more; `free` are the axes of each that take any size, by their names: left out, its
    first alone; `producer` is what the file says of its origin; `opset` is PyTorch's choice where it is None.
    """
    exported = _export(model, inputs, names, opset, free or [{0: BATCH} for _ in inputs])
    _clean(exported, producer)
    _note_parameters(exported, model)
    try:
        data: bytes = exported.SerializeToString()
    except ValueError as error:
        raise CannotExport(f"it cannot be written: {error}") from None
    return data


def merged(data: bytes, model: nn.Module) -> dict[str, str]:
    """The parameters that the file has under another one's name, whose numbers are the same now: PyTorch's exporter writes equal
    small tensors once, and has no option to keep them apart."""
    import onnx

    there = {tensor.name for tensor in onnx.load_from_string(data).graph.initializer}
    named = {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}
    kept = {(one.shape, one.tobytes()): name for name, one in named.items() if name in there}
    absent = ((name, kept.get((one.shape, one.tobytes()))) for name, one in named.items() if name not in there)
    return {name: other for name, other in absent if other is not None}


def _export(
    model: nn.Module, inputs: Sequence[Tensor], names: Names, opset: int | None, free: Sequence[Mapping[int, str]]
) -> ModelProto:
    import torch

    found = dict.fromkeys(name for axes in free for name in axes.values())
    dims = {name: torch.export.Dim(name) for name in found}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                model.eval(),
                tuple(inputs),
                dynamo=True,
                dynamic_shapes=tuple({axis: dims[name] for axis, name in axes.items()} for axes in free),
                input_names=names.inputs,
                output_names=names.outputs,
                opset_version=opset,
                verbose=False,
            )
        except Exception as error:  # torch raises many kinds
            taken = _taken(model)
            why = f"its exporter has something of its own called {listed(taken)}; rename that" if taken else _why(error)
            raise CannotExport(f"PyTorch cannot export it: {why}") from None
    assert program is not None, "the dynamo exporter answers a program"
    return program.model_proto


def _taken(model: nn.Module) -> list[str]:
    """The layers and groups that have a name which the exporter's own modules need, such as `meta`."""
    from torch import fx, nn

    own = set(dir(fx.GraphModule(nn.Module(), fx.Graph()))) - set(dir(nn.Module()))
    return [name for name, _ in model.named_children() if name in own]


def _why(error: BaseException) -> str:
    """The first line of what lies beneath."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200] if lines else ''}"


def _clean(model: ModelProto, producer: str) -> None:
    """Takes out what depends on the machine, and says who wrote the file."""
    model.producer_name, _, model.producer_version = producer.partition(" ")
    model.doc_string = f"Generated by {producer}"
    _forget(model)
    _clean_graph(model.graph)
    for function in model.functions:
        _forget(function, *function.node, *function.value_info)


def _note_parameters(exported: ModelProto, model: nn.Module) -> None:
    """Lists which weights are parameters, where the file has all of them: ONNX does not tell them from buffers."""
    names = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    there = {tensor.name for tensor in exported.graph.initializer}
    # Equal weights are written once, and the others are Identities of that one.
    there |= {node.output[0] for node in exported.graph.node if node.op_type == "Identity"}
    missing = [parameter for name, parameter in model.named_parameters() if name not in there]
    arranged = [_arranged(exported.graph, parameter, names) for parameter in missing]
    if all(arranged):
        entry = exported.metadata_props.add()
        entry.key, entry.value = PARAMETERS, json.dumps(sorted((names & there).union(*arranged)))


def _arranged(graph: GraphProto, parameter: nn.Parameter, names: set[str]) -> set[str]:
    """The weights that have a parameter's numbers in another order: the exporter arranges some anew, and names them so."""
    import numpy as np
    from onnx import numpy_helper

    wanted = np.sort(parameter.detach().numpy(), axis=None)
    alike = [one for one in graph.initializer if one.name not in names and math.prod(one.dims) == wanted.size]
    return {one.name for one in alike if np.array_equal(np.sort(numpy_helper.to_array(one), axis=None), wanted)}


def _clean_graph(graph: GraphProto) -> None:
    _forget(graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for node in graph.node:
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                _clean_graph(inner)


def _forget(*parts: Any) -> None:
    for part in parts:
        del part.metadata_props[:]


# Checking ----------------------------------------------------------------------------------------------------------


def difference(data: bytes, model: nn.Module, batches: Iterable[Sequence[Tensor]], names: Names) -> float:
    """How far the outputs of the file, as onnxruntime computes them, are from the module's: the greatest difference, relative
    to the greatest output. Raises CannotExport where the file does not run, or its outputs are others."""
    import onnx
    import onnxruntime

    try:
        onnx.checker.check_model(data)
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        return max(_difference(session, model, inputs, names) for inputs in batches)
    except CannotExport:
        raise
    except Exception as error:  # both packages raise their own kinds
        raise CannotExport(f"the file does not run: {_why(error)}") from None


def _difference(session: Any, model: nn.Module, inputs: Sequence[Tensor], names: Names) -> float:
    import torch

    with torch.no_grad():
        answer = model.eval()(*(tensor.clone() for tensor in inputs))
    wanted = list(answer) if isinstance(answer, tuple) else [answer]
    got = session.run(names.outputs, {name: tensor.numpy() for name, tensor in zip(names.inputs, inputs, strict=True)})
    found = 0.0
    for name, ours, theirs in zip(names.outputs, map(torch.from_numpy, got), wanted, strict=True):
        if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
            raise CannotExport(f"the file's output {name} is {_shown(ours)}, the module's {_shown(theirs)}")
        wide = theirs.double()
        found = max(found, float((ours.double() - wide).abs().max() / wide.abs().max().clamp(min=1e-30)))
    return found


def _shown(tensor: Tensor) -> str:
    return f"{' × '.join(map(str, tensor.shape))} {str(tensor.dtype).removeprefix('torch.')}"
