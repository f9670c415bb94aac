"""The intermediate representation: a flat list of nodes in the order of computation, and the tree of scopes they stand in.

Enters: what `expand` found in a document. Leaves: data that analyses, lints and back ends read and never change.
Analyses walk the list; code generation and diagrams walk the tree. Nothing here recurses over the length of a chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from archspec.diagnostics.model import Edit
from archspec.expressions.environment import Names
from archspec.expressions.value import Value
from archspec.ops.base import OWN, Op
from archspec.ops.emission import Literal
from archspec.source import Span

if TYPE_CHECKING:
    from archspec.expressions.tree import Expression, Template

DEFAULT_PORT = "output"


class Place(Protocol):
    """Where a layer stands in the text."""

    @property
    def name(self) -> Span:
        """Its name, or what stands for it in a list."""

    @property
    def type(self) -> Span:
        """Its type."""

    def argument(self, field: str) -> Span | None:
        """The value of one of its keys; None where the key is not written."""

    def key(self, field: str) -> Span | None:
        """The key itself."""

    def expression(self, field: str) -> Expression | None:
        """The expression that is written for a key; None where a plain value is, or nothing."""

    def written(self, field: str) -> tuple[object, tuple[Expression, ...]]:
        """What is written for a key, lists as tuples, and the expressions in it; None and nothing for no value."""

    def items(self, field: str) -> tuple[Expression | None, ...]:
        """The expressions that the items of a key's list are, None for plain values; nothing where no list is."""

    def items_behind(self, name: str) -> tuple[Expression | None, ...]:
        """The same of the list that the layer's own `let` or `for` has for a name."""

    def behind(self, name: str) -> Expression | None:
        """The expression that the layer's own `let` or `for` has for a name; None where a plain value is."""

    def template(self, field: str) -> Template | None:
        """The text of a key, with its expressions in it; None where it is no text."""

    def expressions(self) -> tuple[Expression, ...]:
        """All expressions in the layer's own keys."""

    def numbers(self) -> frozenset[int | float]:
        """The numbers that stand as such in the layer's own keys."""

    def controls(self) -> tuple[Expression, ...]:
        """All expressions in the keys that say how often it is there: `when`, `repeat`, `for`, `let`."""

    def type_edit(self, name: str) -> Edit | None:
        """The edit that writes another type; None where an expression stands there."""

    def argument_edit(self, field: str, value: str) -> Edit | None:
        """The edit that gives a key another value, or adds it; None where an expression stands there, or no key can."""


class Ref(NamedTuple):
    """A tensor that a layer reads: a node's output by port. `port` is None where the spec names none."""

    node: int
    port: str | None
    span: Span | None
    """Where the reference is written; None for "the layer above"."""


class Init(NamedTuple):
    """How one parameter starts: an initializer of `torch.nn.init` and its arguments, or a constant."""

    parameter: str
    scheme: str
    arguments: tuple[tuple[str, Literal], ...]
    span: Span
    is_default: bool = False
    """Whether the document says it of the layer's type; a layer without the parameter is left alone then."""


class Constraint(NamedTuple):
    """What holds for one parameter during training: each output unit's weights keep a norm of at most `max_norm`."""

    parameter: str
    max_norm: float


class Frozen(NamedTuple):
    """A parameter that does not train."""

    parameter: str


def shown_parameter(key: str) -> str:
    """What a spec calls a parameter: `value` where the layer itself is one, whose key is empty."""
    return key or OWN


