"""`Op`, the class that every op derives from, and the few records that ops speak in.

Enters: input tensors as shapes and dtypes. Leaves: output tensors, parameter shapes, counts, emission records. An op
never sees the graph, the spec's text or another op; where something does not fit it raises a `Problem` that names the
argument or the input, and the engine, which knows the layer, finds the place in the text.

Files that define ops do without `from __future__ import annotations`: pydantic would evaluate each annotation from its text,
of every class and of those that it derives from, at each start.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from archspec.dims import BATCH, Shape, Size, beside, exact_div, product, substitute, symbol, symbols
from archspec.ops import emission as emit
from archspec.ops.fields import Check
from archspec.ops.formula import Formula, times
from archspec.ops.layout import Laid
from archspec.ops.order import Order
from archspec.ops.reach import Everything, Periodic, Picked, Reach, Reaches, Same, Untraced, UpTo, Window
from archspec.ops.reading import Asked, Lost, Read, apart
from archspec.words import counted

__all__ = [
    "Everything",
    "Periodic",
    "Picked",
    "Reach",
    "Reaches",
    "Same",
    "Untraced",
    "UpTo",
    "Window",
]  # ops speak in these, too

DType = Literal["float32", "float64", "float16", "bfloat16", "int64", "int32", "bool"]
ITEM_BYTES: dict[str, int] = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "bool": 1,
}  # fmt: skip
Kind = Literal[
    "input", "convolution", "linear", "pooling", "normalization", "activation", "dropout", "merge", "shape", "reduction",
    "recurrent", "attention", "embedding", "value", "external",
]  # fmt: skip
N = symbol(BATCH)
OWN = "value"
"""What a spec calls the parameter that a layer itself is. Its key in `parameters` is empty, for it has the layer's own path."""


class Tensor(NamedTuple):
    """What is known of a tensor: its shape, batch first, and the kind of its numbers."""

    shape: Shape
    dtype: DType = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype.startswith(("float", "bfloat"))


Inputs = tuple[Tensor, ...]
Outputs = dict[str, Tensor]


