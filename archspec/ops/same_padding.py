"""What `padding: same` is in the arguments of an op that has no such word. Enters: windows and strides; leaves: arguments.

In Keras it means ceil(size / stride) positions in a convolution and a pooling, and size · stride in a transposed one. Where the
padding would be uneven it is one more after than before there; here windows stand one place further left then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

Numbers = Sequence[int]


def same_arguments(fields: Collection[str], given: Mapping[str, object]) -> dict[str, object] | None:
    """The arguments in place of `padding: same`, by the op's `fields` and those that are `given`; None where there are none that
    do for an input of any size."""
    if not {"kernel_size", "stride", "padding"} <= set(fields):
        return None
    kernel = given.get("kernel_size")
    pool = "ceil_mode" in fields
    numbers = [
        _numbers(kernel),
        _numbers(given.get("stride") or (kernel if pool else 1)),
        _numbers(given.get("dilation", 1)),
    ]
    rank = max((len(found) for found in numbers if found is not None), default=0)
    axes = [found * rank if len(found) == 1 else found for found in numbers if found]
    if len(axes) < 3 or any(len(found) != rank for found in axes):
        return None
    windows = [(size - 1) * rate + 1 for size, rate in zip(axes[0], axes[2], strict=True)]
    if "output_padding" in fields:
        return _transposed(windows, axes[1])
    return _pooled(windows, axes[1], "count_include_pad" in fields) if pool else _convolved(windows, axes[1])


def _numbers(value: object) -> tuple[int, ...] | None:
    """Positive sizes, one for all axes or one for each."""
    items = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    found = tuple(item for item in items if type(item) is int and item > 0)
    return found if found and len(found) == len(items) else None


def _convolved(windows: Numbers, strides: Numbers) -> dict[str, object]:
    return {"padding": "same" if set(strides) == {1} else "same_upper"}


def _transposed(windows: Numbers, strides: Numbers) -> dict[str, object] | None:
    """(size - 1) · stride + window - 2 · padding + output_padding, which is size · stride."""
    before = [max(window - stride + 1, 0) // 2 for window, stride in zip(windows, strides, strict=True)]
    more = [stride - window + 2 * pad for window, stride, pad in zip(windows, strides, before, strict=True)]
    if any(rest and rest >= stride for rest, stride in zip(more, strides, strict=True)):
        return None
    return {"padding": _one(before), **({"output_padding": _one(more)} if any(more) else {})}


def _pooled(windows: Numbers, strides: Numbers, is_mean: bool) -> dict[str, object] | None:
    """Windows of an odd size reach as far to both sides; of an even one the last hangs over the edge, which `ceil_mode` allows.
    `ops.window.positions_ceil` has the numbers."""
    pads = [(window - 1) // 2 for window in windows]
    is_odd = all(window % 2 for window in windows)
    hangs = all(
        min(2 * pad - window + stride - 1, pad - 1) == -1
        for window, stride, pad in zip(windows, strides, pads, strict=True)
    )
    if not is_odd and not hangs:
        return None
    found: dict[str, object] = {"padding": _one(pads)} if any(pads) else {}
    found |= {} if is_odd else {"ceil_mode": True}
    return found | ({"count_include_pad": False} if is_mean and any(pads) else {})


def _one(values: list[int]) -> object:
    """A list of equal numbers as that number."""
    return values[0] if len(set(values)) == 1 else tuple(values)
