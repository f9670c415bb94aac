"""Padding layers: values put around each channel. https://docs.pytorch.org/docs/stable/nn.html#padding-layers

`padding` is one amount for all sides, or as F.pad takes it: before and after of the last axis first. Negative amounts crop.
"""

from typing import Annotated, Any, ClassVar

from archspec.dims import Size
from archspec.ops.assumptions import assume_at_least
from archspec.ops.base import Inputs, Op, Outputs, Problem, Reach, Reaches, Same, Tensor, Untraced, Window
from archspec.ops.fields import Check, Real, integer, whole_numbers
from archspec.ops.formula import Formula
from archspec.ops.layout import Laid
from archspec.ops.order import Order, padded
from archspec.ops.reading import Asked, Read, by_axis, folded
from archspec.ops.window import AXIS_NAMES, LAYOUTS, need_positive
from archspec.words import counted

Sides = Annotated[
    Any,
    Check("a whole number, or a list with two for each axis, the last axis first",
          lambda v: integer().fits(v) or whole_numbers().fits(v),
          {"anyOf": [integer().schema, whole_numbers().schema]}),
]  # fmt: skip


class _Pad(Op):
    example: ClassVar = "padding: 2"
    kind: ClassVar = "shape"
    positional: ClassVar[tuple[str, ...]] = ("padding",)

    padding: Sides

    def check(self) -> None:
        if isinstance(self.padding, tuple) and len(self.padding) != 2 * self.rank:
            raise Problem("E0105", f"has {counted(len(self.padding), 'amount')} for {2 * self.rank} sides", field="padding",
                          label=f"{2 * self.rank} expected", help=f"write one number, or {2 * self.rank}")  # fmt: skip

    def _pairs(self) -> list[tuple[int, int]]:
        """Before and after of each axis, first to last."""
        flat = self.padding if isinstance(self.padding, tuple) else (self.padding,) * (2 * self.rank)
        return [(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)][::-1]

    def _most(self, size: int) -> int | None:
        """The largest amount that a side of this size has values for; None: any."""
        return None

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        self.need_rank(x, (self.rank + 2,), LAYOUTS[self.rank])
        sizes: list[Size] = []
        for axis, (before, after) in enumerate(self._pairs()):
            size, name = x.shape[2 + axis], AXIS_NAMES[self.rank][axis]
            most = self._most(size) if isinstance(size, int) else None
            if most is not None and max(before, after) > most:
                raise Problem("E0310", f"pads by {max(before, after)}, but a {name} of {size} has only "
                              f"{counted(most, 'value')} to give", field="padding", label=f"at most {most}")  # fmt: skip
            if not isinstance(size, int) and (short := self._most(0)) is not None:
                assume_at_least(size, max(before, after) - short)
            kept = size + min(before, 0) + min(after, 0)
            if not isinstance(kept, int):
                assume_at_least(kept, 0)
            if isinstance(kept, int) and kept < 0:
                raise Problem(
                    "E0310", f"crops {counted(size - kept, 'position')} of a {name} of {size}", field="padding"
                )
            need_positive(size + before + after, name)
            sizes.append(size + before + after)
        return {"output": Tensor((*x.shape[:2], *sizes), x.dtype)}

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        return {
            2 + i: Formula(AXIS_NAMES[self.rank][i], "in + before + after",
                           {"in": inputs[0].shape[2 + i], "before": before, "after": after})
            for i, (before, after) in enumerate(self._pairs())
        }  # fmt: skip

    def reach(self, inputs: Inputs) -> Reaches:
        axes: list[Reach] = [
            Window(2 + axis, 1, 1, before) if before or after else Same(2 + axis)
            for axis, (before, after) in enumerate(self._pairs())
        ]
        return ((Same(0), Same(1), *axes),)


class _Constant(_Pad):
    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        return padded(operands[0], [(0, 0), (0, 0), *self._pairs()], sizes)


