"""Activations: functions of each element by itself, and the normalized ones (Softmax and its kin) along an axis.

One elementwise operation is counted for each output element.
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity"""

from __future__ import annotations

from typing import Annotated, ClassVar

from archspec.dims import Shape, Size, exact_div, prove_divides
from archspec.ops import emission as emit
from archspec.ops.base import Inputs, Op, Outputs, Problem, Reaches, Same, Tensor, Untraced, count, mixing, pointwise
from archspec.ops.fields import Axis, AxisOrNull, Bool, Positive, Real, choice, number

X = emit.Input()


class _Activation(Op):
    """One function of each element, any shape to the same shape."""

    kind: ClassVar = "activation"

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_float(inputs[0])
        return {"output": inputs[0]}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return pointwise(inputs[0])


class ReLU(_Activation):
    """max(0, x). https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html"""

    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class ReLU6(_Activation):
    """min(max(0, x), 6). https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html"""

    inplace: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class ELU(_Activation):
    """x where x > 0, else alpha · (exp(x) − 1). https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html"""

    alpha: Real = 1.0
    inplace: Bool = False


class CELU(_Activation):
    """max(0, x) + min(0, alpha · (exp(x / alpha) − 1)).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html"""

    alpha: Annotated[float, number(above=0)] = 1.0
    inplace: Bool = False


class SELU(_Activation):
    """The self-normalizing ELU. https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html"""

    inplace: Bool = False


class GELU(_Activation):
    """x · Φ(x), with Φ the normal distribution. https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html"""

    approximate: Annotated[str, choice("none", "tanh")] = "none"


class SiLU(_Activation):
    """x · sigmoid(x), also called swish. https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html"""

    inplace: Bool = False


class Mish(_Activation):
    """x · tanh(softplus(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html"""

    inplace: Bool = False


class Hardswish(_Activation):
    """x · ReLU6(x + 3) / 6. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html"""

    inplace: Bool = False


class Hardsigmoid(_Activation):
    """ReLU6(x + 3) / 6. https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html"""

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

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return _to_float(self, inputs)


class LeakyReLU(_Activation):
    """x where x > 0, else negative_slope · x. https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html"""

    negative_slope: Real = 0.01
    inplace: Bool = False


class RReLU(_Activation):
    """LeakyReLU with a slope drawn during training, and the middle of its range in evaluation.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html"""

    lower: Real = 1 / 8
    upper: Real = 1 / 3
    inplace: Bool = False

    def check(self) -> None:
        if self.lower > self.upper:
            raise Problem("E0106", f"draws slopes from {self.lower:g} to {self.upper:g}, which is below", field="upper")


class PReLU(_Activation):
    """LeakyReLU with a learned slope, one for all channels or one for each.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html"""

    takes_device: ClassVar = True

    num_parameters: Positive = 1
    init: Real = 0.25

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        channels = x.shape[1] if x.rank > 1 else 1
        if self.num_parameters not in (1, channels):
            raise Problem("E0301", f"has {self.num_parameters} slopes for {channels} channels", field="num_parameters",
                          label=f"1 or {channels} expected", help=f"write num_parameters: {channels}")  # fmt: skip
        return {"output": x}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        return {"weight": (self.num_parameters,)}


class Softplus(_Activation):
    """log(1 + exp(beta · x)) / beta. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html"""

    beta: Real = 1.0
    threshold: Real = 20.0


class Threshold(_Activation):
    """x where x > threshold, else value. https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html"""

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


def _to_float(op: Op, inputs: Inputs) -> Outputs:
    """Whole numbers are computed with as floats."""
    x = inputs[0]
    return {"output": x if x.is_float else Tensor(x.shape, "float32")}


class Sigmoid(_Activation):
    """1 / (1 + exp(−x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html"""

    def outputs(self, inputs: Inputs) -> Outputs:
        return _to_float(self, inputs)


class Tanh(_Activation):
    """tanh(x). https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html"""

    def outputs(self, inputs: Inputs) -> Outputs:
        return _to_float(self, inputs)


class Softsign(_Activation):
    """x / (1 + |x|). https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html"""


