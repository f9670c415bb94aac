"""A sketch as a person would have drawn it: the same numbers, computed by the same ops, in fewer or better places.

Enters: a `Sketch` as recorded. Leaves: the same sketch, changed in place.
"""

from __future__ import annotations

from collections.abc import Callable

from archspec.importers.sketch import Layer, Ref, Sketch, free_path
from archspec.ops import registry


def tidy(sketch: Sketch) -> None:
    """All of it."""
    _drop_contiguous(sketch)
    _join_once(sketch)
    _sink(sketch)
    _sink_masked(sketch)
    _number(sketch)
    _keep_one(sketch)


def _drop_contiguous(sketch: Sketch) -> None:
    """`contiguous()` that nothing notices: what follows gives the same bits in whatever order the numbers lie."""
    followers: dict[Layer | str, list[Layer]] = {}
    for ref, readers in _readers(sketch).items():
        followers.setdefault(ref.source, []).extend(readers)
    _leave_out(sketch, lambda layer: layer.type == "Contiguous" and not _is_noticed(layer, followers))


def _leave_out(sketch: Sketch, is_needless: Callable[[Layer], bool]) -> None:
    """Without these layers; who read one reads what it read."""
    instead: dict[Ref, Ref] = {}
    kept: list[Layer] = []
    for layer in sketch.layers:
        layer.reads = [instead.get(ref, ref) for ref in layer.reads]
        if is_needless(layer):
            instead[Ref(layer)] = layer.reads[0]
        else:
            kept.append(layer)
    sketch.layers = kept
    sketch.outputs = {name: instead.get(ref, ref) for name, ref in sketch.outputs.items()}


def _is_noticed(layer: Layer, followers: dict[Layer | str, list[Layer]]) -> bool:
    """Whether what it gives comes to an op that computes by the order in memory, by way of ops that keep the order."""
    seen: set[Layer] = set()
    todo = [layer]
    while todo:
        for reader in followers.get(todo.pop(), []):
            op = registry.find(reader.type)
            if op is not None and op.feels_order:
                return True
            if op is not None and op.keeps_order and reader not in seen:
                seen.add(reader)
                todo.append(reader)
    return False


def _readers(sketch: Sketch) -> dict[Ref, list[Layer]]:
    """Who reads each tensor."""
    found: dict[Ref, list[Layer]] = {}
    for layer in sketch.layers:
        for ref in layer.reads:
            found.setdefault(ref, []).append(layer)
    return found


def _join_once(sketch: Sketch) -> None:
    """Dense connections join everything before them anew each time: [a], [a, b], [a, b, c]. What has been joined is joined
    to what came since, so that each layer reads one tensor and gives one, and the chain can repeat."""
    _leave_out(sketch, lambda layer: layer.type == "Cat" and len(layer.reads) == 1)
    joined: dict[tuple[object, ...], Layer] = {}
    for layer in sketch.layers:
        if layer.type != "Cat":
            continue
        parts = tuple(layer.reads)
        before = joined.get((layer.keys.get("dim"), parts[:-1])) if len(parts) > 2 else None
        joined[layer.keys.get("dim"), parts] = layer
        if before is not None:
            layer.reads = [Ref(before), parts[-1]]


def _sink(sketch: Sketch) -> None:
    """A Cat of what a group reads and of what it gives moves into the group, where nothing else reads what it gives."""
    readers = _readers(sketch)
    given = set(sketch.outputs.values())
    taken = _taken(sketch.layers)
    for cat in [layer for layer in sketch.layers if layer.type == "Cat" and layer.stem and len(layer.reads) == 2]:
        whole, new = cat.reads
        if not isinstance(new.source, Layer) or "." not in new.source.path or new in given or readers[new] != [cat]:
            continue
        scope = new.source.path.rsplit(".", 1)[0]
        if cat.path.startswith(scope + ".") or cat.path.count(".") > scope.count(".") + 1:
            continue
        inside = [layer for layer in sketch.layers if layer.path.startswith(scope + ".")]
        outside = {ref for layer in inside for ref in layer.reads if not _is_below(ref, scope)}
        if outside != {whole} or any(_is_read_outside(Ref(layer), readers, scope, cat) for layer in inside):
            continue
        if any(ref in given for ref in map(Ref, inside)):
            continue
        cat.stem = f"{scope}.cat"
        cat.path = free_path(cat.stem, taken)
        sketch.layers.remove(cat)
        sketch.layers.insert(sketch.layers.index(inside[-1]) + 1, cat)


def _sink_masked(sketch: Sketch) -> None:
    """The sum of scores and a mask moves into the group that makes the mask: a group that reads nothing cannot be left out."""
    readers = _readers(sketch)
    for mask in [layer for layer in sketch.layers if layer.type == "Where" and layer.stem.endswith(".mask")]:
        found = readers.get(Ref(mask), [])
        if len(found) == 1 and found[0].type == "Add" and found[0].stem:
            found[0].stem = f"{mask.stem.rsplit('.', 1)[0]}.add"


def _keep_one(sketch: Sketch) -> None:
    """A network that gives what it was given is one layer, since a spec has layers."""
    if not sketch.layers:
        for name, ref in sketch.outputs.items():
            path = free_path("identity", {*sketch.inputs, *(layer.path for layer in sketch.layers)})
            sketch.layers.append(Layer(path, "Identity", {}, [ref]))
            sketch.outputs[name] = Ref(sketch.layers[-1])


def _is_below(ref: Ref, scope: str) -> bool:
    return isinstance(ref.source, Layer) and ref.source.path.startswith(scope + ".")


def _is_read_outside(ref: Ref, readers: dict[Ref, list[Layer]], scope: str, cat: Layer) -> bool:
    return any(reader is not cat and not reader.path.startswith(scope + ".") for reader in readers.get(ref, []))


def _number(sketch: Sketch) -> None:
    """Names without gaps: `cat`, `cat_1`, as many as there are left."""
    taken = _taken([layer for layer in sketch.layers if not layer.stem]) | _groups(sketch.layers) | {*sketch.inputs}
    for layer in sketch.layers:
        if layer.stem:
            layer.path = free_path(layer.stem, taken)


def _taken(layers: list[Layer]) -> set[str]:
    """The paths of layers, and of the groups that they lie in."""
    return {layer.path for layer in layers} | _groups(layers)


def _groups(layers: list[Layer]) -> set[str]:
    parts = [layer.path.split(".") for layer in layers]
    return {".".join(path[:end]) for path in parts for end in range(1, len(path))}
