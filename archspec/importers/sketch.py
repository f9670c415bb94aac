"""`Sketch`, the flat network that every importer makes: layers in the order they are computed, and what each reads.

Enters: nothing; importers fill it. Leaves: itself, to `scopes.py`. A sketch says nothing of groups, blocks or repeats:
they are found again from the layers' paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

Literal = None | bool | int | float | str | list["Literal"] | dict[str, "Literal"]


def free_name(base: str, taken: set[str]) -> str:
    """The name, numbered from 2 where it is taken (`channels2`); notes it as taken."""
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{number}"
    taken.add(name)
    return name


def free_path(stem: str, taken: set[str]) -> str:
    """The path, numbered from 1 where it is taken (`relu_1`); notes it as taken."""
    path, number = stem, 0
    while path in taken:
        number += 1
        path = f"{stem}_{number}"
    taken.add(path)
    return path


class ImportProblem(Exception):
    """What the model has and no spec can say: one sentence, and where in the model (a file and line, or a node)."""

    def __init__(self, message: str, place: str = "", help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.help = help


class InputSpec(NamedTuple):
    """A network's input: its shape without the batch, numbers or names of symbolic sizes."""

    shape: list[int | str]
    dtype: str = "float32"


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
    doc: str = ""
    stem: str = (
        ""  # its path before it was numbered, where the path is no key: it may stand elsewhere, and bear another number
    )
    shapes: dict[str | None, list[int | str]] = field(default_factory=dict)  # of its outputs by port, where known


class Ref(NamedTuple):
    """An output of a layer, or an input of the network by its name."""

    source: Layer | str
    port: str | None = None


@dataclass
class Sketch:
    """A network. `outputs` names what it gives; a single one is called `output`."""

    name: str
    inputs: dict[str, InputSpec] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    outputs: dict[str, Ref] = field(default_factory=dict)
    doc: str = ""
    sources: list[dict[str, Literal]] = field(default_factory=list)
    groups: dict[str, str] = field(
        default_factory=dict
    )  # the class's name of the module at a path, where there was one
