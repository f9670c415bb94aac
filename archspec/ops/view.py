"""View: another whole shape, the batch included, so that a model can fold axes into the batch and take them out again.

Enters: a tensor. Leaves: one with the same numbers in the same order. `Reshape` is the one that leaves the batch alone.
"""

import re
from typing import Annotated, ClassVar

from archspec.dims import BATCH, Shape, Size, exact_div, product, symbols
from archspec.limits import MAX_INTEGER, MAX_LIST
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.axes import Regrouping, regroup
from archspec.ops.base import Inputs, N, Outputs, Problem, Reaches, Tensor, show_shape
from archspec.ops.fields import Check, integer
from archspec.words import counted

_WITH_BATCH = re.compile(r" *(?:([1-9][0-9]{0,18}) *\* *)?N *")
_SIZE = integer(1)


def _multiple(entry: object) -> int | None:
    """64 for `64 * N`, 1 for `N`, None for anything else."""
    found = _WITH_BATCH.fullmatch(entry) if isinstance(entry, str) else None
    if found is None or (found[1] and int(found[1]) > MAX_INTEGER):
        return None
    return int(found[1] or 1)


def _is_shape(value: object) -> bool:
    return (
        type(value) is tuple
        and 0 < len(value) <= MAX_LIST
        and all(_SIZE.fits(entry) or _multiple(entry) is not None for entry in value)
    )


Sizes = Annotated[
    tuple[int | str, ...],
    Check("a list of sizes from 1 up, one of them N or a multiple such as 64 * N", _is_shape,
          {"type": "array", "minItems": 1,
           "items": {"anyOf": [_SIZE.schema, {"type": "string", "pattern": f"^{_WITH_BATCH.pattern}$"}]}}),
]  # fmt: skip


class View(Regrouping):
    """The same numbers in a new `shape`, which is whole: the batch is one of its entries, as `N` or a multiple of it.
    `["64 * N", 49, 96]` makes samples of the 64 windows of (N, 64, 49, 96), and `[N, 64, 49, 96]` brings them back. A tensor
    without a batch, such as a Parameter, has a shape of numbers alone.
    https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html"""

    example: ClassVar = 'shape: ["4 * N", 4, 32, 32]'

    shape: Sizes

    def check(self) -> None:
        named = sum(isinstance(entry, str) for entry in self.shape)
        if named > 1:
            raise Problem("E0106", f"names the batch {named} times in shape", field="shape", label="N once",
                          help="one axis alone holds the batch")  # fmt: skip

    def _sizes(self) -> Shape:
        return tuple(entry if isinstance(entry, int) else N * (_multiple(entry) or 1) for entry in self.shape)

    def outputs(self, inputs: Inputs) -> Outputs:
        x, sizes = inputs[0], self._sizes()
        total, made = product(x.shape), product(sizes)
        has_batch, names_batch = BATCH in symbols(total), BATCH in symbols(made)
        if has_batch != names_batch:
            raise self._no_match(x.shape, sizes, has_batch)
        if not assume_equal(total, made):
            raise Problem("E0305", f"makes {show_shape(sizes)} of {show_shape(x.shape)}", field="shape",
                          label=f"{counted(made, 'element')}, but the input has {total}",
                          help=self._way_out(total, sizes))  # fmt: skip
        return {"output": Tensor(sizes, x.dtype)}

    def _no_match(self, before: Shape, sizes: Shape, has_batch: bool) -> Problem:
        """The batch is in one of the two shapes alone."""
        made = f"makes {show_shape(sizes)} of {show_shape(before)}"
        if has_batch:
            return Problem("E0106", f"{made}, which has a batch", field="shape", label="N expected in one entry",
                           help="the shape is whole: write N, or a multiple such as 64 * N, for the batch")  # fmt: skip
        return Problem("E0106", f"{made}, which has no batch", field="shape", label="numbers alone expected",
                       help="leave N out")  # fmt: skip

    def _way_out(self, total: Size, sizes: Shape) -> str:
        """What the batch's entry would have to be."""
        others = product(size for size in sizes if isinstance(size, int))
        fits = exact_div(total, N * others)
        if fits is None or fits == 0:
            return ""
        return f"write {'N' if fits == 1 else f'{fits} * N'} for the batch" if isinstance(fits, int) else ""

    def reach(self, inputs: Inputs) -> Reaches:
        return (regroup(inputs[0].shape, self._sizes(), "viewed"),)

    def emission(self, inputs: Inputs) -> emit.Emission:
        sizes = tuple(emit.Data(entry if isinstance(entry, int) else -1) for entry in self.shape)
        return emit.Emission(emit.Method(emit.Input(), "reshape", sizes))
