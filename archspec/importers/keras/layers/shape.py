"""Layers that give a tensor other axes. https://keras.io/api/layers/reshaping_layers/"""

from __future__ import annotations

from math import prod

from archspec.importers.keras.layers import handles
from archspec.importers.keras.step import Step, Value
from archspec.words import counted


@handles("Flatten")
def flatten(step: Step) -> Value:
    """Flatten, in Keras's order of the axes: a Dense after it counts on that."""
    step.refuse("data_format", ("channels_last", None), "which moves the channels first to last")
    x = step.kept(step.x)
    return step.layer_of("Flatten", [x], is_moved=False) if x.rank != 2 else x


@handles("Reshape")
def reshape(step: Step) -> Value:
    """Reshape, in Keras's order of the axes. (C,) to (1, 1, C) needs no order: its channels go behind the batch at once."""
    x = step.kept(step.x)
    shape = step.config.integers("target_shape")
    if -1 in shape:
        known = prod(size for size in shape if size != -1)
        total = prod(step.numbers(x.shape[1:]))
        step.need(shape.count(-1) == 1 and known > 0 and total % known == 0, f"makes {shape} of {step.shown(x.shape)}")
        shape = [total // known if size == -1 else size for size in shape]
    if list(x.shape[1:]) == shape:
        return x
    if len(shape) > 2 and set(shape[:-1]) == {1}:
        return step.layer_of("Reshape", [x], is_moved=True, shape=[shape[-1], *(1 for _ in shape[:-1])])
    return step.layer_of("Reshape", [x], is_moved=False, shape=list(shape))


@handles("Permute")
def permute(step: Step) -> Value:
    """Permute; Keras counts the axes from 1, without the batch."""
    x = step.kept(step.x)
    dims = step.config.integers("dims")
    step.need(sorted(dims) == list(range(1, x.rank)), f"orders {dims} of {counted(x.rank - 1, 'axis')}")
    return step.layer_of("Permute", [x], is_moved=False, dims=[0, *dims])


@handles("RepeatVector")
def repeat_vector(step: Step) -> Value:
    """The vector as each of n steps."""
    x = step.layer_of("Unsqueeze", [step.x], part="step", dim=1)
    return step.layer_of("Repeat", [x], repeats=[1, step.config.integer("n"), 1])
