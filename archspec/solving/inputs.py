"""The sizes of a network's inputs set free. Enters: a result; leaves: the result for symbols in their place, and what stayed.

Parameters keep their sizes: a Linear that has 9,216 input features at the written size is held to them, and a size with which a
layer has other parameters does not fit. A size is free where the network can be followed with a name for it. Where it cannot,
numbers around it are tried one by one, which says nothing of others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from archspec.checking import Result, check_source
from archspec.diagnostics.model import Diagnostic, breaking
from archspec.dims import Shape, Size, symbol, symbols
from archspec.document.model import InputDeclaration
from archspec.growing import Instead
from archspec.limits import MAX_SOLVED_LAYERS

AROUND = 150
"""How far from a written size others are tried, where it cannot be a name."""

_AXES = {1: "T", 2: "TL"}
"""What the axes behind the batch are called."""
_IMAGE = "DHW"
"""What the last of those of an image are called, channels left aside."""
_IMAGE_AXES = (3, 4)
"""How many an image has behind the batch."""

Axis = tuple[int, int]
"""An input's place among the inputs, and the axis, the batch being 0."""


class Kept(NamedTuple):
    """A size that stayed a number."""

    axis: Axis
    name: str
    size: int
    why: str


class Freed(NamedTuple):
    """A network with names for sizes."""

    result: Result
    names: dict[str, int]
    """The symbols that were put in, and the numbers that were written."""
    kept: list[Kept]


class Tried(NamedTuple):
    """Numbers that were tried for sizes that could not be set free."""

    names: str
    first: int
    last: int
    fits: list[int]


def freed(result: Result) -> Freed:
    """The network with a symbol for each size of its inputs that can be one; channels are not tried."""
    declared = _declared(result)
    wanted = _names(declared, _channels(result, declared))
    whole = _with(result, declared, wanted)
    if _why_not(result, whole) is None or fits_nothing(whole):
        return _without_features(result, _freed(whole, declared, wanted, []), declared, wanted)
    done: dict[Axis, str] = {}
    kept: list[Kept] = []
    for axis, name in wanted.items():
        why = _why_not(result, _with(result, declared, {**done, axis: name}))
        if why is None:
            done = {**done, axis: name}
        else:
            kept.append(Kept(axis, name, _size(declared, axis), why))
    sides = {one.size for one in kept if one.name[-1] in "HW"}
    apart = [axis for axis in done if _size(declared, axis) in sides]  # the sides of an image are tried together
    kept += [Kept(axis, done[axis], _size(declared, axis), "as the other side") for axis in apart]
    done = {axis: name for axis, name in done.items() if axis not in apart}
    found = _freed(_with(result, declared, done) if done else result, declared, done, _told(declared, wanted, kept))
    return _without_features(result, found, declared, done)


def _without_features(
    result: Result, free: Freed, declared: list[InputDeclaration], names: Mapping[Axis, str]
) -> Freed:
    """The same with the features of a sequence as the number that they have to be, and its length alone set free."""
    solution = free.result.facts.solution if free.result.facts is not None else None
    groups = solution.groups if solution is not None else []
    fixed = {
        name
        for group in groups
        if len(group) == 1
        for name, sizes in group[0].items()
        if sizes.is_finite and sizes.head.count(1) == 1
    }
    left = {axis: name for axis, name in names.items() if name not in fixed or len(declared[axis[0]].shape) != 3}
    if len(left) == len(names):
        return free
    return _freed(_with(result, declared, left) if left else result, declared, left, free.kept)


def _told(declared: list[InputDeclaration], names: Mapping[Axis, str], kept: list[Kept]) -> list[Kept]:
    """What is worth saying: not that the features of a sequence are a number."""
    rank = {names[axis]: len(declared[axis[0]].shape) - 1 for axis in names}
    return [one for one in kept if rank[one.name] != 2]


def first_error(result: Result) -> Diagnostic | None:
    """The first error but those of figures that `expect` or a budget holds."""
    return next(iter(breaking(result.diagnostics)), None)


def _why_not(result: Result, other: Result) -> str | None:
    """Why a network does not take an input of other sizes, with the parameters and buffers that it has at the written ones."""
    error = first_error(other)
    if error is not None:
        return f"{error.code}: {error.message}"
    here, there = _tensors(result), _tensors(other)
    both = ((path, here.get(path, {}), there.get(path, {})) for path in {**here, **there})
    path = next((path for path, one, two in both if one != two and None not in (one, two)), None)
    return None if path is None else f"{path} has other parameters then"


def _tensors(result: Result) -> dict[str, dict[str, Shape] | None]:
    """The shapes of all parameters and buffers by layer; None of a layer of which they are not known, or that is wrong itself."""
    found: dict[str, dict[str, Shape] | None] = {}
    wrong = {error.layer for error in breaking(result.diagnostics)}
    for node in result.graph.nodes if result.graph is not None else ():
        record = result.facts.of(node) if result.facts is not None else None
        found[node.path] = None
        if record is not None and record.parameters is not None and node.path not in wrong:
            buffers = {name: tensor.shape for name, tensor in (record.buffer_tensors or {}).items()}
            found[node.path] = {**record.parameters, **buffers}
    return found


def fits_nothing(result: Result) -> bool:
    """Whether the network is followed to its end, and no size fits."""
    facts = result.facts
    if facts is None or any(record.outputs is None for record in facts.layers):
        return False
    return facts.solution is not None and facts.solution.is_empty


