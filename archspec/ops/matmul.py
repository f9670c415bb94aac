"""Products of tensors that sum over an axis: Matmul and Einsum. Enters: tensors; leaves: one tensor and its MACs."""

import re
from collections import Counter
from functools import lru_cache
from math import prod
from typing import Annotated, ClassVar, NamedTuple

from archspec.dims import Shape, Size, product
from archspec.limits import MAX_EQUATION
from archspec.ops import emission as emit
from archspec.ops.assumptions import assume_equal
from archspec.ops.base import (
    ITEM_BYTES,
    Everything,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reach,
    Reaches,
    Same,
    Tensor,
    per_sample,
    pointwise,
    show_shape,
)
from archspec.ops.broadcast import broadcast, common
from archspec.ops.contraction import Contraction, contract
from archspec.ops.fields import Check
from archspec.ops.formula import Formula, times
from archspec.ops.layout import Laid, expanded, fresh, viewed
from archspec.ops.reading import Asked, Box, Lost, Read, diagonals
from archspec.words import counted


class Matmul(Op):
    """The matrix product: (…, n, k) @ (…, k, m) → (…, n, m), the axes before broadcast. A vector on the left counts as
    a row, on the right as a column, and its axis is dropped. https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
    """

    kind: ClassVar = "merge"
    arity: ClassVar = (2, 2)

    def outputs(self, inputs: Inputs) -> Outputs:
        left, right = inputs
        for index, tensor in enumerate(inputs):
            if not tensor.rank:
                raise Problem("E0302", "multiplies matrices, but gets a single number", input=index, help="use Mul")
            if tensor.dtype == "bool":
                raise Problem("E0307", "multiplies numbers, but gets bool", input=index, label="numbers expected")
        if left.dtype != right.dtype:
            raise Problem("E0307", f"multiplies tensors of one dtype, but gets {left.dtype} and {right.dtype}", input=1,
                          label=f"{left.dtype} expected")  # fmt: skip
        batch, rows, inner, columns = self._parts(left, right)
        if not assume_equal(left.shape[-1], inner):
            raise Problem("E0305", f"multiplies {show_shape(left.shape)} by {show_shape(right.shape)}, but rows of "
                          f"{left.shape[-1]} do not meet columns of {inner}", input=1,
                          label=f"{left.shape[-1]} expected along axis {max(right.rank - 2, 0)}",
                          notes=("(…, n, k) @ (…, k, m) gives (…, n, m)",),
                          help="a Transpose of the last two axes may be missing"
                          if right.rank > 1 and right.shape[-1] == left.shape[-1]
                          else f"make that axis {left.shape[-1]}")  # fmt: skip
        return {"output": Tensor((*batch, *rows, *columns), left.dtype)}

    def _parts(self, left: Tensor, right: Tensor) -> tuple[Shape, Shape, Size, Shape]:
        """The batch axes; the rows, if any; the size that is summed over; the columns, if any."""
        batch = broadcast(left.shape[:-2], right.shape[:-2], "multiplies matrices of", 1)
        inner = right.shape[-2] if right.rank > 1 else right.shape[-1]
        return batch, left.shape[-2:-1], inner, right.shape[-1:] if right.rank > 1 else ()

    def macs(self, inputs: Inputs) -> Size:
        left = inputs[0]
        return per_sample(product(self.outputs(inputs)["output"].shape) * left.shape[-1])

    def macs_formula(self, inputs: Inputs) -> Formula:
        made = [size for size in map(per_sample, self.outputs(inputs)["output"].shape) if size != 1]
        return Formula(
            "MACs", "output·inner" if made else "inner", {"output": times(made), "inner": inputs[0].shape[-1]}
        )

    def reach(self, inputs: Inputs) -> Reaches:
        left, right = inputs
        batch, rows, _, _ = self._parts(left, right)
        axes = [Tensor(batch), Tensor(left.shape[:-2]), Tensor(right.shape[:-2])]
        _, of_left, of_right = pointwise(*axes)
        row = tuple(Same(len(batch)) for _ in rows)
        column = (Everything(), Same(len(batch) + len(rows))) if right.rank > 1 else (Everything(),)
        return ((*of_left, *row, Everything()), (*of_right, *column))

    def emission(self, inputs: Inputs) -> emit.Emission:
        return emit.Emission(emit.Infix("@", emit.Input(0), emit.Input(1)))

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int | None:
        """The operands that are written out: those whose matrices do not lie in one row, or are broadcast."""
        left, right = laid
        ranks = len(left.sizes), len(right.sizes)
        if max(ranks) <= 2:
            return 0
        if ranks[1] <= 2:  # many rows by one matrix
            return 0 if left.is_folded else None
        if ranks[0] <= 2:
            return None  # a matrix that is learned is multiplied in another way
        return product_copies(left, right) * ITEM_BYTES[inputs[0].dtype]


