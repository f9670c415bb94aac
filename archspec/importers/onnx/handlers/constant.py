"""Constants. https://onnx.ai/onnx/operators/onnx__Constant.html"""

from __future__ import annotations

import numpy as np

from archspec.dims import Dim
from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.tensors import elements, known
from archspec.importers.onnx.values import Filled, Known, Value, normal


@handles("Constant")
def constant(step: Step) -> Known:
    """The tensor, number or list that the node has."""
    tensor = step.tensor("value")
    if tensor is not None:
        name = step.node.output[0] if step.network.has_weights_in_nodes else ""
        return known(tensor, step.network.folder, name, step.network.parameters)
    if step.has_attribute("value_float"):
        return Known.of(np.array(step.number("value_float", 0.0), np.float32))
    if step.has_attribute("value_int"):
        return Known.of(np.array(step.integer("value_int", 0)))
    floats, whole = step.numbers("value_floats"), step.integers("value_ints")
    if floats is None and whole is None:
        raise step.problem("holds text or sparse numbers, which have no place in a spec")
    return Known.of(np.array(floats, np.float32) if floats is not None else np.array(whole, np.int64))


@handles("ConstantOfShape")
def constant_of_shape(step: Step) -> Value:
    """One number in all places. Takes no room, however large: the light test models of ONNX stand in for weights so."""
    tensor = step.tensor("value")
    value = known(tensor, step.network.folder).array.reshape(-1) if tensor is not None else np.zeros(1, np.float32)
    step.need(value.size == 1, f"fills a tensor with {value.size} numbers")
    number, sizes = normal(value[0]), step.sizes(0)
    if any(isinstance(size, Dim) for size in sizes):
        step.need(
            all(isinstance(size, Dim) or size >= 0 for size in sizes), f"makes a tensor of {step.shown(tuple(sizes))}"
        )
        return Filled(np.asarray(number), tuple(sizes))
    shape = tuple(int(str(size)) for size in sizes)
    step.network.fill_budget(step, elements(shape, step.place))
    shape_name = step.node.input[0]
    is_weight = shape_name.endswith("__SHAPE")
    name = shape_name.removesuffix("__SHAPE") if is_weight else ""
    filled_array = Known.of(np.asarray(number))
    return Known(
        shape, filled_array.dtype, lambda: np.broadcast_to(number, shape), name, (name,) if name else (), is_weight
    )
