"""Two recordings of one module, made with two batch sizes, as one. Enters: both. Leaves: a `Tape`.

A number that is the same in both is a number; one that grows with the batch is a multiple of it. Functions that nothing of
the output needs are left out; layers that have parameters are not, since they are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, NamedTuple

import torch

from archspec.importers.sketch import ImportProblem
from archspec.importers.torch.answers import Answer
from archspec.importers.torch.recording import Call, Recording, Value

BATCHES = (2, 3)
"""The batch sizes of the two runs."""


class Multiple(NamedTuple):
    """So many times the batch's size."""

    times: int

    def __str__(self) -> str:
        return "N" if self.times == 1 else f"{self.times} * N"


Size = int | Multiple


@dataclass
class Tape:
    """The calls that the outputs rest on, in order; shapes and arguments hold `Multiple`s where they follow the batch."""

    inputs: list[Value]
    calls: list[Call]
    output: Any
    shapes: dict[Value, tuple[Size, ...]]
    answer: Answer = field(default_factory=Answer)  # as in a recording
    moduli: tuple[int, ...] = ()  # as in a recording
    dead: Sequence[Call] = ()
    """What was computed of the input, and nothing reads: no part of the calls."""

    def shape(self, value: Value) -> tuple[Size, ...]:
        return self.shapes[value]


def merge(first: Recording, second: Recording) -> Tape:
    """Both as one. Raises where they differ by more than the batch."""
    merging = _Merging()
    for a, b in zip(first.inputs, second.inputs, strict=True):
        merging.value(a, b, "")
    for a_call, b_call in zip_longest(first.calls, second.calls):
        if a_call is None or b_call is None:
            raise ImportProblem("the model takes another path for another batch size", (a_call or b_call).place)
        if a_call.name != b_call.name or a_call.scopes != b_call.scopes or len(a_call.results) != len(b_call.results):
            raise ImportProblem("the model takes another path for another batch size", a_call.place)
        a_call.arguments = merging.tree(a_call.arguments, b_call.arguments, a_call.place)
        a_call.keywords = merging.tree(a_call.keywords, b_call.keywords, a_call.place)
        for a, b in zip(a_call.results, b_call.results, strict=True):
            merging.value(a, b, a_call.place)
    output = merging.tree(first.output, second.output, "")
    calls = needed(first.calls, output)
    moduli = tuple(sorted(first.moduli))
    return Tape(first.inputs, calls, output, merging.shapes, first.answer, moduli, _dead(first.calls, calls))


class _Merging:
    def __init__(self) -> None:
        self.shapes: dict[Value, tuple[Size, ...]] = {}

    def value(self, a: Value, b: Value, place: str) -> Value:
        if a not in self.shapes:
            if len(a.shape) != len(b.shape) or a.state != b.state:
                raise ImportProblem("the model computes other things for another batch size", place)
            self.shapes[a] = tuple(_size(x, y, place) for x, y in zip(a.shape, b.shape, strict=True))
            same = (
                a.constant is None or a.shape != b.shape or (b.constant is not None and _alike(a.constant, b.constant))
            )
            if not same:
                raise ImportProblem("the model computes with numbers that depend on the batch's size", place)
        return a

    def tree(self, a: Any, b: Any, place: str) -> Any:
        if isinstance(a, Value) and isinstance(b, Value):
            return self.value(a, b, place)
        if isinstance(a, bool) or not isinstance(a, (int, float, tuple, list, dict, slice)):
            return a
        if isinstance(a, int) and isinstance(b, int):
            return _size(a, b, place)
        if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)) and len(a) == len(b):
            items = [self.tree(x, y, place) for x, y in zip(a, b, strict=True)]
            return items if isinstance(a, list) else tuple(items)
        if isinstance(a, dict) and isinstance(b, dict) and list(a) == list(b):
            return {key: self.tree(a[key], b[key], place) for key in a}
        if isinstance(a, slice) and isinstance(b, slice):
            return slice(*(self.tree(x, y, place) for x, y in zip(_ends(a), _ends(b), strict=True)))
        if a == b:
            return a
        raise ImportProblem("the model computes with numbers that depend on the batch's size", place)


def _ends(given: slice) -> tuple[Any, Any, Any]:
    return given.start, given.stop, given.step


def _alike(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a, b) or torch.allclose(a.double(), b.double(), rtol=0, atol=0, equal_nan=True)


def _size(a: int, b: int, place: str) -> Size:
    if a == b:
        return int(a)
    if a * BATCHES[1] == b * BATCHES[0] and a % BATCHES[0] == 0:
        return Multiple(a // BATCHES[0])
    raise ImportProblem(f"a size of {a} for a batch of {BATCHES[0]} is {b} for one of {BATCHES[1]}", place)


def values(tree: Any) -> list[Value]:
    """All values in nested arguments."""
    if isinstance(tree, Value):
        return [tree]
    if isinstance(tree, dict):
        return [value for item in tree.values() for value in values(item)]
    if isinstance(tree, (tuple, list)):
        return [value for item in tree for value in values(item)]
    if isinstance(tree, slice):
        return values(_ends(tree))
    return []


_PRODUCTS = {
    "linear", "bilinear", "matmul", "__matmul__", "__rmatmul__", "mm", "bmm", "addmm", "baddbmm", "addmv", "mv", "einsum",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "scaled_dot_product_attention",
}  # fmt: skip
"""Functions that multiply and accumulate."""


def _counts(call: Call) -> bool:
    """Whether a call costs something that a spec counts: parameters, or multiplications of what the input has a part in."""
    if call.module is not None:
        return any(True for _ in call.module.parameters())
    return call.name in _PRODUCTS and any(result.depends_on_input for result in call.results)


def needed(calls: list[Call], output: Any) -> list[Call]:
    """The calls that the output rests on, and what ran for nothing but counts (layers with parameters, products) with what it
    rests on. Constants are left out: their numbers are known."""
    wanted = set(values(output))
    kept: list[Call] = []
    for call in reversed(calls):
        is_wanted = any(result in wanted and result.constant is None for result in call.results)
        if is_wanted or _counts(call):
            kept.append(call)
            wanted.update(values((call.arguments, call.keywords)))
    return kept[::-1]


def _dead(calls: list[Call], kept: list[Call]) -> list[Call]:
    """The calls that are left out though they compute with the input."""
    known = set(map(id, kept))
    return [
        call
        for call in calls
        if id(call) not in known and any(value.depends_on_input and value.constant is None for value in call.results)
    ]
