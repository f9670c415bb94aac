"""Where a module stops gradients, or changes them. Enters: a module and its inputs. Leaves: places in the user's code.

A spec says what is computed forward, and gradients follow from it; no op of the language stops one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from archspec.importers.torch.binding import Binding
from archspec.importers.torch.observed import watched
from archspec.importers.torch.places import running_above
from archspec.importers.torch.recording import FACTORIES, short_name, tensors_in

_MAX_SHOWN = 3


def said_of_gradients(module: torch.nn.Module, binding: Binding, keys: Sequence[str]) -> list[str]:
    """What no spec has of a module whose parameters at these keys get other gradients, a line for each place."""
    if not keys:
        return []
    shown = ", ".join(keys[:_MAX_SHOWN]) + (f" and {len(keys) - _MAX_SHOWN} more" if len(keys) > _MAX_SHOWN else "")
    places = _places(module, binding)
    if not places:
        return [f"not in the spec: the gradients of {shown} are other than the module's"]
    return [
        f"not in the spec, so that {shown} would train otherwise: {place} ({what})" for place, what in places.items()
    ]


def _places(module: torch.nn.Module, binding: Binding) -> dict[str, str]:
    """What does it, by its place, in order; none where the module fails."""
    watching = _Watching()
    did_end = watched(module, binding, torch.enable_grad(), watching.functions(), watching)
    return watching.places if did_end else {}


class _Watching(TorchFunctionMode):
    """Notes each function that was given what trains, and answers what does not."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, str] = {}
        self.is_inside = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = short_name(func)
        if self.is_inside or name in FACTORIES:
            return result
        made = [tensor for tensor in tensors_in(result) if tensor.is_floating_point()]
        stops = bool(made) and not any(tensor.requires_grad for tensor in made)
        if stops and any(tensor.requires_grad for tensor in tensors_in((args, kwargs))):
            self._note(name.strip("_") if torch.is_grad_enabled() else f"{name.strip('_')} without gradients")
        return result

    def _note(self, what: str) -> None:
        place = running_above(watched.__code__)
        if place:
            self.places.setdefault(place, what)

    @contextmanager
    def functions(self) -> Iterator[None]:
        """Functions with a backward of their own are one step."""
        original = vars(torch.autograd.Function)["apply"]

        def apply(kind: Any, *args: Any, **keywords: Any) -> Any:
            if not self.is_inside:
                self._note(f"{kind.__name__}, which has a backward of its own")
            inside, self.is_inside = self.is_inside, True
            try:
                return original.__get__(None, kind)(*args, **keywords)
            finally:
                self.is_inside = inside

        torch.autograd.Function.apply = classmethod(apply)  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            torch.autograd.Function.apply = original  # type: ignore[method-assign]
