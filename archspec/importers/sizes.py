"""Sizes that are numbers since the model ran at them. Enters: a sketch as a spec has it, and that spec; leaves: sentences.

A run tells what a size was, not where the code took it from: `size=y.shape[-2:]` and `size=(32, 32)` are recorded alike. Runs
for inputs of other sizes tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.checking import Result
from archspec.importers.sketch import InputSpec, Layer, Origin, Sketch
from archspec.words import counted

_TYPES = ("Upsample", "Interpolate")
_MAX_SHOWN = 80
_MAX_LISTED = 8
AGAIN = "for another size, import the model with inputs of that size"


def said_of_sizes(sketch: Sketch, spec: Result) -> list[str]:
    """Which layers hold numbers that the model takes from the input's size; where that is not known, which resize to numbers."""
    unlike = [sketch.unlike] if sketch.unlike else []
    if sketch.others:
        return [*unlike, *_held(sketch), *_failing(sketch)]
    return unlike or _resizing(spec)


def _held(sketch: Sketch) -> list[str]:
    """A sentence for all layers of a type that hold the same key."""
    found = _alike(origin for origin in sketch.origins if not origin.is_followed)
    return [_sentence(origins, sketch) for origins in found]


def _failing(sketch: Sketch) -> list[str]:
    """A sentence for all whose law fails at the same size."""
    found = _alike(origin for origin in sketch.origins if origin.is_followed and origin.holds < origin.count)
    return [
        f"{_these(origins, 'follows', 'follow')} the size of its input in {origins[0].key} by a law that fails for "
        f"{shown(sketch.others[origins[0].holds - 1])}, where the model has "
        f"{_shown(origins[0].layer.resized[origins[0].holds - 1].keys.get(origins[0].key))}; {AGAIN}"
        for origins in found
    ]


def _alike(origins: Iterable[Origin]) -> list[list[Origin]]:
    """By type and key, and by the first size at which what the spec says fails; a layer has one for a key."""
    found: dict[object, dict[Layer, Origin]] = {}
    for origin in origins:
        found.setdefault((origin.layer.type, origin.key), {}).setdefault(origin.layer, origin)
    return [list(ones.values()) for ones in found.values()]


def _these(origins: list[Origin], one: str, several: str) -> str:
    """The first layer and how many more, with the verb."""
    more = f" and {counted(len(origins) - 1, 'more layer')} like it {several}" if len(origins) > 1 else f" {one}"
    return f"{origins[0].layer.path}{more}"


def _sentence(origins: list[Origin], sketch: Sketch) -> str:
    layer, key = origins[0].layer, origins[0].key
    at = next((at for at, one in enumerate(layer.resized) if one.keys.get(key) != layer.keys.get(key)), 0)
    held = f"{_these(origins, 'holds', 'hold')} {key} {_shown(layer.keys.get(key))}"
    return (
        f"{held}, which the model takes from the size of its input "
        f"({_shown(layer.resized[at].keys.get(key))} for {shown(sketch.others[at])}); {AGAIN}"
    )


def _resizing(spec: Result) -> list[str]:
    """That a layer resizes to numbers, whatever comes in, and what to do where these follow another tensor."""
    found: dict[str, object] = {}
    for node in spec.graph.layers if spec.graph is not None else ():
        size = getattr(node.op, "size", None) if node.type in _TYPES else None
        if size is not None:
            found[node.path] = size
    return [
        f"{path} resizes to {_shown(size)} whatever the input's size; where the code takes that from another tensor, "
        "write UpsampleLike, which reads that tensor too"
        for path, size in found.items()
    ]


def shown(inputs: Mapping[str, InputSpec]) -> str:
    """The sizes of one sample."""
    return ", ".join(" × ".join(map(str, spec.shape)) for spec in inputs.values())


def _shown(value: object) -> str:
    if (
        isinstance(value, (tuple, list))
        and len(value) <= _MAX_LISTED
        and not any(isinstance(size, (tuple, list)) for size in value)
    ):
        return " × ".join(map(str, value))
    if isinstance(value, (tuple, list)):
        return f"of {_extent(value)} numbers"
    said = "nothing" if value is None else str(value).removeprefix("${").removesuffix("}")
    return said if len(said) <= _MAX_SHOWN else f"{said[:_MAX_SHOWN]}…"


def _extent(value: object) -> str:
    """How long nested lists are, the outermost first."""
    sizes: list[int] = []
    while isinstance(value, (tuple, list)):
        sizes.append(len(value))
        value = value[0] if value else None
    return " × ".join(map(str, sizes))
