"""An op on inputs of certain shapes: what of it is the same wherever it stands, computed once.

Enters: an op and its input tensors. Leaves: shapes, counts and dependences, each when it is first asked for. A repeat of a
hundred thousand layers has a handful of instances.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from archspec.dims import Dim, Shape, Size, TooComplex, product, sum_of
from archspec.limits import MAX_AXES, MAX_NUMBER, MAX_TENSOR_BYTES
from archspec.ops.base import (
    ITEM_BYTES,
    Inputs,
    Op,
    Outputs,
    Problem,
    Reaches,
    Tensor,
    count,
    in_batch,
    show_shape,
    tensor_bytes,
)
from archspec.ops.layout import Laid


class Instance:
    """Facts of an op for its inputs. Counts are None where they are unknown, or where symbolic sizes make them too long."""

    def __init__(self, op: Op, inputs: Inputs, tensors: dict[Tensor, Tensor]) -> None:
        self.op = op
        self.inputs = inputs
        self._tensors = tensors
        self._laid: dict[tuple[tuple[Laid, ...], tuple[int, ...], str], tuple[Laid | None, bool]] = {}
        self._workspaces: dict[tuple[tuple[Laid, ...], int], Size | None] = {}

    @cached_property
    def outputs(self) -> Outputs:
        """The tensors that it gives, by port: equal ones of a network are one object. Raises Problem, or TooComplex."""
        given = self.op.outputs(self.inputs)
        one: dict[int, Tensor] = {}  # often one tensor at all ports
        for tensor in given.values():
            if id(tensor) not in one:
                _need_possible(tensor)
                one[id(tensor)] = self._tensors.setdefault(tensor, tensor)
        return {port: one[id(tensor)] for port, tensor in given.items()}

    @cached_property
    def are_claims_true(self) -> bool:
        """Whether the written arguments that could be inferred are what they must be. Raises Problem, or TooComplex."""
        resolved = self.op.resolve(self.inputs)
        return all(getattr(self.op, field) in (None, true) for field, true in resolved.items())

    @cached_property
    def parameters(self) -> dict[str, Shape]:
        return self.op.parameters(self.inputs)

    @cached_property
    def oversized(self) -> str | None:
        """The name of a parameter that no machine can hold."""
        sizes = ((name, product(shape)) for name, shape in self.parameters.items())
        return next((name for name, size in sizes if isinstance(size, int) and size * 4 > MAX_TENSOR_BYTES), None)

    @cached_property
    def parameter_count(self) -> Size | None:
        return self.op.parameter_count(self.inputs)

    @cached_property
    def buffers(self) -> dict[str, Tensor]:
        return self.op.buffers(self.inputs)

    @cached_property
    def buffer_count(self) -> Size:
        return sum_of([product(tensor.shape) for tensor in self.buffers.values()])

    @cached_property
    def macs(self) -> Size | None:
        return _counted(self.op.macs, self.inputs)

    @cached_property
    def elementwise(self) -> Size | None:
        return _counted(self.op.elementwise, self.inputs)

    def in_batch(self, batch: int) -> Inputs:
        """The inputs of so many samples."""
        return tuple(in_batch(tensor, batch) for tensor in self.inputs)

    def cost_of(self, batch: int) -> tuple[Size | None, Size | None]:
        """`macs` and `elementwise` of so many samples at once: the same laws, with a number for the batch."""
        inputs = self.in_batch(batch)
        return _counted(self.op.macs, inputs), _counted(self.op.elementwise, inputs)

    def lay(self, operands: tuple[Laid, ...], sizes: tuple[int, ...], port: str) -> tuple[Laid | None, bool]:
        """How an output of these sizes lies where the inputs lie so, and whether it is in the memory of the first of them; None
        where that is not known."""
        key = (operands, sizes, port)
        found = self._laid.get(key)
        if found is None:
            view = self.op.share(self.inputs, operands[0], sizes, port) if operands else None
            found = self.op.arrange(self.inputs, operands, sizes, port) if view is None else view, view is not None
            self._laid[key] = found
        return found

    def workspace(self, laid: tuple[Laid, ...], batch: int) -> Size | None:
        """The bytes of so many samples that are alive in between, where the inputs lie so; None: there is no law for them."""
        key = (laid, batch)
        if key not in self._workspaces:
            self._workspaces[key] = self.op.workspace(self.in_batch(batch) if batch > 1 else self.inputs, laid)
        return self._workspaces[key]

    @cached_property
    def output_bytes(self) -> Size | None:
        """Of all outputs for one sample."""
        distinct = {id(tensor): tensor for tensor in self.outputs.values()}  # often one tensor at all ports
        try:
            sizes = {key: tensor_bytes(tensor) for key, tensor in distinct.items()}
            return sum_of(sizes[id(tensor)] for tensor in self.outputs.values())
        except TooComplex:
            return None

    @cached_property
    def reaches(self) -> Reaches | None:
        """How outputs depend on inputs; None where that is not known, or symbolic sizes are too long to say it."""
        try:
            return self.op.reach(self.inputs)
        except TooComplex:
            return None


class Instances:
    """Those of a network, and of its variants.

    Ops that compute the same on the same tensors are one instance; tensors that are equal are the same.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Instance] = {}
        self._tensors: dict[Tensor, Tensor] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, op: Op, inputs: Inputs) -> Instance:
        """The instance; it keeps both, so that their ids are not given to others."""
        key = (_alike(op), *map(id, inputs))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Instance(op, inputs, self._tensors)
        return found


def _alike(op: Op) -> object:
    """What is equal of ops that compute the same: type and arguments where these are plain, else the op's own number."""
    values = vars(op)
    types = tuple(map(type, values.values()))
    if not _PLAIN.issuperset(types):
        return id(op)
    return type(op), *values.items(), *types  # true is not 1


_PLAIN = frozenset({int, bool, float, str, type(None)})


def _need_possible(tensor: Tensor) -> None:
    """Refuses what PyTorch or no machine can hold."""
    if tensor.rank > MAX_AXES:
        raise Problem("E0302", f"would give a tensor of {tensor.rank} axes", label=f"PyTorch has at most {MAX_AXES}")
    if any(isinstance(size, Dim) and size.largest() > MAX_NUMBER for size in tensor.shape):
        raise TooComplex
    size = count(tensor)
    if isinstance(size, int) and size * ITEM_BYTES[tensor.dtype] > MAX_TENSOR_BYTES:
        raise Problem("E0309", f"would give {show_shape(tensor.shape)}, more than 2^63 bytes a sample")


def _counted(law: Callable[[Inputs], Size | None], inputs: Inputs) -> Size | None:
    try:
        return law(inputs)
    except TooComplex:
        return None
