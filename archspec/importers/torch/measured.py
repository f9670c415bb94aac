"""Sizes that remember whose they are. Enters: a tensor's shape, as the model asks for it. Leaves: the same numbers, by which a
later call is seen to take the sizes of that tensor: `F.interpolate(x, size=y.shape[-2:])`.

What Python computes of them, `y.shape[2] // 2`, remembers that it is computed of sizes, and what they were divided by; fractions
are plain numbers again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from archspec.importers.torch.recording import Value

RESIZES = ("interpolate", "upsample")
"""Functions that take the sizes of the axes after batch and channels as their second argument, or as `size`."""


class OfSize(int):
    """A number that the model computes of sizes. `moduli` has all by which any is divided in the same run."""

    moduli: set[int]

    @classmethod
    def of(cls, number: int, moduli: set[int]) -> OfSize:
        made = int.__new__(OfSize, number)
        made.moduli = moduli
        return made

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        """A copy, of an attribute that the model keeps it in, is a number."""
        return int, (int(self),)


_KEEPING = ("add", "sub", "mul", "floordiv", "mod", "pow")
_DIVIDING = ("floordiv", "mod", "divmod", "truediv")


def _remembering(name: str) -> Callable[..., Any]:
    plain = getattr(int, name)

    def computed(self: OfSize, *others: Any) -> Any:
        found = plain(self, *others)
        if name.strip("_") in _DIVIDING and type(others[0]) is int and others[0] > 1:
            self.moduli.add(others[0])
        return OfSize.of(found, self.moduli) if type(found) is int else found

    return computed


for _name in (
    "__neg__",
    "__abs__",
    "__divmod__",
    "__truediv__",
    *(f"__{r}{name}__" for name in _KEEPING for r in ("", "r")),
):
    setattr(OfSize, _name, _remembering(_name))


class Measured(OfSize):
    """The size of one axis of a tensor."""

    value: Value
    axis: int

    def __new__(cls, size: int, value: Value, axis: int, moduli: set[int]) -> Measured:
        made = super().__new__(cls, size)
        made.value, made.axis, made.moduli = value, axis, moduli
        return made


def is_of_size(tree: Any) -> bool:
    """Whether one of the numbers is known to be computed of sizes."""
    if isinstance(tree, slice):
        tree = (tree.start, tree.stop, tree.step)
    return any(map(is_of_size, tree)) if isinstance(tree, (tuple, list)) else isinstance(tree, OfSize)


def measured(sizes: Any, value: Value, axis: int | None, moduli: set[int]) -> Any:
    """What `shape`, `size()` or, with an axis, `size(axis)` gave of a tensor."""
    if axis is not None:
        return Measured(sizes, value, axis % len(value.shape), moduli)
    return torch.Size([Measured(size, value, axis, moduli) for axis, size in enumerate(sizes)])


def resized_like(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of one of `RESIZES` with another tensor in place of all of its sizes, where they are that tensor's."""
    x = arguments[0] if arguments else keywords.get("input")
    like = _owner(arguments[1] if len(arguments) > 1 else keywords.get("size"), len(getattr(x, "shape", ())))
    if like is None:
        return arguments, keywords
    if len(arguments) > 1:
        return (arguments[0], like, *arguments[2:]), keywords
    return arguments, {**keywords, "size": like}


def _owner(size: Any, rank: int) -> Value | None:
    """The tensor of as many axes whose sizes after batch and channels these are, all of them and in order."""
    sizes = size if isinstance(size, (tuple, list)) else [size]
    found = [(one.value, one.axis) for one in sizes if isinstance(one, Measured)]
    if len(found) != len(sizes) or not found:
        return None
    owner = found[0][0]
    axes = [(owner, axis) for axis in range(2, rank)]
    return owner if found == axes and len(owner.shape) == rank else None