def product_copies(left: Laid, right: Laid) -> int:
    """How many elements PyTorch writes out to multiply two stacks of matrices."""
    outer = common_sizes(left.sizes[:-2], right.sizes[:-2])
    copied = 0
    for operand in (left, right):
        sizes = (*outer, *operand.sizes[-2:])
        if viewed(expanded(operand, sizes), (prod(outer), *sizes[-2:])) is None:
            copied += prod(sizes)
    return copied


def common_sizes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes that these broadcast to."""
    rank = max(map(len, shapes))
    return tuple(map(max, zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True)))


_TERM = r"[A-Za-z]*(?:\.\.\.)?[A-Za-z]*"
_EQUATION = re.compile(rf"{_TERM}(?:,{_TERM})*(?:->{_TERM})?")


class _Equation(NamedTuple):
    """An equation taken apart: the letters of each operand and of the result, `.` for the ellipsis."""

    operands: tuple[str, ...]
    result: str


@lru_cache(maxsize=1_000)
def _parse(equation: str) -> _Equation:
    """A text that `_EQUATION` accepts. Without an arrow, the result has the letters that occur once, sorted."""
    left, arrow, right = equation.replace(" ", "").replace("...", ".").partition("->")
    operands = tuple(left.split(","))
    if not arrow:
        times = Counter(left.replace(",", ""))
        right = "." * ("." in times) + "".join(
            sorted(letter for letter in times if letter != "." and times[letter] == 1)
        )
    return _Equation(operands, right)


def _is_equation(value: object) -> bool:
    return (
        type(value) is str
        and len(value) <= MAX_EQUATION
        and value.isascii()
        and _EQUATION.fullmatch(value.replace(" ", "")) is not None
    )


class Einsum(Op):
    """Products and sums over named axes: `equation: "bhid,bhjd->bhij"`. Letters name axes, commas part the operands,
    letters that the result leaves out are summed over, `...` stands for axes that broadcast.
    https://docs.pytorch.org/docs/stable/generated/torch.einsum.html"""

    example: ClassVar = 'equation: "nij,njk->nik"'
    example_inputs: ClassVar[tuple[str, ...]] = ("[4, 5]", "[5, 6]")
    kind: ClassVar = "merge"
    arity: ClassVar = (1, None)

    equation: Annotated[
        str,
        Check("letters, commas, ... and -> such as bij,bjk->bik", _is_equation,
              {"type": "string", "pattern": "^[A-Za-z.,> -]*$", "maxLength": MAX_EQUATION}),
    ]  # fmt: skip
    """the axes of each input and of the output, a letter each"""

    def check(self) -> None:
        operands, result = _parse(self.equation)
        known = set("".join(operands))
        for letter in result:
            name = "..." if letter == "." else letter
            if letter not in known:
                raise Problem("E0106", f"has {name} in its result, which no operand has", field="equation",
                              help=f"leave {name} out of the result, or name it in an operand")  # fmt: skip
            if result.count(letter) > 1:
                raise Problem("E0106", f"has {name} twice in its result", field="equation",
                              label="each letter once")  # fmt: skip

    def outputs(self, inputs: Inputs) -> Outputs:
        operands, _ = _parse(self.equation)
        if len(operands) != len(inputs):
            raise Problem("E0203", f"has an equation for {counted(len(operands), 'tensor')}, but reads {len(inputs)}",
                          field="equation", label=f"{counted(len(inputs), 'operand')} expected")  # fmt: skip
        for index, tensor in enumerate(inputs):
            self.need_float(tensor, index)
            if tensor.dtype != inputs[0].dtype:
                raise Problem("E0307", f"multiplies tensors of one dtype, but gets {inputs[0].dtype} and "
                              f"{tensor.dtype}", input=index, label=f"{inputs[0].dtype} expected")  # fmt: skip
        sizes, _ = self._sizes(inputs)
        return {"output": Tensor(tuple(sizes[axis] for axis in self._result(inputs)), inputs[0].dtype)}

    def _axes(self, index: int, tensor: Tensor) -> list[str]:
        """The name of each axis of an operand. Axes of the ellipsis are numbered from the last: `.1` is the last."""
        term = _parse(self.equation).operands[index]
        hidden = tensor.rank - len(term.replace(".", ""))
        if hidden < 0 or (hidden and "." not in term):
            written = term.replace(".", "...")
            raise Problem("E0302", f"names the axes {written or '(none)'}, but gets {show_shape(tensor.shape)}",
                          input=index, label=f"{len(term.replace('.', ''))} axes expected")  # fmt: skip
        before, _, after = term.partition(".")
        return [*before, *(f".{i}" for i in range(hidden, 0, -1)), *after]

    def _result(self, inputs: Inputs) -> list[str]:
        hidden = max(sum(axis[0] == "." for axis in self._axes(i, tensor)) for i, tensor in enumerate(inputs))
        before, dots, after = _parse(self.equation).result.partition(".")
        return [*before, *(f".{i}" for i in range(hidden, 0, -1) if dots), *after]

    def _sizes(self, inputs: Inputs) -> tuple[dict[str, Size], list[dict[str, Size]]]:
        """The size of each named axis: in all, and in each operand."""
        sizes: dict[str, Size] = {}
        by_operand: list[dict[str, Size]] = []
        for index, tensor in enumerate(inputs):
            own: dict[str, Size] = {}
            for axis, size in zip(self._axes(index, tensor), tensor.shape, strict=True):
                if axis in own and not assume_equal(own[axis], size):
                    raise self._mismatch(axis, own[axis], size, index)
                own.setdefault(axis, size)
            for axis, size in own.items():
                both = common(sizes.get(axis, 1), size)
                if both is None:
                    raise self._mismatch(axis, sizes[axis], size, index)
                sizes[axis] = both
            by_operand.append(own)
        return sizes, by_operand

    def _mismatch(self, axis: str, before: Size, size: Size, index: int) -> Problem:
        name = "..." if axis[0] == "." else axis
        return Problem("E0305", f"calls two sizes {name}: {before} and {size}", input=index,
                       label=f"{name} was {before}", help=f"make both {before}, or use two letters")  # fmt: skip

    def _steps(self, inputs: Inputs) -> tuple[Size, Size]:
        """Multiply-accumulates and other operations. Operands are taken in pairs from the left, as PyTorch takes them where
        opt_einsum is not installed: an axis that no later operand has and the result has not is summed, before the product
        where one of the pair alone has it. A product that sums nothing is a multiplication an element."""
        _, left_over = self._sizes(inputs)
        result = self._result(inputs)
        operands = [{axis: size for axis, size in own.items() if size != 1} for own in left_over]
        times = Counter(axis for own in operands for axis in own if axis not in result)
        macs: Size = 0
        others: Size = 0
        made, *rest = operands
        for following in rest:
            summed = {axis for axis in made.keys() & following.keys() if times[axis] == 2}
            for own in (made, following):
                alone = [axis for axis in own if times[axis] == 1]
                others = others + per_sample(product(own.values())) if alone else others
                for axis in alone:
                    del own[axis], times[axis]
            times.subtract(axis for axis in made.keys() & following.keys() if axis in times)
            both = {**made, **following}
            work = per_sample(product(both.values()))
            macs, others = (macs + work, others) if summed else (macs, others + work)
            made = {axis: size for axis, size in both.items() if axis not in summed}
        if any(axis not in result for axis in made):
            others = others + per_sample(product(made.values()))
        return macs, others

    def macs(self, inputs: Inputs) -> Size:
        """As many as the matrix products that it comes to."""
        return self._steps(inputs)[0]

    def elementwise(self, inputs: Inputs) -> Size:
        """Sums of one operand, an addition an element; products that sum nothing, a multiplication an element."""
        return self._steps(inputs)[1]

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid | None:
        """One operand whose axes are only put in another order, or of which a diagonal is taken, is looked at."""
        names, result = self._axes(0, inputs[0]), self._result(inputs)
        if len(inputs) > 1 or set(names) != set(result):
            return None
        strides = (
            sum(stride for name, stride in zip(names, x.strides, strict=True) if name == axis) for axis in result
        )
        return Laid(sizes, tuple(strides), x.offset)

    def reach(self, inputs: Inputs) -> Reaches:
        sizes, _ = self._sizes(inputs)
        places = {axis: place for place, axis in enumerate(self._result(inputs))}

        def one(axis: str, size: Size) -> Reach:
            broadcasts = size == 1 and sizes[axis] != 1
            return Everything() if axis not in places or broadcasts else Same(places[axis])

        return tuple(
            tuple(one(axis, size) for axis, size in zip(self._axes(i, tensor), tensor.shape, strict=True))
            for i, tensor in enumerate(inputs)
        )

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """A letter that an operand has twice is a diagonal: a box for each of its positions."""
        found = super().reads(inputs, asked)
        for index, (tensor, boxes) in enumerate(zip(inputs, found, strict=True)):
            names = self._axes(index, tensor)
            twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
            found[index][:] = [
                own for box in boxes for own in _diagonals(box, [names.index(name) for name in twice], names)
            ]
        return found

    def emission(self, inputs: Inputs) -> emit.Emission:
        operands, result = _parse(self.equation)
        equation = (",".join(operands) + "->" + result).replace(".", "...")
        operands_read = (emit.Input(i) for i in range(len(inputs)))
        return emit.Emission(emit.Call("torch.einsum", (emit.Data(equation), *operands_read)))

    no_law: ClassVar = "has more than two operands, of which PyTorch chooses the order and so the copies"

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> int | None:
        if len(inputs) == 1:
            return 0
        if len(inputs) > 2:
            return None
        return self._contraction(inputs, laid).elements * ITEM_BYTES[inputs[0].dtype]

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid:
        if len(operands) != 2:
            return fresh(sizes)
        inputs = tuple(Tensor(laid.sizes) for laid in operands)
        return self._contraction(inputs, operands).laid

    def _contraction(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Contraction:
        names = [self._axes(i, tensor) for i, tensor in enumerate(inputs)]
        return contract(laid, names, self._result(inputs))


def _diagonals(box: Box, axes: list[int], names: list[str]) -> list[Box]:
    """A box with the same position along all axes of a name. Raises TooMany."""
    chosen = [box[axis] for axis in axes]
    numbers = [own for own in chosen if not isinstance(own, Lost)]
    if not axes or len(numbers) < len(chosen):
        return [box]
    found = []
    for places in diagonals(numbers):
        at = dict(zip((names[axis] for axis in axes), places, strict=True))
        found.append(tuple(at.get(name, own) for name, own in zip(names, box, strict=True)))
    return found
