"""The shallow document model: what a spec says, before any layer is looked at.

Enters: a located tree; leaves: a `Document` and diagnostics. Layers stay located raw values; `expand` reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from archspec.diagnostics.model import Diagnostic
from archspec.dims import BATCH, Shape, Size, symbol
from archspec.document.names import MAX_LENGTH, suggest, why_no_class_name, why_no_input_name
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.document.validate import Subject, unknown_key, validate
from archspec.ops.base import ITEM_BYTES, DType
from archspec.ops.fields import MAX_INTEGER, Check, choice, integer
from archspec.source import Source, Span

VERSION = 1
KEYS = ("archspec", "name", "doc", "sources", "input", "inputs", "outputs", "layers", "init", "expect", "budget")
LATER_KEYS = ("args", "blocks", "import", "let")
MAX_AXES = 16
_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_UNITS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_QUANTITY = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?) ?([kKMGT]?)")

Text = Annotated[str, Check("a text", lambda value: type(value) is str, {"type": "string"})]


def quantity(value: object) -> int | None:
    """A number of something: 62378344, `65_000_000`, `1.5 G`; None for anything else."""
    if type(value) is int:
        return value if value >= 0 else None
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None or len(match[1]) > 30:
        return None
    digits = match[1].replace("_", "")
    whole, _, fraction = digits.partition(".")
    scaled = int(whole + fraction) * _UNITS[match[2]]
    return scaled // 10 ** len(fraction) if scaled % 10 ** len(fraction) == 0 else None


Quantity = Annotated[
    Any,
    Check("a count, such as 1200, 65_000_000 or 1.5 G", lambda value: quantity(value) is not None,
          {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}),
]  # fmt: skip


def _is_shape(value: object) -> bool:
    return type(value) is tuple and all(type(item) in (int, str) for item in value)


ShapeClaim = Annotated[
    Any,
    Check("a shape without the batch, such as [96, 55, 55]", _is_shape,
          {"type": "array", "items": {"type": ["integer", "string"]}}),
]  # fmt: skip


def _is_field(value: object) -> bool:
    items = value if type(value) is tuple else (value,)
    return bool(items) and all(type(item) is int for item in items)


PerAxisClaim = Annotated[
    Any,
    Check("a whole number, or a list with one for each axis", _is_field,
          {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SourceEntry(_Part):
    """One of the sources that the spec was written from."""

    title: Text
    year: Annotated[int | None, integer(0, 9999)] = None
    authors: Text = ""
    url: Text = ""


class FieldClaim(_Part):
    """A receptive field as published."""

    size: PerAxisClaim = None
    stride: PerAxisClaim = None
    padding: PerAxisClaim = None


class LayerClaim(_Part):
    """Facts published about one layer. `running_params` is the sum up to and including it."""

    output: ShapeClaim = None
    params: Quantity = None
    weights: Quantity = None
    biases: Quantity = None
    running_params: Quantity = None
    macs: Quantity = None
    receptive_field: FieldClaim | None = None


class Claims(_Part):
    """Facts published about the whole network (`layers` is read layer by layer)."""

    params: Quantity = None
    trainable_params: Quantity = None
    buffers: Quantity = None
    macs: Quantity = None
    flops: Quantity = None
    output: ShapeClaim = None
    layer_count: Quantity = None


class Limit(_Part):
    """Bounds of one figure."""

    min: Quantity = None
    max: Quantity = None


class Budget(_Part):
    """Limits that the design must keep."""

    params: Limit | None = None
    trainable_params: Limit | None = None
    macs: Limit | None = None
    flops: Limit | None = None
    param_bytes: Limit | None = None
    peak_activation_bytes: Limit | None = None


class InputEntry(_Part):
    """The long form of an input."""

    shape: Annotated[
        Any, Check("a list of sizes without the batch, such as [3, 224, 224]", _is_shape, {"type": "array"})
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
    claims: Claims | None = None
    claims_node: Mapping | None = None
    layer_claims: dict[str, tuple[LayerClaim, Mapping, Span]] = field(default_factory=dict)
    budget: Budget | None = None
    budget_node: Mapping | None = None
    symbols: dict[str, Span] = field(default_factory=dict)


def load(root: Node, source: Source, report: list[Diagnostic]) -> Document | None:
    """The document of a tree; None where it is not one at all."""
    if not isinstance(root, Mapping):
        report.append(Diagnostic("E0100", f"a spec is a mapping of keys, not {describe(root)}", _first_line(root.span),
                                 help="the shortest spec has archspec, name, input and layers"))  # fmt: skip
        return None
    document = Document(source, root)
    reader = _DocumentReader(document, report)
    if not reader.version():
        return None
    reader.keys()
    reader.header()
    reader.network_inputs()
    reader.layers()
    reader.claims()
    return document


class _DocumentReader:
    """Fills a document in, key by key."""

    def __init__(self, document: Document, report: list[Diagnostic]) -> None:
        self.document = document
        self.root = document.root
        self.report = report
        self.subject = Subject("a spec", document.source.whole())

    def version(self) -> bool:
        entry = self.root.entries.get("archspec")
        if entry is None:
            near = next((key for key in self.root.entries if key.lower() in ("archspec", "version", "arch_spec")), None)
            span = self.root.entries[near].key_span if near else _first_line(self.root.span)
            self._error(
                "E0102",
                "the spec does not say which version of the language it is written in",
                span,
                help="begin with the line archspec: 1",
            )
            return near is None
        value = entry.value
        if isinstance(value, Scalar) and value.value == VERSION and type(value.value) is int:
            return True
        if isinstance(value, Scalar) and type(value.value) is int:
            self._error(
                "E0101",
                f"version {value.value} of the language is not known here",
                value.span,
                label="1 expected",
                help="this archspec reads version 1; a newer one may read this spec",
            )
            return False
        if not isinstance(value, Invalid):
            self._error(
                "E0101",
                f"archspec: takes the language version 1, not {describe(value)}",
                value.span,
                label="1 expected",
                help="write archspec: 1",
            )
        return True

    def keys(self) -> None:
        for key, entry in self.root.entries.items():
            if key in LATER_KEYS:
                self._error(
                    "E0108",
                    f"{key}: belongs to the language, but this version does not do it yet",
                    entry.key_span,
                    help="write the layers out",
                )
            elif key not in KEYS:
                self.report.append(unknown_key(key, entry.key_span, self.subject, KEYS))

    def header(self) -> None:
        self.document.doc = self._text("doc")
        name = self.root.get("name")
        if name is None:
            self._error(
                "E0102",
                "a spec needs a name",
                _first_line(self.root.span),
                label="name is missing",
                help="add name: MyNet; it becomes the class's name",
            )
        elif not isinstance(name, Scalar) or not isinstance(name.value, str):
            if not isinstance(name, Invalid):
                self._error("E0105", f"name takes a text, not {describe(name)}", name.span, label="a text expected")
        else:
            self._class_name(name.value, name.span)
        sources = self.root.get("sources")
        if isinstance(sources, Sequence):
            for item in sources.items:
                self._source(item)
        elif sources is not None and not isinstance(sources, Invalid):
            self._error(
                "E0105", f"sources takes a list, not {describe(sources)}", sources.span, label="a list expected"
            )
        self.document.init = self._mapping("init")

    def _class_name(self, name: str, span: Span) -> None:
        reason = why_no_class_name(name)
        if reason is None:
            self.document.name = name
            return
        better = suggest(name, capitalize=True)
        self._error(
            "E0107",
            f'the name "{clip(name)}" {reason}',
            span,
            label="it becomes the class's name",
            help=f"write name: {better}" if better else "write a name such as MyNet",
        )

    def _source(self, item: Node) -> None:
        if isinstance(item, Mapping):
            entry = validate(SourceEntry, item, Subject("a source", item.span), self.report)
            if entry is not None:
                self.document.sources.append(entry)
        elif not isinstance(item, Invalid):
            self._error(
                "E0105",
                f"a source is a mapping with a title, not {describe(item)}",
                item.span,
                help="write {title: …, year: …, authors: …}",
            )

    def network_inputs(self) -> None:
        short, long = self.root.get("input"), self.root.get("inputs")
        if short is not None and long is not None:
            self._error(
                "E0106",
                "the spec has both input and inputs",
                self.root.entries["input"].key_span,
                help="input: [3, 224, 224] is short for one input; keep one of the two",
            )
            return
        if short is not None:
            declared = self._input("input", self.root.entries["input"].key_span, short)
            self.document.inputs = [declared] if declared else None
            return
        if long is None:
            self._error(
                "E0102",
                "the spec has no input",
                _first_line(self.root.span),
                label="input is missing",
                help="add the shape without the batch, such as input: [3, 224, 224]",
            )
            return
        if not isinstance(long, Mapping) or not long.entries:
            if not isinstance(long, Invalid):
                self._error(
                    "E0105",
                    f"inputs takes a mapping of names to shapes, not {describe(long)}",
                    long.span,
                    help="write inputs: {image: {shape: [3, 224, 224]}}",
                )
            return
        found = [self._input(entry.key, entry.key_span, entry.value) for entry in long.entries.values()]
        kept = [declared for declared in found if declared is not None]
        self.document.inputs = kept if len(kept) == len(found) else None

    def _input(self, name: str, name_span: Span, value: Node) -> InputDeclaration | None:
        reason = why_no_input_name(name)
        if reason:
            self._error("E0107", f'the input name "{clip(name)}" {reason}', name_span)
            return None
        dtype: DType = "float32"
        if isinstance(value, Mapping):
            entry = validate(InputEntry, value, Subject(name, name_span), self.report)
            if entry is None:
                return None
            dtype = entry.dtype
            value = value.entries["shape"].value
        shape = self._shape(name, value)
        return None if shape is None else InputDeclaration(name, (symbol(BATCH), *shape), dtype, name_span)

    def _shape(self, name: str, value: Node) -> Shape | None:
        if isinstance(value, Invalid):
            return None
        if not isinstance(value, Sequence):
            self._error(
                "E0105",
                f"{name} takes a list of sizes, not {describe(value)}",
                value.span,
                label="a list expected",
                help="write the shape without the batch, such as [3, 224, 224]",
            )
            return None
        if len(value.items) > MAX_AXES:
            self._error("E0105", f"{name} has {len(value.items)} axes; at most {MAX_AXES} are allowed", value.span)
            return None
        sizes = [self._size(name, item) for item in value.items]
        return None if any(size is None for size in sizes) else tuple(size for size in sizes if size is not None)

    def _size(self, name: str, item: Node) -> Size | None:
        if isinstance(item, Scalar):
            word = item.value
            if type(word) is int and 1 <= word <= MAX_INTEGER:
                return word
            if isinstance(word, str) and _SYMBOL.fullmatch(word) and len(word) <= MAX_LENGTH and word != BATCH:
                self.document.symbols.setdefault(word, item.span)
                return symbol(word)
            if word == BATCH:
                self._error(
                    "E0105",
                    f"{BATCH} is the name of the batch, which is always there",
                    item.span,
                    label="another name expected",
                    help="leave it out, or call this size something else",
                )
                return None
        if not isinstance(item, Invalid):
            self._error(
                "E0105",
                f"a size of {name} takes a whole number from 1 up, or a name such as H, not {describe(item)}",
                item.span,
                label="a size expected",
            )
        return None

    def layers(self) -> None:
        entry = self.root.entries.get("layers")
        self.document.outputs = self._mapping("outputs")
        if entry is None:
            self._error(
                "E0102",
                "the spec has no layers",
                _first_line(self.root.span),
                label="layers is missing",
                help="add layers: with a layer a line",
            )
        elif isinstance(entry.value, (Mapping, Sequence)):
            self.document.layers = entry.value
        elif not isinstance(entry.value, Invalid):
            self._error(
                "E0109" if isinstance(entry.value, Scalar) and entry.value.value is None else "E0100",
                f"layers takes a mapping of names to layers, or a list, not {describe(entry.value)}",
                entry.key_span,
                help="write a layer a line below it",
            )

    def claims(self) -> None:
        self.document.claims_node = self._mapping("expect")
        if self.document.claims_node is not None:
            subject = Subject("expect", self.root.entries["expect"].key_span)
            self.document.claims = validate(Claims, self.document.claims_node, subject, self.report, ("layers",))
            self._layer_claims(self.document.claims_node)
        self.document.budget_node = self._mapping("budget")
        if self.document.budget_node is not None:
            subject = Subject("budget", self.root.entries["budget"].key_span)
            self.document.budget = validate(Budget, self.document.budget_node, subject, self.report)

    def _layer_claims(self, node: Mapping) -> None:
        layers = node.get("layers")
        if layers is None or isinstance(layers, Invalid):
            return
        if not isinstance(layers, Mapping):
            self._error(
                "E0105", f"expect.layers takes a mapping of layers to facts, not {describe(layers)}", layers.span
            )
            return
        for path, entry in layers.entries.items():
            if isinstance(entry.value, Mapping):
                claim = validate(
                    LayerClaim, entry.value, Subject(f"expect.layers.{clip(path)}", entry.key_span), self.report
                )
                if claim is not None:
                    self.document.layer_claims[path] = (claim, entry.value, entry.key_span)
            elif not isinstance(entry.value, Invalid):
                self._error(
                    "E0105",
                    f"expect.layers.{clip(path)} takes a mapping of facts, not {describe(entry.value)}",
                    entry.value.span,
                    help="write {output: [96, 55, 55], params: 34944}",
                )

    def _mapping(self, key: str) -> Mapping | None:
        node = self.root.get(key)
        if node is None or isinstance(node, (Mapping, Invalid)):
            return node if isinstance(node, Mapping) else None
        self._error("E0105", f"{key} takes a mapping, not {describe(node)}", node.span, label="a mapping expected")
        return None

    def _text(self, key: str) -> str:
        node = self.root.get(key)
        if node is None or isinstance(node, Invalid):
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        self._error("E0105", f"{key} takes a text, not {describe(node)}", node.span, label="a text expected")
        return ""

    def _error(self, code: str, message: str, span: Span, label: str = "", help: str = "") -> None:
        self.report.append(Diagnostic(code, message, span, label=label, help=help))


def _first_line(span: Span) -> Span:
    """The start of a span that runs over many lines."""
    return Span(span.source, span.line, span.column, span.line, span.column + 1)
