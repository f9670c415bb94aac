"""One run of a copy of the user's module, while something watches. Enters: a module and its inputs; leaves: whether it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import torch

from archspec.importers.torch.binding import Binding
from archspec.importers.torch.sketching import example
from archspec.importers.torch.tape import BATCHES
from archspec.verification.copies import duplicate
from archspec.verification.seeding import own_numbers


def watched(
    module: torch.nn.Module, binding: Binding, *contexts: AbstractContextManager[Any], training: bool = False,
    answered: Callable[[Any], object] | None = None,
) -> bool:  # fmt: skip
    """Calls a copy of the module within the contexts, the caller's random numbers left alone; False where it fails. `answered`
    gets its answer."""
    arguments = binding.arguments(example(binding.inputs, BATCHES[0]))
    copied = duplicate(module).train(training)
    try:
        with ExitStack() as stack, own_numbers():
            for context in contexts:
                stack.enter_context(context)
            answer = copied(*arguments.positional, **arguments.keywords)
    except Exception:  # whatever a stranger's module raises
        return False
    if answered is not None:
        answered(answer)
    return True
