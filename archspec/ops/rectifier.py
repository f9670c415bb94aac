"""Rectifiers beside ReLU: those that leak, and those with an upper bound.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import ClassVar

from archspec.dims import Shape, Size
from archspec.ops.activation import _Activation
from archspec.ops.base import Inputs, Outputs, Problem, tensor_bytes
from archspec.ops.fields import Bool, Positive, Real
from archspec.ops.layout import Laid
from archspec.ops.order import Order, in_order
from archspec.words import counted


class ReLU6(_Activation):
    """min(max(0, x), 6). https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html"""

    leaves_of_negative: ClassVar = "zero"

    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class LeakyReLU(_Activation):
    """x where x > 0, else negative_slope · x. https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    negative_slope: Real = 0.01
    """the slope below 0"""
    inplace: Bool = False


class PReLU(_Activation):
    """LeakyReLU with a learned slope, one for all channels or one for each.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight",)
    starts: ClassVar = {"weight": "init"}
    takes_device: ClassVar = True

    num_parameters: Positive = 1
    """how many slopes are learned: 1, or one for each channel"""
    init: Real = 0.25
    """the slope below 0 that training starts with"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        channels = x.shape[1] if x.rank > 1 else 1
        if self.num_parameters not in (1, channels):
            raise Problem("E0301", f"has {counted(self.num_parameters, 'slope')} for {counted(channels, 'channel')}",
                          field="num_parameters",
                          label=f"1 or {channels} expected", instead=(("num_parameters", str(channels)),))  # fmt: skip
        return {"output": x}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        return {"weight": (self.num_parameters,)}

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        """Slopes are spread over the tensor."""
        return in_order(operands, sizes)


class RReLU(_Activation):
    """LeakyReLU with a slope drawn during training, and the middle of its range in evaluation.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)
    gives: ClassVar = Order.ROWS

    lower: Real = 1 / 8
    """the least slope below 0"""
    upper: Real = 1 / 3
    """the largest slope below 0"""
    inplace: Bool = False

    def check(self) -> None:
        if self.lower > self.upper:
            raise Problem("E0106", f"draws slopes from {self.lower:g} to {self.upper:g}, which is below", field="upper")

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """Room for the slopes that training draws."""
        return tensor_bytes(inputs[0])


class Threshold(_Activation):
    """x where x > threshold, else value. https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html"""

    example: ClassVar = "threshold: 0.1, value: 0"
    positional: ClassVar[tuple[str, ...]] = ("threshold", "value")

    threshold: Real
    """the number up to which the output is `value`"""
    value: Real
    """the output up to the threshold"""
    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class Hardtanh(_Activation):
    """x kept between two bounds. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html"""

    min_val: Real = -1.0
    """the smallest number that there may be"""
    max_val: Real = 1.0
    """the largest number that there may be"""
    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}

    def check(self) -> None:
        if self.min_val >= self.max_val:
            raise Problem("E0106", f"has bounds from {self.min_val:g} to {self.max_val:g}, which leave nothing between them",
                          field="max_val", help=f"write a max_val above {self.min_val:g}")  # fmt: skip
