"""Pooling by the mean of each window. https://docs.pytorch.org/docs/stable/nn.html#pooling-layers"""

from typing import Annotated, ClassVar

from archspec.ops.base import (
    Inputs,
    Outputs,
    Tensor,
)
from archspec.ops.fields import Bool, Check, Padding
from archspec.ops.order import Order
from archspec.ops.pool import _Pool, need_unpadded

Divisor = Annotated[int | None, Check("a whole number that is not 0", lambda v: v is None or (type(v) is int and v != 0),
                                      {"type": ["integer", "null"]})]  # fmt: skip


class _AvgPool(_Pool):
    order: ClassVar[Order] = Order.IMAGES
    gives: ClassVar[Order] = Order.IMAGES
    padding: Padding = 0
    ceil_mode: Bool = False
    count_include_pad: Bool = True
    """whether averages count the padding"""

    def outputs(self, inputs: Inputs) -> Outputs:
        shape = self._pooled(inputs[0], self.ceil_mode)
        self.need_float(inputs[0])
        return {"output": Tensor(shape, inputs[0].dtype)}


class AvgPool1d(_AvgPool):
    """The mean of each window over (N, C, L).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html"""

    rank: ClassVar = 1
    order: ClassVar = Order.LINES
    gives: ClassVar = Order.LINES


class AvgPool2d(_AvgPool):
    """The mean of each window over (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html"""

    rank: ClassVar = 2
    divisor_override: Divisor = None


class AvgPool3d(_AvgPool):
    """The mean of each window over (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html"""

    rank: ClassVar = 3
    order: ClassVar = Order.ROWS
    gives: ClassVar = Order.ROWS
    divisor_override: Divisor = None

    def outputs(self, inputs: Inputs) -> Outputs:
        found = super().outputs(inputs)
        need_unpadded(self, inputs[0])
        return found
