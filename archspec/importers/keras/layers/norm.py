"""Normalization, regularization and preprocessing. https://keras.io/api/layers/normalization_layers/"""

from __future__ import annotations

from archspec.importers.keras.config import is_number, shown
from archspec.importers.keras.layers import handles
from archspec.importers.keras.step import PENALTY, Step, Value
from archspec.importers.sketch import Literal
from archspec.words import counted

EPSILON = 1e-7
"""keras.config.epsilon(), the least deviation that Normalization divides by."""


@handles("BatchNormalization", "SyncBatchNormalization")
def batch_norm(step: Step) -> Value:
    """BatchNorm1d to 3d. Keras's momentum is of the old mean, PyTorch's of the new: 0.99 is 0.01."""
    x = step.x
    x = _channels_second(step, x)
    config = step.config
    config.refuse("renorm", (False, None), "a correction that PyTorch's does not have")
    config.without_effect("renorm_clipping", "renorm_momentum")  # without renorm
    config.without_effect("synchronized", "fused", "adjustment")  # how it is computed, on how many devices
    if not config.flag("trainable", True) or step.never_trains:
        step.remark("these normalize with their running statistics in training too, in PyTorch only after eval()")
    center, scale = config.flag("center", True), config.flag("scale", True)
    keys: dict[str, Literal] = {
        "eps": config.number("epsilon", 1e-3),
        "momentum": round(1 - config.number("momentum", 0.99), 7),
    }
    step.need(2 <= x.rank <= 5, f"normalizes {step.shown(x.shape)}, and PyTorch's reads 2 to 5 axes")
    y = step.layer_of(f"BatchNorm{max(x.rank - 2, 1)}d", [x], more={**keys, "affine": center and scale})
    if center == scale:
        return y
    (channels,) = step.numbers([x.tensor.shape[1]])
    own = step.layer_of("Parameter", [], part="beta" if center else "gamma", is_moved=False,
                        shape=[channels, *(1 for _ in range(x.rank - 2))], fill=0.0 if center else 1.0)  # fmt: skip
    return step.layer_of("Add" if center else "Mul", [y, own], part="shift" if center else "scale")


def _channels_second(step: Step, x: Value) -> Value:
    """The tensor with the axis that is normalized behind the batch."""
    axis = step.axis("axis", x.rank)
    if axis == x.rank - 1:
        return step.moved(x)
    step.need(axis == 1, f"normalizes along axis {axis}, which is neither the first nor the last")
    return step.kept(x)


@handles("LayerNormalization")
def layer_norm(step: Step) -> Value:
    """LayerNorm over the last axes."""
    x, config = step.kept(step.x), step.config
    axes = sorted(step.axes("axis", [-1], x.rank))
    step.need(axes == list(range(axes[0], x.rank)), "normalizes over axes that are not the last ones")
    step.refuse("rms_scaling", (False,), "which is not LayerNorm")
    sizes = step.numbers(x.shape[axes[0] :])
    center, scale = config.flag("center", True), config.flag("scale", True)
    step.need(scale or not center, "shifts without scaling, which PyTorch's does not")
    keys: dict[str, Literal] = {
        "normalized_shape": list(sizes) if len(sizes) > 1 else None,
        "eps": config.number("epsilon", 1e-3),
    }
    return step.layer_of("LayerNorm", [x], more=keys, elementwise_affine=scale, bias=center if scale else True)


@handles("GroupNormalization")
def group_norm(step: Step) -> Value:
    """GroupNorm."""
    x = _channels_second(step, step.x)
    center, scale = step.config.flag("center", True), step.config.flag("scale", True)
    step.need(center == scale, "has a shift or a scale alone, and PyTorch's both or none")
    groups = step.config.integer("groups", 32)
    groups = step.numbers([x.tensor.shape[1]])[0] if groups == -1 else groups
    return step.layer_of("GroupNorm", [x], num_groups=groups, eps=step.config.number("epsilon", 1e-3), affine=center)


@handles("UnitNormalization")
def unit_norm(step: Step) -> Value:
    """Normalize."""
    x = step.x
    axes: list[Literal] = [step.own_axis(x, axis) for axis in step.axes("axis", [-1], x.rank)]
    return step.layer_of("Normalize", [x], dim=axes if len(axes) > 1 else axes[0])


@handles("Dropout", "AlphaDropout")
def dropout(step: Step) -> Value:
    """Dropout and AlphaDropout; where whole samples are dropped, StochasticDepth."""
    step.config.without_effect("seed")
    noise, rate = step.config.value("noise_shape"), step.config.number("rate")
    if step.never_trains:
        return step.x
    if (
        isinstance(noise, (list, tuple))
        and noise[:1] == (None,)
        and all(size == 1 for size in noise[1:])
        and step.kind == "Dropout"
    ):
        step.need(
            len(noise) == step.x.rank, f"has {shown(noise)} as its noise_shape for {counted(step.x.rank, 'axis')}"
        )
        return step.layer_of("StochasticDepth", [step.x], p=rate)
    step.need(noise is None, f"has {shown(noise)} as its noise_shape, and drops other parts than elements or samples")
    return step.layer_of(step.kind, [step.x], p=rate)


