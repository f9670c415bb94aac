"""Pooling by the norm of each window. https://docs.pytorch.org/docs/stable/nn.html#pooling-layers"""

from typing import Annotated, ClassVar

from archspec.ops.base import (
    Inputs,
    Outputs,
    Problem,
    Tensor,
)
from archspec.ops.fields import Bool, Kernel, number
from archspec.ops.layout import Laid
from archspec.ops.order import Order, alike
from archspec.ops.pool import StrideOrKernel, _Pool, need_unpadded


class _LPPool(_Pool):
    """(sum of x^p over the window)^(1/p)."""

    example: ClassVar = "norm_type: 2, kernel_size: 2"
    positional: ClassVar[tuple[str, ...]] = ("norm_type", "kernel_size")

    norm_type: Annotated[float, number(above=0)]
    """the order of the norm: sums of such powers, and then that root"""
    kernel_size: Kernel
    stride: StrideOrKernel = None
    ceil_mode: Bool = False
    gives: ClassVar[Order] = Order.IMAGES

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = self._pooled(inputs[0], self.ceil_mode)
        self.need_float(inputs[0])
        return {"output": Tensor(shape, inputs[0].dtype)}

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """That of the mean of the powers; before and after it is arithmetic."""
        powers = alike(operands, operands[0].sizes)
        return alike((self.gives.lay((powers,), sizes),), sizes)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> None:
        return None


class LPPool1d(_LPPool):
    """The p-norm of each window over (N, C, L).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html"""

    rank: ClassVar = 1
    gives: ClassVar = Order.LINES

    def check(self) -> None:
        if isinstance(self.kernel_size, tuple):
            raise Problem("E0105", "takes one number as its kernel_size, not a list", field="kernel_size",
                          instead=(("kernel_size", str(self.kernel_size[0])),))  # fmt: skip
        super().check()


class LPPool2d(_LPPool):
    """The p-norm of each window over (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html"""

    rank: ClassVar = 2


class LPPool3d(_LPPool):
    """The p-norm of each window over (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html"""

    rank: ClassVar = 3
    gives: ClassVar = Order.ROWS

    def outputs(self, inputs: Inputs) -> Outputs:
        found = super().outputs(inputs)
        need_unpadded(self, inputs[0])
        return found