def tried(result: Result, kept: list[Kept]) -> Tried | None:
    """Which numbers fit, all kept sizes that are written alike having the same; None where there are none, or too many layers."""
    declared = _declared(result)
    sizes = {one.size for one in kept}
    if len(sizes) != 1 or result.graph is None:
        return None
    (size,) = sizes
    axes = [one.axis for one in kept]
    around = min(AROUND, MAX_SOLVED_LAYERS // (2 * max(len(result.graph.nodes), 1)))
    first, last = max(1, size - around), size + around
    fits = []
    for number in range(first, last + 1):
        changed = [_put(one, {axis: number for place, axis in axes if place == i}) for i, one in enumerate(declared)]
        found = check_source(result.source, result.given, result.settings, instead=Instead(changed, _inferred(result)))
        if _why_not(result, found) is None:
            fits.append(number)
    return Tried(" and ".join(one.name for one in kept), first, last, fits)


def _declared(result: Result) -> list[InputDeclaration]:
    return list(result.document.inputs or ()) if result.document is not None else []


def _channels(result: Result, declared: list[InputDeclaration]) -> set[Axis]:
    """The axes of images that hold channels: the first behind the batch, or those that layers read as channels where it is not.

    The latter is seen with a symbol for each size: the layer that takes its number of channels from one then needs it to be that.
    """
    found = {(place, 1) for place, one in enumerate(declared) if len(one.shape) - 1 in _IMAGE_AXES}
    asked = {place for place, _ in found if not _reads_channels(result, declared[place].name)}
    if not asked:
        return found
    names = _names(declared, {axis for axis in found if axis[0] not in asked})
    facts = _with(result, declared, names).facts
    read = {
        need.statement.fixed[0]
        for need in (facts.needs if facts is not None else ())
        if need.statement.fixed is not None and need.node is not None and need.node.op and need.node.op.inferred_axes
    }
    fixed = {axis for axis, name in names.items() if name in read}
    elsewhere = {place for place in asked if (place, 1) not in fixed and any(axis[0] == place for axis in fixed)}
    return {axis for axis in found if axis[0] not in elsewhere} | {axis for axis in fixed if axis[0] in elsewhere}


def _reads_channels(result: Result, name: str) -> bool:
    """Whether a layer takes its number of channels from the first axis of an input itself."""
    graph = result.graph
    source = next((node for node in graph.inputs if node.path == name), None) if graph is not None else None
    if graph is None or source is None:
        return False
    readers = [graph.nodes[index] for index in graph.readers()[source.index]]
    return any(
        (place, 1) in node.op.inferred_axes.values() and ref is not None and ref.node == source.index
        for node in readers
        if node.op is not None
        for place, ref in enumerate(node.inputs)
    )


def _names(declared: list[InputDeclaration], channels: Collection[Axis]) -> dict[Axis, str]:
    """A name for each size that is a number and no channel."""
    taken = {name for one in declared for size in one.shape for name in symbols(size)}
    found: dict[Axis, str] = {}
    for place, one in enumerate(declared):
        axes = [axis for axis in range(1, len(one.shape)) if (place, axis) not in channels]
        if not axes or len(one.shape) - 1 > max(_IMAGE_AXES):
            continue  # a scalar has no size
        letters = _AXES.get(len(one.shape) - 1) or _IMAGE[-len(axes) :]
        for axis, letter in zip(axes, letters.rjust(len(axes), "C"), strict=True):
            if not isinstance(one.shape[axis], int):
                continue
            name = next(free for free in _free(letter, one.name) if free not in taken)
            taken.add(name)
            found[place, axis] = name
    return found


def _free(letter: str, of: str) -> Iterator[str]:
    yield letter
    yield f"{of}_{letter}"
    number = 2
    while True:
        yield f"{letter}{number}"
        number += 1


def _with(result: Result, declared: list[InputDeclaration], names: Mapping[Axis, str]) -> Result:
    put = [{axis: symbol(name) for (place, axis), name in names.items() if place == i} for i in range(len(declared))]
    changed = [_put(one, sizes) for one, sizes in zip(declared, put, strict=True)]
    return check_source(result.source, result.given, result.settings, instead=Instead(changed, _inferred(result)))


def _inferred(result: Result) -> dict[str, Mapping[str, Size]]:
    """What layers infer of their inputs at the written sizes."""
    found: dict[str, Mapping[str, Size]] = {}
    for node in result.graph.nodes if result.graph is not None and result.facts is not None else ():
        record = result.facts.of(node) if result.facts is not None else None
        if (
            node.op is not None
            and node.op.inferred_axes
            and record is not None
            and record.inputs
            and record.outputs is not None
        ):
            found[node.path] = node.op.resolve(record.inputs)
    return found


def _put(one: InputDeclaration, sizes: Mapping[int, Size]) -> InputDeclaration:
    return one._replace(shape=tuple(sizes.get(axis, size) for axis, size in enumerate(one.shape)))


def _size(declared: list[InputDeclaration], axis: Axis) -> int:
    size = declared[axis[0]].shape[axis[1]]
    assert isinstance(size, int)
    return size


def _freed(result: Result, declared: list[InputDeclaration], names: Mapping[Axis, str], kept: list[Kept]) -> Freed:
    return Freed(result, {name: _size(declared, axis) for axis, name in names.items()}, kept)
