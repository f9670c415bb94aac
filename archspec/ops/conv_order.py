"""How the result of a convolution lies in memory, which depends on which of PyTorch's kernels computes it.

Enters: how image and weight lie, and how the kernel moves. Leaves: rows, or the channels last; None where the machine decides.
https://github.com/pytorch/pytorch/blob/v2.13.0/aten/src/ATen/native/Convolution.cpp
"""

from typing import NamedTuple

from archspec.ops.layout import Laid
from archspec.ops.order import Order, has_channels_last, image

_SMALL = 20_480
"""Elements, but for the last axis, up to which a single volume is left to PyTorch's own kernel."""
_FEW = 16
"""Samples below which kernels of 1 × 1 are left to it by a single thread."""


class Moves(NamedTuple):
    """How a kernel moves over a volume, and what of it is not learned."""

    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    is_cut: bool
    """Whether a transposed convolution puts out as far as its stride: oneDNN does not."""


def convolved(x: Laid, weight: Laid, dtype: str, moves: Moves, sizes: tuple[int, ...]) -> Laid | None:
    """How the result lies: with the channels last if they are so in the image or in the weight.

    A sequence is read as rows, whose weight alone says it; of volumes oneDNN alone keeps it.
    """
    if len(sizes) == 3:
        return Order.LINES.lay((weight,), sizes)
    is_last = has_channels_last(x) or has_channels_last(weight)
    if is_last and len(sizes) == 5:
        is_kept = _is_by_onednn(x.sizes, weight.sizes, dtype, moves)
        return None if is_kept is None else image(sizes, is_kept)
    return image(sizes, is_last)


def _is_by_onednn(x: tuple[int, ...], weight: tuple[int, ...], dtype: str, moves: Moves) -> bool | None:
    """As `ConvParams::use_mkldnn`; None where the processor or the number of threads decides."""
    if moves.is_cut or dtype == "float64":
        return False
    if dtype != "float32":
        return None
    is_large = x[0] > 1 or x[0] * x[1] * x[2] * x[3] > _SMALL
    if not (moves.groups > 1 or min(weight[-2:]) > 3 or is_large):
        return False
    is_plain = weight[-2:] == (1, 1) and {*moves.strides, *moves.dilations} == {1}
    return None if is_plain and x[0] < _FEW else True
