"""Contexts that change what functions compute, and that no spec can say. Enters: a module that is about to run. Leaves: an
`ImportProblem` where one is entered, with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from archspec.importers.sketch import ImportProblem


@contextmanager
def refused_contexts(place: Callable[[], str]) -> Iterator[None]:
    """Autocast takes other dtypes than the tensors have, also where this machine lacks the device that it is for."""
    start: Any = torch.autocast.__init__
    enter: Any = torch.autocast.__enter__
    asked: dict[int, bool] = {}

    def noted(
        self: Any, device_type: str, dtype: Any = None, enabled: bool = True, *args: Any, **keywords: Any
    ) -> None:
        asked[id(self)] = bool(enabled)
        start(self, device_type, dtype, enabled, *args, **keywords)

    def entered(self: Any) -> Any:
        if asked.get(id(self), self._enabled):
            raise ImportProblem(
                "the model computes under torch.autocast, which picks a dtype for each function, and no spec says which",
                place(), "import it without, and use autocast around the call",
            )  # fmt: skip
        return enter(self)

    torch.autocast.__init__, torch.autocast.__enter__ = noted, entered  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.autocast.__init__, torch.autocast.__enter__ = start, enter  # type: ignore[method-assign]
