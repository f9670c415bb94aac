"""Pooling. https://onnx.ai/onnx/operators/onnx__AveragePool.html"""

from __future__ import annotations

import math

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step, one
from archspec.importers.onnx.values import Computed, Known
from archspec.importers.onnx.windows import Windows, padded, windows
from archspec.importers.sketch import Literal
from archspec.limits import MAX_ONNX_WEIGHED
from archspec.ops.window import positions, positions_ceil
from archspec.words import counted

MAX_POWER = 64
LOWEST = -3.4028234663852886e38  # the smallest float32; a spec has no infinity


@handles("MaxPool")
def max_pool(step: Step) -> Computed:
    """MaxPool1d to 3d; padding that PyTorch does not have stands before it as a Pad of the smallest number."""
    x = step.tensor_of()
    found = windows(step, step.integers("kernel_shape") or [], x)
    step.without_effect("storage_order")  # of the indices, which are not given
    ceil_mode = bool(step.integer("ceil_mode", 0))
    padding = found.before
    if not found.is_even or not _is_small(found):
        step.need(not ceil_mode, "has ceil_mode together with padding that PyTorch's pooling does not have")
        x, padding = padded(step, x, found.before, found.after, LOWEST), [0] * found.rank
    return step.layer(
        f"MaxPool{found.rank}d", [x], kernel_size=one(found.kernel), padding=one(padding), dilation=one(found.dilation),
        ceil_mode=ceil_mode, stride=_stride(found),
    )  # fmt: skip


@handles("AveragePool")
def average_pool(step: Step) -> Computed:
    """AvgPool1d to 3d. Where only one end is padded and padding does not count, ceil_mode counts the same windows."""
    x = step.tensor_of()
    found = windows(step, step.integers("kernel_shape") or [], x)
    step.need(set(found.dilation) == {1}, "averages over dilated windows, which PyTorch does not")
    counts, ceil_mode = bool(step.integer("count_include_pad", 0)), bool(step.integer("ceil_mode", 0))
    if found.is_even and _is_small(found):
        return _average(step, x, found, found.before, ceil_mode, counts)
    step.need(not ceil_mode, "has ceil_mode together with padding that PyTorch's pooling does not have")
    if counts:
        return _average(step, padded(step, x, found.before, found.after), found, [0] * found.rank, False, True)
    if _is_small(found) and _hangs(x, found):
        return _average(step, x, found, found.before, True, False)
    return _weighed(step, x, found)


def _average(step: Step, x: Computed, found: Windows, padding: list[int], ceil_mode: bool, counts: bool) -> Computed:
    return step.layer(
        f"AvgPool{found.rank}d", [x], kernel_size=one(found.kernel), stride=_stride(found), padding=one(padding),
        ceil_mode=ceil_mode, count_include_pad=counts if any(padding) or ceil_mode else True,
    )  # fmt: skip


def _hangs(x: Computed, found: Windows) -> bool:
    """Whether windows that hang over the end are just those that the padding after it makes."""
    axes = zip(x.shape[2:], found.spans, found.stride, found.before, found.after, strict=True)
    return all(
        positions(size, window, stride, before, after) == positions_ceil(size, window, stride, before)
        and after >= before
        for size, window, stride, before, after in axes
    )


def _weighed(step: Step, x: Computed, found: Windows) -> Computed:
    """The mean with the padding, times a constant that takes the padding out of it."""
    import numpy as np

    sizes = [size for size in x.shape[2:] if isinstance(size, int)]
    step.need(len(sizes) == found.rank, "pads unevenly by what a size needs that is only named", help=step.sizes_help)
    counts = [(size + before + after - window) // stride + 1 for size, window, stride, before, after in
              zip(sizes, found.kernel, found.stride, found.before, found.after, strict=True)]  # fmt: skip
    step.need(min(counts) >= 1, "has a kernel larger than its padded input")
    step.need(
        math.prod(counts) <= MAX_ONNX_WEIGHED,
        f"weighs {math.prod(counts):,} windows, each by how much of it is padding",
    )
    y = _average(step, padded(step, x, found.before, found.after), found, [0] * found.rank, False, True)
    factor = np.ones((), np.float64)
    for size, kernel, stride, before, after in zip(
        sizes, found.kernel, found.stride, found.before, found.after, strict=True
    ):
        starts = np.arange((size + before + after - kernel) // stride + 1) * stride - before
        inside = np.minimum(starts + kernel, size) - np.maximum(starts, 0)
        factor = factor[..., None] * (kernel / np.maximum(inside, 1))
    return step.layer("Mul", [y, Known.of(factor[None, None])], suffix="unpadded")


@handles("LpPool")
def lp_pool(step: Step) -> Computed:
    """LPPool1d to 3d, of absolute values: PyTorch's takes them as they are, so that odd powers may cancel."""
    x = step.tensor_of()
    p = step.integer("p", 2)
    step.need(1 <= p <= MAX_POWER, f"pools by the norm {p}")
    found = windows(step, step.integers("kernel_shape") or [], x)
    step.need(set(found.dilation) == {1}, "pools dilated windows by a norm, which PyTorch does not")
    after = _to_the_last(step, x, found) if step.integer("ceil_mode", 0) else found.after
    x = step.layer("Abs", [x], suffix="abs") if p % 2 else x
    x = padded(step, x, found.before, after)
    return step.layer(
        f"LPPool{found.rank}d", [x], kernel_size=one(found.kernel), stride=_stride(found), norm_type=float(p)
    )


def _to_the_last(step: Step, x: Computed, found: Windows) -> list[int]:
    """The padding after each axis with what windows that hang over the end need: PyTorch takes those for means of fewer."""
    ends: list[int] = []
    for size, window, stride, before, after in zip(
        x.shape[2:], found.spans, found.stride, found.before, found.after, strict=True
    ):
        if not isinstance(size, int):
            raise step.problem("has ceil_mode over a size that is only named", help=step.sizes_help)
        start = (
            -((window - size - before - after) // stride) * stride
        )  # of the last window, which begins before the padding
        start -= stride if start >= size + before else 0
        ends.append(max(start + window - before - size, after))
    return ends


@handles("GlobalAveragePool", "GlobalMaxPool")
def global_pool(step: Step) -> Computed:
    """AdaptiveAvgPool or AdaptiveMaxPool to one position."""
    rank = len(step.shape()) - 2
    step.need(1 <= rank <= 3, f"pools {counted(rank, 'axis')}, and PyTorch pools 1 to 3")
    kind = "Avg" if step.op == "GlobalAveragePool" else "Max"
    return step.layer(f"Adaptive{kind}Pool{rank}d", output_size=1)


def _is_small(found: Windows) -> bool:
    """PyTorch pads pooling by half a kernel at most."""
    return all(pad <= window // 2 for pad, window in zip(found.before, found.spans, strict=True))


def _stride(found: Windows) -> Literal:
    """Left out where it is the kernel's size, as PyTorch has it."""
    return None if found.stride == found.kernel else one(found.stride)
