"""Shapes in comments and docstrings, as Python shows them. Enters: tensors of one wire in all uses; leaves: text.

A size that differs between uses is shown by the name that the class has for it, or else by a letter.
"""

from __future__ import annotations

from archspec.backends.torch.family import Entry, Family
from archspec.backends.torch.parameters import Parameters
from archspec.backends.torch.plan import Plan
from archspec.backends.torch.uses import HOLE
from archspec.graph import DEFAULT_PORT, Wire

MAX_SHOWN = 72
_LETTERS = {3: ("", "T", "C"), 4: ("", "C", "H", "W"), 5: ("", "C", "D", "H", "W")}


def shown(plan: Plan, entry: Entry, family: Family, parameters: Parameters) -> str:
    """The shape of an entry's single output."""
    wire = Wire(None, entry.position, DEFAULT_PORT)
    if entry.emission is not None and entry.emission.ports:
        return ""
    return shape_of(plan, wire, family, parameters)


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
        tensors = [plan.tensor(Wire(name, -1, DEFAULT_PORT), scope) for scope in family.scopes if scope is not None]
        if len({tensor.rank for tensor in tensors}) > 1:
            continue
        letters = _LETTERS.get(tensors[0].rank, ())
        for axis in range(2 if tensors[0].rank > 3 else 1, len(letters)):
            values = tuple(tensor.shape[axis] for tensor in tensors)
            if len(set(values)) > 1 and letters[axis] != "C":
                parameters.letter(letters[axis], values)
