"""The document of a sketch, as plain mappings, lists and values. Enters: a `Sketch`. Leaves: what `text.py` writes."""

from __future__ import annotations

from enum import Enum

from archspec.importers.sketch import Sketch
from archspec.importers.structure.arguments import Expression
from archspec.importers.structure.blocks import Block, find_blocks
from archspec.importers.structure.following import follow
from archspec.importers.structure.freezing import freeze_groups
from archspec.importers.structure.repeats import fold_group, fold_list
from archspec.importers.structure.scopes import Entry, entries
from archspec.importers.structure.tidy import tidy
from archspec.importers.structure.unread import drop_unread
from archspec.importers.structure.variants import is_numbered
from archspec.ops import registry


class Structure(Enum):
    """How much of the structure is found again."""

    VARIANTS = "groups that are alike but for some layers are one block"
    BLOCKS = "groups that are alike are one block"
    GROUPS = "every group stands where it is used"


def document(sketch: Sketch, structure: Structure = Structure.VARIANTS) -> dict[str, object]:
    """The spec of the sketch, whose layers get the paths that they have in it."""
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
    tidy(sketch)
    network, sketch.origins = entries(sketch)
    freeze_groups(network)
    layers = network.layers or []
    has_variants = structure is Structure.VARIANTS
    blocks = find_blocks(layers, {sketch.name}, has_variants) if structure is not Structure.GROUPS else []
    for scope in (network, *(block.body for block in blocks)):
        follow(scope)
    drop_unread(blocks, network)
    if network.outputs:
        made["outputs"] = network.outputs
    if sketch.init:
        made["init"] = sketch.init
    if blocks:
        made["blocks"] = {block.name: _block(block) for block in blocks}
    made["layers"] = written(layers, list(sketch.inputs))
    return made


def _input(sketch: Sketch, name: str) -> dict[str, object]:
    spec = sketch.inputs[name]
    return {"shape": spec.shape, **({"dtype": spec.dtype} if spec.dtype != "float32" else {})}


def _block(block: Block) -> dict[str, object]:
    made: dict[str, object] = {}
    if block.args:
        made["args"] = block.args
    body = block.body
    if body.inputs != ["input"] and body.inputs:
        made["inputs"] = body.inputs
    if block.lets:
        made["let"] = block.lets
    assert body.layers is not None
    made["layers"] = written(body.layers, body.inputs)
    if body.outputs:
        made["outputs"] = body.outputs
    return made


def written(layers: list[Entry], inputs: list[str]) -> dict[str, object] | list[object]:
    """The entries as `layers` holds them: a list where they are a numbered chain."""
    if not is_numbered(layers):  # in a list a repeat continues the numbering, and does not nest
        for entry in layers:
            fold_group(entry)
    for entry in layers:
        if entry.is_group and not entry.reads:
            entry.reads = inputs[:1]  # a group of parameters alone: it reads something, and uses nothing of it
    previous = inputs if len(inputs) == 1 else None
    bodies: dict[str, object] = {}
    is_chain = len(inputs) == 1
    for number, entry in enumerate(layers):
        follows = entry.reads == previous and not _joins_named(entry)
        bodies[entry.name] = _body(entry, follows)
        is_chain = is_chain and follows and entry.name == str(number) and entry.use is None
        previous = [entry.name]
    if not is_chain:
        return bodies
    return [_body(entry, True) for entry in fold_list(layers)]


def _joins_named(entry: Entry) -> bool:
    """Whether it is a layer that has to name what it reads, be it the one above alone."""
    op = registry.find(entry.type) if entry.type and not entry.is_group else None
    return op is not None and op.joins_named


def _body(entry: Entry, follows: bool) -> object:
    made: dict[str, object] = {}
    if entry.use is not None:
        made["use"] = entry.use
    elif not entry.is_group:
        made["type"] = entry.type if entry.chosen is None else _value(entry.chosen)
    if entry.reads and not follows:
        made["from"] = entry.reads[0] if len(entry.reads) == 1 else entry.reads
    if entry.use is None:
        made.update({key: _value(value) for key, value in entry.keys.items()})
    if entry.tie:
        made["tie"] = entry.tie
    if entry.is_training_only:
        made["mode"] = "train"
    if entry.doc:
        made["doc"] = entry.doc
    if entry.layers is not None:
        if entry.inputs != ["input"] and entry.inputs:
            made["inputs"] = entry.inputs
        made["layers"] = written(entry.layers, entry.inputs)
        if entry.outputs:
            made["outputs"] = entry.outputs
    return made["type"] if list(made) == ["type"] else made


def _value(value: object) -> object:
    """A key's value, expressions as they are written."""
    if isinstance(value, Expression):
        return f"${{{value.text}}}{value.suffix}"
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    return [_value(item) for item in value] if isinstance(value, list) else value
