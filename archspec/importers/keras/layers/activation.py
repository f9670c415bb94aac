"""Activations: as layers, and as the argument of others. https://keras.io/api/layers/activations/"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.importers.keras.config import Plain, shown
from archspec.importers.keras.layers import handle, handles
from archspec.importers.keras.step import Step, Value
from archspec.importers.sketch import Literal

_SAME: dict[str, tuple[str, dict[str, Literal]]] = {
    "relu": ("ReLU", {}), "relu6": ("ReLU6", {}), "sigmoid": ("Sigmoid", {}), "tanh": ("Tanh", {}), "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}), "swish": ("SiLU", {}), "silu": ("SiLU", {}), "gelu": ("GELU", {}), "elu": ("ELU", {}),
    "selu": ("SELU", {}), "celu": ("CELU", {}), "mish": ("Mish", {}), "exponential": ("Exp", {}), "hard_silu": ("Hardswish", {}),
    "hard_swish": ("Hardswish", {}), "log_sigmoid": ("LogSigmoid", {}), "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
    "hard_tanh": ("Hardtanh", {}), "tanh_shrink": ("Tanhshrink", {}), "soft_shrink": ("Softshrink", {}),
    "hard_shrink": ("Hardshrink", {}),
}  # fmt: skip

_LAYERS = ("ReLU", "LeakyReLU", "ELU", "Softmax", "ThresholdedReLU", "Activation")
"""Layers without weights, which may stand as the argument of another."""


def activated(step: Step, value: Value, key: str = "activation") -> Value:
    """The tensor after the activation that the layer has as an argument; a layer of its own, as PyTorch has it."""
    held = step.config.value(key)
    if isinstance(held, Mapping) and held.get("class_name") in _LAYERS:
        return handle(step.wrapped(key, [value], "activation"))[0]
    name = _name(step, held)
    return value if name == "linear" else activation(step, value, name, name)


def activation(step: Step, value: Value, name: str, part: str = "") -> Value:
    """The tensor after an activation."""
    if name in ("softmax", "log_softmax"):
        kind = "Softmax" if name == "softmax" else "LogSoftmax"
        return step.layer_of(kind, [value], part=part, dim=step.own_axis(value, value.rank - 1))
    if name == "hard_sigmoid" and step.network.is_old:  # the slope was 0.2 until Keras 3
        x = step.layer_of("Mul", [value], part=f"{part}_slope", value=0.2)
        x = step.layer_of("Add", [x], part=f"{part}_offset", value=0.5)
        return step.layer_of("Clamp", [x], part=part, min=0.0, max=1.0)
    if name == "hard_sigmoid":
        return step.layer_of("Hardsigmoid", [value], part=part)
    if name not in _SAME:
        raise step.problem(f"has the activation {shown(name)}, which no op of a spec stands for")
    type_, keys = _SAME[name]
    return step.layer_of(type_, [value], part=part, more=keys)


def _name(step: Step, value: Plain) -> str:
    """An activation's name; Keras 3 may write it as an object, and a function of one's own is one too."""
    if value is None:
        return "linear"
    if isinstance(value, Mapping):
        registered, held = value.get("registered_name"), value.get("config")
        own = isinstance(registered, str) and ">" in registered
        value = None if own or value.get("class_name") != "function" or not isinstance(held, str) else held
    if not isinstance(value, str):
        raise step.problem(
            "has an activation of its own, whose code is not in the file", help="use one of Keras's by its name"
        )
    return value


@handles("Activation")
def layer(step: Step) -> Value:
    """The activation of that name."""
    name = _name(step, step.config.value("activation"))
    return step.x if name == "linear" else activation(step, step.x, name)


@handles("ReLU")
def relu(step: Step) -> Value:
    """ReLU, ReLU6, LeakyReLU; a bound of another number is a Clamp."""
    slope = step.config.number("negative_slope", 0.0)
    step.refuse("threshold", (0.0, 0), "and PyTorch's ReLU begins at 0")
    if not step.config.has("max_value"):
        return step.layer_of("LeakyReLU", [step.x], negative_slope=slope) if slope else step.layer_of("ReLU", [step.x])
    step.need(slope == 0, "has both a largest value and a slope below 0")
    most = step.config.number("max_value")
    return step.layer_of("ReLU6", [step.x]) if most == 6 else step.layer_of("Clamp", [step.x], min=0.0, max=most)


@handles("LeakyReLU")
def leaky_relu(step: Step) -> Value:
    """LeakyReLU, whose slope is 0.3 where nothing is said, and 0.01 in PyTorch."""
    slope = step.config.number("negative_slope" if step.config.has("negative_slope") else "alpha", 0.3)
    return step.layer_of("LeakyReLU", [step.x], negative_slope=slope)


@handles("ELU")
def elu(step: Step) -> Value:
    """ELU."""
    return step.layer_of("ELU", [step.x], alpha=step.config.number("alpha", 1.0))


@handles("ThresholdedReLU")
def thresholded_relu(step: Step) -> Value:
    """Threshold."""
    return step.layer_of("Threshold", [step.x], threshold=step.config.number("theta", 1.0), value=0.0)


@handles("Softmax")
def softmax(step: Step) -> Value:
    """Softmax over an axis of Keras's order."""
    value = step.x
    step.config.without_effect("robust_masking")  # there is no mask
    return step.layer_of("Softmax", [value], dim=step.own_axis(value, step.axis("axis", value.rank)))


@handles("PReLU")
def prelu(step: Step) -> Value:
    """PReLU where all positions of a channel share a slope; else written out, with the slopes as a Parameter."""
    value = step.x
    shared = step.axes("shared_axes", [], value.rank) if step.config.has("shared_axes") else []
    sizes = step.numbers([1 if axis in shared else size for axis, size in enumerate(value.shape)][1:])
    if all(size == 1 for size in sizes[:-1]):
        value = step.moved(value)
        return step.layer_of("PReLU", [value], num_parameters=sizes[-1])
    value = step.kept(value)
    slope = step.layer_of("Parameter", [], part="alpha", shape=list(sizes))
    above, below = step.layer_of("ReLU", [value], part="above"), step.layer_of("Clamp", [value], part="below", max=0.0)
    return step.layer_of("Add", [above, step.layer_of("Mul", [below, slope], part="slope")])
