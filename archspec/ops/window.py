"""The arithmetic of sliding windows that convolution and pooling share. Enters: sizes; leaves: sizes.

A window of `kernel` positions, `dilation` apart, spans `dilation * (kernel - 1) + 1` positions. Over an axis of size `x`
with `p` zeros on either side, in steps of `s`, it stands in floor((x + 2p - span)/s) + 1 places.
https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

from archspec.dims import Size, ceil_div, floor_div
from archspec.ops.assumptions import assume_at_least
from archspec.ops.base import Problem
from archspec.ops.formula import Formula, Value

AXIS_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
KERNEL_NAMES = {1: ("k",), 2: ("kH", "kW"), 3: ("kD", "kH", "kW")}
LAYOUTS = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}


def span(kernel: int, dilation: int) -> int:
    """How many positions a dilated kernel covers."""
    return dilation * (kernel - 1) + 1


def positions(size: Size, window: int, stride: int, before: int, after: int) -> Size:
    """In how many places a window stands on an axis with padding before and after; below 1 where it does not fit."""
    return floor_div(size + (before + after - window), stride) + 1


def positions_formula(
    name: str, size: Size, kernel: int, stride: int, padding: tuple[Size, Size], dilation: int
) -> Formula:
    """How `positions` comes about, with the names of the arguments that a spec has."""
    before, after = padding
    values: dict[str, Value] = {"in": size, "kernel_size": kernel, "stride": stride, "padding": before}
    padded = "2·padding"
    if before != after:
        padded, values = "before + after", {**values, "before": before, "after": after}
    window = "kernel_size" if dilation == 1 else "dilation·(kernel_size − 1) − 1"
    return Formula(name, f"floor((in + {padded} − {window}) / stride) + 1", {**values, "dilation": dilation})


def positions_ceil_formula(name: str, size: Size, kernel: int, stride: int, padding: int, dilation: int) -> Formula:
    """How `positions_ceil` comes about: by the window that may hang over the edge, or by the last place where one may start."""
    found = positions_formula(name, size, kernel, stride, (padding, padding), dilation)
    if 2 * padding - span(kernel, dilation) + stride - 1 <= padding - 1:
        return found._replace(text=found.text.replace("floor", "ceil"))
    return found._replace(text="ceil((in + padding) / stride)")


def positions_ceil(size: Size, window: int, stride: int, padding: int) -> Size:
    """The same with `ceil_mode`: a last window may hang over the edge, but starts inside the input or its left padding.

    ceil((x + 2p - w)/s) + 1, less one where that window would start in the right padding. Both are floors of x plus a
    constant over s, so the smaller constant decides, for symbolic sizes too.
    """
    hanging = 2 * padding - window + stride - 1
    starting = padding - 1
    return floor_div(size + min(hanging, starting), stride) + 1


def same_upper(size: Size, window: int, stride: int) -> tuple[Size, Size]:
    """TensorFlow's and ONNX's SAME_UPPER: the number of positions, ceil(x/s), and the padding in all that gives it.

    Where a stride is larger than the window, a symbolic padding may be below 0: nothing is padded then.
    """
    count = ceil_div(size, stride)
    total = (count - 1) * stride + window - size
    if isinstance(total, int):
        return count, max(total, 0)
    return count, 0 if window == 1 else total


def need_fit(size: Size, window: int, padding: int, kernel: int, axis: str) -> None:
    """Raises where a window is larger than the padded input for every value of its symbols."""
    padded = size + padding
    if not isinstance(padded, int):
        assume_at_least(padded, window)
        return
    if padded >= window:
        return
    dilated = f" (spread over {window} by dilation)" if window != kernel else ""
    most = (padded - 1) // ((window - 1) // (kernel - 1) if kernel > 1 else 1) + 1
    around = f", {padded} with its padding" if padding else ""
    raise Problem("E0303", f"has a kernel of {kernel}{dilated} for a {axis} of {size}{around}", field="kernel_size",
                  label=f"at most {most} fits" if padded > 0 else "nothing fits",
                  help=f"use a kernel of at most {most}, more padding, or a larger input" if padded > 0
                  else "use more padding or a larger input")  # fmt: skip


def need_positive(size: Size, axis: str) -> None:
    """Raises where an axis would have no position left."""
    if not isinstance(size, int):
        assume_at_least(size, 1)
    elif size < 1:
        raise Problem(
            "E0310", f"would give a {axis} of {size}", help="use a larger input, or smaller steps before this"
        )
