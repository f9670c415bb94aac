"""Normalizations whose weight and bias are inputs.
https://docs.pytorch.org/docs/stable/nn.functional.html#normalization-functions"""

from typing import Annotated, ClassVar

from archspec.dims import Size
from archspec.ops import emission as emit
from archspec.ops.base import (
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    count,
    mixing,
    show_shape,
    tensor_bytes,
)
from archspec.ops.fields import Positive, number
from archspec.ops.formula import Formula
from archspec.ops.functional import Functional
from archspec.ops.layout import Laid
from archspec.ops.norm import Epsilon, GroupNorm, LayerNorm, NormalizedShape, RMSNorm, normalized, rms_workspace, scaled
from archspec.ops.order import Order


class _FunctionalNorm(Functional):
    kind: ClassVar = "normalization"
    feels_order: ClassVar = True
    arity: ClassVar[tuple[int, int | None]] = (1, 3)

    def outputs(self, inputs: Inputs) -> Outputs:
        found = super().outputs(inputs)
        for i in range(1, len(inputs)):
            self.need_weight(inputs, i, self._weight(inputs))
        return found

    def _weight(self, inputs: Inputs) -> tuple[Size, ...]:
        """The shape of weight and bias: one number a channel."""
        return (inputs[0].shape[1],)

    def _shown(self, inputs: Inputs) -> dict[str, emit.Literal]:
        return self.options()

    def emission(self, inputs: Inputs) -> emit.Emission:
        weights = tuple((name, emit.Input(i)) for i, name in enumerate(self.weights[: len(inputs) - 1], 1))
        arguments = emit.keywords(**self._shown(inputs))
        first = arguments[: len(self.positional)]
        return emit.Emission(emit.Call(self.function, (emit.Input(0), *(value for _, value in first)),
                                       (*weights, *arguments[len(self.positional) :])))  # fmt: skip


class _FunctionalLastAxes(_FunctionalNorm):
    positional: ClassVar = ("normalized_shape",)

    def _weight(self, inputs: Inputs) -> tuple[Size, ...]:
        shape = self._shape(inputs)
        return inputs[0].shape[inputs[0].rank - len(shape) :]

    def _shape(self, inputs: Inputs) -> tuple[int, ...]:
        """The sizes of the last axes, as the module finds them."""
        module, x = self._asked(inputs)
        return module._shape(x[0])  # type: ignore[attr-defined,no-any-return]

    def meant(self, inputs: Inputs) -> dict[str, object]:
        return {"normalized_shape": self._shape(inputs)}

    def _shown(self, inputs: Inputs) -> dict[str, emit.Literal]:
        return {"normalized_shape": self._shape(inputs), **{k: v for k, v in self.options().items() if k == "eps"}}

    def _weight_reach(self, input: int, weight: Tensor, inputs: Inputs) -> tuple[Reach, ...]:
        return tuple(Same(inputs[0].rank - weight.rank + axis) for axis in range(weight.rank))


class FunctionalLayerNorm(_FunctionalLastAxes):
    """(x − mean) / sqrt(var + eps) · weight + bias over the last axes, with weight and bias as inputs, or neither.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html"""

    function: ClassVar = "F.layer_norm"

    normalized_shape: NormalizedShape = None
    eps: Epsilon = 1e-5

    def _module(self, inputs: Inputs) -> Op:
        return LayerNorm.model_construct(normalized_shape=self.normalized_shape, eps=self.eps)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """A copy of each that does not lie in one row."""
        copied = (tensor_bytes(x) for x, own in zip(inputs, laid, strict=True) if not own.is_contiguous)
        return sum(copied, start=0)


class FunctionalRMSNorm(_FunctionalLastAxes):
    """x / sqrt(mean(x²) + eps) · weight over the last axes, with the weight as an input, or none.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html"""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    function: ClassVar = "F.rms_norm"

    normalized_shape: NormalizedShape = None
    eps: Annotated[float | None, number(0).or_null("null for the dtype's own")] = None
    """added to the mean of the squares, so that nothing is divided by 0"""

    def _module(self, inputs: Inputs) -> Op:
        return RMSNorm.model_construct(normalized_shape=self.normalized_shape, eps=self.eps)

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return scaled(operands[0])

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return rms_workspace(inputs[0], laid[0], len(self._shape(inputs)), len(inputs) == 2)


class FunctionalGroupNorm(_FunctionalNorm):
    """Statistics over groups of channels and all positions of a sample, with weight (C,) and bias (C,) as inputs, or neither.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html"""

    example: ClassVar = "num_groups: 4"
    positional: ClassVar = ("num_groups",)
    function: ClassVar = "F.group_norm"
    gives: ClassVar = Order.IMAGES

    num_groups: Positive
    eps: Epsilon = 1e-5

    def _module(self, inputs: Inputs) -> Op:
        return GroupNorm.model_construct(num_groups=self.num_groups, eps=self.eps)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        return self._module(inputs).workspace(inputs[:1], laid[:1])

    def _weight_reach(self, input: int, weight: Tensor, inputs: Inputs) -> tuple[Reach, ...]:
        return (Same(1),)


class FunctionalBatchNorm(_FunctionalNorm):
    """(x − mean) / sqrt(var + eps) · weight + bias, channel by channel, with the statistics of the tensor itself in training and
    evaluation: no running ones are kept. Weight (C,) and bias (C,) are inputs, or neither. On a (1, C, n) view of a
    convolution's weight it is weight standardization.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html"""

    function: ClassVar = "F.batch_norm"

    eps: Epsilon = 1e-5

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_one_dtype(inputs)
        self.need_rank(x, (2, 3, 4, 5), "(N, C, …)")
        self.need_number(x.shape[1], "the number of channels")
        if all(size == 1 for size in (x.shape[0], *x.shape[2:])):
            raise Problem("E0310", f"has one value a channel, {show_shape(x.shape)}, and no deviation of one", input=0,
                          help="normalize a tensor with more positions")  # fmt: skip
        for i in range(1, len(inputs)):
            self.need_weight(inputs, i, self._weight(inputs))
        return {"output": x}

    def elementwise(self, inputs: Inputs) -> Size:
        return 2 * count(inputs[0])

    def macs(self, inputs: Inputs) -> Size:
        return 0

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        return {}

    def macs_formula(self, inputs: Inputs) -> None:
        return None

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return (*mixing({0, *range(2, x.rank)}, x), *((Same(1),) for _ in inputs[1:]))

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return normalized(operands[0])

    def emission(self, inputs: Inputs) -> emit.Emission:
        made = super().emission(inputs)
        assert isinstance(made.forward, emit.Call)
        none, training = emit.Data(None), ("training", emit.Data(True))
        return made._replace(forward=made.forward._replace(
            arguments=(emit.Input(0), none, none), keywords=(*made.forward.keywords, training)))  # fmt: skip