class _Copying(_Pad):
    """Padding whose values come from the input."""

    order: ClassVar[Order] = Order.IMAGES
    gives: ClassVar[Order] = Order.IMAGES
    border: ClassVar[str]
    """What it repeats, as F.pad calls it."""

    def outputs(self, inputs: Inputs) -> Outputs:
        self.need_float(inputs[0])
        return super().outputs(inputs)

    def reach(self, inputs: Inputs) -> Reaches:
        copies = Untraced("its padding repeats pixels of the image")
        axes: list[Reach] = [
            copies if before > 0 or after > 0 else Window(2 + axis, 1, 1, before)
            for axis, (before, after) in enumerate(self._pairs())
        ]
        return ((Same(0), Same(1), *axes),)

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        pairs = [(0, 0), (0, 0), *self._pairs()]
        return (
            by_axis(asked.box, inputs[0].shape, lambda axis, own, size: folded(own, pairs[axis], size, self.border)),
        )


class ZeroPad1d(_Constant):
    """Zeros around (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad1d.html"""

    rank: ClassVar = 1


class ZeroPad2d(_Constant):
    """Zeros around (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html"""

    rank: ClassVar = 2


class ZeroPad3d(_Constant):
    """Zeros around (N, C, D, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.ZeroPad3d.html"""

    rank: ClassVar = 3


class _ConstantPad(_Constant):
    example: ClassVar = "padding: 2, value: 0.5"
    positional: ClassVar[tuple[str, ...]] = ("padding", "value")
    value: Real
    """the number that the padding holds"""


class ConstantPad1d(_ConstantPad):
    """A number around (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad1d.html"""

    rank: ClassVar = 1


class ConstantPad2d(_ConstantPad):
    """A number around (N, C, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad2d.html"""

    rank: ClassVar = 2


class ConstantPad3d(_ConstantPad):
    """A number around (N, C, D, H, W). https://docs.pytorch.org/docs/stable/generated/torch.nn.ConstantPad3d.html"""

    rank: ClassVar = 3


class _ReflectionPad(_Copying):
    border: ClassVar = "reflect"

    def _most(self, size: int) -> int | None:
        return size - 1


class ReflectionPad1d(_ReflectionPad):
    """The input mirrored at its edges, (N, C, L).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad1d.html"""

    rank: ClassVar = 1
    order: ClassVar = Order.ROWS
    gives: ClassVar = Order.ROWS


class ReflectionPad2d(_ReflectionPad):
    """The input mirrored at its edges, (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad2d.html"""

    rank: ClassVar = 2


class ReflectionPad3d(_ReflectionPad):
    """The input mirrored at its edges, (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReflectionPad3d.html"""

    rank: ClassVar = 3


class _ReplicationPad(_Copying):
    border: ClassVar = "replicate"


class ReplicationPad1d(_ReplicationPad):
    """The edge values repeated, (N, C, L).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad1d.html"""

    rank: ClassVar = 1
    order: ClassVar = Order.ROWS
    gives: ClassVar = Order.ROWS


class ReplicationPad2d(_ReplicationPad):
    """The edge values repeated, (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad2d.html"""

    rank: ClassVar = 2


class ReplicationPad3d(_ReplicationPad):
    """The edge values repeated, (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.ReplicationPad3d.html"""

    rank: ClassVar = 3


class _CircularPad(_Copying):
    order: ClassVar = Order.ANY
    gives: ClassVar = Order.ROWS
    border: ClassVar = "circular"

    def _most(self, size: int) -> int | None:
        return size


class CircularPad1d(_CircularPad):
    """The input's other end, (N, C, L). https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad1d.html"""

    rank: ClassVar = 1


class CircularPad2d(_CircularPad):
    """The input's other end, (N, C, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad2d.html"""

    rank: ClassVar = 2


class CircularPad3d(_CircularPad):
    """The input's other end, (N, C, D, H, W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.CircularPad3d.html"""

    rank: ClassVar = 3
