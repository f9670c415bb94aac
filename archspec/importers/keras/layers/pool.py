"""Pooling. https://keras.io/api/layers/pooling_layers/"""

from __future__ import annotations

from archspec.importers.keras.layers import handles
from archspec.importers.keras.layers.conv import one
from archspec.importers.keras.step import Step, Value
from archspec.importers.sketch import Literal
from archspec.ops.window import positions, positions_ceil, same_upper

LOWEST = -3.4028234663852886e38  # the smallest float32; a spec has no infinity


@handles("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
def pool(step: Step) -> Value:
    """MaxPool or AvgPool. The mean of Keras leaves its padding out."""
    rank, is_max = int(step.kind[-2]), step.kind.startswith("Max")
    x, config = step.image(rank), step.config
    kernel = config.sizes("pool_size", rank, [2] * rank)
    stride = config.sizes("strides", rank) if config.has("strides") else kernel
    kind = config.text("padding", "valid")
    config.refuse("padding", ("valid", "same"), "which Keras does not have for this layer")
    keys: dict[str, Literal] = {"kernel_size": one(kernel), "stride": None if stride == kernel else one(stride)}
    if kind == "same":
        x, more = _same(step, x, kernel, stride, is_max)
        keys.update(more)
    return step.layer_of(f"{'Max' if is_max else 'Avg'}Pool{rank}d", [x], more=keys)


def _same(step: Step, x: Value, kernel: list[int], stride: list[int], is_max: bool) -> tuple[Value, dict[str, Literal]]:
    """The padding that gives ceil(size / stride) windows, as PyTorch has it or by a layer before it."""
    sizes = x.tensor.shape[2:]
    found = [window - 1 if pace == 1 else same_upper(size, window, pace)[1]
             for size, window, pace in zip(sizes, kernel, stride, strict=True)]  # fmt: skip
    totals = step.numbers(found)
    before = [total // 2 for total in totals]
    if not any(totals):
        return x, {}
    if all(total % 2 == 0 for total in totals):
        more: dict[str, Literal] = {"padding": one(before)}
        return x, more if is_max else {**more, "count_include_pad": False}
    pairs = [number for total in reversed(totals) for number in (total // 2, total - total // 2)]
    if is_max:
        return step.layer_of("Pad", [x], part="pad", padding=list(pairs), value=LOWEST), {}
    axes = zip(sizes, kernel, stride, before, totals, strict=True)
    hangs = all(positions(size, window, pace, start, total - start) == positions_ceil(size, window, pace, start)
                for size, window, pace, start, total in axes)  # fmt: skip
    step.need(
        hangs, "averages with padding that PyTorch does not have", help="give it an input whose size its strides divide"
    )
    return x, {"padding": one(before), "ceil_mode": True, "count_include_pad": False}


@handles("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
         "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")  # fmt: skip
def global_pool(step: Step) -> Value:
    """Adaptive pooling to one position; without it, flattened."""
    rank = int(step.kind[-2])
    keepdims = step.config.flag("keepdims", False)
    kind = "Avg" if "Average" in step.kind else "Max"
    if rank == 1 and not step.is_first and not step.x.is_moved:
        return step.layer_of("Mean" if kind == "Avg" else "Max", [step.x], dim=1, keepdim=keepdims)
    x = step.layer_of(f"Adaptive{kind}Pool{rank}d", [step.image(rank)], output_size=1)
    return x if keepdims else step.layer_of("Flatten", [x], part="flatten", is_moved=False)
