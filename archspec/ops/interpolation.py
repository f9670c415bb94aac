"""What the ops that resample have in common: outputs, what they read, and how they read it.

Enters: inputs, and the sizes that an op wants. Leaves: shapes and reaches. Which sizes these are is the op's business.
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html"""

from typing import Annotated, Any, ClassVar

from archspec.dims import Size, minimum
from archspec.ops.base import (
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    Untraced,
    count,
)
from archspec.ops.between import Between, between
from archspec.ops.fields import Check, choice
from archspec.ops.intervals import clipped, each, union
from archspec.ops.layout import Laid
from archspec.ops.order import Order
from archspec.ops.reading import Asked, Lost, Read, clamped
from archspec.ops.window import LAYOUTS

AnyMode = Annotated[str, choice("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact")]
BoolOrNull = Annotated[bool | None, Check("true or false", lambda v: type(v) is bool, {"type": "boolean"}).or_null()]
MIXED = "outputs see different windows after upsampling"
_RANKS = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
_COPIES = ("linear", "bilinear", "trilinear", "area")
"""Modes that copy where the sizes are the same, whatever the factor."""


def need_corners(mode: str, align_corners: bool | None) -> None:
    """Raises Problem where corners are to be aligned, or not, and the mode has none."""
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise Problem("E0106", f"has align_corners with mode: {mode}, which has no corners to align", field="align_corners",
                      help="take align_corners out")  # fmt: skip


def need_smoothing(mode: str, antialias: bool) -> None:
    """Raises Problem where the mode is one that PyTorch does not smooth."""
    if antialias and mode not in ("bilinear", "bicubic"):
        raise Problem("E0106", f"has antialias with mode: {mode}, which PyTorch does not smooth", field="antialias",
                      help="write mode: bilinear or bicubic, or take antialias out")  # fmt: skip


class Resampling(Op):
    """Another number of positions, read off between the old ones. One operation is counted for each output element."""

    kind: ClassVar = "shape"
    feels_order: ClassVar = True
    gives: ClassVar = Order.IMAGES

    def sizes(self, inputs: Inputs) -> tuple[Size, ...]:
        """The sizes of the axes after the channels. Raises Problem."""
        raise NotImplementedError(type(self).__name__)

    def factor(self, axis: int) -> Any:
        """The factor along an axis, from 0 after the channels, where it is one that is written."""
        return None

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        ranks = _RANKS.get(self._mode()[0], (1, 2, 3))
        layout = LAYOUTS[ranks[0]] if len(ranks) == 1 else "(N, C, L), (N, C, H, W) or (N, C, D, H, W)"
        self.need_rank(x, tuple(rank + 2 for rank in ranks), layout)
        self.need_float(x)
        return {"output": Tensor((*x.shape[:2], *self.sizes(inputs)), x.dtype)}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(self.outputs(inputs)["output"])

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid | None:
        if self._mode()[0] == "area":
            return self._mean(sizes[2:]).arrange(inputs[:1], operands[:1], sizes, port)
        return super().arrange(inputs, operands, sizes, port)

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        if self._mode()[0] == "area":
            return self._mean(self.sizes(inputs)).workspace(inputs[:1], laid[:1])
        return super().workspace(inputs, laid)

    def _mean(self, sizes: tuple[Size, ...]) -> Op:
        """The adaptive pooling that `mode: area` is."""
        from archspec.ops.adaptive_pool import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d

        kind = (AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d)[len(sizes) - 1]
        return kind.model_construct(output_size=sizes)

    def reach(self, inputs: Inputs) -> Reaches:
        x = inputs[0]
        after = self.sizes(inputs)
        axes: list[Reach] = [self._along(i, size, after[i]) for i, size in enumerate(x.shape[2:])]
        return ((Same(0), Same(1), *axes),)

    def _mode(self) -> tuple[str, bool, bool]:
        """The way of reading between positions, whether corners are aligned, and whether it smooths."""
        values = vars(self)
        return values.get("mode", "nearest"), bool(values.get("align_corners")), bool(values.get("antialias"))

    def _step(self, axis: int, before: Size, after: Size) -> Between | None:
        """How positions along an axis are read off; None where that is not known."""
        mode, has_corners, is_smooth = self._mode()
        given = None if vars(self).get("recompute_scale_factor") or mode == "area" else self.factor(axis)
        return between(mode, has_corners, is_smooth, before, after, given)

    def _along(self, axis: int, before: Size, after: Size) -> Reach:
        mode, _, _ = self._mode()
        if before == after and (mode in _COPIES or self.factor(axis) in (None, 1)):
            return Same(2 + axis)
        if before == 1:
            return Everything()
        covers = minimum(after - before) >= 0  # fewer positions may leave some unread
        step = self._step(axis, before, after)
        law = step.law(2 + axis, MIXED, covers) if step is not None else None
        return law or Untraced(MIXED, 2 + axis if covers else None)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        found = list(asked.box)
        for axis, (before, after) in enumerate(zip(inputs[0].shape[2:], asked.sizes[2:], strict=True)):
            own, step = found[2 + axis], self._step(axis, before, after)
            if isinstance(self._along(axis, before, after), Same) or isinstance(own, Lost):
                continue
            if step is None or not isinstance(before, int):
                found[2 + axis] = Lost(MIXED)
            else:
                read = union(piece for position in each(own) for piece in step.read(position))
                found[2 + axis] = clamped(read, before) if step.is_clamped else clipped(read, before)
        return ([tuple(found)],)
