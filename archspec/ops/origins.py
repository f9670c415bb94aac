"""Where the sizes of an op's outputs come from. Enters: an op, its inputs, and what is known of how their sizes and its arguments
come about; leaves: the same of its outputs, or None where nothing is.

An origin is a size over symbols, each of which stands for any number: an input's axis, an argument, whatever the caller follows.
No op says anything for it: its own shape rule is asked, with the origins in place of the sizes, or where it needs numbers or an
argument is followed too, with several numbers for each symbol, of which only one law may be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from pydantic import ValidationError

from archspec.dims import Dim, Shape, Size, TooComplex, exact_div, floor_div, substitute, symbol, symbols
from archspec.ops.base import Inputs, Op, Outputs, Problem, Tensor
from archspec.ops.making import make

Origin = Size | None
"""How a size comes about; None where that is not known."""
Given = Size | None | tuple["Given", ...]
"""The same of an argument, which may be a list."""

_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
_MAX_SYMBOLS = 8
"""Of so many symbols in one layer it is found out by numbers which of them a size follows from."""
_UNKNOWN = "?"
_Law = tuple[Size, Sequence[Size]]
"""A size over symbols, and what it is with each of several numbers for them."""


def follow(
    op: Op,
    inputs: Inputs,
    origins: Sequence[Sequence[Origin]],
    arguments: Mapping[str, Given],
    numbers: Mapping[str, int],
) -> dict[str, tuple[Origin, ...]]:
    """The origins of each output's axes, by port, for inputs that the op accepts.

    `origins` has one for each axis of each input, `arguments` those of the arguments that follow from something, and `numbers`
    what their symbols are here. An argument that is not named is the number that it is whatever the symbols are.
    """
    outputs = op.outputs(inputs)
    values = dict(numbers)
    known = tuple(
        tuple(_named(origin, size, f"{_UNKNOWN}{i}.{axis}", values) for axis, (origin, size) in enumerate(pairs))
        for i, pairs in enumerate(
            zip(own, tensor.shape, strict=True) for own, tensor in zip(origins, inputs, strict=True)
        )
    )
    given = {
        name: _named_in(value, getattr(op, name), f"{_UNKNOWN}{name}", values) for name, value in arguments.items()
    }
    free = sorted(
        {name for size in [*_flat(known), *_flat(tuple(given.values()))] for name in symbols(size)} & values.keys()
    )
    if not free:
        return {port: tensor.shape for port, tensor in outputs.items()}
    made: Mapping[str, tuple[Origin, ...]] | None = _by_symbols(op, inputs, known, outputs) if not given else None
    if made is None:
        made = _by_numbers(op, inputs, known, given, outputs, {name: values[name] for name in free})
    return {port: tuple(_checked(size, actual, values) for size, actual in zip(made[port], tensor.shape, strict=True))
            for port, tensor in outputs.items()}  # fmt: skip


def _named(origin: Origin, size: Size, name: str, values: dict[str, int]) -> Size:
    """What stands for a size: its origin, or a symbol of its own."""
    if origin is not None or not isinstance(size, int):
        return size if origin is None else origin
    values[name] = size
    return symbol(name)


def _named_in(origin: Given, value: Any, name: str, values: dict[str, int]) -> Any:
    if isinstance(value, tuple):
        parts = origin if isinstance(origin, tuple) and len(origin) == len(value) else (None,) * len(value)
        return tuple(
            _named_in(part, item, f"{name}.{i}", values)
            for i, (part, item) in enumerate(zip(parts, value, strict=True))
        )
    if type(value) is not int or isinstance(origin, tuple):
        return value
    return _named(origin, value, name, values)


def _flat(value: Any) -> Iterator[Size]:
    if isinstance(value, tuple):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, (int, Dim)):
        yield value


def _checked(origin: Origin, actual: Size, values: Mapping[str, int]) -> Origin:
    """The origin where it says what the size is here, and rests on nothing unknown."""
    if origin is None or any(name.startswith(_UNKNOWN) for name in symbols(origin)):
        return None
    return origin if _values(origin, [values]) == [actual] else None


def _by_symbols(op: Op, inputs: Inputs, origins: Sequence[Shape], outputs: Outputs) -> dict[str, Shape] | None:
    """The op's rule on the origins themselves: sums and products come out as such. None where it needs numbers."""
    with suppress(Problem, TooComplex):
        found = op.outputs(tuple(Tensor(own, tensor.dtype) for own, tensor in zip(origins, inputs, strict=True)))
        if all(port in found and found[port].rank == tensor.rank for port, tensor in outputs.items()):
            return {port: tensor.shape for port, tensor in found.items()}
    return None


