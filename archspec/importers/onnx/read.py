"""An ONNX file as a checked message. Enters: a path. Leaves: a `Model`, or an ImportProblem.

What is checked here holds for the whole file: its size, its parts, its versions, how many nodes it has. What a tensor or a
node says is checked where it is read.
"""

from __future__ import annotations

import json
import os
import stat
from typing import NamedTuple

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import GraphProto, ModelProto, defs

from archspec.backends.onnx import PARAMETERS
from archspec.importers.onnx.wire import count
from archspec.importers.sketch import ImportProblem
from archspec.limits import MAX_ONNX_BYTES, MAX_ONNX_NODES

OLDEST_OPSET = 7


class Model(NamedTuple):
    """A file's graph, the version of its operators, its name, and the folder in which its other files may stand.

    `parameters` are the weights that are parameters, where the file says so."""

    graph: GraphProto
    opset: int
    name: str
    folder: str
    parameters: frozenset[str] | None = None


def read(path: str) -> Model:
    """The model in a file. Raises ImportProblem, OSError."""
    data = _bytes(path)
    count(data)
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise ImportProblem("the file is no ONNX model: its bytes do not continue as one",
                            help="download or export it again") from None  # fmt: skip
    graph = model.graph
    _need_text(graph)
    if not graph.node or not graph.output:
        raise ImportProblem("the file has no network: its graph has no nodes or no outputs")
    if len(graph.node) > MAX_ONNX_NODES:
        raise ImportProblem(f"the graph has {len(graph.node):,} nodes, more than {MAX_ONNX_NODES:,}")
    if model.functions:
        raise ImportProblem(f"the model defines functions of its own ({model.functions[0].name[:80]})",
                            help="inline them first: onnx.inliner.inline_local_functions")  # fmt: skip
    stem = os.path.splitext(os.path.basename(path))[0]
    return Model(graph, _opset(model), stem, os.path.dirname(os.path.abspath(path)), _parameters(model))


def _parameters(model: ModelProto) -> frozenset[str] | None:
    """What the file says of itself; None where that is no list of names."""
    said = next((entry.value for entry in model.metadata_props if entry.key == PARAMETERS), "")
    try:
        names = json.loads(said) if said else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return frozenset(names)


def _need_text(graph: GraphProto) -> None:
    """Raises where a name is no text: the parser gives bytes for what is not UTF-8."""
    names: list[object] = []
    todo = [graph]
    while todo:
        inner = todo.pop()
        values = [*inner.input, *inner.output]
        names += [entry.name for entry in [*inner.initializer, *values]]
        names += [dim.dim_param for value in values for dim in value.type.tensor_type.shape.dim]
        names += [
            text for tensor in inner.initializer for entry in tensor.external_data for text in (entry.key, entry.value)
        ]
        for node in inner.node:
            names += [node.name, node.op_type, node.domain, *node.input, *node.output]
            names += [text for attribute in node.attribute for text in (attribute.name, attribute.ref_attr_name)]
            todo += [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    if not all(isinstance(name, str) for name in names):
        raise ImportProblem("the file has a name that is not UTF-8", help="it is damaged; export the model again")


def _opset(model: ModelProto) -> int:
    found = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    opset = int(found[0]) if found else 1
    if opset < OLDEST_OPSET:
        raise ImportProblem(f"the model uses operators of version {opset}, older than {OLDEST_OPSET}",
                            help="convert it first: onnx.version_converter.convert_version(model, 17)")  # fmt: skip
    newest = defs.onnx_opset_version()
    if opset > newest:
        raise ImportProblem(f"the model uses operators of version {opset}, and the installed onnx knows them up to {newest}",
                            help="install a newer onnx")  # fmt: skip
    return opset


def _bytes(path: str) -> bytes:
    """The file's bytes. Devices and pipes are not opened."""
    state = os.stat(path)
    if not stat.S_ISREG(state.st_mode):
        raise ImportProblem("the model is not a regular file")
    if state.st_size > MAX_ONNX_BYTES:
        raise ImportProblem(f"the file has {state.st_size:,} bytes, more than an ONNX file can have",
                            help="keep the weights in a file beside it")  # fmt: skip
    with open(path, "rb") as file:
        return file.read(state.st_size)