class Tie(NamedTuple):
    """A parameter of this layer that is another layer's: `weight` is the parameter `of` of the node `node`."""

    parameter: str
    node: int
    of: str
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """One layer, or one input of the network (then `op.kind` is "input").

    `op` is None where the layer is in error; its `inputs` hold None where a reference is. `shares` is the node whose
    parameters this one uses (`use`), so that they are counted once.
    """

    index: int
    path: str
    type: str
    op: Op | None
    inputs: tuple[Ref | None, ...]
    place: Place
    doc: str = ""
    inits: tuple[Init, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    ties: tuple[Tie, ...] = ()
    frozen: bool = False
    """Whether none of its parameters trains."""
    frozen_parameters: tuple[Frozen, ...] = ()
    """Those of its parameters that do not train."""
    shares: int | None = None
    train_only: bool = False
    """Computed in training only (`mode: train`)."""
    dotted: str = ""
    """Its name where that has a dot: it stands in a list of modules (`norms.0`)."""

    @property
    def name(self) -> str:
        """What its scope calls it: the last part of the path, or two where it stands in a list."""
        return self.dotted or self.path.rpartition(".")[2]

    @property
    def is_input(self) -> bool:
        return self.op is not None and self.op.kind == "input"

    def again(self, index: int, path: str, inputs: tuple[Ref | None, ...], shares: int | None) -> Node:
        """The same layer elsewhere. As `dataclasses.replace`, which takes several times as long."""
        return Node(index, path, self.type, self.op, inputs, self.place, self.doc, self.inits, self.constraints, self.ties,
                    self.frozen, self.frozen_parameters, shares, self.train_only, self.dotted)  # fmt: skip

    def freezes(self, parameter: str) -> bool:
        """Whether a parameter of the layer does not train."""
        return self.frozen or any(frozen.parameter == parameter for frozen in self.frozen_parameters)


class FromInput(NamedTuple):
    """An input of the scope, by the name that it has there."""

    input: str


class FromSlot(NamedTuple):
    """What a slot of the scope gives, by port. `port` is None where the spec names none."""

    slot: int
    port: str | None


Wire = FromInput | FromSlot
"""A tensor as the layers of one scope call it."""


@dataclass(slots=True, eq=False, repr=False)
class Slot:
    """An entry of a scope as it is written. In two uses of a block, slots with the same key are the same entry.

    `key` counts the entries, and the instances that a repeat in a list makes of one. `member` is None where `when` leaves
    the layer out; whoever reads it reads what it would have read. `name` is None where it would have a number, and is not there.
    `values` are the names in its own scope: the repeat's `i` and `n`, the values of `for` and `let`.
    """

    key: tuple[int, int]
    name: str | None
    reads: tuple[Wire | None, ...]
    place: Place
    is_conditional: bool
    values: Names
    member: Node | Scope | None = None
    train_only: bool = False
    more: int = 0
    """How many further steps of a repeat, each like this one and reading the one before, are not written out."""


class Use(NamedTuple):
    """That a scope is a block's use: the block's name, where it is used, the arguments, and those that have a default."""

    block: str
    span: Span
    arguments: Mapping[str, Value]
    defaults: Mapping[str, Value]
    doc: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """A group of layers that stands as one (the whole document is the outermost), in the order of computation.

    `inputs` are what the group reads, by its own names for them; `outputs` what others may read of it, by port.
    `shares` is the scope whose parameters this one uses (`use` of a group). `use` says which block it is, if one;
    `is_repeat` that it is one layer several times in a chain. `slots` are its entries as written, `order` the order in
    which they are computed, `results` the outputs as the spec names them, `values` the names that its expressions read,
    and `let` the expressions behind some of them.
    """

    name: str
    path: str
    members: list[Node | Scope] = field(default_factory=list)
    inputs: dict[str, Ref | None] = field(default_factory=dict)
    outputs: dict[str, Ref | None] = field(default_factory=dict)
    doc: str = ""
    shares: Scope | None = None
    use: Use | None = None
    is_repeat: bool = False
    slots: list[Slot] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    results: dict[str, Wire | None] = field(default_factory=dict)
    values: Names = field(default_factory=dict)
    let: Mapping[str, Expression] = field(default_factory=dict)

    def readable(self) -> Iterator[str]:
        """What its members can name in `from`: its inputs, and one another."""
        yield from self.inputs
        yield from (slot.name for slot in self.slots if slot.name is not None)

    @property
    def what(self) -> str:
        """What it is in a word: a block's name, or so many of them (`Bottleneck × 3`); nothing for a plain group."""
        if not self.is_repeat:
            return self.use.block if self.use is not None else ""
        kinds = {m.type if isinstance(m, Node) else m.use.block if m.use is not None else "group" for m in self.members}
        return f"{kinds.pop()} × {self.length:,}" if len(kinds) == 1 else ""

    @property
    def is_numbered(self) -> bool:
        """Whether its members are called 0, 1, 2, …"""
        number = 0
        for member, steps in self.counted_members():
            if member.name != str(number):
                return False
            number += steps
        return True

    @property
    def length(self) -> int:
        """How many members it has, those that are not written out included."""
        return sum(number for _, number in self.counted_members())

    def counted_members(self) -> Iterator[tuple[Node | Scope, int]]:
        """Its members in the order of computation, each with how many it stands for: one, or the last steps of a long repeat."""
        more = {slot.member: slot.more for slot in self.slots if slot.more}
        for member in self.members:
            yield member, 1 + more.get(member, 0)

    @property
    def layer_count(self) -> int:
        """How many layers are in it and in the groups in it, those that are not written out included."""
        return sum(
            number * (1 if isinstance(member, Node) else member.layer_count)
            for member, number in self.counted_members()
        )

    def output(self, port: str | None) -> Ref | None:
        """What is read of it by a port, or by none: its only output, whatever that is called, or the one of that port."""
        return next(iter(self.outputs.values())) if len(self.outputs) == 1 else self.outputs[port or DEFAULT_PORT]

    def nodes(self) -> Iterator[Node]:
        """All layers in it and in the groups in it, in order. Depth is bounded by the reader."""
        for member in self.members:
            if isinstance(member, Node):
                yield member
            else:
                yield from member.nodes()


class Fold(NamedTuple):
    """Steps of a repeat of which the last stands for `more` further ones. A spec of a thousand layers has nodes for three."""

    steps: tuple[Node | Scope, ...]
    more: int

    def outputs(self) -> list[list[Ref | None]]:
        """What each of the steps gives."""
        return [
            [Ref(step.index, None, None)] if isinstance(step, Node) else list(step.outputs.values())
            for step in self.steps
        ]


class Reference(NamedTuple):
    """A source that the spec was written from."""

    title: str
    year: int | None = None
    authors: str = ""
    url: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Graph:
    """A network. `nodes` are in an order in which they can be computed; a node's index is its place in the list."""

    name: str
    path: str
    doc: str
    references: tuple[Reference, ...]
    nodes: list[Node]
    root: Scope
    span: Span
    scopes: dict[str, Scope] = field(default_factory=dict)
    """Every group and every use of a block, by path."""
    arguments: frozenset[str] = frozenset()
    """The names of its arguments and of its symbolic sizes."""
    folds: list[Fold] = field(default_factory=list)
    """Repeats that are not written out in full; none unless that was asked for."""
    times: dict[int, int] = field(default_factory=dict)
    """How many layers a node stands for, by its index, where that is more than one."""
    cut: str = ""
    """A repeat that was followed so many steps and no further; what is behind it is not known. Empty where there is none."""
    is_guessed: bool = False
    """Whether an error hides how many layers there are: what could not be written out stands as one, or as it is once."""

    @property
    def inputs(self) -> list[Node]:
        """The network's inputs, in the order declared."""
        return [node for node in self.nodes if node.is_input]

    @property
    def layers(self) -> list[Node]:
        """Everything but the inputs."""
        return [node for node in self.nodes if not node.is_input]

    @property
    def outputs(self) -> dict[str, Ref | None]:
        """What the network returns, by name."""
        return self.root.outputs

    def tied_to(self, tie: Tie) -> tuple[Node, str]:
        """The layer whose parameter a tied one is, and the parameter there: the end of a chain of ties."""
        seen: set[tuple[int, str]] = set()
        following: Tie | None = tie
        while following is not None and (following.node, following.of) not in seen:
            seen.add((following.node, following.of))
            node, name = self.nodes[following.node], following.of
            node = node if node.shares is None else self.nodes[node.shares]
            following = next((more for more in node.ties if more.parameter == name), None)
        return node, name

    def before(
        self, refs: Iterable[Ref | None], read: Callable[[Node], Iterable[Ref | None]] = lambda node: node.inputs
    ) -> Iterator[Node]:
        """All nodes that references rest on, each once, by what is read of them; or by what `read` says of one."""
        waiting = [ref.node for ref in refs if ref is not None]
        seen: set[int] = set()
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                yield self.nodes[index]
                waiting += [ref.node for ref in read(self.nodes[index]) if ref is not None]

    def around(self, path: str) -> Scope:
        """The group that a layer, or a group, stands in."""
        return self.scopes.get(path.rpartition(".")[0], self.root)

    def uses(self) -> dict[int, list[Node]]:
        """The layers that have parameters of their own, by index, each with those that use these again behind it."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.index if node.shares is None else node.shares, []).append(node)
        return found

    def readers(self) -> list[list[int]]:
        """For each node, the nodes that read it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for ref in node.inputs:
                if ref is not None:
                    found[ref.node].append(node.index)
        return found
