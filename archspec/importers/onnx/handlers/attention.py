"""Attention as one operator. https://onnx.ai/onnx/operators/onnx__Attention.html"""

from __future__ import annotations

from archspec.importers.onnx.handlers import handles
from archspec.importers.onnx.handlers.shape import permuted, view
from archspec.importers.onnx.step import Step
from archspec.importers.onnx.values import Computed, Known, Value
from archspec.importers.sketch import Literal


@handles("Attention")
def attention(step: Step) -> list[Value | None]:
    """ScaledDotProductAttention, with heads parted and joined where the inputs have them in one axis."""
    parts = [step.tensor_of(index) for index in range(3)]
    ranks = {part.rank for part in parts}
    step.need(
        ranks in ({3}, {4}),
        "reads neither (N, T, features) nor (N, heads, T, features) three times",
    )
    joined = ranks == {3}
    queries, others = step.integer("q_num_heads", 0), step.integer("kv_num_heads", 0)
    if joined:
        step.need(queries > 0 and others > 0, "has no numbers of heads for inputs that hold them in one axis")
        named = zip(parts, (queries, others, others), ("queries", "keys", "values"), strict=True)
        parts = [_parted(step, part, heads, name) for part, heads, name in named]
    step.need(not step.number("softcap", 0.0), "caps its scores, which PyTorch's function does not")
    step.need(not step.has(4) and not step.has(5), "reads keys and values of earlier calls, which a spec does not keep")
    step.without_effect(
        "qk_matmul_output_mode", "softmax_precision"
    )  # of an output that is not given, and of half floats
    heads = [part.shape[1] for part in parts]
    step.need(heads[0] == heads[1] == heads[2], f"shares {heads[1]} heads of keys among {heads[0]} of queries")
    causal = bool(step.integer("is_causal", 0))
    keys: dict[str, Literal] = {"is_causal": True} if causal else {}
    if step.has_attribute("scale"):
        keys["scale"] = step.number("scale", 0.0)
    reads: list[Value] = [*parts]
    if step.has(3):
        step.need(not causal, "has a mask and is causal as well, of which PyTorch's function takes one")
        mask = step.value(3)
        reads.append(step.network.as_layer(mask, step) if isinstance(mask, Known) else mask)
    y = step.layer("ScaledDotProductAttention", reads, more=keys)
    return [_joined(step, y) if joined else y]


def _parted(step: Step, x: Computed, heads: int, name: str) -> Computed:
    """(N, T, heads · d) as (N, heads, T, d)."""
    size = x.shape[2]
    if not isinstance(size, int) or size % heads:
        raise step.problem(f"parts {size} features into {heads} heads")
    return permuted(step, view(step, x, [*x.shape[:2], heads, size // heads], f"{name}_heads"), [0, 2, 1, 3], name)


def _joined(step: Step, y: Computed) -> Computed:
    """(N, heads, T, d) as (N, T, heads · d)."""
    y = permuted(step, y, [0, 2, 1, 3], "order")
    return view(step, y, [*y.shape[:2], y.shape[2] * y.shape[3]], "joined")
