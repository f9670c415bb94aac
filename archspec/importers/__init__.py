"""Existing models as specs: from PyTorch, ONNX and Keras. Each importer makes a `Sketch`; what follows is shared.

    model ──> importer ──> Sketch (flat) ──> scopes (groups) ──> blocks, repeats ──> text (YAML)

The only place that imports those frameworks, and only when it is used.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec.importers.sketch import ImportProblem, Layer, Sketch

if TYPE_CHECKING:
    from archspec.checking import Result
    from archspec.facts.model import Facts
    from archspec.graph import Node

PATH = "imported.yaml"
_FOLDERS = re.compile(r"(?<=\s)/(?=\S)[^:\n]*/(?=[^/:\n]+:\d)")
"""Of a place in a file, `/home/someone/models.py:12`, what lies before its name."""


class Imported(NamedTuple):
    """A spec, as text and as it was checked, the sketch with the paths that its layers have there, and the text's values."""

    text: str
    sketch: Sketch
    spec: Result
    document: dict[str, object]


def write(sketch: Sketch) -> Imported:
    """The sketch as a spec that a person would like to read, and that says the same.

    How groups became blocks is a guess at what the author had in mind, so it is checked: every layer is there, with the
    shapes that it was recorded with. Where that fails, the next simpler structure is taken. Raises `ImportProblem` where
    even the plain one does not hold.
    """
    from archspec.checking import check
    from archspec.document.writer import to_yaml
    from archspec.importers.document import Structure, document

    problem = ""
    for structure in (Structure.VARIANTS, Structure.BLOCKS, Structure.GROUPS):
        tried = copy.deepcopy(sketch)
        made = document(tried, structure)
        text = to_yaml(made)
        spec = check(PATH, text.encode())
        found = _difference(spec, tried)
        if found is None:
            return Imported(text, tried, spec, made)
        problem = found
    raise ImportProblem(f"the spec would not say the same as the model: {problem}")


def documented(imported: Imported, lines: Sequence[str]) -> Imported:
    """The same with more lines in the spec's `doc`: what an import says of a model, a reader of the file is to know too. Files
    are called by their names there, wherever they lie."""
    if not lines:
        return imported
    from archspec.checking import check
    from archspec.document.writer import to_yaml

    sketch = copy.copy(imported.sketch)
    own = [sketch.doc] if sketch.doc else []
    sketch.doc = "\n\n".join([*own, *(_FOLDERS.sub("", line) for line in lines)])  # a paragraph each
    first = {key: imported.document[key] for key in ("archspec", "name")}
    made = {**first, "doc": sketch.doc, **{key: value for key, value in imported.document.items() if key != "doc"}}
    text = to_yaml(made)
    return Imported(text, sketch, check(PATH, text.encode()), made)


def spec_text(sketch: Sketch) -> str:
    """The sketch as a spec."""
    return write(sketch).text


def _difference(spec: Result, sketch: Sketch) -> str | None:
    """What the spec says otherwise than the sketch; None where nothing."""
    from archspec.diagnostics.text import escape

    errors = [diagnostic for diagnostic in spec.diagnostics if diagnostic.severity == "error"]
    if errors or spec.facts is None:
        return f"{errors[0].code}: {escape(errors[0].message)}" if errors else "no facts"
    shapes = dict(_shapes(spec.facts))
    types = {node.path: node.type for node in spec.facts.graph.layers}
    own = [node for node in spec.facts.graph.layers if node.shares is None]
    frozen = {node.path: _frozen(node) for node in own}
    starts = {node.path: _begun(node) for node in own}
    for layer in sketch.layers:
        freeze = layer.keys.get("freeze", False)
        if layer.use is None and (freeze or layer.trains) and frozen.get(layer.path, False) != freeze:
            return f"{layer.path} would freeze other parameters than it did"
        if layer.use is None and starts.get(layer.path, {}) != _starts(layer, sketch):
            return f"{layer.path} would start otherwise than it did"
        if types.get(layer.path) != layer.type and {types.get(layer.path), layer.type} != {"Reshape", "View"}:
            return f"{layer.path} is {types.get(layer.path, 'missing')}, but was {layer.type}"
        for port, shape in layer.shapes.items():
            said = shapes.get(layer.path, {}).get(port or "output")
            if said != _plain(shape):
                return f"{layer.path} gives {said}, but gave {_plain(shape)}"
    return None


def _begun(node: Node) -> dict[str, tuple[str, dict[str, Any]]]:
    """The initializers of a layer, as they are written."""
    from archspec.graph import shown_parameter

    return {shown_parameter(init.parameter): (init.scheme, dict(init.arguments)) for init in node.inits}


def _frozen(node: Node) -> Any:
    """What the layer's `freeze` says, as it is written."""
    from archspec.graph import shown_parameter

    return node.frozen or [shown_parameter(frozen.parameter) for frozen in node.frozen_parameters] or False


def _starts(layer: Layer, sketch: Sketch) -> dict[str, tuple[str, dict[str, Any]]]:
    """The initializers of the layer and of its type, as the graph has them."""
    own = layer.keys.get("init")
    given = {**sketch.init.get(layer.type, {}), **(own if isinstance(own, dict) else {})}
    return {name: _start(value) for name, value in given.items()}


def _start(value: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(value, dict):
        ((scheme, arguments),) = value.items()
        return scheme, arguments
    return (value, {}) if isinstance(value, str) else ("constant", {"val": value})


def _shapes(facts: Facts) -> Any:
    """The output shapes of every layer, by path and port."""
    for node in facts.graph.layers:
        outputs = facts.of(node).outputs or {}
        yield node.path, {port: _plain(tensor.shape) for port, tensor in outputs.items()}


def _plain(shape: Any) -> list[str]:
    return [str(size).replace(" ", "").replace("*N", "N") for size in shape]
