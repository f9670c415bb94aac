"""What an op becomes in PyTorch, as inert records. The torch back end prints them; nothing here is source text.

Names of functions, methods and classes in these records come from the op classes alone. What comes from a spec is a
`Literal`, and is printed as one.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

Literal = None | bool | int | float | str | tuple["Literal", ...]


class Open:
    """Stands in a record for a literal that a back end leaves open, since it differs between uses. No op makes one."""

    __slots__ = ()


Argument = Literal | Open
_T = TypeVar("_T")


def settled(value: _T | Open) -> _T:
    """A value in a record of an op, where nothing is open."""
    assert not isinstance(value, Open), "only back ends leave something open"
    return value


class Input(NamedTuple):
    """The op's input tensor at this position."""

    position: int = 0


class BatchSize(NamedTuple):
    """The number of samples in the batch, as an expression."""


class SizeOf(NamedTuple):
    """The size of one axis of an expression: `x.shape[axis]`."""

    target: Expression
    axis: int


class ShapeOf(NamedTuple):
    """All sizes of an expression: `x.shape`."""

    target: Expression


class State(NamedTuple):
    """The layer's own tensor: `self.<path>` of a Parameter or Buffer."""


class Apply(NamedTuple):
    """The layer's own module, called: `self.<path>(arguments)`."""

    arguments: tuple[Expression, ...] = (Input(0),)
    keywords: tuple[tuple[str, Expression], ...] = ()


class Call(NamedTuple):
    """A function of torch by its full name: `torch.cat((a, b), dim=1)`. `F.` stands for torch.nn.functional."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...] = ()


class Method(NamedTuple):
    """A method of a tensor: `x.permute(0, 2, 1)`."""

    target: Expression
    name: str
    arguments: tuple[Expression, ...] = ()
    keywords: tuple[tuple[str, Expression], ...] = ()


class Infix(NamedTuple):
    """`left operator right`, for + - * / // % @."""

    operator: str
    left: Expression
    right: Expression


class Slice(NamedTuple):
    """`start:stop:step` inside an Index; None leaves a part out."""

    start: int | Open | None = None
    stop: int | Open | None = None
    step: int | Open | None = None


class Index(NamedTuple):
    """`x[:, 0, 1:3]`, or `x[:, numbers]`; also picks one result of several: `divided[0]`."""

    target: Expression
    items: tuple[int | Open | Slice | Input, ...]


class Several(NamedTuple):
    """A tuple of expressions, as `torch.cat` takes it; a list where PyTorch's own annotations ask for one."""

    items: tuple[Expression, ...]
    is_list: bool = False


class Data(NamedTuple):
    """A literal as an expression."""

    value: Argument


Expression = Input | BatchSize | SizeOf | ShapeOf | State | Apply | Call | Method | Infix | Index | Several | Data


class Module(NamedTuple):
    """A submodule: its class (`nn.Conv2d`) and constructor arguments. `takes_device` where it has device and dtype."""

    name: str | Open
    arguments: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    takes_device: bool = False


class Helper(NamedTuple):
    """A submodule of a class that PyTorch lacks and the generated module defines: `backends/torch/helpers.py` has its text."""

    name: str
    keywords: tuple[tuple[str, Argument], ...] = ()


class Tensor(NamedTuple):
    """A tensor of the layer's own: `nn.Parameter` or a buffer, its start values given by the spec's data."""

    kind: str  # "parameter" or "buffer"
    shape: tuple[int | Open, ...]
    dtype: str
    fill: Argument  # one number for all, or nested tuples of the tensor's shape; None: a standard normal
    persistent: bool = True  # whether a buffer is part of the state_dict


class External(NamedTuple):
    """A class of somebody else's package: `from module import name`, allowed by the caller, built with plain data."""

    module: str
    name: str
    keywords: tuple[tuple[str, Literal], ...] = ()


Own = Module | Helper | Tensor | External
Ports = tuple["str | Ports", ...]


class Emission(NamedTuple):
    """How a layer is built and computed.

    `own` is what `__init__` assigns to the layer's name (nothing for a pure function); `forward` computes the result.
    `ports` is the pattern that a result of several tensors unpacks to: `("output", ("h", "c"))` for an LSTM.
    """

    forward: Expression
    own: Own | None = None
    ports: Ports = ()

    def is_call(self, inputs: int) -> bool:
        """Whether it is one of PyTorch's modules that is called with so many inputs in their order, and gives one tensor."""
        reads = Apply(tuple(Input(position) for position in range(inputs)))
        return isinstance(self.own, Module) and self.forward == reads and not self.ports


def keywords(**values: Literal) -> tuple[tuple[str, Expression], ...]:
    """Keyword arguments that are all literals."""
    return tuple((name, Data(value)) for name, value in values.items())
