"""Convolutions, and the padding that Keras calls same. https://keras.io/api/layers/convolution_layers/"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.layers.activation import activated
from archspec.importers.keras.step import Step, Value
from archspec.importers.sketch import Literal
from archspec.ops.window import span


def one(values: list[int]) -> Literal:
    """A list of equal numbers as that number."""
    return values[0] if len(set(values)) == 1 else list(values)


@handles("Conv1D", "Conv2D", "Conv3D")
def conv(step: Step) -> Value:
    """Conv1d to 3d."""
    rank = int(step.kind[4])
    x = _convolved(step, step.image(rank), rank, step.config.integer("filters"), step.config.integer("groups", 1),
                   step.config.flag("use_bias", True))  # fmt: skip
    return activated(step, x)


@handles("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise(step: Step) -> Value:
    """A convolution with a group for each channel."""
    rank = int(step.kind[-2])
    x = step.image(rank)
    (channels,) = step.numbers([x.tensor.shape[1]])
    filters = channels * step.config.integer("depth_multiplier", 1)
    return activated(step, _convolved(step, x, rank, filters, channels, step.config.flag("use_bias", True)))


@handles("SeparableConv1D", "SeparableConv2D")
def separable(step: Step) -> Value:
    """A depthwise convolution without a bias, and one of a single position."""
    rank = int(step.kind[-2])
    x = step.image(rank)
    (channels,) = step.numbers([x.tensor.shape[1]])
    inner = channels * step.config.integer("depth_multiplier", 1)
    x = _convolved(step, x, rank, inner, channels, False, "depthwise")
    x = step.layer_of(f"Conv{rank}d", [x], part="pointwise", out_channels=step.config.integer("filters"), kernel_size=1,
                      bias=step.config.flag("use_bias", True))  # fmt: skip
    return activated(step, x)


def _convolved(step: Step, x: Value, rank: int, filters: int, groups: int, bias: bool, part: str = "") -> Value:
    """The convolution itself. What is padded unevenly is padded by a layer before it."""
    config = step.config
    kernel, stride = config.sizes("kernel_size", rank), config.sizes("strides", rank, [1] * rank)
    dilation = config.sizes("dilation_rate", rank, [1] * rank)
    spans = [span(size, rate) for size, rate in zip(kernel, dilation, strict=True)]
    padding: Literal = 0
    kind = config.text("padding", "valid")
    if kind == "causal" and rank == 1:
        x = step.layer_of("Pad", [x], part="pad", padding=[spans[0] - 1, 0])
    elif kind == "same" and set(stride) == {1} and all(size % 2 for size in spans):
        padding = one([size // 2 for size in spans])
    elif kind == "same":
        padding = "same_upper"
    else:
        config.refuse("padding", ("valid",), "which Keras does not have for this layer")
    return step.layer_of(f"Conv{rank}d", [x], part=part, out_channels=filters, kernel_size=one(kernel), stride=one(stride),
                         padding=padding, dilation=one(dilation), groups=groups, bias=bias)  # fmt: skip


@handles("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def conv_transpose(step: Step) -> Value:
    """ConvTranspose1d to 3d. What Keras cuts off more after than before is cut off by a layer behind it."""
    rank, config = int(step.kind[4]), step.config
    x = step.image(rank)
    kernel, stride = config.sizes("kernel_size", rank), config.sizes("strides", rank, [1] * rank)
    dilation = config.sizes("dilation_rate", rank, [1] * rank)
    config.refuse("padding", ("valid", "same"), "which Keras does not have for this layer")
    extra = config.integers("output_padding", rank) if config.has("output_padding") else [None] * rank
    cuts = [_cuts(config.text("padding", "valid") == "same", span(size, rate), pace, more)
            for size, rate, pace, more in zip(kernel, dilation, stride, extra, strict=True)]  # fmt: skip
    y = step.layer_of(f"ConvTranspose{rank}d", [x], out_channels=config.integer("filters"), kernel_size=one(kernel),
                      stride=one(stride), padding=one([before for before, _ in cuts]), dilation=one(dilation),
                      output_padding=one([max(before - after, 0) for before, after in cuts]),
                      groups=config.integer("groups", 1), bias=config.flag("use_bias", True))  # fmt: skip
    if any(after > before for before, after in cuts):
        pairs = [number for before, after in reversed(cuts) for number in (0, min(before - after, 0))]
        y = step.layer_of("Pad", [y], part="cut", padding=list(pairs))
    return activated(step, y)


def _cuts(is_same: bool, kernel: int, stride: int, extra: int | None) -> tuple[int, int]:
    """How much is cut off before and after of (size - 1) · stride + kernel positions; below 0, so many are added.

    Where nothing is said, valid gives at least size · stride positions, and same gives just these.
    """
    if not is_same:
        return 0, -(max(stride - kernel, 0) if extra is None else extra)
    total = kernel - stride if extra is None else kernel - kernel % 2 - extra
    before = max(total // 2, 0)
    return before, total - before


@handles("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(step: Step) -> Value:
    """Pad, with the last axis first."""
    return _bordered(step, "padding", 1)


@handles("Cropping1D", "Cropping2D", "Cropping3D")
def cropping(step: Step) -> Value:
    """Pad by numbers below 0."""
    return _bordered(step, "cropping", -1)


def _bordered(step: Step, key: str, sign: int) -> Value:
    rank = int(step.kind[-2])
    given = step.config.value(key, 1)
    held = list(given) if isinstance(given, (list, tuple)) else [given] * rank
    if rank == 1 and isinstance(given, (list, tuple)):  # a pair alone
        held = [held]
    pairs: list[int] = []
    for item in reversed(held):
        pair = list(item) if isinstance(item, (list, tuple)) else [item, item]
        step.need(
            len(pair) == 2 and all(type(number) is int and number >= 0 for number in pair), f"has no pairs in its {key}"
        )
        pairs += [sign * int(str(number)) for number in pair]
    step.need(len(pairs) == 2 * rank, f"has {len(pairs)} numbers in its {key}")
    x = step.image(rank)
    return step.layer_of("Pad", [x], padding=list(pairs)) if any(pairs) else x


@handles("UpSampling1D", "UpSampling2D", "UpSampling3D")
def upsampling(step: Step) -> Value:
    """Upsample by whole factors."""
    rank = int(step.kind[-2])
    mode = step.config.text("interpolation", "nearest")
    step.refuse("interpolation", ("nearest", "bilinear") if rank == 2 else ("nearest",), "which PyTorch does otherwise")
    size = one(step.config.sizes("size", rank, [2] * rank))
    keys: dict[str, Literal] = {} if mode == "nearest" else {"mode": "bilinear", "align_corners": False}
    return step.layer_of("Upsample", [step.image(rank)], more={"scale_factor": size, **keys})
