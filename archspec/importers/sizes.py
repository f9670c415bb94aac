"""Sizes that are numbers since the model ran at them. Enters: an imported spec; leaves: a sentence for each layer that has one.

A run tells what a size was, not where the code took it from: `size=y.shape[-2:]` and `size=(32, 32)` are recorded alike.
"""

from __future__ import annotations

from archspec.checking import Result

_TYPES = ("Upsample", "Interpolate")


def said_of_sizes(spec: Result) -> list[str]:
    """That a layer resizes to numbers, whatever comes in, and what to do where these follow another tensor."""
    found: dict[str, object] = {}
    for node in spec.graph.layers if spec.graph is not None else ():
        size = getattr(node.op, "size", None) if node.type in _TYPES else None
        if size is not None:
            found[node.path] = size
    return [
        f"{path} resizes to {_shown(size)} whatever the input's size; where the code takes that from another tensor, "
        "write scale_factor or an expression"
        for path, size in found.items()
    ]


def _shown(size: object) -> str:
    return " × ".join(map(str, size)) if isinstance(size, tuple) else str(size)
