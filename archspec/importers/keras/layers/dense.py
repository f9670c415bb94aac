"""Linear maps, embeddings and attention. https://keras.io/api/layers/core_layers/"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.layers.activation import activated
from archspec.importers.keras.step import Step, Value
from archspec.words import counted


@handles("Dense")
def dense(step: Step) -> Value:
    """Linear over the last axis."""
    x = step.layer_of("Linear", [step.kept(step.x)], out_features=step.config.integer("units"),
                      bias=step.config.flag("use_bias", True))  # fmt: skip
    return activated(step, x)


@handles("Embedding")
def embedding(step: Step) -> Value:
    """Embedding, without the mask that Keras can pass on."""
    step.refuse("mask_zero", (False,), "and a spec has no masks that pass through layers")
    step.config.without_effect("input_length")  # the input says it
    return step.layer_of("Embedding", [step.x], num_embeddings=step.config.integer("input_dim"),
                         embedding_dim=step.config.integer("output_dim"))  # fmt: skip


@handles("MultiHeadAttention")
def attention(step: Step) -> Value:
    """MultiheadAttention, where the heads together are as wide as the input. Keras reads query, value and key."""
    config = step.config
    query, value, key = _query_value_key(step)
    heads, size = config.integer("num_heads"), config.integer("key_dim")
    (width,) = step.numbers([query.shape[-1]])
    fits = heads * size == width == value.shape[-1] == key.shape[-1]
    step.need(fits and config.value("value_dim") in (None, size),
              f"has {heads} heads of {size} for an input of {width}, and PyTorch's are together as wide")  # fmt: skip
    step.refuse("output_shape", (None, width, (width,)), "and PyTorch's attention gives what is as wide as its input")
    step.refuse("attention_axes", (None, (1,), 1), "and PyTorch's attends along the steps")
    step.refuse("use_gate", (False, None), "which PyTorch's attention does not have")
    config.without_effect(
        "seed", "flash_attention", "query_shape", "key_shape", "value_shape", "softmax_robust_masking"
    )
    for option in ("use_causal_mask", "return_attention_scores"):
        step.options.need(
            step.options.value(option, False) in (False, None), f"is called with {option}, which is not imported"
        )
    rate = config.number("dropout", 0.0)
    found = step.layers_of("MultiheadAttention", [query, key, value], num_heads=heads,
                           dropout=0.0 if rate == 0 or step.never_trains else rate,
                           bias=config.flag("use_bias", True), batch_first=True)  # fmt: skip
    return found["output"]


def _query_value_key(step: Step) -> list[Value]:
    """What attends, and to what, by position or by name; the key is the value where none is said."""
    names = ("query", "value", "key")
    step.need(len(step.reads) <= len(names), f"reads {counted(len(step.reads), 'tensor')}")
    named = [step.options.value(name) for name in names[len(step.reads) :]]
    found = [step.kept(read) for read in (*step.reads, *named) if isinstance(read, Value)]
    if len(found) == 2 and (named[-1] is None or len(named) == 0):
        found.append(found[1])
    step.need(len(found) == 3, "is not called with a query and a value")
    return found