class Problem(Exception):
    """Something that does not fit, told by an op.

    `field` names the argument at fault, or `input` (an index) the tensor; without either the layer as a whole is meant.
    `message` completes the sentence "<layer> …" ("has 3 groups, which do not divide …"). `instead` are arguments with other
    values, likeliest first, of which help says the first that holds; else it says `help`. `is_sure` says that nothing but the
    first of them can be meant.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        input: int | None = None,
        label: str = "",
        notes: tuple[str, ...] = (),
        help: str = "",
        instead: tuple[tuple[str, str], ...] = (),
        is_sure: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.input = input
        self.label = label
        self.notes = notes
        self.help = help
        self.instead = instead
        self.is_sure = is_sure


class Op(BaseModel):
    """One op. Subclasses add their arguments as fields, named and defaulted as in PyTorch.

    What a subclass gives: `kind`, `outputs`, and where they apply `resolve`, `parameters`, `buffers`, `macs`,
    `elementwise`, `reach`, `emission`. The defaults here are those of a `torch.nn` module without parameters that takes
    its fields as keyword arguments.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, protected_namespaces=())

    kind: ClassVar[Kind]
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The least and the greatest number of inputs (None: no bound)."""
    joins_named: ClassVar[bool] = False
    """Whether it reads what `from` names and never the layer above unsaid: a Cat of one tensor is hardly meant."""
    rank: ClassVar[int] = 0
    """The number of axes that per-axis arguments stand for; 0 where there are none."""
    positional: ClassVar[tuple[str, ...]] = ()
    """Fields that are written without their names in generated code, in this order."""
    example: ClassVar[str] = ""
    """The arguments of a use that shows what it does, as a spec would write them."""
    example_inputs: ClassVar[tuple[str, ...] | None] = None
    """What that use reads, each as a spec's `inputs` would declare it; None: images, or what has as many axes."""
    example_port: ClassVar[str] = ""
    """Which of its outputs that network gives, where there are several."""
    inferred_axes: ClassVar[Mapping[str, tuple[int, int]]] = {}
    """The arguments that are the size of an axis, with the input and the axis: `in_channels` is that of input 0, axis 1."""
    one_for_all: ClassVar[tuple[str, ...]] = ()
    """Arguments of which one number stands for one for each axis, however many there are: `size: 16`, `size: [16, 16]`."""
    parameter_names: ClassVar[tuple[str, ...]] = ()
    """What specs call the parameters that it can have, with whatever arguments. Of those that are numbered, the ones of 0."""
    starts: ClassVar[Mapping[str, float | str]] = {}
    """The numbers that PyTorch starts parameters at, or the arguments that have them; it draws those that are not here."""
    takes_device: ClassVar[bool] = False
    """Whether the module's constructor has `device` and `dtype`."""
    no_keys: ClassVar[tuple[str, ...]] = ()
    """What the module's constructor takes and changes nothing of what it computes, so that it is no argument here."""

    takes_means_away: ClassVar[bool] = False
    """Whether it subtracts the mean of each channel, and with it whatever is added to the channel as a whole."""
    leaves_of_negative: ClassVar[str] = ""
    """What it makes of whatever is negative (`zero`, `nearly zero`), where little is left of it; nothing where it is."""
    is_state: ClassVar[bool] = False
    """Whether the output is the module's own tensor, which stands beside what is computed."""
    operator: ClassVar[str] = ""
    """The sign of what it computes, of arithmetic on several tensors."""
    gradient_reads: ClassVar[tuple[str, ...]] = ()
    """Which of its first `input` and its `output` the gradient is computed from, as far as known: they must stay as they are."""
    gradient_reads_in_place: ClassVar[tuple[str, ...]] = ()
    """The same where the op is in place."""
    keeps_order: ClassVar[bool] = False
    """Whether its output lies in memory in the order in which its first input does."""
    feels_order: ClassVar[bool] = False
    """Whether PyTorch may give other bits where the input lies in another order: its kernel, or a sum, goes through it."""
    hides: ClassVar[str] = ""
    """Why some outputs may not depend on what `reach` says, where values decide it."""

    # Arguments -------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises a Problem where arguments contradict each other; needs no inputs."""

    def check_axes(self) -> None:
        """Raises a Problem where a per-axis list does not have one entry for each axis."""
        for name in per_axis_arguments(type(self)):
            value = getattr(self, name)
            if type(value) is tuple and len(value) != self.rank:
                one = str(value[0]) if len(set(value)) == 1 and value[0] is not None else ""
                raise Problem("E0105", f"has {counted(len(value), 'entry')} in {name} for {_axes(self.rank)}", field=name,
                              label=f"{self.rank} expected", help=f"write one number, or {self.rank}",
                              instead=((name, one),) if one else (), is_sure=True)  # fmt: skip

    def axes(self, name: str) -> tuple[Any, ...]:
        """A per-axis argument, one value for each axis."""
        value = getattr(self, name)
        return value if type(value) is tuple else (value,) * self.rank

    # Facts -----------------------------------------------------------------------------------------------------

    def resolve(self, inputs: Inputs) -> Mapping[str, Size]:
        """The inferred arguments (`in_channels`) and what they are for these inputs."""
        return {}

    def meant(self, inputs: Inputs) -> Mapping[str, object]:
        """Arguments that can be written in several ways for these inputs, each as all of these mean it: a pool's
        `stride: null` is its kernel's size."""
        return {}

    def follows(self) -> Mapping[str, tuple[int, int]]:
        """The arguments that are not written and are the size of an axis therefore, with the input and the axis."""
        return self.inferred_axes

    def outputs(self, inputs: Inputs) -> Outputs:
        """The output tensors by port; a single one is named `output`. Raises Problem."""
        raise NotImplementedError(type(self).__name__)

    def parameters(self, inputs: Inputs) -> dict[str, Shape]:
        """The shapes of the learned parameters, in PyTorch's order, for inputs that `outputs` accepted."""
        return {}

    @classmethod
    def parameter_key(cls, name: str) -> str:
        """The key in `parameters` of what a spec calls so."""
        return name

    def parameter_count(self, inputs: Inputs) -> Size | None:
        """The number of learned numbers; None: unknown."""
        return sum((product(shape) for shape in self.parameters(inputs).values()), start=0)

    def zero_rows(self) -> dict[str, int]:
        """Rows of parameters that start at zero whatever the others start at, and stay there, as padding does."""
        return {}

    def buffers(self, inputs: Inputs) -> dict[str, Tensor]:
        """The persistent buffers, in PyTorch's order."""
        return {}

    def macs(self, inputs: Inputs) -> Size | None:
        """Multiply-accumulates of convolutions, linear maps, matrix products and attention; None: unknown.

        They are those of one sample; where inputs have a number for the batch, of all of it. So are `elementwise` ones.
        """
        return 0

    def elementwise(self, inputs: Inputs) -> Size | None:
        """Operations on single elements, which published MAC counts leave out; see docs/reference/counting.md."""
        return 0

    def reach(self, inputs: Inputs) -> Reaches | None:
        """How outputs depend on each axis of each input, for the receptive field; None: not known."""
        return None

    def reads(self, inputs: Inputs, asked: Asked) -> Read:
        """For each input, exactly what is read of it for some positions of an output; sizes are of one sample. Raises TooMany.

        The law of each axis by itself says it; an op whose axes go together, or whose outputs differ, says it in another way.
        """
        reaches = self.reach(inputs)
        if reaches is None:
            return tuple([(Lost("what it reads is not known"),) * tensor.rank] for tensor in inputs)
        return tuple(apart(ways, asked.box, tensor.shape) for ways, tensor in zip(reaches, inputs, strict=False))

    def arithmetic(self, inputs: Inputs) -> str:
        """How the size of the axis that the op makes of others comes about (`16 × 5 × 5 = 400`); nothing where it makes none."""
        return ""

    # Where the figures come from -------------------------------------------------------------------------------------

    def size_formulas(self, inputs: Inputs) -> dict[int, Formula]:
        """How sizes of the first output come about, by axis. An axis that is left out is an input's, or has no formula."""
        return {}

    def parameter_formulas(self, inputs: Inputs) -> dict[str, Formula]:
        """How many numbers each parameter has: here the product of its sizes."""
        return {name: Formula(name, times(shape)) for name, shape in self.parameters(inputs).items()}

    def macs_formula(self, inputs: Inputs) -> Formula | None:
        """How the multiply-accumulates come about; None where there are none, or no formula."""
        return None

    def argument(self, name: str, other: object = None) -> object:
        """The value of an argument, or the other where the op takes none of that name.

        As getattr, but that pydantic's own look-up of what is no field is slow, and this is asked often.
        """
        return vars(self).get(name, other)

    # Memory ----------------------------------------------------------------------------------------------------

    @property
    def is_in_place(self) -> bool:
        """Whether the output overwrites the first input, in training or always."""
        return self.argument("inplace") is True

    def share(self, inputs: Inputs, x: Laid, sizes: tuple[int, ...], port: str) -> Laid | None:
        """How an output of these sizes lies in the memory of the first input (in evaluation); None: in one of its own.

        `x` is how that input lies there. Only called for inputs that `outputs` accepted.
        """
        return x if self.is_in_place else None

    def arrange(self, inputs: Inputs, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> Laid | None:
        """How an output of these sizes lies in a memory of its own; None where that is not known."""
        return self.gives.lay(operands, sizes)

    def tells_one_tensor(self) -> bool:
        """Whether it computes in another way where all that it reads is one tensor, so that `arrange` is given that one alone."""
        return False

    gives: ClassVar[Order] = Order.ROWS
    """How PyTorch's kernel lays out its results, of which `arrange` may say more."""

    no_order: ClassVar = "gives an order in memory that is not known"
    """Why `arrange` knows none, as the end of a sentence that begins with the layer's name."""

    no_law: ClassVar = "takes memory in between that has no exact law"
    """Why `workspace` knows none, as the end of a sentence that begins with the layer's name."""

    def workspace(self, inputs: Inputs, laid: tuple[Laid, ...]) -> Size | None:
        """The bytes of one sample that are alive in between, beside inputs and outputs; None: there is no law for them.

        `laid` is how the inputs lie in memory, with a batch of one: PyTorch copies what does not lie as it needs it. Where inputs
        have a number for the batch, all is of that many samples.
        """
        if not inputs:
            return 0
        dtype = self.computes_in(inputs)
        casts = [count(tensor) * ITEM_BYTES[dtype] for tensor in inputs if dtype and tensor.dtype != dtype]
        is_copied = not self.order.fits(laid[0])
        return sum(casts, start=tensor_bytes(inputs[0]) if is_copied else 0)

    order: ClassVar[Order] = Order.ANY
    """How the first input has to lie for PyTorch's kernel, which reads a copy of one that lies otherwise."""

    def computes_in(self, inputs: Inputs) -> DType | None:
        """The dtype in which PyTorch computes: it casts a copy of each input of another. None: each input stays what it is."""
        return None

    def emission(self, inputs: Inputs) -> emit.Emission:
        """The op in PyTorch. Raises Problem where it cannot be written for these inputs."""
        return emit.Emission(forward=emit.Apply(), own=self.module(inputs))

    def joins(self, inputs: Inputs) -> int | None:
        """The output axis along which the inputs stand one after the other, where that is what the op does."""
        return None

    def lays_out(self, inputs: Inputs) -> int | None:
        """The output axis along which stand what depends on parts alone of what `reach` says: the positions of a window."""
        return None

    # Helpers for subclasses --------------------------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        """The arguments that are not the defaults, as a function of torch takes them."""
        return {name: getattr(self, name) for name, info in type(self).model_fields.items()
                if info.is_required() or getattr(self, name) != info.default}  # fmt: skip

    def module(self, inputs: Inputs, **changed: emit.Literal) -> emit.Module:
        """The `torch.nn` module of the class's own name, with the arguments that differ from the defaults."""
        values: dict[str, Any] = {}
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if info.is_required() or value != info.default or type(value) is not type(info.default):
                values[name] = value
        values.update((name, size) for name, size in self.resolve(inputs).items())
        for name, value in changed.items():
            field = type(self).model_fields.get(name)
            if field is not None and not field.is_required() and value == field.default:
                values.pop(name, None)
            else:
                values[name] = value
        positional = []
        for name in self.positional:
            if name not in values:
                break
            positional.append(values.pop(name))
        order = [name for name in type(self).model_fields if name in values]
        return emit.Module(f"nn.{type(self).__name__}", tuple(positional), tuple((name, values[name]) for name in order),
                           self.takes_device)  # fmt: skip

    def need_rank(self, tensor: Tensor, ranks: tuple[int, ...], layout: str, input: int = 0) -> None:
        """Raises unless the tensor has one of these numbers of axes. `layout` shows them: `(N, C, H, W)`."""
        if tensor.rank not in ranks:
            other = self._sibling(tensor.rank)
            raise Problem("E0302", f"reads {layout}, but gets {_axes(tensor.rank)}: {show_shape(tensor.shape)}",
                          input=input, label=f"{layout} expected",
                          instead=(("type", other),) if other else ())  # fmt: skip

    def _sibling(self, rank: int) -> str:
        """The op of the same name for tensors with this many axes (`BatchNorm2d` for 4), where there is one."""
        from archspec.ops import registry

        name = type(self).__name__
        axes = 1 if rank == 2 and name.startswith("BatchNorm") else rank - 2
        other = f"{name[:-2]}{axes}d"
        return other if name[-2:] in ("1d", "2d", "3d") and registry.find(other) else ""

    def need_float(self, tensor: Tensor, input: int = 0) -> None:
        """Raises unless the tensor holds floating-point numbers."""
        if not tensor.is_float:
            raise Problem("E0307", f"computes with floating-point numbers, but gets {tensor.dtype}", input=input,
                          label="a float dtype expected")  # fmt: skip
        if self.takes_device and tensor.dtype != "float32":
            raise Problem("E0307", f"has float32 parameters, which PyTorch does not mix with {tensor.dtype}", input=input,
                          label="float32 expected")  # fmt: skip

    def need_axis(self, axis: int, rank: int, field: str, extra: int = 0) -> int:
        """The axis counted from 0; raises where a tensor of this rank (plus `extra`) has no such axis."""
        if not -(rank + extra) <= axis < rank + extra:
            raise Problem("E0306", f"has no axis {axis}: the input has {_axes(rank)}", field=field,
                          label=f"from {-(rank + extra)} to {rank + extra - 1}")  # fmt: skip
        return axis % (rank + extra)

    def need_number(self, size: Size, what: str, input: int = 0) -> int:
        """The size as a number; raises where it is symbolic. `what` is a noun phrase ("the number of channels")."""
        if isinstance(size, int):
            return size
        name = min(size.symbols())
        raise Problem("E0308", f"needs {what} as a number, but it is {size}", input=input,
                      help="the batch is always free; keep it out of this axis" if name == BATCH
                      else f"give it in the spec, or with --set {name}=…{self._or_written}")  # fmt: skip

    @property
    def _or_written(self) -> str:
        """Another way out where the number is an argument: it says for which sizes the layer is."""
        name = next(iter(self.inferred_axes), None)
        return f"; or write {name}: …, and the network takes the sizes that give it" if name is not None else ""


@cache
def per_axis_arguments(op: type[Op]) -> tuple[str, ...]:
    """The arguments that stand for one number for each axis."""
    return tuple(name for name, info in op.model_fields.items()
                 if any(isinstance(item, Check) and item.is_per_axis for item in info.metadata))  # fmt: skip


def pointwise(*inputs: Tensor) -> Reaches:
    """The reach of an op that works on each position by itself, inputs broadcast as PyTorch does."""
    rank = max(tensor.rank for tensor in inputs)
    sizes = [
        max((t.shape[axis - rank + t.rank] for t in inputs if axis - rank + t.rank >= 0), key=lambda s: s != 1)
        for axis in range(rank)
    ]  # fmt: skip
    return tuple(
        tuple(
            Everything() if size == 1 and sizes[axis + rank - tensor.rank] != 1 else Same(axis + rank - tensor.rank)
            for axis, size in enumerate(tensor.shape)
        )
        for tensor in inputs
    )


def mixing(axes: set[int], tensor: Tensor) -> Reaches:
    """The reach of an op that mixes all positions along some axes and keeps the others apart."""
    return (tuple(Everything() if axis in axes else Same(axis) for axis in range(tensor.rank)),)


def count(tensor: Tensor) -> Size:
    """The number of elements of one sample (N = 1)."""
    return product(map(per_sample, tensor.shape))


def tensor_bytes(tensor: Tensor) -> Size:
    """The bytes of one sample of a tensor."""
    return count(tensor) * ITEM_BYTES[tensor.dtype]


def per_sample(size: Size) -> Size:
    """A count for a batch of one."""
    if isinstance(size, int):
        return size
    return 1 if size == N else substitute(size, {BATCH: 1})


def in_batch(tensor: Tensor, batch: int) -> Tensor:
    """The tensor of a batch of so many samples: what laws call a sample is then the whole batch."""
    shape = tensor.shape
    if not any(BATCH in symbols(size) for size in shape):
        return tensor
    return tensor._replace(shape=tuple(substitute(size, {BATCH: batch}) for size in shape))


def without_batch(shape: Shape) -> Shape:
    """A sample's shape: without the first axis where that is the batch, as it is but for constants and parameters.

    A first axis of `64*N` holds 64 of a sample's own.
    """
    if not shape or BATCH not in symbols(shape[0]):
        return shape
    own = exact_div(shape[0], N)
    return shape[1:] if own is None or own == 1 else (own, *shape[1:])


def show_shape(shape: Shape) -> str:
    """`N × 3 × 224 × 224`; a sum stands in parentheses, `3 × (H - 2) × (W - 7)//4`."""
    return " × ".join(map(beside, shape)) if shape else "a single number"


def _axes(count: int) -> str:
    return counted(count, "axis")
