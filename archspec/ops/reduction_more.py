"""More reductions: Var, Std, Prod, All, Any, LogSumExp. `dim` has to be written, as in `reduction.py`.
https://docs.pytorch.org/docs/stable/torch.html#reduction-ops"""

from typing import ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.base import ITEM_BYTES, DType, Inputs, Tensor, count
from archspec.ops.fields import Axis, NotNegative
from archspec.ops.layout import Laid
from archspec.ops.reduction import _Reduction, is_half


class _Spread(_Reduction):
    correction: NotNegative = 1

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


class Prod(_Reduction):
    """The product along the axis `dim`; whole numbers and truth values give int64.
    https://docs.pytorch.org/docs/stable/generated/torch.prod.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)

    dim: Axis

    def _dtype(self, x: Tensor) -> DType:
        return x.dtype if x.is_float else "int64"

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.prod", dim=self.dim)


class _Truth(_Reduction):
    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("{shape: [10], dtype: bool}",)

    def _dtype(self, x: Tensor) -> DType:
        return "bool"

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call(f"torch.{type(self).__name__.lower()}", dim=self.dim)


class All(_Truth):
    """Whether everything over the axes `dim` is true, or not 0, as bool.
    https://docs.pytorch.org/docs/stable/generated/torch.all.html"""


class Any(_Truth):
    """Whether anything over the axes `dim` is true, or not 0, as bool.
    https://docs.pytorch.org/docs/stable/generated/torch.any.html"""


class LogSumExp(_Reduction):
    """log Σ exp(x) over the axes `dim`; whole numbers give float32.
    https://docs.pytorch.org/docs/stable/generated/torch.logsumexp.html"""

    def _dtype(self, x: Tensor) -> DType:
        return x.dtype if x.is_float else "float32"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """The input in floats, the largest of each row, and x less that."""
        x, dtype = inputs[0], self._dtype(inputs[0])
        if is_half(x):
            return None
        floats = count(x) if x.dtype == dtype else 2 * count(x)
        return (floats + count(self.outputs(inputs)["output"])) * ITEM_BYTES[dtype]

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.logsumexp", dim=self.dim)
