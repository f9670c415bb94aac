"""Recurrent layers. https://keras.io/api/layers/recurrent_layers/

PyTorch's have two biases, one for the input and one for the state, where Keras's LSTM and SimpleRNN have one: their
parameters are a bias more.
"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.step import Step, Value
from archspec.importers.sketch import Literal

_KINDS = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}


@handles(*_KINDS)
def recurrent(step: Step) -> list[Value]:
    """LSTM, GRU or RNN: the output of every step, or the last one alone; and the states, where they are asked for."""
    config = step.config
    _need_plain(step)
    keys: dict[str, Literal] = {
        "hidden_size": config.integer("units"),
        "bias": config.flag("use_bias", True),
        "batch_first": True,
    }
    if step.kind == "SimpleRNN":
        keys["nonlinearity"] = config.text("activation", "tanh")
    found = step.layers_of(_KINDS[step.kind], [step.kept(step.x)], more=keys)
    states = [step.layer_of("Select", [found[port]], part=port, dim=0, index=0) for port in _read(step, found)]
    if config.flag("return_sequences", False):
        return [found["output"], *states]
    return [states[0], *states] if config.flag("return_state", False) else states[:1]


def _read(step: Step, found: dict[str, Value]) -> list[str]:
    """The states that are asked for; the last output is the last h."""
    if step.config.flag("return_state", False):
        return [port for port in ("h", "c") if port in found]
    return [] if step.config.flag("return_sequences", False) else ["h"]


def _need_plain(step: Step) -> None:
    """Raises for what PyTorch's layers do otherwise."""
    step.refuse("activation", ("tanh",) if step.kind != "SimpleRNN" else ("tanh", "relu"), "and PyTorch's has tanh")
    if step.kind != "SimpleRNN":
        step.refuse("recurrent_activation", ("sigmoid",), "and PyTorch's has sigmoid")
    if step.kind == "GRU":
        step.need(step.config.flag("reset_after", True), "resets its state before the matrix product (reset_after=False), and "
                  "PyTorch's GRU after it", help="train it with reset_after=True, the default")  # fmt: skip
    for key in ("go_backwards", "stateful", "time_major"):
        step.refuse(key, (False,), "which is not imported")
    for key in ("dropout", "recurrent_dropout"):
        step.refuse(key, (0.0, 0), "and PyTorch's drops nothing within a layer")
