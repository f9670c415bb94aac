"""The rest of torch.nn's activations of single elements. https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import Annotated, ClassVar

from archspec.dims import Shape, Size
from archspec.ops.activation import _Activation, to_float
from archspec.ops.base import Inputs, Outputs, Problem, tensor_bytes
from archspec.ops.fields import Bool, Positive, Real, number
from archspec.ops.layout import Laid, Order, fresh
from archspec.words import counted


class ELU(_Activation):
    """x where x > 0, else alpha · (exp(x) − 1). https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    alpha: Real = 1.0
    inplace: Bool = False


class CELU(_Activation):
    """max(0, x) + min(0, alpha · (exp(x / alpha) − 1)).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    alpha: Annotated[float, number(above=0)] = 1.0
    inplace: Bool = False


class SELU(_Activation):
    """The self-normalizing ELU. https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    inplace: Bool = False


class Mish(_Activation):
    """x · tanh(softplus(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html"""

    inplace: Bool = False


class Hardtanh(_Activation):
    """x kept between two bounds. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html"""

    min_val: Real = -1.0
    max_val: Real = 1.0
    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}

    def check(self) -> None:
        if self.min_val >= self.max_val:
            raise Problem("E0106", f"has bounds from {self.min_val:g} to {self.max_val:g}, which leave nothing between them",
                          field="max_val", help=f"write a max_val above {self.min_val:g}")  # fmt: skip


class Hardshrink(_Activation):
    """x where |x| > lambd, else 0. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html"""

    lambd: Real = 0.5


class Softshrink(_Activation):
    """x moved towards 0 by lambd. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html"""

    lambd: Annotated[float, number(0)] = 0.5


class Tanhshrink(_Activation):
    """x − tanh(x). https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html"""

    gradient_reads: ClassVar[tuple[str, ...]] = ()

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return to_float(self, inputs)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """tanh(x), and x in floats."""
        return tensor_bytes(self.outputs(inputs)["output"]) * (1 if inputs[0].is_float else 2)


class RReLU(_Activation):
    """LeakyReLU with a slope drawn during training, and the middle of its range in evaluation.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html"""

    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ("output",)

    lower: Real = 1 / 8
    upper: Real = 1 / 3
    inplace: Bool = False

    def check(self) -> None:
        if self.lower > self.upper:
            raise Problem("E0106", f"draws slopes from {self.lower:g} to {self.upper:g}, which is below", field="upper")

    def arrange(self, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return fresh(sizes)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """Room for the slopes that training draws."""
        return tensor_bytes(inputs[0])


class PReLU(_Activation):
    """LeakyReLU with a learned slope, one for all channels or one for each.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight",)
    takes_device: ClassVar = True

    num_parameters: Positive = 1
    init: Real = 0.25

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


class Softplus(_Activation):
    """log(1 + exp(beta · x)) / beta. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html"""

    beta: Real = 1.0
    threshold: Real = 20.0


class Threshold(_Activation):
    """x where x > threshold, else value. https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html"""

    example: ClassVar = "threshold: 0.1, value: 0"
    positional: ClassVar[tuple[str, ...]] = ("threshold", "value")

    threshold: Real
    value: Real
    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class LogSigmoid(_Activation):
    """log(sigmoid(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html"""

    order: ClassVar = Order.ROWS

    def arrange(self, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return fresh(sizes)


class Softsign(_Activation):
    """x / (1 + |x|). https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html"""

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """1 + |x|."""
        return tensor_bytes(self.outputs(inputs)["output"])