@handles("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def spatial_dropout(step: Step) -> Value:
    """Dropout of whole channels."""
    rank = int(step.kind[-2])
    step.config.without_effect("seed")
    rate, x = step.config.number("rate"), step.image(rank)
    return x if step.never_trains else step.layer_of(f"Dropout{rank}d", [x], p=rate)


@handles("GaussianNoise", "GaussianDropout")
def noise(step: Step) -> Value:
    """The tensor itself: noise is a matter of training."""
    step.config.without_effect("seed")
    step.config.number("stddev" if step.kind == "GaussianNoise" else "rate")
    if not step.never_trains:
        step.remark("training adds noise, here not")
    return step.x


@handles("ActivityRegularization")
def penalty(step: Step) -> Value:
    """The tensor itself: a penalty is a matter of training."""
    if step.config.number("l1", 0.0) or step.config.number("l2", 0.0):
        step.remark(PENALTY)
    return step.x


@handles("Identity")
def identity(step: Step) -> Value:
    """The tensor itself."""
    return step.x


@handles("Rescaling")
def rescaling(step: Step) -> Value:
    """A product and a sum."""
    x = step.x
    scale, offset = (_numbers(step, key, default) for key, default in (("scale", 1.0), ("offset", 0.0)))
    x = _with(step, "Mul", x, scale, "scale", "scale")
    return x if offset == 0.0 else _with(step, "Add", x, offset, "", "offset")


def _with(step: Step, type: str, x: Value, numbers: float | list[float], part: str, name: str) -> Value:
    """The tensor with a number, or with one for each channel, which is a Constant."""
    if isinstance(numbers, float):
        return step.layer_of(type, [x], part=part, value=numbers)
    return step.layer_of(type, [x, _by_channel(step, x, numbers, name)], part=part)


def _numbers(step: Step, key: str, default: float | None = None) -> float | list[float]:
    """A number, or a list with one for each channel."""
    found = step.config.value(key, default)
    while isinstance(found, (list, tuple)) and len(found) == 1 and isinstance(found[0], (list, tuple)):
        found = found[0]
    if not isinstance(found, (list, tuple)):
        return step.config.number(key, default)
    step.need(
        bool(found) and all(map(is_number, found)), f"has {shown(found)} as its {key}, where numbers are expected"
    )
    return [float(item) for item in found]


def _by_channel(step: Step, x: Value, numbers: list[float], part: str) -> Value:
    """Numbers, one for each channel, as a Constant."""
    step.need(
        x.shape[-1] == len(numbers),
        f"has {counted(len(numbers), 'number')} as its {part} for {counted(x.shape[-1], 'channel')}",
    )
    held: list[Literal] = list(numbers)
    for _ in range(x.rank - 2 if x.is_moved else 0):
        held = [[item] for item in held]
    return step.layer_of("Constant", [], part=f"{part}_values", is_moved=False, value=held)


@handles("Normalization")
def normalization(step: Step) -> Value:
    """(x − mean) / max(√variance, 1e-7): of numbers in the file, or of some learned from data, which are Buffers here."""
    x, config = step.x, step.config
    config.refuse("invert", (False,), "which is the way back")
    axes = config.value("axis", -1)
    axes = () if axes is None else axes if isinstance(axes, (list, tuple)) else (axes,)
    is_single = len(axes) == 0  # one mean and one variance for all numbers
    step.need(is_single or step.axes("axis", [-1], x.rank) == [x.rank - 1], "normalizes along other axes than the last")
    if config.has("mean") or config.has("variance"):
        mean, variance = _numbers(step, "mean"), _numbers(step, "variance")
        step.need(all(item >= 0 for item in _listed(variance)), "has a variance below 0")
        roots = [max(item**0.5, EPSILON) for item in _listed(variance)]
        x = _with(step, "Sub", x, mean, "centered", "mean")
        return _with(step, "Div", x, roots if isinstance(variance, list) else roots[0], "", "deviation")
    channels = [] if is_single else step.numbers(x.shape[-1:])
    shape: Literal = [*channels, *(1 for _ in range(x.rank - 2))] if x.is_moved and channels else list(channels)
    mean_of = step.layer_of("Buffer", [], part="mean", is_moved=False, shape=shape)
    root = step.layer_of("Buffer", [], part="variance", is_moved=False, shape=shape, fill=1.0)
    root = step.layer_of("Sqrt", [root], part="root")
    root = step.layer_of("Clamp", [root], part="deviation", min=EPSILON)
    return step.layer_of("Div", [step.layer_of("Sub", [x, mean_of], part="centered"), root])


def _listed(numbers: float | list[float]) -> list[float]:
    return numbers if isinstance(numbers, list) else [numbers]
