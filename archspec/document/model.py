"""The shallow document model: what a spec says, before any layer is looked at. Data only; `document.load` fills it in.

Layers stay located raw values; `expand` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

from archspec.dims import Shape
from archspec.document.blocks import Argument, Block
from archspec.document.choice import NO_CHOICE, Choice
from archspec.document.claims import Expectation, Part, Text, is_shape
from archspec.document.comments import Comment
from archspec.document.tree import Mapping, Sequence
from archspec.expressions.value import Unknown, Value
from archspec.expressions.work import Work
from archspec.ops.base import ITEM_BYTES, DType
from archspec.ops.fields import Check, choice, integer
from archspec.source import Source, Span

LIBRARY_KEYS = ("archspec", "name", "doc", "import", "blocks")
"""The keys of a file of blocks, which is no network by itself."""


class SourceEntry(Part):
    """One of the sources that the spec was written from."""

    title: Text
    year: Annotated[int | None, integer(0, 9999)] = None
    authors: Text = ""
    url: Text = ""


class InputEntry(Part):
    """The long form of an input."""

    shape: Annotated[
        Any, Check("a list of sizes without the batch, such as [3, 224, 224]", is_shape, {"type": "array"})
    ]
    dtype: Annotated[DType, choice(*ITEM_BYTES)] = "float32"


class InputDeclaration(NamedTuple):
    """One input of the network; `shape` has the batch in front."""

    name: str
    shape: Shape
    dtype: DType
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Document:
    """A spec whose outermost keys were read. What is None was reported."""

    source: Source
    root: Mapping
    name: str = ""
    doc: str = ""
    sources: list[SourceEntry] = field(default_factory=list)
    inputs: list[InputDeclaration] | None = None
    outputs: Mapping | None = None
    layers: Mapping | Sequence | None = None
    init: Mapping | None = None
    expectations: list[Expectation] = field(default_factory=list)
    """What `expect` says, as far as it speaks of these arguments."""
    budgets: list[Expectation] = field(default_factory=list)
    """What `budget` says, likewise."""
    choice: Choice = NO_CHOICE
    comments: list[Comment] = field(default_factory=list)
    """What `lint` says of warnings, and comments at single lines, those of imported files too."""
    symbols: dict[str, Span] = field(default_factory=dict)
    args: dict[str, Argument] = field(default_factory=dict)
    values: dict[str, Value | Unknown] = field(default_factory=dict)
    """The document's arguments and `let` values."""
    sizes: dict[str, int] = field(default_factory=dict)
    """The numbers that symbolic sizes were given."""
    given: dict[str, Value] = field(default_factory=dict)
    """The values of arguments that came from outside (`--set`)."""
    blocks: dict[str, Block] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    """Blocks that are declared, but could not be read, which was said."""
    is_incomplete: bool = False
    """Whether something of what it imports could not be read, which was said: any block may be missing."""
    imported: set[str] = field(default_factory=set)
    """The real paths of the files that it imports, and of those that they do."""
    is_library: bool = False
    """Whether it is a file of blocks, for others to import, and no network."""
    work: Work = field(default_factory=Work)
    """What its expressions may still compute."""

    @property
    def defaults(self) -> dict[str, Value]:
        """The default values of the arguments that were given others."""
        own = {name: self.args[name] for name in self.given}
        return {name: a.default for name, a in own.items() if not a.required and a.default != self.given[name]}
