"""How two modules train: the gradients of their parameters. Enters: modules with the same weights, and a call. Leaves: the keys
of the parameters that get other gradients in the one than in the other. Imports torch.

Equal outputs say nothing of it: a tensor that is detached, and a function with a backward of its own, compute the same forward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archspec.verification.calling import Arguments, named
from archspec.verification.seeding import seed

if TYPE_CHECKING:
    import torch
    from torch import nn

_RELATIVE = 1e-3
"""Of a parameter's greatest gradient: kernels round differently, another way back differs by far more."""
_NOISE = 1e-5
"""Of the greatest gradient of all: what should cancel to zero, as behind a norm, is rounding alone."""

Call = Callable[[], Arguments]


def different_gradients(ours: nn.Module, theirs: nn.Module, own: Call, other: Call) -> tuple[str, ...]:
    """The keys, in evaluation, of a sum of the outputs that weighs each number differently. Empty also where the reference cannot
    go back."""
    wanted = _gradients(theirs, other())
    if wanted is None:
        return ()
    got = _gradients(ours, own()) or {}
    greatest = max((float(gradient.abs().max()) for gradient in wanted.values()), default=0.0)
    return tuple(
        key for key in dict.fromkeys([*wanted, *got]) if not _alike(got.get(key), wanted.get(key), _NOISE * greatest)
    )


def _gradients(model: nn.Module, arguments: Arguments) -> dict[str, torch.Tensor] | None:
    """By key, where there are any numbers; None where the module does not compute them."""
    import torch

    parameters = {key: one for key, one in model.named_parameters() if one.requires_grad and one.numel()}
    seed(0)
    try:
        with torch.enable_grad():
            answer = named(model.eval()(*arguments.positional, **arguments.keywords), torch.Tensor)
            loss = _weighed([tensor for tensor in answer.values() if tensor.requires_grad])
            if loss is None or not parameters:
                return {}
            found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    except Exception:  # whatever a stranger's module raises
        return None
    return {key: one for key, one in zip(parameters, found, strict=True) if one is not None}


def _weighed(tensors: Sequence[torch.Tensor]) -> torch.Tensor | None:
    import torch

    generator = torch.Generator().manual_seed(0)
    parts = [
        ((tensor.abs() if tensor.is_complex() else tensor) * torch.randn(tensor.shape, generator=generator)).sum()
        for tensor in tensors
    ]
    return torch.stack([part.double() for part in parts]).sum() if parts else None


def _alike(a: torch.Tensor | None, b: torch.Tensor | None, noise: float) -> bool:
    """Whether gradients are the same but for rounding; none is zero."""
    import torch

    if a is None and b is None:
        return True
    known = [one.to(torch.float64) for one in (a, b) if one is not None]
    first, second = known if len(known) == 2 else (known[0], torch.zeros_like(known[0]))
    distance = float((first - second).abs().nan_to_num(0.0).max())
    return distance <= noise + _RELATIVE * float(second.abs().nan_to_num(0.0).max() if len(known) == 2 else 0.0)
