"""How far numbers lie apart. `dim` has to be written, as in `reduction.py`.
https://docs.pytorch.org/docs/stable/torch.html#reduction-ops"""

from archspec.ops import emission as emit
from archspec.ops.base import DType, Inputs, Tensor
from archspec.ops.fields import NotNegative
from archspec.ops.reduction import _Reduction


class _Spread(_Reduction):
    correction: NotNegative = 1
    """what is taken from the number of elements that the squares are divided by; 1 is Bessel's"""

    def _dtype(self, x: Tensor) -> DType:
        self.need_float(x)
        return x.dtype

    def emission(self, inputs: Inputs) -> emit.Emission:
        extra: dict[str, emit.Literal] = {} if self.correction == 1 else {"correction": self.correction}
        return self._call(f"torch.{type(self).__name__.lower()}", dim=self.dim, **extra)


class Var(_Spread):
    """The variance over the axes `dim`, Σ (x − mean)² / (n − correction).
    https://docs.pytorch.org/docs/stable/generated/torch.var.html"""


class Std(_Spread):
    """The standard deviation over the axes `dim`, the root of the variance.
    https://docs.pytorch.org/docs/stable/generated/torch.std.html"""
