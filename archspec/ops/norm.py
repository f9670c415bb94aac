"""Normalizations. https://docs.pytorch.org/docs/stable/nn.html#normalization-layers

Two elementwise operations are counted for each element, the scaling and the shift; statistics are not counted.
"""

from math import prod
from typing import Annotated, Any, ClassVar

from archspec.dims import Shape, Size, prove_divides
from archspec.ops import emission as emit
from archspec.ops.base import (
    ITEM_BYTES,
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Window,
    count,
    mixing,
    per_sample,
    pointwise,
    show_shape,
    tensor_bytes,
)
from archspec.ops.divisors import undivided
from archspec.ops.fields import Bool, Check, Inferred, Positive, Real, integer, number, whole_numbers
from archspec.ops.intervals import divided
from archspec.ops.layout import Laid, fresh
from archspec.ops.order import Order, alike, has_channels_last, image, is_channels_last, settled
from archspec.ops.reading import Asked, Read, apart, by_axis
from archspec.ops.window import LAYOUTS
from archspec.words import counted

Epsilon = Annotated[float, number(0)]
Momentum = Annotated[float | None, number().or_null("null for a plain mean")]
NormalizedShape = Annotated[
    Any,
    Check("a whole number from 1 up, or a list of them",
          lambda v: integer(1).fits(v) or whole_numbers(1).fits(v),
          {"anyOf": [integer(1).schema, whole_numbers(1).schema]}).or_null("null for the last axis"),
]  # fmt: skip


class _Norm(Op):
    kind: ClassVar = "normalization"
    feels_order: ClassVar = True
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)
    starts: ClassVar = {"weight": 1.0, "bias": 0.0}

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": inputs[0]}

    def elementwise(self, inputs: Inputs) -> Size:
        return 2 * count(inputs[0])


class _BatchNorm(_Norm):
    """(x − mean) / sqrt(var + eps) · weight + bias, channel by channel; statistics of the batch, or running ones."""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    positional: ClassVar[tuple[str, ...]] = ("num_features",)
    takes_device: ClassVar = True
    takes_means_away: ClassVar = True
    ranks: ClassVar[tuple[int, ...]]
    inferred_axes: ClassVar = {"num_features": (0, 1)}

    num_features: Inferred = None
    """how many channels are normalized; follows from the input"""
    eps: Epsilon = 1e-5
    momentum: Momentum = 0.1
    """how fast running statistics follow those of a batch; null: their plain average"""
    affine: Bool = True
    track_running_stats: Bool = True

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        x = inputs[0]
        self.need_rank(x, self.ranks, "(N, C) or (N, C, L)" if self.ranks == (2, 3) else LAYOUTS[self.ranks[-1] - 2])
        self.need_float(x)
        return {"num_features": self.need_number(x.shape[1], "the number of channels")}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        channels = inputs[0].shape[1]
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def buffers(self, inputs: Inputs) -> dict[str, Tensor]:
        if not self.track_running_stats:
            return {}
        channels = (inputs[0].shape[1],)
        return {
            "running_mean": Tensor(channels),
            "running_var": Tensor(channels),
            "num_batches_tracked": Tensor((), "int64"),
        }

    def reach(self, inputs: Inputs) -> Reaches:
        """With running statistics, as in evaluation, each element by itself; without them, over batch and positions."""
        x = inputs[0]
        return pointwise(x) if self.track_running_stats else mixing({0, *range(2, x.rank)}, x)

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return normalized(operands[0])


def _of_channels(op: Op, x: Tensor, field: str) -> dict[str, Size]:
    """The argument that is the number of channels of (N, C, …). Raises Problem where the tensor is none."""
    if x.rank < 2:
        raise Problem("E0302", "reads (N, C, …), but gets only the batch", input=0)
    op.need_float(x)
    return {field: op.need_number(x.shape[1], "the number of channels")}


def normalized(x: Laid) -> Laid:
    """What batch normalization gives: rows for what may be taken for them, else an image as it lies."""
    return image(x.sizes, not x.is_contiguous and (is_channels_last(x) or has_channels_last(x)))


