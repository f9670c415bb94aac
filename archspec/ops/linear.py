"""Linear maps over the last axis. https://docs.pytorch.org/docs/stable/nn.html#linear-layers"""

from math import prod
from typing import ClassVar

from archspec.dims import Shape, Size
from archspec.ops import emission as emit
from archspec.ops.base import (
    ITEM_BYTES,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Tensor,
    count,
    mixing,
    per_sample,
    show_shape,
)
from archspec.ops.fields import Bool, Inferred, Positive
from archspec.ops.formula import Formula, times
from archspec.ops.layout import Laid, viewed


class Linear(Op):
    """out = in · weightᵀ + bias over the last axis, (…, in_features) → (…, out_features).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    example: ClassVar = "out_features: 10"
    example_inputs: ClassVar[tuple[str, ...]] = ("[400]",)
    kind: ClassVar = "linear"
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)
    positional: ClassVar[tuple[str, ...]] = ("in_features", "out_features")
    takes_device: ClassVar = True
    inferred_axes: ClassVar = {"in_features": (0, -1)}

    in_features: Inferred = None
    """how many numbers each vector has; follows from the input"""
    out_features: Positive
    bias: Bool = True

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        x = inputs[0]
        if x.rank < 2:
            raise Problem("E0302", "reads features along the last axis, but gets only the batch", input=0)
        self.need_float(x)
        return {"in_features": self.need_number(x.shape[-1], "the number of input features")}

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        return {"output": Tensor((*x.shape[:-1], self.out_features), x.dtype)}

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        x = inputs[0]
        shapes: dict[str, Shape] = {"weight": (self.out_features, x.shape[-1])}
        if self.bias:
            shapes["bias"] = (self.out_features,)
        return shapes

    def macs(self, inputs: Inputs) -> Size:
        x = inputs[0]
        return count(x) * self.out_features

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        return {inputs[0].rank - 1: Formula("features", "out_features", {"out_features": self.out_features})}

    def parameter_formulas(self, inputs: Inputs) -> dict[str, Formula]:
        letters = {"in_features": inputs[0].shape[-1], "out_features": self.out_features}
        weight = Formula("weight", "in_features·out_features", letters)
        return {"weight": weight, "bias": Formula("bias", "out_features", letters)} if self.bias else {"weight": weight}

    def macs_formula(self, inputs: Inputs) -> Formula:
        at = at_positions(inputs[0])
        letters = {"in_features": inputs[0].shape[-1], "out_features": self.out_features, "positions": at}
        return Formula("MACs", f"{'positions·' if at else ''}in_features·out_features", letters)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        return mixing({x.rank - 1}, x)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int:
        return map_workspace(laid[0]) * ITEM_BYTES[inputs[0].dtype]


def at_positions(x: Tensor) -> str:
    """At how many positions of a sample a map along the last axis is taken, as a product; nothing for one."""
    sizes = [size for size in map(per_sample, x.shape[:-1]) if size != 1]
    return times(sizes) if sizes else ""


def map_workspace(x: Laid) -> int:
    """How many elements a linear map takes in between: none where the rows lie one after the other, else perhaps a copy."""
    if len(x.sizes) <= 2 or x.is_contiguous:
        return 0
    rows = prod(x.sizes[:-1])
    return rows * x.sizes[-1] if viewed(x, (rows, x.sizes[-1])) is None else 0


class Bilinear(Op):
    """out_o = in1ᵀ · weight_o · in2 + bias_o over the last axes of two inputs.

    Counted as in1 · in2 · out MACs for in1ᵀ·weight, and in2 · out for the product with in2, at each position.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html"""

    parameter_names: ClassVar[tuple[str, ...]] = ("weight", "bias")
    example: ClassVar = "out_features: 10"
    example_inputs: ClassVar[tuple[str, ...]] = ("[20]", "[30]")
    kind: ClassVar = "linear"
    gradient_reads: ClassVar[tuple[str, ...]] = ("input",)
    arity: ClassVar = (2, 2)
    positional: ClassVar[tuple[str, ...]] = ("in1_features", "in2_features", "out_features")
    takes_device: ClassVar = True
    inferred_axes: ClassVar = {"in1_features": (0, -1), "in2_features": (1, -1)}

    in1_features: Inferred = None
    """how many numbers each vector of the first input has; follows from it"""
    in2_features: Inferred = None
    """how many numbers each vector of the second input has; follows from it"""
    out_features: Positive
    bias: Bool = True

    def resolve(self, inputs: Inputs) -> dict[str, Size]:
        for i, tensor in enumerate(inputs):
            self.need_float(tensor, i)
            if tensor.rank < 2:
                raise Problem("E0302", "reads features along the last axis, but gets only the batch", input=i)
        left, right = inputs
        if left.shape[:-1] != right.shape[:-1]:
            raise Problem("E0305", f"reads {show_shape(left.shape)} and {show_shape(right.shape)}, which differ before their "
                          "last axes", input=1)  # fmt: skip
        sizes = [
            self.need_number(tensor.shape[-1], "the number of input features", i) for i, tensor in enumerate(inputs)
        ]
        return {"in1_features": sizes[0], "in2_features": sizes[1]}

    def outputs(self, inputs: Inputs) -> Outputs:
        return {"output": Tensor((*inputs[0].shape[:-1], self.out_features), inputs[0].dtype)}

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Apply((emit.Input(0), emit.Input(1))), self.module(inputs))

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.out_features, inputs[0].shape[-1], inputs[1].shape[-1])}
        if self.bias:
            shapes["bias"] = (self.out_features,)
        return shapes

    def macs(self, inputs: Inputs) -> Size:
        left, right = inputs
        return count(left) * right.shape[-1] * self.out_features + count(right) * self.out_features

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        return {inputs[0].rank - 1: Formula("features", "out_features", {"out_features": self.out_features})}

    def macs_formula(self, inputs: Inputs) -> Formula:
        at = at_positions(inputs[0])
        letters = {"in1": inputs[0].shape[-1], "in2": inputs[1].shape[-1], "out": self.out_features, "positions": at}
        return Formula("MACs", f"{'positions·' if at else ''}(in1·in2·out + in2·out)", letters)

    def reach(self, inputs: Inputs) -> Reaches:
        return tuple(mixing({tensor.rank - 1}, tensor)[0] for tensor in inputs)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> None:
        return None
