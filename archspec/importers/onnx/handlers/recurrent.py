"""Recurrent layers, whose gates PyTorch keeps in another order. https://onnx.ai/onnx/operators/onnx__LSTM.html"""

from __future__ import annotations

import numpy as np

from archspec.importers.onnx.batch import has_batch
from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.handlers.shape import permuted, view
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Filled, Known, Value
from archspec.importers.sketch import Literal

_GATES = {"LSTM": [0, 2, 3, 1], "GRU": [1, 0, 2], "RNN": [0]}
"""ONNX's order is input, output, forget, cell, and update, reset, hidden."""
_ACTIVATIONS = {"LSTM": ["sigmoid", "tanh", "tanh"], "GRU": ["sigmoid", "tanh"], "RNN": ["tanh"]}


@handles("LSTM", "GRU", "RNN")
def recurrent(step: Step) -> list[Value | None]:
    """LSTM, GRU or RNN over (T, N, features); ONNX has the directions as an axis of their own."""
    x = step.tensor_of()
    hidden, both = _need_plain(step, x)
    keys: dict[str, Literal] = {"hidden_size": hidden, "bias": step.has(3), "bidirectional": both}
    if step.op == "RNN" and _activations(step) == ["relu"]:
        keys["nonlinearity"] = "relu"
    is_reverse = step.text("direction", "forward") == "reverse"
    if is_reverse:
        x = step.layer("Flip", [x], suffix="backwards", dims=0)
    outputs = step.layers(step.op, [x, *_states(step)], _weights(step, hidden, both), more=keys)
    y: Computed = outputs["output"]
    if is_reverse:
        y = step.layer("Flip", [y], suffix="forwards", dims=0)
    if both:
        y = view(step, y, [*y.shape[:2], 2, hidden], "directions")
        y = permuted(step, y, [0, 2, 1, 3], "order")
    else:
        y = step.layer("Unsqueeze", [y], suffix="direction", dim=1)
    return [y, outputs["h"], outputs.get("c")]


def _need_plain(step: Step, x: Computed) -> tuple[int, bool]:
    """The hidden size, and whether it goes both ways. Raises for what PyTorch's layers do not do."""
    step.need(x.rank == 3, f"reads {step.shown(x.shape)}, where (T, N, features) is expected")
    step.need(not has_batch(x.shape[0]), "reads the batch as its steps, which are its first axis; its batch is the second",
              help="export the model with the batch as a named axis")  # fmt: skip
    hidden, direction = step.integer("hidden_size", 0), step.text("direction", "forward")
    step.need(direction in ("forward", "reverse", "bidirectional"), f"goes in the direction {direction[:40]}")
    both = direction == "bidirectional"
    step.need(not step.has_attribute("clip"), "clips its gates, which PyTorch's does not")
    step.need(not step.integer("input_forget", 0), "couples its input and forget gates, which PyTorch's does not")
    step.need(not step.has(7), "has peepholes, which PyTorch's has not")
    step.need(step.op != "GRU" or step.integer("linear_before_reset", 0) == 1,
              "resets the state before its matrix product, and PyTorch's GRU after it",
              help="export it with linear_before_reset=1 (in Keras reset_after=True)")  # fmt: skip
    wanted = _ACTIVATIONS[step.op]
    step.without_effect("activation_alpha", "activation_beta")  # of activations that have parameters
    step.need(
        _activations(step) in (wanted, ["relu"] if step.op == "RNN" else wanted), "has other activations than PyTorch's"
    )
    step.need(
        not step.integer("layout", 0), "has the batch first (layout=1)", help="export it with layout=0, ONNX's default"
    )
    if step.has(4):
        lengths, steps = step.value(4), x.shape[0]
        whole = isinstance(lengths, Known) and not lengths.has_symbols and set(lengths.array.tolist()) == {steps}
        step.need(whole, "has sequences of different lengths, which a spec's has not")
    if not step.has_attribute("hidden_size"):
        hidden = step.weights(2, "its weights").shape[-1]
    return hidden, both


def _activations(step: Step) -> list[str]:
    """The activations of one direction."""
    found = [text.lower() for text in step.texts("activations") or []] or _ACTIVATIONS[step.op]
    count = len(_ACTIVATIONS[step.op])
    return found[:count] if found in (found[:count], found[:count] * 2) else found


def _weights(step: Step, hidden: int, both: bool) -> dict[str, Known]:
    """The weights of each direction, their gates in PyTorch's order."""
    order, gates = _GATES[step.op], len(_GATES[step.op])
    inputs, states = step.weights(1, "its weights"), step.weights(2, "its weights")
    directions = 2 if both else 1
    rows = gates * hidden
    fits = (
        len(inputs.shape) == 3 and inputs.shape[:2] == (directions, rows) and states.shape == (directions, rows, hidden)
    )
    step.need(fits, "has weights of other shapes than its arguments say")
    found: dict[str, Known] = {}
    for index, end in enumerate(("_l0", "_l0_reverse")[:directions]):
        for name, value in (("weight_ih", inputs), ("weight_hh", states)):
            found[name + end] = _part(value, index, order, (rows, value.shape[2]), 0)
        if step.has(3):
            bias = step.weights(3, "its bias")
            step.need(bias.shape == (directions, 2 * rows), "has a bias of another shape than its arguments say")
            found["bias_ih" + end] = _part(bias, index, order, (rows,), 0)
            found["bias_hh" + end] = _part(bias, index, order, (rows,), rows)
    return found


def _part(value: Known, index: int, order: list[int], shape: tuple[int, ...], start: int) -> Known:
    """One direction's numbers, their gates in another order."""

    def change(array: np.ndarray) -> np.ndarray:
        own = array[index][start : start + shape[0]]
        return np.asarray(own.reshape(len(order), -1, *shape[1:])[order].reshape(shape))

    return value.then(("gates", index, start), shape, change)


def _states(step: Step) -> list[Computed]:
    """The first states; zeros are left out, as PyTorch starts from them."""
    found: list[Value] = [step.value(index) for index in (5, 6) if step.has(index)]
    if all(_is_zero(value) for value in found):
        return []
    step.need(not any(isinstance(value, Known) for value in found), "starts from a known state that is not zero")
    return [step.network.as_layer(value, step) for value in found]


def _is_zero(value: Value) -> bool:
    if isinstance(value, Filled):
        return not value.number.any()
    if isinstance(value, Computed):
        return False
    return not value.has_symbols and not value.array.any()
