"""Modules of other packages that are an op: stochastic depth, which many projects copy. Enters: a module. Leaves: its keys.

A class's name says nothing by itself, so the module is called on ones, several times, and has to answer as the op would.
Whether it drops samples or the whole batch is seen as well: samples of one call differ, or never do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from archspec.importers.sketch import Literal
from archspec.verification.seeding import own_numbers, seed

TYPE = "StochasticDepth"
_CALLED = ("DropPath", "StochasticDepth")
_PROBABILITIES = ("drop_prob", "p")
"""What timm and torchvision call it."""
_SHAPES = ((1024, 2, 2, 2), (1024, 2, 2), (1024, 2))
_DRAWS = 8
_SURELY = 20
"""How many samples have to be expected to be dropped, and to be kept, so that none is not by chance."""
_OF_BATCHES = 60
"""The same of whole batches, whose share is held against the probability as well."""
_DEVIATIONS = 6
"""Standard deviations within which a share may lie."""
_known: WeakKeyDictionary[nn.Module, tuple[object, dict[str, Literal] | None]] = WeakKeyDictionary()


def stochastic_depth(module: nn.Module) -> dict[str, Literal] | None:
    """`p` and `mode`, where the module drops samples or the batch just so; None where it is something else."""
    if type(module).__name__ not in _CALLED or any(True for _ in module.parameters()):
        return None
    probability = next((vars(module)[name] for name in _PROBABILITIES if name in vars(module)), False)
    given = 0.0 if probability is None else probability
    if isinstance(given, bool) or not isinstance(given, Real) or not 0 <= float(given) < 1:
        return None
    declared = vars(module).get("mode", "row")
    told = (float(given), declared)
    if module not in _known or _known[module][0] != told:
        mode = _behaviour(module, float(given), declared) if declared in ("row", "batch") else None
        _known[module] = told, {"p": float(given), "mode": mode} if mode is not None else None
    return _known[module][1]


def _behaviour(module: nn.Module, p: float, declared: str) -> str | None:
    """The mode in which it zeroes what it drops and divides the others by 1 - p, in training only; None where it does not."""
    was_training = module.training
    try:
        with torch._C.DisableTorchFunction(), torch.no_grad(), own_numbers():
            seed(0)
            return next((mode for shape in _SHAPES if (mode := _mode(module, shape, p, declared))), None)
    finally:
        module.train(was_training)


def _mode(module: nn.Module, shape: tuple[int, ...], p: float, declared: str) -> str | None:
    """The same, for samples of one shape. What was declared counts where chance alone may hide what it does."""
    ones = torch.ones(shape)
    evaluated = _called(module.eval(), ones)
    if evaluated is None or not torch.equal(evaluated, ones):
        return None
    draws = [_kept(module, ones, p) for _ in range(_DRAWS)]
    if any(kept is None for kept in draws):
        return None
    rarer = min(p, 1 - p)
    if any(kept is not None and 0 < int(kept.sum()) < len(kept) for kept in draws):
        return "row" if _is_share(draws, p) else None
    if rarer * len(ones) * _DRAWS < _SURELY:
        return declared
    draws = [_kept(module, ones[:2], p) for _ in range(math.ceil(_OF_BATCHES / rarer))]
    is_whole = all(kept is not None and bool(kept[0] == kept[1]) for kept in draws)
    return "batch" if is_whole and _is_share([kept[:1] for kept in draws if kept is not None], p) else None


def _called(module: nn.Module, ones: torch.Tensor) -> torch.Tensor | None:
    """What it gives, where that is a tensor of the same shape."""
    try:
        given: Any = module.forward(ones.clone())
    except Exception:  # whatever a stranger's module raises, for samples of a rank that it is not made for
        return None
    return given if isinstance(given, torch.Tensor) and given.shape == ones.shape else None


def _kept(module: nn.Module, ones: torch.Tensor, p: float) -> torch.Tensor | None:
    """Which samples one call in training keeps; None where it gives something else than 0 or 1/(1 - p) throughout a sample."""
    given = _called(module.train(), ones)
    if given is None:
        return None
    rows = given.reshape(len(ones), -1)
    is_kept = torch.isclose(rows, torch.tensor(1 / (1 - p)))
    is_right = (is_kept | (rows == 0)) & (is_kept == is_kept[:, :1])
    return is_kept[:, 0] if bool(is_right.all()) else None


def _is_share(draws: Sequence[torch.Tensor | None], p: float) -> bool:
    """Whether as many are dropped as the probability says."""
    kept = torch.cat([draw for draw in draws if draw is not None]).double()
    return abs(1 - float(kept.mean()) - p) < _DEVIATIONS * math.sqrt(p * (1 - p) / len(kept))
