"""The groups of a sketch, found again from its layers' paths. Enters: a `Sketch`. Leaves: the document to be written."""

from __future__ import annotations

from archspec.importers.sketch import Layer, Ref, Sketch


def document(sketch: Sketch) -> dict[str, object]:
    """The spec as plain mappings, lists and values."""
    made: dict[str, object] = {"archspec": 1, "name": sketch.name}
    if sketch.doc:
        made["doc"] = sketch.doc
    if sketch.sources:
        made["sources"] = sketch.sources
    only = next(iter(sketch.inputs.values())) if list(sketch.inputs) == ["input"] else None
    if only is not None and only.dtype == "float32":
        made["input"] = only.shape
    else:
        made["inputs"] = {name: _input(sketch, name) for name in sketch.inputs}
    previous: Layer | str = next(iter(sketch.inputs), "")
    layers: dict[str, object] = {}
    for layer in sketch.layers:
        layers[layer.path.replace(".", "_")] = _layer(layer, previous)
        previous = layer
    made["layers"] = layers
    last = Ref(previous)
    if list(sketch.outputs.items()) != [("output", last)]:
        made["outputs"] = {name: _name(ref) for name, ref in sketch.outputs.items()}
    return made


def _input(sketch: Sketch, name: str) -> dict[str, object]:
    spec = sketch.inputs[name]
    return {"shape": spec.shape, **({"dtype": spec.dtype} if spec.dtype != "float32" else {})}


def _layer(layer: Layer, previous: Layer | str) -> object:
    entry: dict[str, object] = {"type": layer.type}
    if layer.reads and [*layer.reads] != [Ref(previous)]:
        names = [_name(ref) for ref in layer.reads]
        entry["from"] = names[0] if len(names) == 1 else names
    entry.update(layer.keys)
    return layer.type if list(entry) == ["type"] else entry


def _name(ref: Ref) -> str:
    name = ref.source if isinstance(ref.source, str) else ref.source.path.replace(".", "_")
    return f"{name}.{ref.port}" if ref.port is not None else name
