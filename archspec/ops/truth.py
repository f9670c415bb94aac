"""Whether all numbers, or any, are true. `dim` has to be written, as in `reduction.py`.
https://docs.pytorch.org/docs/stable/torch.html#reduction-ops"""

from typing import ClassVar

from archspec.ops import emission as emit
from archspec.ops.base import DType, Inputs, Tensor
from archspec.ops.reduction import _Reduction


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