class GLU(Op):
    """a · sigmoid(b), where a and b are the halves of an axis.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html"""

    kind: ClassVar = "activation"
    dim: Axis = -1

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        axis = self.need_axis(self.dim, x.rank, "dim")
        half = exact_div(x.shape[axis], 2)
        if half is None:
            self._need_even(x, axis)
            half = x.shape[axis] // 2
        return {"output": Tensor((*x.shape[:axis], half, *x.shape[axis + 1 :]), x.dtype)}

    def _need_even(self, x: Tensor, axis: int) -> None:
        if prove_divides(2, x.shape[axis]) is None:
            self.need_number(x.shape[axis], f"the size of axis {axis}")
        raise Problem(
            "E0304",
            f"halves axis {axis}, which has the size {x.shape[axis]}",
            field="dim",
            label="an even size expected",
        )

    def elementwise(self, inputs: Inputs) -> Size:
        return count(self.outputs(inputs)["output"]) * 2

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        halves = Untraced("its halves are multiplied")
        return (tuple(halves if axis == self.dim % rank else Same(axis) for axis in range(rank)),)


class _AlongAxis(Op):
    """A function that normalizes along `dim`. Left out, `dim` is PyTorch's old default: 1, or 0 with 0, 1 or 3 axes."""

    kind: ClassVar = "activation"
    dim: AxisOrNull = None

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_float(x)
        self.need_axis(self._dim(x), x.rank, "dim")
        return {"output": x}

    def _dim(self, x: Tensor) -> int:
        if self.dim is not None:
            return self.dim
        return 0 if x.rank in (0, 1, 3) else 1

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return mixing({self._dim(x) % x.rank}, x)

    def module(self, inputs: Inputs, **changed: emit.Literal) -> emit.Module:
        """With `dim` always written: PyTorch warns of its own default."""
        return super().module(inputs, dim=self._dim(inputs[0]), **changed)


class Softmax(_AlongAxis):
    """exp(x) / sum of exp(x) along `dim`. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html"""


class Softmin(_AlongAxis):
    """Softmax of −x. https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html"""


class LogSoftmax(_AlongAxis):
    """log(Softmax(x)). https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html"""


class Softmax2d(Op):
    """Softmax over the channels of (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html"""

    kind: ClassVar = "activation"

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_rank(inputs[0], (4,), "(N, C, H, W)")
        self.need_float(inputs[0])
        return {"output": inputs[0]}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(inputs[0])

    def reach(self, inputs: Inputs) -> Reaches:
        return mixing({1}, inputs[0])


class _Function(_Activation):
    """A function of torch that has no module: `torch.exp(x)`."""

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call(f"torch.{type(self).__name__.lower()}", (X,)))

    def outputs(self, inputs: Inputs) -> Outputs:
        return _to_float(self, inputs)


class Exp(_Function):
    """exp(x). https://docs.pytorch.org/docs/stable/generated/torch.exp.html"""


class Log(_Function):
    """The natural logarithm. https://docs.pytorch.org/docs/stable/generated/torch.log.html"""


class Sqrt(_Function):
    """The square root. https://docs.pytorch.org/docs/stable/generated/torch.sqrt.html"""


class Rsqrt(_Function):
    """1 / sqrt(x). https://docs.pytorch.org/docs/stable/generated/torch.rsqrt.html"""


class Sin(_Function):
    """sin(x). https://docs.pytorch.org/docs/stable/generated/torch.sin.html"""


class Cos(_Function):
    """cos(x). https://docs.pytorch.org/docs/stable/generated/torch.cos.html"""


class _Signed(_Function):
    """A function that keeps whole numbers whole; booleans have none."""

    def outputs(self, inputs: Inputs) -> Outputs:
        if inputs[0].dtype == "bool":
            self.need_float(inputs[0])
        return {"output": inputs[0]}


class Neg(_Signed):
    """−x. https://docs.pytorch.org/docs/stable/generated/torch.neg.html"""


class Abs(_Signed):
    """|x|. https://docs.pytorch.org/docs/stable/generated/torch.abs.html"""


class Clamp(_Activation):
    """x kept between `min` and `max`, either of which may be left out.
    https://docs.pytorch.org/docs/stable/generated/torch.clamp.html"""

    min: Annotated[float | None, number().or_null()] = None
    max: Annotated[float | None, number().or_null()] = None

    def check(self) -> None:
        if self.min is None and self.max is None:
            raise Problem("E0106", "has neither min nor max, so it does nothing", help="write at least one of them")

    def emission(self, inputs: Inputs) -> emit.Emission:
        bounds = {name: value for name, value in (("min", self.min), ("max", self.max)) if value is not None}
        return emit.Emission(emit.Call("torch.clamp", (X,), emit.keywords(**bounds)))


class Pow(_Activation):
    """x to a power. https://docs.pytorch.org/docs/stable/generated/torch.pow.html"""

    exponent: Real

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("torch.pow", (X, emit.Data(self.exponent))))