class BatchNorm1d(_BatchNorm):
    """Over (N, C) or (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html"""

    ranks: ClassVar[tuple[int, ...]] = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Over (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html"""

    ranks: ClassVar[tuple[int, ...]] = (4,)


class BatchNorm3d(_BatchNorm):
    """Over (N, C, D, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html"""

    ranks: ClassVar[tuple[int, ...]] = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over (N, C, …) whose statistics are those of all processes that train together.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html"""

    no_keys: ClassVar = ("process_group",)

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        return _of_channels(self, inputs[0], "num_features")


class _InstanceNorm(_BatchNorm):
    """Batch normalization of each sample by itself: statistics of its own positions, channel by channel."""

    affine: Bool = False
    track_running_stats: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        positions = [size for size in x.shape[2:] if size != 1]
        if not positions and not self.track_running_stats:
            raise Problem("E0310", f"has one position a channel, {show_shape(x.shape)}, and no deviation of one", input=0,
                          help="normalize before the image is reduced to one pixel")  # fmt: skip
        return super().outputs(inputs)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return pointwise(x) if self.track_running_stats else mixing(set(range(2, x.rank)), x)

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return fresh(sizes)

    def module(self, inputs: Inputs, **changed: emit.Literal) -> emit.Module:
        """Without a momentum as with 0: that is what it computes with, and what its annotation takes."""
        return super().module(inputs, **({"momentum": 0.0} if self.momentum is None else {}), **changed)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """Statistics and weights are written out for each sample, and an input that does not lie in one row."""
        x, copy = inputs[0], 0 if laid[0].is_contiguous else prod(laid[0].sizes)
        rows = per_sample(x.shape[0]) * x.shape[1]
        return ((self.track_running_stats + self.affine) * 2 * rows + copy) * ITEM_BYTES[x.dtype]


class InstanceNorm1d(_InstanceNorm):
    """Over (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html"""

    ranks: ClassVar[tuple[int, ...]] = (3,)


class InstanceNorm2d(_InstanceNorm):
    """Over (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html"""

    ranks: ClassVar[tuple[int, ...]] = (4,)


class InstanceNorm3d(_InstanceNorm):
    """Over (N, C, D, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html"""

    ranks: ClassVar[tuple[int, ...]] = (5,)


class GroupNorm(_Norm):
    """Statistics over groups of channels and all positions of a sample, (N, C, …).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    example: ClassVar = "num_groups: 4"
    positional: ClassVar[tuple[str, ...]] = ("num_groups", "num_channels")
    takes_device: ClassVar = True
    gives: ClassVar = Order.IMAGES

    num_groups: Positive
    inferred_axes: ClassVar = {"num_channels": (0, 1)}
    num_channels: Inferred = None
    """how many channels are normalized; follows from the input"""
    eps: Epsilon = 1e-5
    affine: Bool = True

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        return _of_channels(self, inputs[0], "num_channels")

    def outputs(self, inputs: Inputs) -> Outputs:
        channels = inputs[0].shape[1]
        if not prove_divides(self.num_groups, channels):
            raise undivided(self.num_groups, channels, "groups", f"its {counted(channels, 'channel')}", "num_groups")
        return super().outputs(inputs)

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        channels = inputs[0].shape[1]
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def reach(self, inputs: Inputs) -> Reaches:
        return mixing(set(range(1, inputs[0].rank)), inputs[0])

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """The groups of the channels that are asked for, as a whole."""
        x, channels = inputs[0], inputs[0].shape[1]
        if not isinstance(channels, int):
            return super().reads(inputs, asked)
        size = channels // self.num_groups
        groups = by_axis(asked.box, x.shape, lambda axis, own, _: divided(own, size) if axis == 1 else own)
        ways: list[Reach] = [Same(0), Window(1, size, size, 0), *(Everything(),) * (x.rank - 2)]
        return ([box for one in groups for box in apart(ways, one, x.shape)],)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int | None:
        """A copy of an input that does not lie in one row; PyTorch spares it where channels come last."""
        x = laid[0]
        if x.is_contiguous:
            return 0
        if len(x.sizes) > 3 and x.strides[1] == 1:
            return None
        return prod(x.sizes) * ITEM_BYTES[inputs[0].dtype]


class _LastAxes(_Norm):
    """Normalization over the last axes, whose sizes `normalized_shape` gives; left out, the last axis alone."""

    positional: ClassVar[tuple[str, ...]] = ("normalized_shape",)
    takes_device: ClassVar = True

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        written = self.normalized_shape  # type: ignore[attr-defined]
        if written is None:
            if x.rank < 2:
                raise Problem("E0302", "normalizes the last axis, but gets only the batch", input=0)
            return (self.need_number(x.shape[-1], "the size of the last axis"),)
        return written if isinstance(written, tuple) else (written,)

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"normalized_shape": self._shape(inputs[0])}

    def follows(self) -> dict[str, tuple[int, int]]:
        return {"normalized_shape": (0, -1)} if self.normalized_shape is None else {}  # type: ignore[attr-defined]

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        shape = self._shape(x)
        last = x.shape[x.rank - len(shape) :] if x.rank > len(shape) else ()
        if last != shape:
            raise Problem("E0301", f"normalizes {show_shape(shape)}, but the input is {show_shape(x.shape)}",
                          field="normalized_shape", label=f"the last axes are {show_shape(x.shape[-len(shape):])}",
                          help="write the sizes of the last axes, or leave normalized_shape out for the last one")  # fmt: skip
        return {"output": x}

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return mixing(set(range(x.rank - len(self._shape(x)), x.rank)), x)

    def module(self, inputs: Inputs, **changed: emit.Literal) -> emit.Module:
        shape = self._shape(inputs[0])
        return super().module(inputs, normalized_shape=shape[0] if len(shape) == 1 else shape, **changed)


class LayerNorm(_LastAxes):
    """(x − mean) / sqrt(var + eps) · weight + bias over the last axes of each sample.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    order: ClassVar = Order.ROWS
    normalized_shape: NormalizedShape = None
    eps: Epsilon = 1e-5
    elementwise_affine: Bool = True
    bias: Bool = True
    """whether a learned shift follows the scale"""

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        shape = self._shape(inputs[0])
        if not self.elementwise_affine:
            return {}
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}


class RMSNorm(_LastAxes):
    """x / sqrt(mean(x²) + eps) · weight over the last axes.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight",)
    normalized_shape: NormalizedShape = None
    eps: Annotated[float | None, number(0).or_null("null for the dtype's own")] = None
    """added to the mean of the squares, so that nothing is divided by 0"""
    elementwise_affine: Bool = True

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        return {"weight": self._shape(inputs[0])} if self.elementwise_affine else {}

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return scaled(operands[0])

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return rms_workspace(inputs[0], laid[0], len(self._shape(inputs[0])), self.elementwise_affine)


def scaled(x: Laid) -> Laid:
    """What RMSNorm gives: arithmetic, made an image with its channels last where x is one, and else rows."""
    return settled(alike((x,), x.sizes), has_channels_last(x))


def rms_workspace(x: Tensor, laid: Laid, axes: int, has_weight: bool) -> Size | None:
    """The bytes that RMSNorm over so many of the last axes takes beside its result. First there are the squares, their means and
    the roots of these. Then there are the roots, x by them, and the result, where that is another: x by them times the
    weight, or a copy in one row."""
    if x.dtype not in ("float32", "float64"):
        return None
    roots = tensor_bytes(x._replace(shape=x.shape[: x.rank - axes]))
    is_other = has_weight or scaled(laid) != alike((laid,), laid.sizes)
    return roots + tensor_bytes(x) if is_other else 2 * roots


class LocalResponseNorm(_Norm):
    """x / (k + alpha/size · sum of x² over `size` neighbouring channels)^beta, (N, C, …).
    Counted as `size` operations more an element, the sum over neighbours.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html"""

    example: ClassVar = "size: 5"
    positional: ClassVar[tuple[str, ...]] = ("size",)
    gives: ClassVar = Order.ANY

    size: Positive
    """over how many neighbouring channels squares are added"""
    alpha: Real = 1e-4
    """the factor of the mean of the squares"""
    beta: Real = 0.75
    """the power of what is divided by"""
    k: Real = 1.0
    """what is added before the power is taken"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        if x.rank < 3:
            raise Problem("E0302", f"reads (N, C, …) with positions, but gets {show_shape(x.shape)}", input=0)
        self.need_float(x)
        return {"output": x}

    def elementwise(self, inputs: Inputs) -> Size:
        return (self.size + 2) * count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        axes: list[Reach] = [Same(axis) for axis in range(inputs[0].rank)]
        axes[1] = Window(1, self.size, 1, self.size // 2)
        return (tuple(axes),)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """The squares with the channels beside them, or the sum on its way to the divisor."""
        x, channels = inputs[0], inputs[0].shape[1]
        if not isinstance(channels, int):
            return None
        return count(x) // channels * max(channels + self.size - 1, 2 * channels) * ITEM_BYTES[x.dtype]
