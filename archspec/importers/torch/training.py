"""What a module computes in training only. Enters: a module and its inputs. Leaves: places in the user's code.

The spec of an import is what the module computes in evaluation. Layers that behave otherwise in training (dropout, batch norm)
do so in the spec too; what the module's own code adds in training (noise, dropped branches, further heads) is not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from archspec.importers.torch.binding import Binding
from archspec.importers.torch.modules import is_layer
from archspec.importers.torch.places import running_above
from archspec.importers.torch.recording import short_name
from archspec.importers.torch.sketching import example
from archspec.importers.torch.tape import BATCHES
from archspec.verification.copies import duplicate

Step = tuple[str, str]
"""A place, and what was called there."""


def only_in_training(module: nn.Module, binding: Binding) -> dict[str, list[str]]:
    """The lines that compute in training and not in evaluation, each with what it calls; none where training fails."""
    in_evaluation, in_training = (_steps(module, binding, training) for training in (False, True))
    found: dict[str, list[str]] = {}
    for place, name in in_training:
        if (place, name) not in in_evaluation:
            found.setdefault(place, []).append(name)
    return found


def said_of_training(module: nn.Module, binding: Binding) -> list[str]:
    """What no spec of an evaluation has, a line for each place."""
    said = []
    for place, calls in only_in_training(module, binding).items():
        names = ", ".join(dict.fromkeys(call.strip("_") for call in calls))
        said.append(f"not in the spec, since it runs in training only: {place} ({names})")
    return said


def _steps(module: nn.Module, binding: Binding, training: bool) -> dict[Step, None]:
    """What the module calls in one of its modes, in order."""
    watching = _Watching()
    arguments = binding.arguments(example(binding.inputs, BATCHES[0]))
    copied = duplicate(module).train(training)
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]), watching.layers(), watching:
            copied(*arguments.positional, **arguments.keywords)
    except Exception:  # whatever a stranger's module raises
        return {}
    return watching.steps


class _Watching(TorchFunctionMode):
    """Notes each function of torch by its place in the user's code; a layer is one step."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[Step, None] = {}
        self.is_inside = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, (torch.Tensor, tuple, list)) and not isinstance(result, torch.Size):
            self._note(short_name(func))
        return result

    def _note(self, name: str) -> None:
        place = "" if self.is_inside else running_above(_steps.__code__)
        if place:
            self.steps[place, name] = None

    @contextmanager
    def layers(self) -> Iterator[None]:
        original = nn.Module.__call__

        def call(module: nn.Module, *args: Any, **keywords: Any) -> Any:
            if self.is_inside or not is_layer(module):
                return original(module, *args, **keywords)
            self._note(type(module).__name__)
            self.is_inside = True
            try:
                return original(module, *args, **keywords)
            finally:
                self.is_inside = False

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            yield
        finally:
            nn.Module.__call__ = original  # type: ignore[method-assign]
