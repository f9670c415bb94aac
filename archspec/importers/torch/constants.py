"""Numbers that a model computes with and that are no parameters, as short as a spec can say them.

Enters: a tensor. Leaves: the type and keys of a layer that gives exactly this tensor, or None where it is too large.
"""

from __future__ import annotations

import math
import struct
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

import torch

from archspec.limits import MAX_TORCH_LISTED, MAX_TORCH_NUMBERS

MAX_DIGITS = 8
"""Of a single number that was chosen: one of more was drawn or trained."""
MIN_TRIANGLE = 16
"""How many numbers a triangle has at least: fewer are as short spelled out."""
_DEFAULTS = {torch.float32, torch.int64, torch.bool}


def short_value(tensor: torch.Tensor) -> dict[str, Any] | None:
    """A Buffer filled with one number, a Constant of an expression, or a Constant that spells the numbers out."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    named = {} if tensor.dtype in _DEFAULTS else {"dtype": dtype}
    flat = tensor.reshape(-1)
    if tensor.is_complex() or bool(torch.isnan(flat).any()):
        return None
    if flat.numel() > 1 and bool((flat == flat[0]).all()) and not _has_negative_zero(flat):
        keys: dict[str, Any] = {"type": "Buffer", "shape": list(tensor.shape), **_fill(flat)}
        if tensor.dtype != torch.float32:
            keys["dtype"] = dtype
        return {**keys, "persistent": False}
    written = _expression(tensor)
    if written is not None:
        if tensor.dtype not in (torch.int64, torch.bool):
            named = {"dtype": dtype}
        return {"type": "Constant", "value": written, **named}
    if flat.numel() > MAX_TORCH_NUMBERS:
        return None
    return {"type": "Constant", "value": _spelled(tensor), **named}


def number_throughout(tensor: torch.Tensor) -> float | None:
    """The finite number that all of the tensor's are, with as few digits as give it again; None where they differ."""
    flat = tensor.detach().reshape(-1)
    if not flat.numel() or not bool((flat == flat[0]).all()) or not bool(torch.isfinite(flat[0])):
        return None
    return float(_spelled(flat[0]))


def _fill(flat: torch.Tensor) -> dict[str, Any]:
    """The number that all are; of truth values 1 or 0."""
    number = _spelled(flat[0] if flat.dtype != torch.bool else flat[0].long())
    return {"fill": number} if number != 0 else {}


def _spelled(tensor: torch.Tensor) -> Any:
    """The numbers as nested lists, those of float32 with as few digits as give the same again."""

    def shortest(value: Any) -> Any:
        if isinstance(value, list):
            return [shortest(item) for item in value]
        if isinstance(value, float) and math.isinf(value):
            return "inf" if value > 0 else "-inf"
        if tensor.dtype != torch.float32:
            return value
        tries = (float(f"{value:.{digits}g}") for digits in range(1, 10))
        return next((short for short in tries if _is_float32(short, value)), value)

    return shortest(tensor.tolist())


def _is_float32(short: float, value: float) -> bool:
    """Whether it is that number of float32, and not beyond the largest, which some of torch's functions refuse."""
    return abs(short) <= torch.finfo(torch.float32).max and struct.unpack("f", struct.pack("f", short))[0] == value


def _has_negative_zero(flat: torch.Tensor) -> bool:
    return flat.dtype.is_floating_point and bool((torch.signbit(flat) & (flat == 0)).any())


def _expression(tensor: torch.Tensor) -> str | None:
    """`${range(…)}` and other short laws, where one holds."""
    if tensor.numel() < 4 or tensor.numel() > MAX_TORCH_NUMBERS:
        return None
    outer = sum(1 for _ in takewhile(lambda size: size == 1, tensor.shape[:-2]))
    law = _triangle(tensor.reshape(tensor.shape[outer:])) or _whole_law(tensor)
    if law is None or law.startswith("${"):
        return law
    return f"${{{'[' * outer}{law}{']' * outer}}}"


def _whole_law(tensor: torch.Tensor) -> str | None:
    """A law of whole numbers, in one or two axes."""
    if tensor.dim() > 2 or tensor.dtype == torch.bool or tensor.numel() > MAX_TORCH_LISTED:
        return None
    if tensor.dtype.is_floating_point:
        is_whole = bool(torch.isfinite(tensor).all()) and bool((tensor == tensor.round()).all())
        if not is_whole or bool((tensor.abs() > 2**53).any()) or _has_negative_zero(tensor.reshape(-1)):
            return None
        tensor = tensor.long()
    if tensor.dim() == 1:
        return _line(tensor.tolist()) or _relative_index(tensor.tolist())
    return _separable(tensor)


