"""Pooling: the maximum, the mean or a norm of each window, channel by channel, in one, two and three dimensions.
https://docs.pytorch.org/docs/stable/nn.html#pooling-layers

One elementwise operation is counted for each position of each window.
"""

from math import prod
from typing import Annotated, ClassVar

from archspec.dims import Size, product
from archspec.ops import emission as emit
from archspec.ops.base import (
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Same,
    Tensor,
    Window,
    per_sample,
    tensor_bytes,
)
from archspec.ops.fields import Bool, Dilation, Kernel, Padding, PerAxis, per_axis
from archspec.ops.formula import Formula
from archspec.ops.layout import Laid, fresh
from archspec.ops.order import Order
from archspec.ops.window import (
    AXIS_NAMES,
    LAYOUTS,
    need_fit,
    need_positive,
    positions,
    positions_ceil,
    positions_ceil_formula,
    positions_formula,
    span,
)

StrideOrKernel = Annotated[PerAxis | None, per_axis(1).or_null("null for the kernel's size")]


class _Pool(Op):
    """What all pooling over a moving window shares. `stride` left out is the kernel's size."""

    example: ClassVar = "kernel_size: 2"
    kind: ClassVar = "pooling"
    feels_order: ClassVar = True
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)
    positional: ClassVar[tuple[str, ...]] = ("kernel_size",)

    kernel_size: Kernel
    stride: StrideOrKernel = None

    def _windows(self) -> list[tuple[int, int, int, int]]:
        """Kernel, stride, padding and dilation of each axis."""
        strides = self.axes("kernel_size") if self.stride is None else self.axes("stride")
        zeros, ones = (0,) * self.rank, (1,) * self.rank
        paddings = self.axes("padding") if "padding" in type(self).model_fields else zeros
        dilations = self.axes("dilation") if "dilation" in type(self).model_fields else ones
        return list(zip(self.axes("kernel_size"), strides, paddings, dilations, strict=True))

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"stride": tuple(stride for _, stride, _, _ in self._windows())}

    def check(self) -> None:
        windows = self._windows()
        halves = [min(padding, span(kernel, dilation) // 2) for kernel, _, padding, dilation in windows]
        fitting = str(halves[0] if len(set(halves)) == 1 else halves)
        for kernel, _, padding, dilation in windows:
            half = span(kernel, dilation) // 2
            if padding > half:
                raise Problem("E0106", f"pads by {padding}, more than half its kernel of {kernel}", field="padding",
                              label=f"at most {half}", instead=(("padding", fitting),))  # fmt: skip

    def _pooled(self, x: Tensor, ceil_mode: bool) -> tuple[Size, ...]:
        self.need_rank(x, (self.rank + 2,), LAYOUTS[self.rank])
        sizes: list[Size] = []
        for i, (kernel, stride, padding, dilation) in enumerate(self._windows()):
            size, window, axis = x.shape[2 + i], span(kernel, dilation), AXIS_NAMES[self.rank][i]
            if ceil_mode:
                sizes.append(positions_ceil(size, window, stride, padding))
                need_positive(sizes[-1], axis)
            else:
                need_fit(size, window, 2 * padding, kernel, axis)
                sizes.append(positions(size, window, stride, padding, padding))
        return (*x.shape[:2], *sizes)

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        found: dict[int, Formula] = {}
        for i, (kernel, stride, padding, dilation) in enumerate(self._windows()):
            name, size = AXIS_NAMES[self.rank][i], inputs[0].shape[2 + i]
            found[2 + i] = (
                positions_ceil_formula(name, size, kernel, stride, padding, dilation)
                if vars(self).get("ceil_mode")
                else positions_formula(name, size, kernel, stride, (padding, padding), dilation)
            )
        return found

    def elementwise(self, inputs: Inputs) -> Size:
        taps: int = prod(self.axes("kernel_size"))
        return per_sample(product(next(iter(self.outputs(inputs).values())).shape)) * taps

    def reach(self, inputs: Inputs) -> Reaches:
        windows = [Window(2 + i, span(k, d), s, p, d) for i, (k, s, p, d) in enumerate(self._windows())]
        return ((Same(0), Same(1), *windows),)


class _MaxPool(_Pool):
    order: ClassVar[Order] = Order.IMAGES
    gives: ClassVar[Order] = Order.IMAGES
    padding: Padding = 0
    dilation: Dilation = 1
    return_indices: Bool = False
    ceil_mode: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = self._pooled(inputs[0], self.ceil_mode)
        self.need_float(inputs[0])
        result: Outputs = {"output": Tensor(shape, inputs[0].dtype)}
        if self.return_indices:
            result["indices"] = Tensor(shape, "int64")
        return result

    def emission(self, inputs: Inputs) -> emit.Emission:
        ports = ("output", "indices") if self.return_indices else ()
        return emit.Emission(emit.Apply(), self.module(inputs), ports)


class MaxPool1d(_MaxPool):
    """The maximum of each window over (N, C, L).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html"""

    rank: ClassVar = 1
    order: ClassVar = Order.LINES
    gives: ClassVar = Order.LINES

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """Without indices there is another kernel, which wants one row, and gives rows."""
        if self.return_indices or laid[0].is_contiguous:
            return super().workspace(inputs, laid)
        return tensor_bytes(inputs[0])

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return self.gives.lay(operands, sizes) if self.return_indices else fresh(sizes)


class MaxPool2d(_MaxPool):
    """The maximum of each window over (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html"""

    rank: ClassVar = 2


class MaxPool3d(_MaxPool):
    """The maximum of each window over (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html"""

    rank: ClassVar = 3


def need_unpadded(op: _Pool, x: Tensor) -> None:
    """In three dimensions PyTorch wants the kernel to fit into the input without its padding."""
    for axis, kernel in enumerate(op.axes("kernel_size")):
        need_fit(x.shape[2 + axis], kernel, 0, kernel, AXIS_NAMES[3][axis])
