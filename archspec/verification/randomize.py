"""Random weights that leave nothing unseen. Enters: a module; it leaves with every parameter and every statistic random.

Fresh weights hide mistakes: biases of zero, scales of one and running means of zero compute the same when they are left out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archspec.verification.names import spectral_norms

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

_FEW = 1_000  # batches that a norm claims to have seen


def randomize(model: nn.Module, seed: int = 0, statistics: Collection[str] | None = None) -> None:
    """Fills parameters and running statistics in place; the same for the same seed, names and shapes. `statistics` are the
    keys that may be such; None: those that are called so.

    Matrices and kernels are normal with the variance 1 / fan-in (LeCun et al., Efficient BackProp, 1998); vectors are near
    one, or near zero where they are biases. So signals neither vanish nor explode: twice the variance, as rectifiers alone
    would like it, lets 50 residual blocks grow by a factor of 10^8. Other buffers (masks, tables of positions) are the
    network's own constants and stay. A weight with a spectral norm gets a norm of 1 by its own vectors: that of another weight
    would be near zero, and what is divided by it far too large.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.is_floating_point() or parameter.is_complex():
                parameter.copy_(_parameter(name.rpartition(".")[2], parameter, generator))
        for name, buffer in model.named_buffers():
            if statistics is not None and name not in statistics:
                continue
            statistic = _statistic(name.rpartition(".")[2], buffer, generator)
            if statistic is not None:
                buffer.copy_(statistic)
        _norm_by_their_vectors(model)


def _norm_by_their_vectors(model: nn.Module) -> None:
    """Adds to each weight W under a spectral norm the multiple of u vᵀ with which uᵀ W v is 1."""
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    for keys in spectral_norms(tensors):
        weight, left, right = (tensors[key] for key in keys)
        owner = model.get_submodule(keys.left.rpartition(".")[0])
        axis = getattr(owner, "dim", None)
        axes = [axis] if isinstance(axis, int) else range(weight.dim())  # of a transposed convolution, the second
        axis = next((axis for axis in axes if weight.shape[axis] == left.numel()), None)
        size = float(left.square().sum() * right.square().sum())
        if axis is None or not size > 0 or left.numel() * right.numel() != weight.numel():
            continue
        matrix = weight.movedim(axis, 0)  # a view
        by_vectors = left.outer(right).reshape(matrix.shape)
        matrix.add_(by_vectors, alpha=(1 - float((matrix * by_vectors).sum())) / size)


def _parameter(name: str, parameter: Tensor, generator: Generator) -> Tensor:
    normal = _normal(parameter, generator)
    if parameter.dim() >= 2:
        return normal * math.sqrt(1 / max(1, parameter[0].numel()))
    return normal * 0.1 + (0.0 if "bias" in name else 1.0)


def _statistic(name: str, buffer: Tensor, generator: Generator) -> Tensor | None:
    """A new value for a batch norm's statistic; None for any other buffer."""
    import torch

    if name == "running_mean":
        return _normal(buffer, generator) * 0.1
    if name == "running_var":
        return torch.rand(buffer.shape, generator=generator) + 0.5
    if name == "num_batches_tracked":
        return torch.randint(1, _FEW, buffer.shape, generator=generator)
    return None


def _normal(like: Tensor, generator: Generator) -> Tensor:
    import torch

    return torch.randn(like.shape, generator=generator, dtype=torch.complex64 if like.is_complex() else torch.float32)


@contextmanager
def borrowed(model: nn.Module) -> Iterator[nn.Module]:
    """The module, to be filled and run; afterwards its weights, statistics and modes are what they were."""
    import torch

    kept = [(tensor, tensor.detach().clone()) for tensor in [*model.parameters(), *model.buffers()]]
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield model
    finally:
        with torch.no_grad():
            for tensor, before in kept:
                tensor.copy_(before)
        for module, mode in modes:
            module.training = mode