def _triangle(tensor: torch.Tensor) -> str | None:
    """A matrix that is one number on and below a diagonal, and another above it, as causal masks are."""
    if tensor.dim() != 2 or tensor.numel() < MIN_TRIANGLE:
        return None
    rows, columns = tensor.shape
    below, above = tensor[-1, 0], tensor[0, -1]
    if bool(below == above) or not rows > 1 < columns:
        return None
    is_below = tensor == below
    diagonal = int(is_below[0].sum()) - 1  # the last column of the first row that is below
    law = torch.ones_like(is_below).tril(diagonal)
    if not bool((law == is_below).all()) or not bool((tensor[~law] == above).all()) or bool(law.all()):
        return None
    if _has_negative_zero(tensor.reshape(-1)):
        return None
    last = "i" if diagonal == 0 else f"i {'+' if diagonal > 0 else '-'} {abs(diagonal)}"
    test = f"j <= {last}" if bool(below) or tensor.dtype != torch.bool else f"j > {last}"
    if tensor.dtype != torch.bool:
        test = f"{_word(below)} if {test} else {_word(above)}"
    return f"[[{test} for j in range({columns})] for i in range({rows})]"


def _word(number: torch.Tensor) -> str:
    """A number as an expression has it; whole ones without their point, infinity as a text."""
    spelled = _spelled(number)
    if isinstance(spelled, str):
        return f"'{spelled}'"
    return str(int(spelled)) if spelled == int(spelled) and abs(spelled) < 2**31 else repr(spelled)


def _line(values: list[int]) -> str | None:
    step = values[1] - values[0]
    if step == 0 or any(b - a != step for a, b in pairwise(values)):
        return None
    start, end = values[0], values[-1] + (1 if step > 0 else -1)
    if step == 1 and start == 0:
        return f"${{range({end})}}"
    return f"${{range({start}, {end})}}" if step == 1 else f"${{range({start}, {end}, {step})}}"


def _separable(tensor: torch.Tensor) -> str | None:
    """A matrix a·i + b·j + c, and the relative positions of two cells of a grid."""
    if tensor.dim() != 2:
        return None
    rows, columns = tensor.shape
    origin = int(tensor[0, 0])
    down = int(tensor[1, 0]) - origin if rows > 1 else 0
    right = int(tensor[0, 1]) - origin if columns > 1 else 0
    i, j = torch.arange(rows).reshape(-1, 1), torch.arange(columns)
    if torch.equal(i * down + j * right + origin, tensor):
        return (
            f"${{[[{_sum((down, 'i'), (right, 'j'), (origin, ''))} for j in range({columns})] for i in range({rows})]}}"
        )
    found = relative_index(tensor)
    return None if found is None else f"${{[[{found} for b in range({columns})] for a in range({rows})]}}"


def _relative_index(values: list[int]) -> str | None:
    """A square matrix of relative positions, laid out in a row."""
    side = math.isqrt(len(values))
    if side * side != len(values) or side < 4:
        return None
    found = relative_index(torch.tensor(values).reshape(side, side))
    return None if found is None else f"${{[{found} for a in range({side}) for b in range({side})]}}"


def relative_index(tensor: torch.Tensor) -> str | None:
    """How two cells a and b of a grid of w columns lie to each other: p·(a//w − b//w) + q·(a%w − b%w) + r, as in the
    relative position biases of Swin; None where that is not the law."""
    if tensor.dim() != 2 or tensor.shape[0] != tensor.shape[1]:
        return None
    count = tensor.shape[0]
    for width in (w for w in range(2, count) if count % w == 0):
        a, b = torch.arange(count).reshape(-1, 1), torch.arange(count)
        right = int(tensor[1, 0]) - int(tensor[0, 0])
        down = int(tensor[width, 0]) - int(tensor[0, 0])
        origin = int(tensor[0, 0])
        for absolute in (False, True):
            rows, columns = a // width - b // width, a % width - b % width
            if absolute:
                rows, columns = rows.abs(), columns.abs()
            if torch.equal(down * rows + right * columns + origin, tensor):
                row, column = f"(a // {width} - b // {width})", f"(a % {width} - b % {width})"
                if absolute:
                    row, column = f"abs{row}", f"abs{column}"
                return _sum((down, row), (right, column), (origin, ""))
    return None


