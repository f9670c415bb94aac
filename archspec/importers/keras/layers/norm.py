"""Normalization, regularization and preprocessing. https://keras.io/api/layers/normalization_layers/"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.step import Step, Value
from archspec.importers.sketch import Literal


@handles("BatchNormalization", "SyncBatchNormalization")
def batch_norm(step: Step) -> Value:
    """BatchNorm1d to 3d. Keras's momentum is of the old mean, PyTorch's of the new: 0.99 is 0.01."""
    x = step.x
    x = _channels_second(step, x)
    config = step.config
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
    axes = step.axes("axis", [-1], x.rank)
    step.need(len(axes) == 1, "normalizes over several axes")
    if axes[0] == x.rank - 1:
        return step.moved(x)
    step.need(axes[0] == 1, f"normalizes along axis {axes[0]}, which is neither the first nor the last")
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
    axes = step.axes("axis", [-1], x.rank)
    step.need(len(axes) == 1, "normalizes over several axes")
    return step.layer_of("Normalize", [x], dim=step.own_axis(x, axes[0]))


@handles("Dropout", "AlphaDropout")
def dropout(step: Step) -> Value:
    """Dropout and AlphaDropout; where whole samples are dropped, StochasticDepth."""
    noise = step.config.values.get("noise_shape")
    if isinstance(noise, (list, tuple)) and noise[:1] == (None,) and set(noise[1:]) == {1} and step.kind == "Dropout":
        return step.layer_of("StochasticDepth", [step.x], p=step.config.number("rate"))
    step.need(noise is None, "drops other parts than single elements or whole samples (noise_shape)")
    return step.layer_of(step.kind, [step.x], p=step.config.number("rate"))


@handles("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def spatial_dropout(step: Step) -> Value:
    """Dropout of whole channels."""
    rank = int(step.kind[-2])
    return step.layer_of(f"Dropout{rank}d", [step.image(rank)], p=step.config.number("rate"))


@handles("ActivityRegularization")
def nothing(step: Step) -> Value:
    """The tensor itself: a penalty is a matter of training."""
    return step.x


@handles("Rescaling")
def rescaling(step: Step) -> Value:
    """A product and a sum."""
    x, scale, offset = step.x, step.config.values.get("scale", 1.0), step.config.values.get("offset", 0.0)
    if isinstance(scale, (list, tuple)) or isinstance(offset, (list, tuple)):
        return _plus(step, _times(step, x, scale), offset)
    x = step.layer_of("Mul", [x], part="scale", value=step.config.number("scale", 1.0))
    number = step.config.number("offset", 0.0)
    return step.layer_of("Add", [x], value=number) if number else x


def _times(step: Step, x: Value, values: object) -> Value:
    return step.layer_of("Mul", [x, _by_channel(step, x, values, "scale")], part="scale")


def _plus(step: Step, x: Value, values: object) -> Value:
    return step.layer_of("Add", [x, _by_channel(step, x, values, "offset")])


def _by_channel(step: Step, x: Value, values: object, part: str) -> Value:
    """Numbers, one for each channel, as a Constant."""
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    while len(listed) == 1 and isinstance(listed[0], (list, tuple)):
        listed = list(listed[0])
    step.need(bool(listed) and all(type(item) in (int, float) for item in listed), f"has no numbers as its {part}")
    flat: list[Literal] = [float(str(item)) for item in listed]
    held: Literal = list(flat)
    if x.is_moved:
        held = _nested(flat, x.rank - 2)
    return step.layer_of("Constant", [], part=f"{part}_values", is_moved=False, value=held)


def _nested(flat: list[Literal], depth: int) -> Literal:
    """Numbers along the first axis, with axes of 1 behind it."""
    held: list[Literal] = list(flat)
    for _ in range(depth):
        held = [[item] for item in held]
    return held


@handles("Normalization")
def normalization(step: Step) -> Value:
    """(x − mean) / √variance: of numbers in the file, or of some that were learned from data, which are Buffers here."""
    x = step.x
    step.refuse("invert", (False,), "which is the way back")
    if step.config.has("mean") and step.config.has("variance"):
        mean = _by_channel(step, x, step.config.values["mean"], "mean")
        deviation = _by_channel(step, x, _roots(step, step.config.values["variance"]), "deviation")
    else:
        step.need(step.axes("axis", [-1], x.rank) == [x.rank - 1], "normalizes over other axes than the last")
        (channels,) = step.numbers(x.shape[-1:])
        shape: Literal = [channels, *(1 for _ in range(x.rank - 2))] if x.is_moved else [channels]
        mean = step.layer_of("Buffer", [], part="mean", is_moved=False, shape=shape)
        variance = step.layer_of("Buffer", [], part="variance", is_moved=False, shape=shape, fill=1.0)
        deviation = step.layer_of("Sqrt", [variance], part="deviation")
    return step.layer_of("Div", [step.layer_of("Sub", [x, mean], part="centered"), deviation])


def _roots(step: Step, values: object) -> list[float]:
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    while len(listed) == 1 and isinstance(listed[0], (list, tuple)):
        listed = list(listed[0])
    found = [float(str(item)) for item in listed if type(item) in (int, float)]
    step.need(len(found) == len(listed) and all(item >= 0 for item in found), "has no numbers as its variance")
    return [max(item**0.5, 1e-7) for item in found]
