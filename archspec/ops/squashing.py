"""Functions into a bounded range, beside Sigmoid and Tanh.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from archspec.dims import Size
from archspec.ops.activation import _Activation
from archspec.ops.base import Inputs, tensor_bytes
from archspec.ops.fields import Bool
from archspec.ops.layout import Laid


class Hardsigmoid(_Activation):
    """ReLU6(x + 3) / 6. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html"""

    inplace: Bool = False


class Softsign(_Activation):
    """x / (1 + |x|). https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html"""

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """1 + |x|."""
        return tensor_bytes(self.outputs(inputs)["output"])
