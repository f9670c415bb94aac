"""`Sketch`, the flat network that every importer makes: layers in the order they are computed, and what each reads.

Enters: nothing; importers fill it. Leaves: itself, to `scopes.py`. A sketch says nothing of groups, blocks or repeats:
they are found again from the layers' paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from archspec.document.names import suggest
from archspec.limits import MAX_NAME_LENGTH
from archspec.names import why_no_input_name

Literal = None | bool | int | float | str | list["Literal"] | dict[str, "Literal"]

_DENSE = 1_000
"""Up to which number names are counted one by one."""


def free_name(base: str, taken: set[str]) -> str:
    """The name, numbered from 2 where it is taken (`channels2`); notes it as taken."""
    return _free(base[:MAX_NAME_LENGTH], "", 2, taken)


def free_port(name: str, otherwise: str, taken: set[str]) -> str:
    """What an input or an output is called: its name, or the nearest that is allowed, or else `otherwise` (a name without a
    Latin letter has none near it); numbered where it is taken, and noted as taken."""
    near = suggest(name) or ""
    allowed = (found for found in (name, near, f"{near}_") if why_no_input_name(found) is None)
    return free_name(next(allowed, otherwise), taken)


def free_path(stem: str, taken: set[str]) -> str:
    """The path, numbered from 1 where it is taken (`relu_1`); notes it as taken."""
    return _free(stem, "_", 1, taken)


def _free(base: str, join: str, number: int, taken: set[str]) -> str:
    """The base, or with the first number that makes it free; its last part is cut to what a name may have."""
    parent, dot, last = base.rpartition(".")
    found = base
    while found in taken:
        end = f"{join}{number}"
        found = f"{parent}{dot}{last[: MAX_NAME_LENGTH - len(end)]}{end}"
        number += 1 if number < _DENSE else len(taken)  # so that many equal names take no time
    taken.add(found)
    return found


class ImportProblem(Exception):
    """What the model has and no spec can say: one sentence, where in the model (a file and line, or a node), and a way out.

    Prints as one line, its place first as compilers have it.
    """

    def __init__(self, message: str, place: str = "", help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.help = help

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.message}{'; ' + self.help if self.help else ''}"


class ModelFails(ImportProblem):
    """The model itself raises something on its inputs: the names of these, those that it wants as whole numbers, and whether it
    wants mappings, of which help says all, however the inputs are given."""

    def __init__(
        self, message: str, place: str = "", help: str = "", inputs: Sequence[str] = (), wants_whole: Sequence[str] = (),
        wants_mapping: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message, place, help)
        self.wants_mapping = wants_mapping
        self.inputs = tuple(inputs)
        self.wants_whole = tuple(wants_whole)


class InputSpec(NamedTuple):
    """A network's input: its shape without the batch, numbers or names of symbolic sizes."""

    shape: list[int | str]
    dtype: str = "float32"


class Resized(NamedTuple):
    """What a layer is where the network's inputs have other sizes: its keys, the shapes of its outputs by port, and whether it is
    idle."""

    keys: dict[str, Literal]
    shapes: dict[str | None, list[int | str]]
    is_idle: bool = False


@dataclass(eq=False)
class Layer:
    """One layer of the network.

    `path` is unique, dotted, and the prefix of its parameters' keys in the `state_dict` (of a Parameter or Buffer: the key
    itself). `keys` are those of its op, without what is inferred. `use` is the earlier layer whose parameters it shares.
    """

    path: str
    type: str
    keys: dict[str, Literal] = field(default_factory=dict)
    reads: list[Ref] = field(default_factory=list)
    use: Layer | None = None
    tie: dict[str, str] = field(default_factory=dict)  # a parameter's name: the key of the earlier one that it is
    is_training_only: bool = False
    is_idle: bool = False  # it gives what it reads: a padding of 0, which is another at other sizes
    # Whether a parameter of it does; where it has none that does not, it may stand in a frozen group.
    trains: bool = False
    doc: str = ""
    stem: str = (
        ""  # its path before it was numbered, where the path is no key: it may stand elsewhere, and bear another number
    )
    shapes: dict[str | None, list[int | str]] = field(default_factory=dict)  # of its outputs by port, where known
    resized: list[Resized] = field(default_factory=list)  # what it is at each of the sketch's other sizes


class Ref(NamedTuple):
    """An output of a layer, or an input of the network by its name."""

    source: Layer | str
    port: str | None = None


@dataclass(eq=False)
class Origin:
    """Where a value stands that differs between sizes, and whether the spec says what it follows from; `holds` is at how many of
    the sizes that were tried, in their order, what the spec says gives the value."""

    layer: Layer
    key: str
    is_followed: bool = False
    count: int = 2
    holds: int = 0
    moduli: tuple[int, ...] = ()

    def follow(self, holds: int) -> None:
        self.is_followed, self.holds = True, holds


@dataclass
class Sketch:
    """A network. `outputs` names what it gives; a single one is called `output`.

    `others` are inputs of other sizes for which the model ran too and computed the same layers; there are none where it took
    none, or computed others at all, as `unlike` says. Where there are some, `unlike` is of a further one.
    """

    name: str
    inputs: dict[str, InputSpec] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    outputs: dict[str, Ref] = field(default_factory=dict)
    doc: str = ""
    sources: list[dict[str, Literal]] = field(default_factory=list)
    groups: dict[str, str] = field(
        default_factory=dict
    )  # the class's name of the module at a path, where there was one
    init: dict[str, dict[str, Literal]] = field(default_factory=dict)  # how parameters start, by type of layer and name
    others: list[dict[str, InputSpec]] = field(default_factory=list)
    unlike: str = ""
    moduli: tuple[int, ...] = ()  # by which the model's code divides sizes
    origins: list[Origin] = field(
        default_factory=list
    )  # what differs between sizes, and whether the spec has it follow
