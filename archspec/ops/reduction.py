"""Ops that make one number of many along axes: Mean, Sum, Max, Min, Prod, Norm, LogSumExp, Argmax, Argmin.

Enters: a tensor. Leaves: one without the axes `dim`, or with size 1 there (`keepdim`). `dim` has to be written: without
it PyTorch would reduce over the batch as well.
"""

from typing import Annotated, ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.axes import without
from archspec.ops.base import ITEM_BYTES, DType, Inputs, Op, Outputs, Problem, Reaches, Tensor, count, mixing
from archspec.ops.fields import Axes, Axis, Bool, number
from archspec.ops.layout import Laid


class _Reduction(Op):
    """One operation for each element read."""

    example: ClassVar = "dim: [2, 3]"
    kind: ClassVar = "reduction"
    feels_order: ClassVar = True

    dim: Axes
    keepdim: Bool = False
    """whether the axis stays, with a size of 1"""

    def _reduced(self, x: Tensor) -> set[int]:
        dims = self.dim if isinstance(self.dim, tuple) else (self.dim,)
        axes = [self.need_axis(dim, x.rank, "dim") for dim in dims]
        if len(set(axes)) < len(axes):
            raise Problem("E0105", "names an axis twice", field="dim", label="each axis once")
        return set(axes)

    def _dtype(self, x: Tensor) -> DType:
        """The result's dtype. Raises where the op is not defined for the input's."""
        return x.dtype

    def computes_in(self, inputs: Inputs) -> DType | None:
        return self._dtype(inputs[0])

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        reduced = self._reduced(x)
        one: tuple[Size, ...] = (1,) if self.keepdim else ()
        sizes = [one if axis in reduced else (size,) for axis, size in enumerate(x.shape)]
        return {"output": Tensor(tuple(size for kept in sizes for size in kept), self._dtype(x))}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        reduced = self._reduced(x)
        return mixing(reduced, x) if self.keepdim else (without(reduced, x.rank),)

    def _call(self, function: str, **arguments: emit.Literal) -> emit.Emission:
        if self.keepdim:
            arguments["keepdim"] = True
        return emit.Emission(emit.Call(function, (emit.Input(),), emit.keywords(**arguments)))


def is_half(x: Tensor) -> bool:
    """Whether sums over it may be taken in float32, as PyTorch finds fit."""
    return x.is_float and ITEM_BYTES[x.dtype] < ITEM_BYTES["float32"]


class Mean(_Reduction):
    """The mean over the axes `dim`; (N, C, H, W) with `dim: [2, 3]` gives (N, C).
    https://docs.pytorch.org/docs/stable/generated/torch.mean.html"""

    def _dtype(self, x: Tensor) -> DType:
        self.need_float(x)
        return x.dtype

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """Halves are summed as float32, which the result is at first."""
        x = inputs[0]
        if not is_half(x):
            return 0
        return (count(x) + count(self.outputs(inputs)["output"])) * ITEM_BYTES["float32"]

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.mean", dim=self.dim)


class Sum(_Reduction):
    """The sum over the axes `dim`; whole numbers and truth values give int64.
    https://docs.pytorch.org/docs/stable/generated/torch.sum.html"""

    def _dtype(self, x: Tensor) -> DType:
        return x.dtype if x.is_float else "int64"

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.sum", dim=self.dim)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return None if is_half(inputs[0]) else super().workspace(inputs, laid)


class Max(_Reduction):
    """The largest over the axes `dim`. https://docs.pytorch.org/docs/stable/generated/torch.amax.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.amax", dim=self.dim)


class Min(_Reduction):
    """The smallest over the axes `dim`. https://docs.pytorch.org/docs/stable/generated/torch.amin.html"""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.amin", dim=self.dim)


class Norm(_Reduction):
    """(Σ |x|^p)^(1/p) over the axes `dim`; `p: 2` is the length of a vector, `p: 0` counts what is not zero.
    https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html"""

    p: Annotated[float, number()] = 2
    """the order of the norm; 2: the length of a vector"""

    def _dtype(self, x: Tensor) -> DType:
        self.need_float(x)
        return x.dtype

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call("torch.linalg.vector_norm", ord=self.p, dim=self.dim)


class _Where(_Reduction):
    """Where something along one axis stands, as int64."""

    example: ClassVar = "dim: 1"
    example_inputs: ClassVar[tuple[str, ...]] = ("[10]",)

    dim: Axis

    def _dtype(self, x: Tensor) -> DType:
        if x.dtype == "bool":
            raise Problem("E0307", "compares numbers, but gets bool", input=0, label="numbers expected")
        return "int64"

    def computes_in(self, inputs: Inputs) -> None:
        return None

    def emission(self, inputs: Inputs) -> emit.Emission:
        return self._call(f"torch.{type(self).__name__.lower()}", dim=self.dim)


class Argmax(_Where):
    """Where the largest along the axis `dim` stands, as int64.
    https://docs.pytorch.org/docs/stable/generated/torch.argmax.html"""


class Argmin(_Where):
    """Where the smallest along the axis `dim` stands, as int64.
    https://docs.pytorch.org/docs/stable/generated/torch.argmin.html"""


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
