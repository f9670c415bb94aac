"""Weights that start otherwise than PyTorch starts them: what a spec whose biases have an `init` leaves unsaid.

Enters: a sketch with its `init`, and the module's layers. Leaves: types of layers. A fresh layer is drawn beside each, and their
figures are compared; nothing is said of tensors that are too small to tell.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from archspec.importers.sketch import Layer, Sketch
from archspec.importers.torch.measuring import is_uniform, measure
from archspec.verification.seeding import own_numbers, seed

_LEAST = 1_000
"""Numbers from which on a distribution is told from another for certain."""
_SURE = 5
"""Standard errors: there are many layers, and none may differ by chance."""


def types_drawn_otherwise(
    sketch: Sketch, modules: Mapping[str, nn.Module], with_state: Mapping[str, Layer]
) -> list[str]:
    """Types of layers whose weights are drawn in another way than a fresh layer's, in a sketch that says a start of some layer;
    where it says none, nothing looks as if it said all."""
    layers = [layer for layer in sketch.layers if layer.use is None and with_state.get(layer.path) is layer]
    if not sketch.init and not any(isinstance(layer.keys.get("init"), dict) for layer in layers):
        return []
    found: dict[str, None] = {}
    for layer in layers:
        if layer.type not in found and _differs(layer, modules[layer.path], sketch.init.get(layer.type, {})):
            found[layer.type] = None
    return list(found)


def _differs(layer: Layer, module: nn.Module, said_of_type: Mapping[str, object]) -> bool:
    own = layer.keys.get("init")
    said = {*said_of_type, *layer.tie, *(own if isinstance(own, dict) else ())}
    drawn = [
        name for name, tensor in module.named_parameters()
        if name not in said and tensor.numel() >= _LEAST and tensor.is_floating_point()
    ]  # fmt: skip
    fresh = _fresh(module, layer.type) if drawn else None
    if fresh is None:
        return False
    others = dict(fresh.named_parameters())
    return any(_are_unlike(dict(module.named_parameters())[name], others[name]) for name in drawn if name in others)


def _fresh(module: nn.Module, type: str) -> nn.Module | None:
    """The same layer as PyTorch starts it; None where it has no start of its own."""
    kind: Any = getattr(nn, type, None)
    reset = getattr(kind, "reset_parameters", None) or getattr(kind, "_reset_parameters", None)
    if reset is None or not isinstance(module, kind):
        return None
    try:
        with own_numbers(), torch.no_grad():
            seed(0)
            made: nn.Module = copy.deepcopy(module)
            reset(made)
    except (RuntimeError, AttributeError, TypeError):  # a subclass that keeps its weights elsewhere
        return None
    return made


def _are_unlike(tensor: torch.Tensor, fresh: torch.Tensor) -> bool:
    own, other = measure(tensor.detach()), measure(fresh.detach())
    if not math.isfinite(own.std):
        return False
    if other.low == other.high or own.low == own.high:
        return (own.low, own.high) != (other.low, other.high)
    error = _SURE / math.sqrt(own.count)
    least, most = sorted((own.std, other.std))
    is_shifted = abs(own.mean - other.mean) > error * 2 * most
    return most > (1 + error) * least or is_shifted or is_uniform(own) != is_uniform(other)
