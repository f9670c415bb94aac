"""A module as it can be run and looked at without changing it. Enters: a module of any make. Leaves: copies. Imports torch."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from archspec.verification.seeding import own_numbers

if TYPE_CHECKING:
    import torch
    from torch import nn

    from archspec.verification.calling import Arguments


def duplicate(module: nn.Module) -> nn.Module:
    """A copy with parameters of its own.

    Tensors that were computed from parameters (a weight that is normalized before each call) are copied as numbers, and what
    Python cannot copy (a lock, an open file) is shared.
    """
    from torch.nn.parameter import UninitializedBuffer

    memo: dict[int, Any] = {}
    for buffer in module.buffers():
        if isinstance(buffer, UninitializedBuffer):
            make: Any = type(buffer)  # its stub has the arguments of Buffer
            memo[id(buffer)] = make(device=buffer.device, dtype=buffer.dtype)
    for value in _attributes(module):
        for tensor in _tensors(value):
            if id(tensor) not in memo and not tensor.is_leaf:
                memo[id(tensor)] = tensor.detach().clone()
    try:
        return copy.deepcopy(module, dict(memo))
    except Exception:  # whatever a stranger's object raises where it is copied
        shared = {id(value): value for value in _attributes(module) if not _can_be_copied(value, memo)}
        return copy.deepcopy(module, {**shared, **memo})


def initialized(module: nn.Module, arguments: Arguments) -> nn.Module:
    """The module; where it is lazy, a copy that has run on the arguments, and so knows the shapes of its parameters."""
    import torch

    if not is_lazy(module):
        return module
    made = duplicate(module)
    with torch.no_grad(), own_numbers():
        made.eval()(*arguments.positional, **arguments.keywords)
    return made.train(module.training)


def is_lazy(module: nn.Module) -> bool:
    """Whether a parameter or buffer gets its shape from the first input."""
    from torch.nn.parameter import is_lazy

    return any(is_lazy(tensor) for tensor in (*module.parameters(), *module.buffers()))


def _attributes(module: nn.Module) -> Iterator[Any]:
    """What the module and those in it keep beside parameters, buffers and modules."""
    for part in module.modules():
        yield from (value for name, value in vars(part).items() if name not in ("_parameters", "_buffers", "_modules"))


def _tensors(value: Any) -> list[torch.Tensor]:
    import torch

    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for item in value for tensor in _tensors(item)] if isinstance(value, (tuple, list)) else []


def _can_be_copied(value: Any, memo: dict[int, Any]) -> bool:
    try:
        copy.deepcopy(value, dict(memo))
    except Exception:  # as above
        return False
    return True
