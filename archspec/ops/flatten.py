"""Axes made one, and one made several, as modules. https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html"""

from typing import Annotated, ClassVar

from archspec.dims import product
from archspec.ops.axes import Regrouping, fill, need_one_open, regroup
from archspec.ops.base import Inputs, Outputs, Problem, Reaches, Tensor, show_shape
from archspec.ops.fields import Axis, Check, whole_numbers
from archspec.ops.formula import Formula, times
from archspec.ops.layout import Laid

_SHAPE = whole_numbers(-1)
Sizes = Annotated[
    tuple[int, ...],
    Check("a list of sizes from 1 up, or -1", lambda value: _SHAPE.fits(value) and 0 not in value, _SHAPE.schema),
]


class Flatten(Regrouping):
    """Merges the axes from `start_dim` to `end_dim` into one: (N, C, H, W) → (N, C·H·W).
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html"""

    start_dim: Axis = 1
    """the first axis that is flattened; 0 is the batch"""
    end_dim: Axis = -1
    """the last axis that is flattened"""

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        start = self.need_axis(self.start_dim, x.rank, "start_dim")
        end = self.need_axis(self.end_dim, x.rank, "end_dim")
        if start > end:
            raise Problem("E0106", f"starts at axis {start}, after its end at axis {end}", field="start_dim",
                          label=f"at most {end}")  # fmt: skip
        return {"output": Tensor((*x.shape[:start], product(x.shape[start : end + 1]), *x.shape[end + 1 :]), x.dtype)}

    def arithmetic(self, inputs: Inputs) -> str:
        x = inputs[0]
        merged = x.shape[self.start_dim % x.rank : self.end_dim % x.rank + 1] if x.rank else ()
        return f"{show_shape(merged)} = {product(merged)}" if len(merged) > 1 else ""

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        x = inputs[0]
        if not x.rank:
            return {}
        start, end = self.start_dim % x.rank, self.end_dim % x.rank + 1
        return {start: Formula("features", times(x.shape[start:end]))} if end - start > 1 else {}

    def reach(self, inputs: Inputs) -> Reaches:
        return (regroup(inputs[0].shape, self.outputs(inputs)["output"].shape, "flattened"),)

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid | None:
        return x if sizes == x.sizes else super().share(inputs, x, sizes, port)


class Unflatten(Regrouping):
    """Splits the axis `dim` into several of the sizes given; one of them may be -1, which takes what is left.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html"""

    example: ClassVar = "dim: 1, unflattened_size: [4, 4]"
    positional: ClassVar = ("dim", "unflattened_size")

    dim: Axis
    unflattened_size: Sizes
    """the sizes that the axis is split into"""

    def check(self) -> None:
        need_one_open(self.unflattened_size, "unflattened_size")

    def outputs(self, inputs: Inputs) -> Outputs:
        x = inputs[0]
        axis = self.need_axis(self.dim, x.rank, "dim")
        sizes = fill(self.unflattened_size, x.shape[axis], "unflattened_size", f"axis {axis}")
        return {"output": Tensor((*x.shape[:axis], *sizes, *x.shape[axis + 1 :]), x.dtype)}

    def reach(self, inputs: Inputs) -> Reaches:
        return (regroup(inputs[0].shape, self.outputs(inputs)["output"].shape, "unflattened"),)
