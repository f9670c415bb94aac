"""Attributes that are computed when they are first asked for, and then kept. Enters: a method; leaves: a descriptor.

`functools.cached_property` takes a lock for each before Python 3.12, which is a tenth of what checking a long document costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Kept = TypeVar("Kept")


class once(Generic[Kept]):
    """A property whose value is computed once for each object and lies in its `__dict__` from then on."""

    def __init__(self, compute: Callable[[Any], Kept]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> once[Kept]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Kept: ...

    def __get__(self, instance: object | None, owner: type) -> Kept | once[Kept]:
        if instance is None:
            return self
        found = instance.__dict__[self.name] = self.compute(instance)
        return found
