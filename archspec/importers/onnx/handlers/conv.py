"""Convolutions. https://onnx.ai/onnx/operators/onnx__Conv.html"""

from __future__ import annotations

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step, one
from archspec.importers.onnx.values import Computed, Known, Value
from archspec.importers.onnx.windows import padded, windows
from archspec.importers.sketch import Literal
from archspec.words import counted


@handles("Conv")
def conv(step: Step) -> list[Value | None]:
    """Conv1d to 3d; padding that differs before and after stands before it as a Pad. The Add that follows is its bias."""
    bias = {"bias": step.weights(2, "its bias")} if step.has(2) else {}
    weight, rank = step.weights(1, "its weight"), len(step.shape()) - 2
    step.need(len(weight.shape) >= 3, f"has a weight of {counted(len(weight.shape), 'axis')}")
    channels = weight.shape[0]
    ones = (1,) * rank
    found = step.bias_after([(channels, *ones), (1, channels, *ones)]) if not bias else None
    if found is None:
        return [_convolved(step, bias)]
    step.give_instead(found[1], _convolved(step, {"bias": found[0].reshaped(channels)}))
    return [None]


def _convolved(step: Step, bias: dict[str, Known]) -> Computed:
    x, weight = step.tensor_of(), step.weights(1, "its weight")
    kernel = _kernel(step, weight)
    found = windows(step, kernel, x)
    padding: Literal = one(found.before)
    sized = all(isinstance(size, int) for size in x.shape[2:])
    if found.is_same and sized and not (found.is_even and set(found.stride) == {1}):
        padding = "same_upper"
    elif not found.is_even:
        x, padding = padded(step, x, found.before, found.after), 0
    return step.layer(
        f"Conv{found.rank}d", [x], {"weight": weight, **bias}, out_channels=weight.shape[0], kernel_size=one(kernel),
        stride=one(found.stride), padding=padding, dilation=one(found.dilation), groups=step.integer("group", 1),
        bias=bool(bias),
    )  # fmt: skip


@handles("ConvTranspose")
def conv_transpose(step: Step) -> Computed:
    """ConvTranspose1d to 3d; what ONNX cuts off one end more than off the other is output padding, or a Pad below 0."""
    x, weight = step.tensor_of(), step.weights(1, "its weight")
    kernel, groups = _kernel(step, weight), step.integer("group", 1)
    rank = len(kernel)
    step.need(x.rank == rank + 2, f"has a kernel of {counted(rank, 'axis')} for an input of {x.rank}")
    stride, dilation = step.per_axis("strides", rank, 1), step.per_axis("dilations", rank, 1)
    extra = step.per_axis("output_padding", rank, 0)
    before, after = _cuts(step, x, kernel, stride, dilation, extra)
    padding, output_padding, end = list(before), list(extra), [0] * rank
    start = [0] * rank
    for i in range(rank):
        more = output_padding[i] + before[i] - after[i]
        if 0 <= more < max(stride[i], dilation[i]):
            output_padding[i] = more
        else:
            padding[i] = max(min(before[i], after[i]), 0)
            start[i], end[i] = padding[i] - before[i], padding[i] - after[i]
    step.need(not step.has(2) or max(end) <= 0, "puts more than its windows give around a result with a bias")
    y = step.layer(
        f"ConvTranspose{rank}d", [x], {"weight": weight, **_bias(step)}, out_channels=weight.shape[1] * groups,
        kernel_size=one(kernel), stride=one(stride), padding=one(padding), output_padding=one(output_padding),
        groups=groups, bias=step.has(2), dilation=one(dilation),
    )  # fmt: skip
    return padded(step, y, start, end)


def _cuts(
    step: Step, x: Computed, kernel: list[int], stride: list[int], dilation: list[int], extra: list[int]
) -> tuple[list[int], list[int]]:
    """What is cut off before and after each axis: `pads`, or what `output_shape` or `auto_pad` leave to be found. Below 0
    where the wanted size is larger than all windows together: the rest is put at the end."""
    rank, mode = len(kernel), step.text("auto_pad", "NOTSET")
    wanted = step.integers("output_shape")
    step.need(
        wanted is None or len(wanted) in (rank, rank + 2),
        f"has an output_shape of {counted(len(wanted or ()), 'size')} for {counted(rank, 'axis')}",
    )
    if wanted is None and mode in ("NOTSET", "", "VALID"):
        pads = step.per_axis("pads", 2 * rank, 0)
        step.need(all(pad >= 0 for pad in pads), "has padding below 0")
        return (pads[:rank], pads[rank:]) if mode != "VALID" else ([0] * rank, [0] * rank)
    totals = []
    for i, size in enumerate(x.shape[2:]):
        full = stride[i] * (size - 1) + extra[i] + (kernel[i] - 1) * dilation[i] + 1
        total = full - (wanted[-rank:][i] if wanted is not None else size * stride[i])
        if not isinstance(total, int):
            raise step.problem(f"pads by what a size of {size} needs", help=step.sizes_help)
        totals.append(total)
    pairs = [(max(total, 0) // 2, total - max(total, 0) // 2) for total in totals]
    pairs = [pair if mode == "SAME_UPPER" or pair[1] < 0 else pair[::-1] for pair in pairs]
    return [before for before, _ in pairs], [after for _, after in pairs]


def _kernel(step: Step, weight: Known) -> list[int]:
    """The kernel's sizes: those of the weight, which `kernel_shape` repeats."""
    step.need(len(weight.shape) >= 3, f"has a weight of {counted(len(weight.shape), 'axis')}")
    kernel = list(weight.shape[2:])
    step.need(step.per_axis("kernel_shape", len(kernel), 0) in (kernel, [0] * len(kernel)),
              f"says another kernel than its weight has, {kernel}")  # fmt: skip
    return kernel


def _bias(step: Step) -> dict[str, Known]:
    return {"bias": step.weights(2, "its bias")} if step.has(2) else {}
