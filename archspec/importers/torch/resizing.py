"""What a model computes for inputs of other sizes. Enters: its sketch, and what sketches it again. Leaves: the sketch, each layer
with what it is at a second size, where the model takes one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from archspec.importers.sizes import shown
from archspec.importers.sketch import ImportProblem, InputSpec, Layer, Second, Sketch
from archspec.limits import MAX_RESIZED_ELEMENTS

Inputs = dict[str, InputSpec]

_AXES: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((0,),),
    2: ((0, 1), (1,), (0,)),
    3: ((1, 2), (0, 1)),
    4: ((1, 2, 3), (0, 2, 3)),
}
"""The axes of a sample that may be free, by its rank: channels come first in most models, and last in some."""
_SMALL = 16
_MOST_UNLIKE = 2
"""At how many sizes the model may compute other layers before it is taken for one that does at all."""


def note_second(sketch: Sketch, again: Callable[[Inputs], Sketch]) -> None:
    """Notes at each layer what it is at another size at which the model computes the same layers, or that it computes others at
    every size tried; nothing is known where it takes no other."""
    unlike: list[str] = []
    for inputs in _others(sketch.inputs):
        try:
            other = again(inputs)
        except ImportProblem:  # the model takes no such input
            continue
        found = _unlike(sketch, other)
        if found is None:
            sketch.second = other.inputs
            for layer, resized in zip(sketch.layers, other.layers, strict=True):
                layer.second = Second(resized.keys, resized.shapes)
                _leave_open(layer)
            return
        unlike.append(found)
        if len(unlike) == _MOST_UNLIKE:
            break
    sketch.unlike = next(iter(unlike), "")


def _unlike(sketch: Sketch, other: Sketch) -> str | None:
    """That the model computes other layers at the other size; None where it does not."""
    place = next((a.path for a, b in zip(sketch.layers, other.layers, strict=False) if not _are_alike(a, b)), None)
    if other.unlike:
        why = f"for an input of {shown(other.inputs)} no spec says what the model computes ({other.unlike})"
    elif place is not None or len(sketch.layers) != len(other.layers):
        here = f" from {place} on" if place is not None else ""
        why = f"for an input of {shown(other.inputs)} the model computes other layers{here}"
    else:
        return None
    return f"{why}: the spec is for {shown(sketch.inputs)} alone"


def _are_alike(layer: Layer, other: Layer) -> bool:
    """Whether two layers are one, which reads the same."""
    return (layer.path, layer.type, _read(layer)) == (other.path, other.type, _read(other))


def _read(layer: Layer) -> list[tuple[str, str | None]]:
    return [(ref.source if isinstance(ref.source, str) else ref.source.path, ref.port) for ref in layer.reads]


def _leave_open(layer: Layer) -> None:
    """A size that a Reshape need not say, as the others leave it no choice."""
    before, after = layer.keys.get("shape"), layer.second.keys.get("shape") if layer.second is not None else None
    if (
        layer.type != "Reshape"
        or not isinstance(before, list)
        or not isinstance(after, list)
        or len(before) != len(after)
    ):
        return
    changed = [axis for axis, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    if len(changed) == 1 and 0 not in before and -1 not in before:
        before[changed[0]] = after[changed[0]] = -1


def _others(inputs: Inputs) -> Iterator[Inputs]:
    """Other sizes to try: larger ones by a part, larger ones that strides divide, smaller ones; of the axes that may be free."""
    seen = [dict(inputs)]
    for choice in range(max((len(_AXES.get(len(spec.shape), ())) for spec in inputs.values()), default=0)):
        for step in (_part, _stride, _less, _half):
            made = {name: _resized(spec, choice, step) for name, spec in inputs.items()}
            if (
                made not in seen
                and sum(math.prod(map(int, spec.shape)) for spec in made.values()) <= MAX_RESIZED_ELEMENTS
            ):
                seen.append(made)
                yield made


def _resized(spec: InputSpec, choice: int, step: Callable[[int], int]) -> InputSpec:
    """The input with other sizes along some axes: no two grow by as much, nor by the same factor, nor one by half of what another
    does, since strides halve; so they are told apart."""
    options = _AXES.get(len(spec.shape), ((),))
    axes = options[min(choice, len(options) - 1)]
    shape = [int(size) for size in spec.shape]
    for place, axis in enumerate(sorted(axes, key=lambda axis: (-shape[axis], -axis))):
        shape[axis] += (2 * place + 1) * step(shape[axis])
    return InputSpec([*shape], spec.dtype) if min(shape, default=1) > 0 else spec


def _part(size: int) -> int:
    """About a fourth, and of small ones all, since laws are told apart by what they differ in."""
    return size if size <= _SMALL else _fourth(size)


def _stride(size: int) -> int:
    return math.gcd(size, 32)


def _less(size: int) -> int:
    return -_fourth(size)


def _fourth(size: int) -> int:
    """A power of two, after which strides leave as much as before."""
    return 1 << max(0, size.bit_length() - 3)


def _half(size: int) -> int:
    """So that windows which divide the size by an odd number divide it still."""
    return size // 2
