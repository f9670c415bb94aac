"""Activations. https://onnx.ai/onnx/operators/onnx__Relu.html"""

from __future__ import annotations

import math

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Known, short
from archspec.importers.sketch import Literal

_SAME = {"Relu": "ReLU", "Sigmoid": "Sigmoid", "Tanh": "Tanh", "HardSwish": "Hardswish", "Mish": "Mish",
         "Softplus": "Softplus", "Softsign": "Softsign", "Erf": "Erf"}  # fmt: skip


@handles(*_SAME)
def same(step: Step) -> Computed:
    """One that PyTorch has under its own name."""
    return step.layer(_SAME[step.op])


@handles("LeakyRelu")
def leaky_relu(step: Step) -> Computed:
    """LeakyReLU."""
    return step.layer("LeakyReLU", negative_slope=step.number("alpha", 0.01))


@handles("Elu")
def elu(step: Step) -> Computed:
    """ELU."""
    return step.layer("ELU", alpha=step.number("alpha", 1.0))


@handles("Celu")
def celu(step: Step) -> Computed:
    """CELU."""
    return step.layer("CELU", alpha=step.number("alpha", 1.0))


@handles("Selu")
def selu(step: Step) -> Computed:
    """SELU, whose two constants PyTorch fixes."""
    alpha, gamma = step.number("alpha", 1.67326319), step.number("gamma", 1.05070098)
    step.need(math.isclose(alpha, 1.67326319, rel_tol=1e-5) and math.isclose(gamma, 1.05070098, rel_tol=1e-5),
              f"has alpha {alpha} and gamma {gamma}, and SELU has constants of its own")  # fmt: skip
    return step.layer("SELU")


@handles("HardSigmoid")
def hard_sigmoid(step: Step) -> Computed:
    """Hardsigmoid where the slope is PyTorch's 1/6; else the line, clamped."""
    alpha, beta = step.number("alpha", 0.2), step.number("beta", 0.5)
    if math.isclose(alpha, 1 / 6, rel_tol=1e-4) and beta == 0.5:
        return step.layer("Hardsigmoid")
    x = step.layer("Mul", suffix="slope", value=alpha)
    x = step.layer("Add", [x], suffix="offset", value=beta)
    return step.layer("Clamp", [x], min=0.0, max=1.0)


@handles("Gelu")
def gelu(step: Step) -> Computed:
    """GELU, exact or by tanh."""
    return step.layer("GELU", approximate=step.text("approximate", "none"))


@handles("Swish")
def swish(step: Step) -> Computed:
    """SiLU."""
    step.need(step.number("alpha", 1.0) == 1, "has another slope in its sigmoid than 1")
    return step.layer("SiLU")


@handles("ThresholdedRelu")
def thresholded_relu(step: Step) -> Computed:
    """Threshold to 0."""
    return step.layer("Threshold", threshold=step.number("alpha", 1.0), value=0.0)


@handles("Shrink")
def shrink(step: Step) -> Computed:
    """Hardshrink or Softshrink."""
    bias, lambd = step.number("bias", 0.0), step.number("lambd", 0.5)
    step.need(bias in (0, lambd), f"shrinks by {bias} beyond {lambd}, which neither Hardshrink nor Softshrink does")
    return step.layer("Hardshrink" if bias == 0 else "Softshrink", lambd=lambd)


@handles("PRelu")
def prelu(step: Step) -> Computed:
    """PReLU where there is one slope, or one for each channel; else written out, with the slopes as a Parameter."""
    x, slope = step.tensor_of(), step.weights(1, "its slopes")
    step.need(len(slope.shape) <= x.rank, "has slopes of more axes than its input")
    wide = [axis for axis, size in enumerate(slope.shape, x.rank - len(slope.shape)) if size != 1]
    if not wide or wide == [1]:
        return step.layer("PReLU", [x], {"weight": slope.reshaped(slope.size)}, num_parameters=slope.size)
    above = step.layer("ReLU", [x], suffix="above")
    below = step.layer("Clamp", [x], suffix="below", max=0.0)
    return step.layer("Add", [above, step.layer("Mul", [below, slope], suffix="slope")])


@handles("Clip")
def clip(step: Step) -> Computed:
    """Clamp, or ReLU6 where that is meant. Bounds at the ends of float32 are none."""
    keys: dict[str, Literal] = {}
    for index, name in ((1, "min"), (2, "max")):
        bound = step.number_of(step.known(index)) if step.has(index) else None
        if bound is None and step.has_attribute(name):
            bound = step.number(name, 0.0)
        if bound is not None and abs(bound) < 3.4e38:
            keys[name] = short(bound) if step.value(0).dtype == "float32" else int(bound)
    if keys == {"min": 0.0, "max": 6.0}:
        return step.layer("ReLU6")
    if not keys:
        return step.tensor_of()
    return step.layer("ReLU") if keys == {"min": 0.0} else step.layer("Clamp", more=keys)


@handles("Softmax", "LogSoftmax")
def softmax(step: Step) -> Computed:
    """Over one axis since opset 13; before it, over all axes from `axis` on together."""
    rank = len(step.shape())
    if step.version >= 13:
        return step.layer(step.op, dim=step.axis(rank, -1))
    axis = step.axis(rank, 1)
    wide = [i for i in range(axis, rank) if step.shape()[i] != 1]
    if len(wide) <= 1:
        return step.layer(step.op, dim=wide[0] if wide else axis)
    sizes = [size for size in step.shape()[axis:] if isinstance(size, int)]
    step.need(
        axis > 0 and len(sizes) == rank - axis, "is over several axes, one of which is only named", step.sizes_help
    )
    flat = step.layer("Flatten", suffix="flat", start_dim=axis)
    return step.layer("Unflatten", [step.layer(step.op, [flat], dim=axis)], suffix="back", dim=axis,
                      unflattened_size=list(sizes))  # fmt: skip


@handles("Dropout")
def dropout(step: Step) -> Computed:
    """Dropout, which evaluation leaves out."""
    step.without_effect("seed")
    is_training = bool(step.number_of(step.known(2))) if step.has(2) else False
    step.need(not is_training, "is in training mode", help="export the model in eval mode")
    p = step.number("ratio", 0.5)
    if step.has(1):
        ratio = step.value(1)
        p = short(step.number_of(ratio.array)) if isinstance(ratio, Known) else p
    return step.layer("Dropout", p=p)


@handles("Identity")
def identity(step: Step) -> Computed:
    """The tensor itself."""
    return step.tensor_of()