def _sum(*terms: tuple[int, str]) -> str:
    """`3 * i - j + 5`."""
    text = ""
    for factor, name in terms:
        if factor == 0:
            continue
        size = abs(factor)
        product = str(size) if not name else name if size == 1 else f"{size} * {name}"
        text += (f" {'-' if factor < 0 else '+'} " if text else "-" if factor < 0 else "") + product
    return text or "0"


class WindowMask(NamedTuple):
    """A mask that keeps apart what lies in different regions, as two constants that are compared."""

    rows: dict[str, Any]
    columns: dict[str, Any]
    apart: float
    together: float


def window_mask(tensor: torch.Tensor) -> WindowMask | None:
    """The mask of windows that were shifted over an image (Swin), for a tensor of (…, windows, …, tokens, tokens): two
    tokens see each other where the shift has not brought them together from two ends of the image."""
    sizes = [size for size in tensor.shape if size != 1]
    if len(sizes) != 3 or sizes[1] != sizes[2] or tensor.shape[-1] == 1 or tensor.shape[-2] == 1:
        return None
    window = math.isqrt(sizes[1])
    values = sorted(set(tensor.reshape(-1).tolist()))
    if window**2 != sizes[1] or len(values) != 2:
        return None
    mask = tensor.reshape(sizes)
    together = float(mask[0, 0, 0])
    apart = float(values[0] if values[1] == together else values[1])
    for down, across in _grids(sizes[0]):
        for shift in range(1, window):
            law = _Shifted(down, across, window, shift)
            regions = law.regions()
            found = (
                regions[at:].unsqueeze(1) == regions[at:].unsqueeze(2) for at in (-1, 0)
            )  # the last, of all regions, first
            if all(torch.equal(same, mask[-len(same) :] == together) for same in found):
                return WindowMask(_regions(tensor, law, -2), _regions(tensor, law, -1), apart, together)
    return None


def _grids(windows: int) -> list[tuple[int, int]]:
    """The images of at least two windows along each side that have so many, squares first."""
    found = [(windows // across, across) for across in range(2, windows // 2 + 1) if windows % across == 0]
    return sorted(found, key=lambda sides: abs(sides[0] - sides[1]))


class _Shifted(NamedTuple):
    """An image of so many windows, and by how much they were shifted over it."""

    down: int
    across: int
    window: int
    shift: int

    def regions(self) -> torch.Tensor:
        """The region of each token (windows, tokens)."""
        w, t = torch.arange(self.down * self.across).reshape(-1, 1), torch.arange(self.window**2)
        rows = self._line(self.down)[w // self.across * self.window + t // self.window]
        return 3 * rows + self._line(self.across)[w % self.across * self.window + t % self.window]

    def ends(self, windows: int) -> tuple[int, int]:
        """Along a side of so many windows: where the last of them begins, and what was brought there from the other end."""
        return (windows - 1) * self.window, windows * self.window - self.shift

    def _line(self, windows: int) -> torch.Tensor:
        border, wrapped = self.ends(windows)
        return torch.tensor([0 if at < border else 1 if at < wrapped else 2 for at in range(windows * self.window)])


def _regions(tensor: torch.Tensor, law: _Shifted, tokens: int) -> dict[str, Any]:
    """The regions laid out along one of the token axes."""
    (bottom, lower), (right, beside) = law.ends(law.down), law.ends(law.across)
    row = f"(w // {law.across} * {law.window} + t // {law.window})"
    column = f"(w % {law.across} * {law.window} + t % {law.window})"
    text = f"3 * ({row} // {bottom} + {row} // {lower}) + {column} // {right} + {column} // {beside}"
    kept = tensor.dim() + tokens
    for axis in reversed(range(tensor.dim())):
        size = tensor.shape[axis]
        if axis == kept:
            text = f"[{text} for t in range({size})]"
        elif size != 1 and axis < tensor.dim() - 2:
            text = f"[{text} for w in range({size})]"
        else:
            text = f"[{text}]"
    return {"value": f"${{{text}}}"}