def _by_numbers(
    op: Op,
    inputs: Inputs,
    origins: Sequence[Shape],
    arguments: Mapping[str, Any],
    outputs: Outputs,
    values: Mapping[str, int],
) -> dict[str, tuple[Origin, ...]]:
    """The op's rule on several numbers for each symbol: of the laws tried the one that is true of all."""
    nothing: dict[str, tuple[Origin, ...]] = {port: (None,) * tensor.rank for port, tensor in outputs.items()}
    if len(values) > _MAX_SYMBOLS:
        return nothing
    points: list[tuple[Mapping[str, int], Outputs]] = [(values, outputs)]
    for point in _points(values):
        found = _outputs_at(op, inputs, origins, arguments, point)
        if found is not None and all(port in found and found[port].rank == t.rank for port, t in outputs.items()):
            points.append((point, found))
    moved = {name for point, _ in points for name in values if point[name] != values[name]}
    if len(moved) < len(values):
        return nothing
    own = [
        size for size in [*_flat(tuple(arguments.values())), *_flat(tuple(origins))] if symbols(size) & values.keys()
    ]
    single = list(dict.fromkeys(own))
    double = [left * right for left, right in combinations_with_replacement(single, 2)]
    double += [floor_div(left, right) for left in single for right in single if left != right]
    numbers = [point for point, _ in points]
    laws = [[(law, at) for law in each if (at := _values(law, numbers)) is not None] for each in (single, double)]
    return {
        port: tuple(_law([found[port].shape[axis] for _, found in points], laws) for axis in range(tensor.rank))
        for port, tensor in outputs.items()
    }


def _values(law: Size, points: Sequence[Mapping[str, int]]) -> list[Size] | None:
    """A law at each of these numbers; None where it divides by 0 at one of them."""
    with suppress(ZeroDivisionError):
        return [substitute(law, point) for point in points]
    return None


def _points(values: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Other numbers for the symbols: multiples, so that what divided them goes on doing so. All apart, one by one, all alike."""
    names = list(values)
    for start in (0, 1, 2):
        yield {name: values[name] * _PRIMES[(start * 4 + i) % len(_PRIMES)] for i, name in enumerate(names)}
    for factor in _PRIMES[:2]:
        for name in names:
            yield {**values, name: values[name] * factor}
        yield {name: value * factor for name, value in values.items()}


def _outputs_at(
    op: Op, inputs: Inputs, origins: Sequence[Shape], arguments: Mapping[str, Any], point: Mapping[str, int]
) -> Outputs | None:
    """What the op makes with these numbers; None where it refuses them."""
    tensors = tuple(Tensor(tuple(substitute(size, point) for size in own), tensor.dtype)
                    for own, tensor in zip(origins, inputs, strict=True))  # fmt: skip
    with suppress(ValidationError, Problem, TooComplex):
        if arguments:
            fields = {name: getattr(op, name) for name in op.model_fields_set}
            op = make(type(op), {**fields, **{name: _at(value, point) for name, value in arguments.items()}})
        for name, size in op.resolve(tensors).items():
            if getattr(op, name) not in (None, size):
                return None
        return op.outputs(tensors)
    return None


def _at(value: Any, point: Mapping[str, int]) -> Any:
    if isinstance(value, tuple):
        return tuple(_at(item, point) for item in value)
    return substitute(value, point) if isinstance(value, Dim) else value


def _law(sizes: Sequence[Size], laws: Sequence[Sequence[_Law]]) -> Origin:
    """The one law that gives these sizes, of the simplest that do; None where there is none, or several."""
    if all(size == sizes[0] for size in sizes):
        return sizes[0]
    for each in laws:
        found = {size for law, values in each for size in _like(law, sizes, values)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _like(law: Size, sizes: Sequence[Size], values: Sequence[Size]) -> Iterator[Size]:
    """So many times a law, its so many-th part, or so much more than it."""
    pairs = [
        (size, value)
        for size, value in zip(sizes, values, strict=True)
        if isinstance(size, int) and isinstance(value, int) and value
    ]
    if len(pairs) < len(sizes):
        return
    if len(ratios := {Fraction(size, value) for size, value in pairs}) == 1:
        ratio = ratios.pop()
        if ratio.denominator == 1:
            yield law * ratio.numerator
        elif ratio.numerator == 1:
            whole = exact_div(law, ratio.denominator)
            yield floor_div(law, ratio.denominator) if whole is None else whole
    elif len(differences := {size - value for size, value in pairs}) == 1:
        yield law + differences.pop()
