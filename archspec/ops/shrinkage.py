"""Functions that take small numbers for 0, or from all a little.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from typing import Annotated, ClassVar

from archspec.dims import Size
from archspec.ops.activation import _Activation, to_float
from archspec.ops.base import Inputs, Outputs, tensor_bytes
from archspec.ops.fields import Real, number
from archspec.ops.layout import Laid


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
