"""Shapes in comments and docstrings, as Python shows them. Enters: tensors of one wire in all uses; leaves: text.

A size that differs between uses is shown by the name that the class has for it, or else by a letter. What has the shape of
something that it is computed from has no comment: there is nothing new to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.backends.torch.family import Family
from archspec.backends.torch.parameters import Parameters
from archspec.backends.torch.plan import Plan
from archspec.backends.torch.uses import HOLE
from archspec.dims import Shape
from archspec.graph import FromInput, Wire

MAX_SHOWN = 72
_LETTERS = {3: ("", "T", "C"), 4: ("", "C", "H", "W"), 5: ("", "C", "D", "H", "W")}


def new_shapes(plan: Plan, reads: Iterable[Wire], wires: Sequence[Wire], family: Family, parameters: Parameters) -> str:
    """The shapes of these tensors, unless all of them are shapes of what they are computed from."""
    known = [_sizes(plan, wire, family) for wire in reads]
    if all(_sizes(plan, wire, family) in known for wire in wires):
        return ""
    texts = [shape_of(plan, wire, family, parameters) for wire in wires]
    if len(texts) > 1 and texts == texts[:1] * len(texts):
        return f"each {texts[0]}" if texts[0] else ""
    return ", ".join(filter(None, texts))


def _sizes(plan: Plan, wire: Wire, family: Family) -> list[Shape]:
    """The shape of a wire in each use."""
    return [plan.tensor(wire, scope).shape for scope in family.scopes if scope is not None]


def shape_of(plan: Plan, wire: Wire, family: Family, parameters: Parameters) -> str:
    """The shape of a wire: (N, 96, 55, 55)."""
    tensors = [plan.tensor(wire, scope) if scope is not None else None for scope in family.scopes]
    present = [tensor for tensor in tensors if tensor is not None]
    if len({tensor.rank for tensor in present}) > 1:
        return ""
    sizes = [
        _size(
            tuple(HOLE if tensor is None else tensor.shape[axis] for tensor in tensors),
            axis,
            present[0].rank,
            parameters,
        )
        for axis in range(present[0].rank)
    ]
    return clipped(sizes)


def clipped(sizes: list[str]) -> str:
    """Sizes in parentheses, cut where there are too many to read."""
    text = f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def _size(values: tuple[object, ...], axis: int, rank: int, parameters: Parameters) -> str:
    present = [value for value in values if value is not HOLE]
    if all(value == present[0] for value in present):
        return str(present[0])
    name = parameters.shape_name(values)
    if name is not None:
        return name
    letters = _LETTERS.get(rank, ())
    letter = (letters[axis] if axis < len(letters) else "") or f"S{axis}"
    return parameters.letter(letter, values)


def name_axes(plan: Plan, family: Family, parameters: Parameters) -> None:
    """Gives the inputs' axes the plain letters, before anything else takes them."""
    for name in family.inputs:
        tensors = [plan.tensor(FromInput(name), scope) for scope in family.scopes if scope is not None]
        if len({tensor.rank for tensor in tensors}) > 1:
            continue
        letters = _LETTERS.get(tensors[0].rank, ())
        for axis in range(2 if tensors[0].rank > 3 else 1, len(letters)):
            values = tuple(tensor.shape[axis] for tensor in tensors)
            if len(set(values)) > 1 and letters[axis] != "C":
                parameters.letter(letters[axis], values)
