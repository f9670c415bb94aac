"""Transposed convolutions: the gradient of a convolution as an op.
https://docs.pytorch.org/docs/stable/nn.html#convolution-layers"""

from math import prod
from typing import Annotated, ClassVar

from archspec.dims import Shape, Size, product
from archspec.ops.base import (
    Everything,
    Inputs,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Window,
    per_sample,
)
from archspec.ops.conv import _Convolution, need_divisor
from archspec.ops.fields import Bool, Dilation, Padding, Positive, choice
from archspec.ops.formula import Formula
from archspec.ops.reach import blocks, put_out
from archspec.ops.window import AXIS_NAMES, need_positive, span


class _ConvTranspose(_Convolution):
    """The gradient of a convolution as an op: each input position adds a kernel's worth to the output."""

    example: ClassVar = "out_channels: 8, kernel_size: 2, stride: 2"

    padding: Padding = 0
    output_padding: Padding = 0
    groups: Positive = 1
    bias: Bool = True
    dilation: Dilation = 1
    padding_mode: Annotated[str, choice("zeros")] = "zeros"

    def check(self) -> None:
        need_divisor(self.groups, self.out_channels, "output channels")

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self._channels(x, self.groups)
        names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
        sizes: list[Size] = []
        for i, (kernel, stride, padding, extra, dilation) in enumerate(zip(*map(self.axes, names), strict=True)):
            if extra >= max(stride, dilation):
                raise Problem("E0106", f"has an output_padding of {extra}, which must be smaller than the stride "
                              f"({stride}) or the dilation ({dilation})", field="output_padding",
                              label=f"at most {max(stride, dilation) - 1}")  # fmt: skip
            size = (x.shape[2 + i] - 1) * stride - 2 * padding + span(kernel, dilation) + extra
            need_positive(size, AXIS_NAMES[self.rank][i])
            sizes.append(size)
        return {"output": Tensor((x.shape[0], self.out_channels, *sizes), x.dtype)}

    def _is_cut(self, steps: tuple[int, ...]) -> bool:
        return any(extra >= step for extra, step in zip(self.axes("output_padding"), steps, strict=True))

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        x = inputs[0]
        weight = (self._channels(x, self.groups), self.out_channels // self.groups, *self.axes("kernel_size"))
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def macs(self, inputs: Inputs) -> Size:
        """Every input element meets every tap of its group's kernels: the input's positions count, not the output's."""
        x = inputs[0]
        return per_sample(product(x.shape) * (self.out_channels // self.groups * prod(self.axes("kernel_size"))))

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        found = {1: Formula("channels", "out_channels", {"out_channels": self.out_channels})}
        names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
        for i, values in enumerate(zip(*map(self.axes, names), strict=True)):
            letters = {"in": inputs[0].shape[2 + i], **dict(zip(names, values, strict=True))}
            window = "kernel_size" if letters["dilation"] == 1 else "dilation·(kernel_size − 1) + 1"
            extra = " + output_padding" if letters["output_padding"] else ""
            text = f"(in − 1)·stride − 2·padding + {window}{extra}"
            found[2 + i] = Formula(AXIS_NAMES[self.rank][i], text, letters)
        return found

    def _given(self) -> str:
        """The channels that one input channel gives to."""
        return "out_channels" if self.groups == 1 else "(out_channels / groups)"

    def parameter_formulas(self, inputs: Inputs) -> dict[str, Formula]:
        x = inputs[0]
        weight = self._kernel_formula("weight", f"in_channels·{self._given()}", x, self.groups)
        bias = Formula("bias", "out_channels", {"out_channels": self.out_channels})
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def macs_formula(self, inputs: Inputs) -> Formula:
        x = inputs[0]
        taps = self._kernel_formula("MACs", self._given(), x, self.groups)
        axes = [f"in_{name}" for name in AXIS_NAMES[self.rank]]
        values = {**taps.values, **dict(zip(axes, x.shape[2:], strict=True)), "samples": per_sample(x.shape[0])}
        samples = "" if per_sample(x.shape[0]) == 1 else "samples·"
        return Formula("MACs", f"{samples}{'·'.join(axes)}·in_channels·({taps.text})", values)

    def reach(self, inputs: Inputs) -> Reaches:
        names = ("kernel_size", "stride", "padding", "dilation")
        windows: list[Reach] = []
        for i, (kernel, stride, padding, dilation) in enumerate(zip(*map(self.axes, names), strict=True)):
            window = span(kernel, dilation)
            reads_all = padding < window  # what the first and the last position are put out to is not all cut off
            step = Window(2 + i, window, stride, padding, dilation)
            windows.append(Window(2 + i, window, 1, window - 1 - padding, dilation) if stride == 1
                           else put_out(step, reads_all, "its outputs see different windows"))  # fmt: skip
        channels: Reach = Everything()
        if self.groups > 1:
            taken = self._channels(inputs[0], self.groups) // self.groups
            channels = blocks(1, self.out_channels // self.groups, taken, "its groups read channels apart")
        return ((Same(0), channels, *windows),)


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution over (N, C, L).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html"""

    rank: ClassVar = 1


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html"""

    rank: ClassVar = 2


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution over (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html"""

    rank: ClassVar = 3
