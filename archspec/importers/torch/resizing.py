"""What a model computes for inputs of other sizes. Enters: its sketch, and what sketches it again. Leaves: the sketch, each layer
with what it is at other sizes, where the model takes some.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from archspec.importers.sizes import shown
from archspec.importers.sketch import ImportProblem, InputSpec, Layer, Ref, Resized, Sketch
from archspec.limits import MAX_RESIZED_ELEMENTS

Inputs = dict[str, InputSpec]


class Choice(NamedTuple):
    """Which of the axes that may be free are: by their number in `_AXES`, and without those of some inputs."""

    number: int
    kept: frozenset[str]


_AXES: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((0,),),
    2: ((0, 1), (1,), (0,)),
    3: ((1, 2), (0, 1)),
    4: ((1, 2, 3), (0, 2, 3)),
}
"""The axes of a sample that may be free, by its rank: channels come first in most models, and last in some."""
_UNIT = 32
"""What the strides of most networks multiply to."""
_LEAST = 8
"""Parts of less than this may leave nothing, or one."""
_STEPS = (1, 2, 4, 8)
_OFFSETS = ((1, -1, 2), (-1, 2, 1), (2, 1, -1))
"""Of the axes, for each try: each axis comes to one more, one less and two more, and no two to the same at all tries."""
_APART = ((1, 2, 4), (-1, 4, 2), (2, 3, 4), (4, -3, 2))
"""Where not all of these are taken, and where paddings differ: one axis is odd alone."""
_SMALL = 16
_MOST_UNLIKE = 2
"""At how many sizes the model may compute other layers before it is taken for one that does at all."""


def note_others(sketch: Sketch, again: Callable[[Inputs], Sketch]) -> None:
    """Notes at each layer what it is at other sizes at which the model computes the same layers, or that it computes others at
    every size tried; nothing is known where it takes no other."""
    unlike: list[str] = []
    for choice, inputs in _others(sketch.inputs):
        other = _taken(inputs, again)
        if other is None:
            continue
        found = _unlike(sketch, other)
        if found is None:
            _note(sketch, other)
            _note_near(sketch, choice, again)
            break
        unlike.append(f"{found}: the spec is for {shown(sketch.inputs)} alone")
        if len(unlike) == _MOST_UNLIKE:
            break
    if not sketch.others:
        sketch.unlike = next(iter(unlike), "")
    _drop_idle(sketch)
    for layer in sketch.layers:
        _leave_open(layer)


def _note_near(sketch: Sketch, choice: Choice, again: Callable[[Inputs], Sketch]) -> None:
    """The same at odd sizes, where what was rounded off or padded shows; of a model that takes none, at the nearest it takes."""
    for step in _STEPS:
        taken = 0
        for place, offsets in enumerate((*_OFFSETS, *_APART)):
            inputs = _nearby(sketch.inputs, choice, step, offsets, is_apart=place >= len(_OFFSETS))
            if place >= len(_OFFSETS) <= taken and not _is_padded(sketch):
                continue
            if inputs == sketch.inputs or inputs in sketch.others:
                continue
            other = _taken(inputs, again)
            if other is None:
                continue
            taken += 1
            found = _unlike(sketch, other)
            if found is None:
                _note(sketch, other)
            elif not sketch.unlike:
                sketch.unlike = f"{found}: the spec is for sizes at which it computes those of {shown(sketch.inputs)}"
            if not sketch.moduli and not any(
                resized.keys != layer.keys for layer in sketch.layers for resized in layer.resized
            ):
                return  # no number follows the size, and what is left over of one is no more alike by chance
        if taken:
            return


def _is_padded(sketch: Sketch) -> bool:
    """Whether amounts of padding differ: they are small, so that few sizes let much else give them."""
    pads = [layer for layer in sketch.layers if layer.type == "Pad"]
    return any(resized.keys != layer.keys for layer in pads for resized in layer.resized)


def _taken(inputs: Inputs, again: Callable[[Inputs], Sketch]) -> Sketch | None:
    """What the model computes for other inputs; None where it takes no such."""
    try:
        return again(inputs)
    except ImportProblem:
        return None


def _note(sketch: Sketch, other: Sketch) -> None:
    sketch.others.append(other.inputs)
    sketch.moduli = tuple(sorted({*sketch.moduli, *other.moduli}))
    for layer, resized in zip(sketch.layers, other.layers, strict=True):
        layer.resized.append(Resized(resized.keys, resized.shapes, resized.is_idle))


def _drop_idle(sketch: Sketch) -> None:
    """Takes out what gives what it reads at every size, or at the only one."""
    layers = [layer for layer in sketch.layers if layer.is_idle and all(one.is_idle for one in layer.resized)]
    idle = {layer: layer.reads[0] for layer in layers}

    def through(ref: Ref) -> Ref:
        while isinstance(ref.source, Layer) and ref.source in idle:
            ref = idle[ref.source]
        return ref

    numbered: dict[str, list[Layer]] = {}
    for layer in sketch.layers if idle else ():
        layer.reads = [through(ref) for ref in layer.reads]
        numbered.setdefault(layer.stem, []).append(layer)
    sketch.outputs = {name: through(ref) for name, ref in sketch.outputs.items()}
    for stem in {layer.stem for layer in layers}:  # those that stay are numbered as they would be without the others
        paths = iter([layer.path for layer in numbered[stem]])
        for layer in numbered[stem]:
            layer.path = layer.path if layer in idle else next(paths)
    sketch.layers = [layer for layer in sketch.layers if layer not in idle]


def _unlike(sketch: Sketch, other: Sketch) -> str | None:
    """That the model computes other layers at the other size; None where it does not."""
    place = next((a.path for a, b in zip(sketch.layers, other.layers, strict=False) if not _are_alike(a, b)), None)
    if other.unlike:
        return f"for an input of {shown(other.inputs)} no spec says what the model computes ({other.unlike})"
    if place is None and len(sketch.layers) == len(other.layers):
        return None
    here = f" from {place} on" if place is not None else ""
    return f"for an input of {shown(other.inputs)} the model computes other layers{here}"


def _are_alike(layer: Layer, other: Layer) -> bool:
    """Whether two layers are one, which reads the same."""
    return (layer.path, layer.type, _read(layer)) == (other.path, other.type, _read(other))


def _read(layer: Layer) -> list[tuple[str, str | None]]:
    return [(ref.source if isinstance(ref.source, str) else ref.source.path, ref.port) for ref in layer.reads]


def _leave_open(layer: Layer) -> None:
    """A size that a Reshape need not say, as the others leave it no choice."""
    shapes = [keys.get("shape") for keys in (layer.keys, *(resized.keys for resized in layer.resized))]
    lists = [shape for shape in shapes if isinstance(shape, list)]
    if layer.type != "Reshape" or len(lists) < len(shapes) or len({len(shape) for shape in lists}) > 1:
        return
    changed = [axis for axis, sizes in enumerate(zip(*lists, strict=True)) if any(size != sizes[0] for size in sizes)]
    if len(changed) == 1 and not any(size in (0, -1) for shape in lists for size in shape):
        for shape in lists:
            shape[changed[0]] = -1


def _others(inputs: Inputs) -> Iterator[tuple[Choice, Inputs]]:
    """Other sizes to try: larger ones by a part, larger ones that strides divide, smaller ones; of the axes that may be free, and
    that choice. Where images and vectors are read together, also with the vectors as they are."""
    seen = [dict(inputs)]
    ranks = {name: len(spec.shape) for name, spec in inputs.items()}
    flat = frozenset(name for name, rank in ranks.items() if rank < min(3, max(ranks.values())))
    numbers = range(max((len(_AXES.get(rank, ())) for rank in ranks.values()), default=0))
    for kept in dict.fromkeys((frozenset[str](), flat)):
        for number in numbers:
            choice = Choice(number, kept)
            for step in (_part, _stride, _less, _half):
                made = {name: _resized(name, spec, choice, step) for name, spec in inputs.items()}
                elements = sum(math.prod(map(int, spec.shape)) for spec in made.values())
                if made not in seen and elements <= MAX_RESIZED_ELEMENTS:
                    seen.append(made)
                    yield choice, made


def _resized(name: str, spec: InputSpec, choice: Choice, step: Callable[[int], int]) -> InputSpec:
    """The input with other sizes along some axes: no two grow by as much, nor by the same factor, nor one by half of what another
    does, since strides halve; so they are told apart."""
    shape = [int(size) for size in spec.shape]
    for place, axis in enumerate(_free(name, spec, choice)):
        shape[axis] += (2 * place + 1) * step(shape[axis])
    return InputSpec([*shape], spec.dtype) if min(shape, default=1) > 0 else spec


def _nearby(inputs: Inputs, choice: Choice, step: int, offsets: tuple[int, ...], *, is_apart: bool) -> Inputs:
    """The inputs, of sizes beside those that strides divide: one more is a map that rounding up leaves odd at each depth, one
    less a map that rounding down does. `is_apart`: axes in which an input is not as long as the first come
    to other sizes than that one's."""
    made = {}
    first = next(iter(inputs.values())).shape
    for name, spec in inputs.items():
        shape = [int(size) for size in spec.shape]
        for place, axis in enumerate(_free(name, spec, choice)):
            is_other = is_apart and axis < len(first) and shape[axis] != first[axis]
            offset = offsets[(place + is_other) % len(offsets)]
            unit = min(_UNIT, 1 << (shape[axis].bit_length() - 1))
            if shape[axis] > 1:  # an axis of one is spread, or is none
                shape[axis] = max(_LEAST, shape[axis] - shape[axis] % unit) + step * offset
        made[name] = InputSpec([*shape], spec.dtype) if min(shape, default=1) > 0 else spec
    return made


def _free(name: str, spec: InputSpec, choice: Choice) -> list[int]:
    """The axes that get other sizes, the longest first."""
    options = _AXES.get(len(spec.shape), ((),)) if name not in choice.kept else ((),)
    return sorted(options[min(choice.number, len(options) - 1)], key=lambda axis: (-int(spec.shape[axis]), -axis))


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
