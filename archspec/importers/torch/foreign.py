"""Modules of other packages that are an op: stochastic depth, which many projects copy. Enters: a module. Leaves: its keys.

A class's name says nothing by itself, so the module is called on ones, and has to answer as the op would.
"""

from __future__ import annotations

from numbers import Real
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from archspec.importers.sketch import Literal

TYPE = "StochasticDepth"
_CALLED = ("DropPath", "StochasticDepth")
_PROBABILITIES = ("drop_prob", "p")
"""What timm and torchvision call it."""
_SHAPES = ((1024, 2, 2, 2), (1024, 2, 2), (1024, 2))
_SURELY = 20
"""How many of the samples have to be expected to be dropped, so that none is not by chance."""
_known: WeakKeyDictionary[nn.Module, tuple[object, dict[str, Literal] | None]] = WeakKeyDictionary()


def stochastic_depth(module: nn.Module) -> dict[str, Literal] | None:
    """`p` and `mode`, where the module drops samples or the batch just so; None where it is something else."""
    if type(module).__name__ not in _CALLED or any(True for _ in module.parameters()):
        return None
    probability = next((vars(module)[name] for name in _PROBABILITIES if name in vars(module)), False)
    given = 0.0 if probability is None else probability
    if isinstance(given, bool) or not isinstance(given, Real) or not 0 <= float(given) < 1:
        return None
    mode = vars(module).get("mode", "row")
    told = (float(given), mode)
    if module not in _known or _known[module][0] != told:
        fits = mode in ("row", "batch") and _behaves(module, float(given), mode)
        _known[module] = told, {"p": float(given), "mode": mode} if fits else None
    return _known[module][1]


def _behaves(module: nn.Module, p: float, mode: str) -> bool:
    """Whether it zeroes what it drops and divides the others by 1 - p, in training only."""
    was_training = module.training
    try:
        with torch._C.DisableTorchFunction(), torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return any(_drops(module, torch.ones(shape), p, mode) for shape in _SHAPES)
    finally:
        module.train(was_training)


def _drops(module: nn.Module, ones: torch.Tensor, p: float, mode: str) -> bool:
    """The same, for samples of one shape."""
    try:
        trained: Any = module.train().forward(ones.clone())
        evaluated: Any = module.eval().forward(ones.clone())
    except Exception:  # whatever a stranger's module raises, for samples of a rank that it is not made for
        return False
    if not all(isinstance(y, torch.Tensor) and y.shape == ones.shape for y in (trained, evaluated)):
        return False
    rows = trained.reshape(len(ones), -1)
    first = rows[:, :1] if mode == "row" else rows[:1, :1]
    is_dropped = rows == 0
    is_often = mode == "row" and p * len(ones) > _SURELY
    is_right = (torch.isclose(rows, torch.tensor(1 / (1 - p))) | is_dropped) & (rows == first)
    return torch.equal(evaluated, ones) and bool(is_right.all()) and (not is_often or bool(is_dropped.any()))
