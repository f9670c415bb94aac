"""Recurrent layers. https://keras.io/api/layers/recurrent_layers/

PyTorch's have two biases, one for the input and one for the state, where Keras's LSTM and SimpleRNN have one: their
parameters are a bias more.
"""

from __future__ import annotations

from archspec.importers.keras.config import shown
from archspec.importers.keras.layers import handles, need_known
from archspec.importers.keras.step import Step, Value
from archspec.importers.sketch import Layer, Literal

_KINDS = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}


@handles(*_KINDS)
def recurrent(step: Step) -> list[Value]:
    """LSTM, GRU or RNN: the output of every step, or the last one alone; and the states, where they are asked for."""
    step.refuse("go_backwards", (False,), "which is not imported")
    found = _cells(step, is_both=False)
    states = _states(step, found, 0)
    output = found["output"] if step.config.flag("return_sequences", False) else states[0]
    return [output, *states] if step.config.flag("return_state", False) else [output]


@handles("Bidirectional")
def bidirectional(step: Step) -> list[Value]:
    """The same in both directions, which PyTorch has in one layer."""
    inner = step.wrapped("layer", step.arguments)
    need_known(inner)
    step.need(inner.kind in _KINDS, f"holds a {shown(inner.kind)}, and only an LSTM, a GRU or a SimpleRNN is imported")
    inner.refuse("go_backwards", (False,), "and the first direction is forward")
    back = _frozen_back(step, inner)
    found = _cells(inner, is_both=True)
    _freeze(found, inner.is_frozen, back)
    states = [_states(inner, found, direction) for direction in (0, 1)]
    if inner.config.flag("return_sequences", False):
        outputs = _merged(step, [found["output"]])
    else:
        outputs = _merged(step, [own[0] for own in states])
    inner.need_all_read()
    return [*outputs, *states[0], *states[1]] if inner.config.flag("return_state", False) else outputs


def _cells(step: Step, is_both: bool) -> dict[str, Value]:
    """The layer itself. Raises for what PyTorch's layers do otherwise."""
    config = step.config
    step.refuse("activation", ("tanh",) if step.kind != "SimpleRNN" else ("tanh", "relu"), "and PyTorch's has tanh")
    if step.kind != "SimpleRNN":
        step.refuse("recurrent_activation", ("sigmoid",), "and PyTorch's has sigmoid")
    if step.kind == "GRU":
        step.need(config.flag("reset_after", not step.network.is_old), "resets its state before the matrix product "
                  "(reset_after=False), and PyTorch's GRU after it",
                  help="train it with reset_after=True, the default")  # fmt: skip
    for key in ("stateful", "time_major"):
        step.refuse(key, (False,), "which is not imported")
    for key in ("dropout", "recurrent_dropout"):
        step.need(config.number(key, 0.0) == 0, f"has {shown(config.value(key))} as its {key}, and PyTorch's drops nothing "
                  "within a layer")  # fmt: skip
    config.without_effect("unroll", "implementation", "seed")  # how it is computed; nothing is dropped
    config.without_effect("zero_output_for_mask", "unit_forget_bias")  # there is no mask; a start value
    keys: dict[str, Literal] = {
        "hidden_size": config.integer("units"),
        "bias": config.flag("use_bias", True),
        "batch_first": True,
        "bidirectional": is_both,
    }
    if step.kind == "SimpleRNN":
        keys["nonlinearity"] = config.text("activation", "tanh")
    return step.layers_of(_KINDS[step.kind], [step.kept(step.x)], more=keys)


def _states(step: Step, found: dict[str, Value], direction: int) -> list[Value]:
    """The states that are used of a direction: all, or the last output alone, which is the last h, or none."""
    is_all = step.config.flag("return_state", False)
    ports = [port for port in ("h", "c") if port in found] if is_all else ["h"]
    if step.config.flag("return_sequences", False) and not is_all:
        return []
    suffix = "_back" if direction else ""
    return [step.layer_of("Select", [found[port]], part=port + suffix, dim=0, index=direction) for port in ports]


def _merged(step: Step, values: list[Value]) -> list[Value]:
    """Both directions in one tensor. `values` are the two, or one that has them side by side."""
    mode = step.config.value("merge_mode", "concat")
    step.refuse("merge_mode", ("concat", "sum", "mul", "ave", None), "which Keras does not have")
    if mode == "concat":
        return values if len(values) == 1 else [step.layer_of("Cat", values, part="both", dim=1)]
    if len(values) == 1:
        values = list(step.layers_of("Chunk", values, part="directions", chunks=2, dim=2).values())
    if mode is None:
        return values
    merged = step.layer_of("Mul" if mode == "mul" else "Add", values, part="both")
    return [step.layer_of("Div", [merged], part="mean", value=2.0)] if mode == "ave" else [merged]


def _frozen_back(step: Step, inner: Step) -> bool:
    """Whether the second direction does not train. Raises where it is another layer than the first the other way."""
    if not step.config.has("backward_layer"):
        return inner.is_frozen
    other = step.wrapped("backward_layer", step.arguments)
    step.need(other.kind == inner.kind, f"has a backward_layer of another kind, a {shown(other.kind)}")
    step.need(other.config.flag("go_backwards", False), "has a backward_layer that goes forward")
    for key in sorted({*other.config.keys(), *inner.config.keys()}):
        ours, theirs = (one.config.value(key) for one in (inner, other)) if _counts(key) else (None, None)
        step.need(
            ours == theirs, f"has {shown(theirs)} as the {shown(key)} of its backward_layer, and {shown(ours)} forward"
        )
    return other.is_frozen


def _counts(key: str) -> bool:
    """Whether the two directions have to have the same there."""
    return key not in ("name", "go_backwards", "trainable", "seed") and not key.endswith(
        ("_initializer", "_regularizer", "_constraint")
    )


def _freeze(found: dict[str, Value], forward: bool, back: bool) -> None:
    """Notes which directions do not train, where it is one of them."""
    layer = found["output"].ref.source
    if forward == back or not isinstance(layer, Layer) or layer.use is not None:
        return
    end = "_l0_reverse" if back else "_l0"
    names = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if layer.keys.get("bias", True) else [])]
    layer.trains = True
    layer.keys["freeze"] = [name + end for name in names]
