"""Matrix products. https://onnx.ai/onnx/operators/onnx__Gemm.html"""

from __future__ import annotations

import numpy as np

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Known, Value
from archspec.words import counted


@handles("Gemm")
def gemm(step: Step) -> Computed:
    """Linear where the right matrix is known, with alpha and beta in its weights; else a Matmul and an Add."""
    alpha, beta = step.number("alpha", 1.0), step.number("beta", 1.0)
    x: Computed = step.tensor_of()
    step.need(x.rank == 2, f"reads a matrix, but gets {counted(x.rank, 'axis')}")
    if step.integer("transA", 0):
        x = step.layer("Transpose", [x], suffix="left", dim0=0, dim1=1)
    right = step.value(1)
    addend = step.value(2) if step.has(2) and beta != 0 else None
    if isinstance(right, Known):
        step.need(len(right.shape) == 2, f"has a weight of {counted(len(right.shape), 'axis')}")
        weight = (right if step.integer("transB", 0) else right.transposed()).scaled(alpha)
        bias = _bias(addend, weight.shape[0])
        if bias is not None or addend is None:
            return _linear(step, x, weight, bias.scaled(beta) if bias is not None else None)
        return _plus(step, _linear(step, x, weight, None), addend, beta)
    y = step.tensor_of(1)
    if step.integer("transB", 0):
        y = step.layer("Transpose", [y], suffix="right", dim0=0, dim1=1)
    product = step.layer("Matmul", [x, y])
    if alpha != 1:
        product = step.layer("Mul", [product], suffix="alpha", value=alpha)
    return product if addend is None else _plus(step, product, addend, beta)


def _plus(step: Step, x: Computed, addend: Value, beta: float) -> Computed:
    if isinstance(addend, Known):
        return step.layer("Add", [x, addend.scaled(beta)], suffix="bias")
    if beta != 1:
        addend = step.layer("Mul", [addend], suffix="beta", value=beta)
    return step.layer("Add", [x, addend], suffix="bias")


def _bias(value: Value | None, features: int) -> Known | None:
    """A vector of one number for each output feature, where the addend is that."""
    if not isinstance(value, Known):
        return None
    if value.size == features and value.shape in ((features,), (1, features)):
        return value.reshaped(features)
    if value.size == 1 and len(value.shape) <= 2:
        one = value.reshaped(1)
        return one.then(("expand", features), (features,), lambda array: np.broadcast_to(array, (features,)))
    return None


def _linear(step: Step, x: Computed, weight: Known, bias: Known | None) -> Computed:
    weights = {"weight": weight, **({"bias": bias} if bias is not None else {})}
    return step.layer("Linear", [x], weights, out_features=weight.shape[0], bias=bias is not None)


@handles("MatMul")
def matmul(step: Step) -> list[Value | None]:
    """Linear where the right one is a known matrix, with the Add that follows as its bias; else Matmul."""
    right = step.value(1)
    if not isinstance(right, Known) or len(right.shape) != 2 or right.dtype != "float32":
        return [step.layer("Matmul", [step.value(0), right])]
    weight = right.transposed()
    features = weight.shape[0]
    found = step.bias_after([(features,)])
    if found is None:
        return [_linear(step, step.tensor_of(), weight, None)]
    bias, output = found
    step.give_instead(output, _linear(step, step.tensor_of(), weight, bias))
    return [None]


@handles("Einsum")
def einsum(step: Step) -> Computed:
    """Einsum, with the result written out where ONNX leaves it to the order of the letters."""
    reads = [step.value(i) for i in range(step.count)]
    return step.layer("Einsum", reads, equation=step.text("equation", "").replace(" ", ""))
