"""Sizes that are numbers since the model ran at them. Enters: a sketch as a spec has it, and that spec; leaves: sentences.

A run tells what a size was, not where the code took it from: `size=y.shape[-2:]` and `size=(32, 32)` are recorded alike. A second
run, for an input of other sizes, tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.checking import Result
from archspec.importers.sketch import InputSpec, Layer, Sketch
from archspec.words import counted

_TYPES = ("Upsample", "Interpolate")
_MAX_SHOWN = 80
_MAX_LISTED = 8
_AGAIN = "for another size, import the model with inputs of that size"


def said_of_sizes(sketch: Sketch, spec: Result) -> list[str]:
    """Which layers hold numbers that the model takes from the input's size; where that is not known, which resize to numbers."""
    if sketch.unlike:
        return [sketch.unlike]
    return _held(sketch) if sketch.second else _resizing(spec)


def _held(sketch: Sketch) -> list[str]:
    """A sentence for all layers of a type that hold the same key."""
    found: dict[tuple[str, str], dict[Layer, None]] = {}
    for origin in sketch.origins:
        if not origin.is_followed:
            found.setdefault((origin.layer.type, origin.key), {})[origin.layer] = None
    return [_sentence(list(layers), key, shown(sketch.second)) for (_, key), layers in found.items()]


def _sentence(layers: list[Layer], key: str, other: str) -> str:
    first = layers[0]
    assert first.second is not None
    more = f" and {counted(len(layers) - 1, 'more layer')} like it hold" if len(layers) > 1 else " holds"
    return (
        f"{first.path}{more} {key} {_shown(first.keys.get(key))}, which the model takes from the size of its input "
        f"({_shown(first.second.keys.get(key))} for {other}); {_AGAIN}"
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
