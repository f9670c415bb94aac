"""Normalizations. https://onnx.ai/onnx/operators/onnx__BatchNormalization.html"""

from __future__ import annotations

import math

import numpy as np

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Known
from archspec.importers.sketch import Literal
from archspec.words import counted


@handles("BatchNormalization")
def batch_norm(step: Step) -> Computed:
    """BatchNorm1d to 3d with its running statistics. ONNX keeps `momentum` of the old mean, PyTorch takes it of the new."""
    rank = len(step.shape())
    step.need(2 <= rank <= 5, f"normalizes an input of {counted(rank, 'axis')}, and PyTorch's reads 2 to 5")
    step.need(step.integer("spatial", 1) == 1, "has statistics for each position (spatial=0), which PyTorch's has not")
    step.need(step.integer("training_mode", 0) == 0, "is in training mode", help="export the model in eval mode")
    names = ("weight", "bias", "running_mean", "running_var")
    weights = {name: step.weights(i, f"its {name}") for i, name in enumerate(names, 1)}
    momentum = round(1 - step.number("momentum", 0.9), 7)
    affine = not _is_neutral(weights)
    if not affine:
        weights = {name: weights[name] for name in names[2:]}
    return step.layer(
        f"BatchNorm{max(rank - 2, 1)}d",
        weights=weights,
        eps=step.number("epsilon", 1e-5),
        momentum=momentum,
        affine=affine,
    )


def _is_neutral(weights: dict[str, Known]) -> bool:
    """Whether scale and shift are no parameters, and change nothing: exporters write them for norms that have none."""
    pairs = [(weights[name], number) for name, number in (("weight", 1), ("bias", 0)) if name in weights]
    return all(value.is_buffer and bool((value.array == number).all()) for value, number in pairs)


@handles("InstanceNormalization")
def instance_norm(step: Step) -> Computed:
    """InstanceNorm1d to 3d."""
    rank = len(step.shape()) - 2
    step.need(1 <= rank <= 3, f"normalizes {counted(rank, 'axis')} of each channel, and PyTorch's reads 1 to 3")
    weights = {"weight": step.weights(1, "its scale"), "bias": step.weights(2, "its shift")}
    affine = not _is_neutral(weights)
    return step.layer(
        f"InstanceNorm{rank}d", weights=weights if affine else {}, eps=step.number("epsilon", 1e-5), affine=affine
    )


@handles("GroupNormalization")
def group_norm(step: Step) -> Computed:
    """GroupNorm. Until version 21, a whole group has one scale; each of its channels gets it."""
    step.need(len(step.shape()) >= 2, f"reads {step.shown(step.shape())}, which has no channels")
    groups, channels = step.integer("num_groups", 1), step.shape()[1]
    weights = {"weight": step.weights(1, "its scale"), "bias": step.weights(2, "its shift")}
    if step.version < 21 and isinstance(channels, int) and groups > 0 and channels % groups == 0:
        repeats = channels // groups
        weights = {name: _repeated(value, repeats) for name, value in weights.items()}
    affine = not _is_neutral(weights)
    return step.layer(
        "GroupNorm",
        weights=weights if affine else {},
        num_groups=groups,
        eps=step.number("epsilon", 1e-5),
        affine=affine,
    )


def _repeated(value: Known, repeats: int) -> Known:
    if repeats == 1:
        return value
    return value.then(("repeat", repeats), (value.size * repeats,), lambda array: np.repeat(array, repeats))


@handles("LayerNormalization", "RMSNormalization")
def layer_norm(step: Step) -> Computed:
    """LayerNorm or RMSNorm over the axes from `axis` on."""
    shape = step.shape()
    axis = step.axis(len(shape), -1)
    sizes = [size for size in shape[axis:] if isinstance(size, int)]
    step.need(len(sizes) == len(shape) - axis, "normalizes over an axis whose size is only named", step.sizes_help)
    weights = {"weight": _sized(step, step.weights(1, "its scale"), sizes)}
    keys: dict[str, Literal] = {"normalized_shape": list(sizes) if len(sizes) > 1 else None}
    if step.has(2):
        weights["bias"] = _sized(step, step.weights(2, "its shift"), sizes)
    if _is_neutral(weights):
        weights, keys = {}, {**keys, "elementwise_affine": False}
    if step.op == "RMSNormalization":
        return step.layer("RMSNorm", weights=weights, eps=step.number("epsilon", 1e-5), more=keys)
    return step.layer(
        "LayerNorm", weights=weights, eps=step.number("epsilon", 1e-5), bias=step.has(2) or not weights, more=keys
    )


def _sized(step: Step, value: Known, sizes: list[int]) -> Known:
    """Weights in the shape of what is normalized. Raises where there are more or fewer."""
    step.need(
        value.size == math.prod(sizes),
        f"has weights of {step.shown(value.shape)} for axes of {step.shown(tuple(sizes))}",
    )
    return value.reshaped(*sizes)


@handles("LRN")
def local_response_norm(step: Step) -> Computed:
    """LocalResponseNorm; both divide alpha by the size. Of an even size ONNX takes the channel more after, PyTorch before."""
    size = step.integer("size", 0)
    step.need(size % 2 == 1, f"sums over {size} channels, an even number, which PyTorch places otherwise")
    return step.layer("LocalResponseNorm", size=size, alpha=step.number("alpha", 1e-4), beta=step.number("beta", 0.75),
                      k=step.number("bias", 1.0))  # fmt: skip


@handles("LpNormalization")
def lp_norm(step: Step) -> Computed:
    """The tensor divided by its norm along an axis."""
    axis = step.axis(len(step.shape()), -1)
    return step.layer("Normalize", p=float(step.integer("p", 2)), dim=axis)
