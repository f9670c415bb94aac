"""Images read at places that the model computes: F.interpolate, and the grids of spatial transformers.
https://docs.pytorch.org/docs/stable/nn.functional.html#vision-functions"""

from math import prod
from typing import Annotated, ClassVar

from archspec.dims import Size, prove_equal
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import (
    ITEM_BYTES,
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Same,
    Tensor,
    Untraced,
    count,
    per_sample,
    show_shape,
)
from archspec.ops.fields import Bool, choice, whole_numbers
from archspec.ops.interpolation import AnyMode, need_smoothing
from archspec.ops.layout import Laid
from archspec.ops.resample import Upsample
from archspec.words import counted

_READ = Untraced("it is read where the grid says")


class Interpolate(Upsample):
    """Another number of positions, to `size` or by `scale_factor`: what Upsample does, and `mode: area`, and `antialias`, which
    smooths before bilinear and bicubic steps down.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html"""

    mode: AnyMode = "nearest"
    antialias: Bool = False

    def check(self) -> None:
        super().check()
        need_smoothing(self.mode, self.antialias)

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Call("F.interpolate", (emit.Input(),), emit.keywords(**self.options())))


class GridSample(Op):
    """An image read at the places of a grid: (N, C, H, W) at (N, H', W', 2) → (N, C, H', W'), places from −1 to 1; one axis more
    for volumes. One operation is counted for each output element.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html"""

    example_inputs: ClassVar[tuple[str, ...]] = ("[3, 32, 32]", "[16, 16, 2]")
    kind: ClassVar = "shape"
    arity: ClassVar = (2, 2)

    mode: Annotated[str, choice("bilinear", "nearest", "bicubic")] = "bilinear"
    padding_mode: Annotated[str, choice("zeros", "border", "reflection")] = "zeros"
    """what lies outside the image"""
    align_corners: Bool = False

    def outputs(self, inputs: Inputs) -> Outputs:
        x, grid = inputs
        ranks = (4,) if self.mode == "bicubic" else (4, 5)
        self.need_rank(x, ranks, "(N, C, H, W)" + ("" if len(ranks) == 1 else " or (N, C, D, H, W)"))
        self.need_float(x)
        self.need_rank(grid, (x.rank,), f"a grid of {x.rank} axes", 1)
        if grid.dtype != x.dtype:
            raise Problem("E0307", f"reads {x.dtype} at places of {grid.dtype}", input=1, label=f"{x.dtype} expected")
        if prove_equal(grid.shape[-1], x.rank - 2) is not True or not assume_equal(grid.shape[0], x.shape[0]):
            raise Problem("E0305", f"reads {show_shape(x.shape)} at a grid of {show_shape(grid.shape)}", input=1,
                          label=f"{x.shape[0]} × … × {x.rank - 2} expected")  # fmt: skip
        return {"output": Tensor((*x.shape[:2], *grid.shape[1:-1]), x.dtype)}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(self.outputs(inputs)["output"])

    def reach(self, inputs: Inputs) -> Reaches:
        rank = inputs[0].rank
        places = tuple(Same(axis + 1) for axis in range(1, rank - 1))
        return (Same(0), Same(1), *(_READ,) * (rank - 2)), (Same(0), *places, Everything())

    def emission(self, inputs: Inputs) -> emit.Emission:
        """With `align_corners` always written: PyTorch warns of its own default."""
        options = {name: getattr(self, name) for name in ("mode", "padding_mode")
                   if getattr(self, name) != type(self).model_fields[name].default}  # fmt: skip
        arguments = emit.keywords(**options, align_corners=self.align_corners)
        return emit.Emission(emit.Call("F.grid_sample", (emit.Input(0), emit.Input(1)), arguments))


class AffineGrid(Op):
    """The grid of an affine map for GridSample: (N, 2, 3) and `size: [C, H, W]` → (N, H, W, 2), or (N, 3, 4) and
    `size: [C, D, H, W]`. The batch is not part of `size`. One operation is counted for each output element.
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html"""

    example: ClassVar = "size: [3, 32, 32]"
    example_inputs: ClassVar[tuple[str, ...]] = ("[2, 3]",)
    kind: ClassVar = "shape"

    size: Annotated[tuple[int, ...], whole_numbers(1)]
    """the sizes of the images that are sampled by it: channels, then axes"""
    align_corners: Bool = False

    def check(self) -> None:
        if len(self.size) not in (3, 4):
            raise Problem("E0105", f"has {counted(len(self.size), 'entry')} in size", field="size", label="3 or 4 expected",
                          help="write [C, H, W] or [C, D, H, W]")  # fmt: skip

    def outputs(self, inputs: Inputs) -> Outputs:
        theta, rank = inputs[0], len(self.size) - 1
        self.need_float(theta)
        self.need_rank(theta, (3,), f"(N, {rank}, {rank + 1})")
        if theta.shape[1:] != (rank, rank + 1):
            raise Problem("E0305", f"reads N × {rank} × {rank + 1}, but gets {show_shape(theta.shape)}", input=0,
                          label=f"{rank} × {rank + 1} expected")  # fmt: skip
        return {"output": Tensor((theta.shape[0], *self.size[1:], rank), theta.dtype)}

    def elementwise(self, inputs: Inputs) -> Size:
        return count(self.outputs(inputs)["output"])

    def reach(self, inputs: Inputs) -> Reaches:
        return ((Same(0), Same(len(self.size)), Everything()),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        """With `align_corners` always written: PyTorch warns of its own default."""
        sizes = emit.Several((emit.SizeOf(emit.Input(), 0), *(emit.Data(size) for size in self.size)), is_list=True)
        arguments = emit.keywords(align_corners=self.align_corners)
        return emit.Emission(emit.Call("F.affine_grid", (emit.Input(), sizes), arguments))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size:
        """The places that are mapped: their coordinates, and a 1."""
        places = per_sample(inputs[0].shape[0]) * prod(self.size[1:])
        return places * len(self.size) * ITEM_BYTES[inputs[0].dtype]
