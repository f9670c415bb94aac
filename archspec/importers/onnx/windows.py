"""The padding of ONNX's windows, which PyTorch has in part: before and after may differ, and may follow from the size.

Enters: a `Step` of a convolution or a pooling. Leaves: a `Windows`.
"""

from __future__ import annotations

from dataclasses import dataclass

from archspec.dims import Size
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Value
from archspec.importers.sketch import Literal
from archspec.ops.window import same_upper, span
from archspec.words import counted


@dataclass(frozen=True)
class Windows:
    """The windows of each axis, and their padding before and after. `is_same` stands for TensorFlow's, which the size gives."""

    kernel: list[int]
    stride: list[int]
    dilation: list[int]
    before: list[int]
    after: list[int]
    is_same: bool = False

    @property
    def rank(self) -> int:
        return len(self.kernel)

    @property
    def is_even(self) -> bool:
        """Whether as much is padded before as after."""
        return self.before == self.after

    @property
    def spans(self) -> list[int]:
        return [span(kernel, dilation) for kernel, dilation in zip(self.kernel, self.dilation, strict=True)]


def windows(step: Step, kernel: list[int], x: Value) -> Windows:
    """The windows of a Conv or a pooling over `x`. Raises ImportProblem where they need a size that is only named."""
    rank = len(kernel)
    step.need(len(x.shape) == rank + 2, f"has a kernel of {counted(rank, 'axis')} for an input of {len(x.shape)}")
    step.need(1 <= rank <= 3, f"has windows of {counted(rank, 'axis')}, and PyTorch has them of 1 to 3")
    step.need(all(size >= 1 for size in kernel), "has a kernel of no size")
    stride, dilation = step.per_axis("strides", rank, 1), step.per_axis("dilations", rank, 1)
    step.need(all(number >= 1 for number in stride + dilation), "has a stride or a dilation below 1")
    mode = step.text("auto_pad", "NOTSET")
    if mode in ("NOTSET", "", "VALID"):
        pads = step.per_axis("pads", 2 * rank, 0)
        pads = pads if mode != "VALID" else [0] * 2 * rank
        step.need(all(pad >= 0 for pad in pads), "has padding below 0")
        return Windows(kernel, stride, dilation, pads[:rank], pads[rank:])
    step.need(mode in ("SAME_UPPER", "SAME_LOWER"), f"has {mode[:40]} as its auto_pad")
    step.without_effect("pads")  # auto_pad finds them
    totals = [_total(step, *axis) for axis in zip(x.shape[2:], kernel, dilation, stride, strict=True)]
    less, more = [total // 2 for total in totals], [total - total // 2 for total in totals]
    before, after = (less, more) if mode == "SAME_UPPER" else (more, less)
    return Windows(kernel, stride, dilation, before, after, mode == "SAME_UPPER")


def _total(step: Step, size: Size, kernel: int, dilation: int, stride: int) -> int:
    """How much is padded in all, so that ceil(size / stride) windows stand."""
    window = span(kernel, dilation)
    total = window - 1 if stride == 1 else same_upper(size, window, stride)[1]
    if not isinstance(total, int):
        raise step.problem(f"pads by what a size of {size} needs", help=step.sizes_help)
    return total


def padded(step: Step, x: Computed, before: list[int], after: list[int], value: float = 0.0) -> Computed:
    """The tensor with positions around its last axes; itself where there are none."""
    if not any(before + after):
        return x
    pairs = [number for pair in reversed(list(zip(before, after, strict=True))) for number in pair]
    keys: dict[str, Literal] = {"padding": list(pairs)}
    return step.layer("Pad", [x], suffix="pad", more=keys if value == 0 else {**keys, "value": value})
