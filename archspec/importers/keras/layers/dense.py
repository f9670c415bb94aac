"""Linear maps, embeddings and attention. https://keras.io/api/layers/core_layers/"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.layers.activation import activated
from archspec.importers.keras.step import Step, Value


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
    return step.layer_of("Embedding", [step.x], num_embeddings=step.config.integer("input_dim"),
                         embedding_dim=step.config.integer("output_dim"))  # fmt: skip


@handles("MultiHeadAttention")
def attention(step: Step) -> Value:
    """MultiheadAttention, where the heads together are as wide as the input. Keras reads query, value and key."""
    config, reads = step.config, [step.kept(value) for value in step.reads]
    step.need(2 <= len(reads) <= 3, f"reads {len(reads)} tensors")
    query, value = reads[:2]
    key = reads[2] if len(reads) == 3 else value
    heads, size = config.integer("num_heads"), config.integer("key_dim")
    (width,) = step.numbers([query.shape[-1]])
    fits = heads * size == width == value.shape[-1] == key.shape[-1]
    step.need(fits and config.values.get("value_dim") in (None, size),
              f"has {heads} heads of {size} for an input of {width}, and PyTorch's are together as wide")  # fmt: skip
    step.refuse("output_shape", (None,), "which PyTorch's attention has not")
    step.refuse("attention_axes", (None, (1,)), "and PyTorch's attends along the steps")
    step.need(not any(step.options.get(name) for name in ("use_causal_mask", "return_attention_scores", "attention_mask")),
              "is called with a mask or for its scores, which is not imported")  # fmt: skip
    found = step.layers_of("MultiheadAttention", [query, key, value], num_heads=heads, dropout=config.number("dropout", 0.0),
                           bias=config.flag("use_bias", True), batch_first=True)  # fmt: skip
    return found["output"]
