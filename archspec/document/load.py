"""A located tree to a `Document`. Enters: a tree and the values of arguments; leaves: a document and diagnostics."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from archspec.diagnostics.model import Diagnostic, Edit, Fix, has_errors
from archspec.dims import BATCH, Shape, Size, symbol
from archspec.document.batch import is_batch, without_batch
from archspec.document.blocks import Block, BlockReader, argument_values, let_values
from archspec.document.choice import read_choice
from archspec.document.claim_reader import ClaimReader
from archspec.document.claims import Expectation, Owner
from archspec.document.comments import read_comments
from archspec.document.edits import at, is_flow, put, with_key
from archspec.document.listed_outputs import read_outputs
from archspec.document.model import LIBRARY_KEYS, Document, InputDeclaration, InputEntry, SourceEntry
from archspec.document.names import LETTERS, suggest
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.document.validate import Subject, nearest_key, unknown_key, validate
from archspec.document.values import Evaluator
from archspec.expressions.environment import Environment
from archspec.expressions.value import Unknown, Value
from archspec.limits import MAX_INPUT_AXES, MAX_INTEGER, MAX_NAME_LENGTH
from archspec.names import why_no_class_name, why_no_input_name
from archspec.ops.base import DType
from archspec.source import Source, Span

VERSION = 1
KEYS = ("archspec", "name", "doc", "sources", "args", "let", "input", "inputs", "outputs", "blocks", "import", "layers", "init",
        "expect", "budget", "lint")  # fmt: skip
_SYMBOL = r"[A-Za-z][A-Za-z0-9_]*"

Imported = Callable[[Document, list[Diagnostic]], dict[str, Block]]
"""Reads the blocks that a document imports."""


def load(
    root: Node, source: Source, report: list[Diagnostic], given: dict[str, Value], imported: Imported
) -> Document | None:
    """The document of a tree; None where it is not one at all. `given` are values for its arguments (`--set`)."""
    if not isinstance(root, Mapping) or not root.entries.keys() & {*KEYS}:
        from archspec.document.python_text import python_text

        code = python_text(source)
        if code is not None:
            report.append(code)
            return None
    if not isinstance(root, Mapping):
        report.append(Diagnostic("E0100", f"a spec is a mapping of keys, not {describe(root)}", root.span.start(),
                                 help="the shortest spec has archspec, name, input and layers"))  # fmt: skip
        return None
    document = Document(source, root)
    reader = _DocumentReader(document, report)
    if not reader.version():
        return None
    is_of_blocks = all(key in LIBRARY_KEYS or key in reader.beside for key in root.entries)
    document.is_library = "blocks" in root.entries and is_of_blocks
    reader.keys()
    reader.header()
    reader.arguments(given)
    reader.blocks(imported)
    reader.network_inputs()
    reader.layers()
    reader.claims()
    reader.choice()
    return document


class _DocumentReader:
    """Fills a document in, key by key."""

    def __init__(self, document: Document, report: list[Diagnostic]) -> None:
        self.document = document
        self.root = document.root
        self.report = report
        self.subject = Subject("a spec", document.source.whole())
        self.misspelt: set[str | None] = set()
        """The keys that were probably meant by others, so that they are not missed as well."""
        self.beside: frozenset[str] = frozenset()
        """Keys that are none, of which something is said: those that stand beside `layers:` and belong under it, among others."""

    def version(self) -> bool:
        entry = self.root.entries.get("archspec")
        if entry is None and not self.root.is_whole:
            return True
        if entry is None:
            return self._other_version()
        value = entry.value
        if isinstance(value, Scalar) and value.value == VERSION and type(value.value) is int:
            return True
        if isinstance(value, Scalar) and type(value.value) is int:
            self._unknown_version(value)
            return False
        if not isinstance(value, Invalid):
            self._error(
                "E0101",
                f"archspec: takes the language version 1, not {describe(value)}",
                value.span,
                label="1 expected",
                help="write archspec: 1",
                ways=(Fix("write archspec: 1", (Edit(value.span, "1"),), _is_version(value)),)
                if value.span.line == value.span.end_line
                else (),
            )
        return True

    def _unknown_version(self, value: Scalar) -> None:
        self._error(
            "E0101",
            f"version {value.value} of the language is not known here",
            value.span,
            label="1 expected",
            help="this archspec reads version 1; a newer one may read this spec",
        )

    def _other_version(self) -> bool:
        """What is said where the key of the version is not there, or is misspelt: `Archspec: 1`."""
        from archspec.document.other_version import misspelt, ways

        message, help = (
            "the spec does not say which version of the language it is written in",
            "begin with the line archspec: 1",
        )
        near = misspelt(self.root, KEYS)
        if near is None:
            foreign = self.root.entries.get("version")  # of another kind of file, of which no more is said
            span = foreign.key_span if foreign is not None else self.root.span.start()
            self._error("E0102", message, span, help=help, ways=_with_version(self.root))
            return foreign is None
        value = near.entry.value
        if isinstance(value, Scalar) and type(value.value) is int and value.value != VERSION:
            self._unknown_version(value)
            return False
        self.misspelt.add("archspec")
        self.beside |= {near.entry.key}
        said = f"write archspec: {VERSION}"
        self._error(
            "E0102", message, near.entry.key_span, label="did you mean archspec?", help=said, ways=ways(near, VERSION)
        )
        return True

    def keys(self) -> None:
        entries = list(self.root.entries.values())
        for place, entry in enumerate(entries):
            key = entry.key
            if key not in KEYS:
                if key in self.beside:
                    continue
                from archspec.document.outside import outside

                found = outside(self.root, entries, place, KEYS)
                if found is not None:
                    told, beside = found
                    self.report.append(told)
                    self.beside |= beside
                    continue
                self.report.append(unknown_key(key, entry.key_span, self.subject, KEYS))
                near = nearest_key(key, KEYS)
                self.misspelt.add(near.name if near is not None else None)

    def header(self) -> None:
        self.document.doc = self._text("doc")
        name = self.root.get("name")
        if name is None:
            self._missing(
                "name", "a spec needs a name", help="add name: MyNet; it becomes the class's name", ways=self._named()
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
        said = f"write name: {better}" if better else f"{LETTERS}: a name such as MyNet"
        is_short = better is not None and span.line == span.end_line
        ways = (Fix(said, (put(span, better),), is_safe=True),) if is_short and better is not None else ()
        message = f'the name "{clip(name)}" {reason}'
        self.report.append(
            Diagnostic("E0107", message, span, label="it becomes the class's name", help=said, ways=ways)
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

    def arguments(self, given: dict[str, Value]) -> None:
        """The arguments with their values, and the names that `let` gives."""
        document = self.document
        document.args = BlockReader(self.report).arguments(self.root.get("args"))
        subject = Subject(
            "the spec", self.root.entries["args"].key_span if document.args else self.root.span, None, "the spec"
        )
        values: dict[str, tuple[Value | Unknown, Span]] = {
            name: (value, document.args[name].span) for name, value in given.items() if name in document.args
        }
        document.given = {name: value for name, value in given.items() if name in document.args}
        document.values = argument_values(document.args, values, subject, self.report)
        let = self._mapping("let")
        document.values = dict(
            let_values(let, self._environment(), Evaluator(self.report, self.document.work), None).names
        )

    def blocks(self, imported: Imported) -> None:
        """The document's own blocks, and those of the files that it imports."""
        document = self.document
        declared = self.root.get("blocks")
        document.blocks = BlockReader(self.report).blocks(declared)
        if isinstance(declared, Mapping):
            document.lost = frozenset(declared.entries.keys() - document.blocks.keys())
        if "import" not in self.root.entries:
            return
        before = len(self.report)
        for name, block in imported(document, self.report).items():
            own = document.blocks.setdefault(name, block)
            if own is not block:
                self._error("E0106", f"the block {name} is imported, and the document has one of that name", own.span,
                            help="call one of them something else")  # fmt: skip
        document.is_incomplete = has_errors(self.report[before:])

    def _environment(self) -> Environment:
        return Environment(self.document.values)

    def network_inputs(self) -> None:
        evaluator = Evaluator(self.report, self.document.work)
        short, long = (
            evaluator.tree(node, self._environment(), None) if node is not None else None
            for node in (self.root.get("input"), self.root.get("inputs"))
        )
        if short is not None and long is not None:
            self._error(
                "E0106",
                "the spec has both input and inputs",
                self.root.entries["input"].key_span,
                help="input: [3, 224, 224] is short for one input; keep one of the two",
            )
            return
        if self._declared_otherwise(short, long):
            return
        if short is not None:
            declared = self._input("input", self.root.entries["input"].key_span, short)
            self.document.inputs = [declared] if declared else None
            return
        if long is None:
            self._missing(
                "input",
                "the spec has no input",
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
                    ways=self._as_input(long),
                )
            return
        found = [self._input(entry.key, entry.key_span, entry.value) for entry in long.entries.values()]
        kept = [declared for declared in found if declared is not None]
        self.document.inputs = kept if len(kept) == len(found) else None

    def _declared_otherwise(self, short: Node | None, long: Node | None) -> bool:
        """Whether inputs are declared as other formats do, after saying so."""
        told = None
        if isinstance(short, Mapping) and "shape" not in short.entries:
            from archspec.document.other_inputs import of_one

            told = of_one(self.root.entries["input"], lambda name: why_no_input_name(name) is not None)
        elif isinstance(long, Mapping) and "dtype" in long.entries:
            from archspec.document.other_inputs import of_all

            told = of_all(long)
        self.report += [told] if told is not None else []
        return told is not None

    def _as_input(self, node: Node) -> tuple[Fix, ...]:
        """The shape that stands in `inputs`, as that of one input."""
        from archspec.document.sizes import one_input_ways

        return one_input_ways(self.root.entries["inputs"].key_span, node.span)

    def _input(self, name: str, name_span: Span, value: Node) -> InputDeclaration | None:
        reason = why_no_input_name(name)
        if reason:
            better = suggest(name)
            help = f"call it {better}" if better and why_no_input_name(better) is None else LETTERS
            self._error("E0107", f'the input name "{clip(name)}" {reason}', name_span, help=help)
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
            from archspec.document.sizes import shape_ways

            self._error(
                "E0105",
                f"{name} takes a list of sizes, not {describe(value)}",
                value.span,
                label="a list expected",
                help="write the shape without the batch, such as [3, 224, 224]",
                ways=shape_ways(name, value.span),
            )
            return None
        if len(value.items) > MAX_INPUT_AXES:
            self._error(
                "E0105", f"{name} has {len(value.items)} axes; at most {MAX_INPUT_AXES} are allowed", value.span
            )
            return None
        before = len(self.report)
        sizes = [self._size(name, item, value) for item in value.items]
        known = tuple(size for size in sizes if size is not None)
        if len(known) == len(sizes):
            return known
        self._as_one(name, value, before)
        return None

    def _as_one(self, name: str, value: Sequence, before: int) -> None:
        """Says once, of the first size that is wrong, what the whole list is meant to be, where that is plain."""
        from archspec.document.sizes import shape_ways

        ways = shape_ways(name, value.span) if len(self.report) > before else ()
        if ways:
            first = self.report[before]
            self.report[before:] = [replace(first, ways=(*first.ways, *ways))]

    def _size(self, name: str, item: Node, whole: Sequence) -> Size | None:
        if isinstance(item, Scalar):
            word = item.value
            if is_batch(item, whole):
                ways = without_batch(name, item, whole)
                message = f"{word} seems to be the batch, which is always there"
                self._error("E0105", message, item.span, "a size of a sample expected", "leave it out", ways)
                return None
            if type(word) is int and 1 <= word <= MAX_INTEGER:
                return word
            if (
                isinstance(word, str)
                and re.fullmatch(_SYMBOL, word)
                and len(word) <= MAX_NAME_LENGTH
                and word not in (BATCH, "None")
            ):
                self.document.symbols.setdefault(word, item.span)
                return symbol(word)
            if word == BATCH:
                self._error(
                    "E0105",
                    f"{BATCH} is the name of the batch, which is always there",
                    item.span,
                    label="another name expected",
                    help="leave it out, or call this size something else",
                    ways=without_batch(name, item, whole),
                )
                return None
        if not isinstance(item, Invalid):
            self._error(
                "E0105",
                f"a size of {name} takes a whole number from 1 up, or a name such as H, not {describe(item)}",
                item.span,
                label="a size expected",
                help="write a name, such as H, for a size that is not known" if _is_unknown(item) else "",
                ways=without_batch(name, item, whole),
            )
        return None

    def layers(self) -> None:
        entry = self.root.entries.get("layers")
        outputs = read_outputs(self.root.get("outputs"), "outputs", self.report)
        self.document.outputs = outputs if isinstance(outputs, Mapping) else None
        if entry is None:
            self._missing(
                "layers",
                "the spec has no layers",
                help="add layers: with a layer a line",
            )
        elif isinstance(entry.value, (Mapping, Sequence)):
            self.document.layers = entry.value
        elif not isinstance(entry.value, Invalid) and not self.beside:
            from archspec.document.no_layers import no_layers

            self.report.append(no_layers(entry))

    def claims(self) -> None:
        self.document.expectations = self._expectations("expect")
        self.document.budgets = self._expectations("budget")

    def _expectations(self, owner: Owner) -> list[Expectation]:
        entry = self.root.entries.get(owner)
        if entry is None:
            return []
        is_default, layers = not self.document.defaults, self.root.get("layers")
        reader = ClaimReader(owner, self._environment(), self.report, self.document.work, is_default, layers)
        return reader.expectations(entry.value, entry.key_span)

    def choice(self) -> None:
        entry = self.root.entries.get("lint")
        if entry is not None:
            self.document.choice = read_choice(entry.value, entry.key_span, self.report)
        self.document.comments += read_comments(self.document.source, self.root)

    def _mapping(self, key: str) -> Mapping | None:
        node = self.root.get(key)
        if node is None or isinstance(node, (Mapping, Invalid)):
            return node if isinstance(node, Mapping) else None
        self._error("E0105", f"{key} takes a mapping, not {describe(node)}", node.span, "a mapping expected")
        return None

    def _text(self, key: str) -> str:
        node = self.root.get(key)
        if node is None or isinstance(node, Invalid):
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        self._error("E0105", f"{key} takes a text, not {describe(node)}", node.span, label="a text expected")
        return ""

    def _named(self) -> tuple[Fix, ...]:
        """The file's own name as the network's, where that can be one: `le_net.yaml` is LeNet."""
        path = self.root.span.source.path
        parts = re.split(r"\W+|_", PurePath(path).stem) if not path.startswith("<") else []
        name = "".join(part[:1].upper() + part[1:] for part in parts)
        edit = with_key(self.root, "name", name) if why_no_class_name(name) is None else None
        said = f"add name: {name}, as the file is called; it becomes the class's name"
        return (Fix(said, (edit,), is_safe=True),) if edit is not None else ()

    def _missing(self, key: str, message: str, help: str, ways: tuple[Fix, ...] = ()) -> None:
        """E0102 for a key of the document, unless another was probably meant to be it."""
        if self.root.is_whole and not self.document.is_library and not self.misspelt & {key, f"{key}s"}:
            self._error("E0102", message, self.root.span.start(), label=f"{key} is missing", help=help, ways=ways)

    def _error(
        self, code: str, message: str, span: Span, label: str = "", help: str = "", ways: tuple[Fix, ...] = ()
    ) -> None:
        self.report.append(Diagnostic(code, message, span, label=label, help=help, ways=ways))


def _is_unknown(item: Node) -> bool:
    """Whether a size is written as Keras writes one that varies."""
    return isinstance(item, Scalar) and item.value in (None, -1, "None", "?")


def _is_version(value: Node) -> bool:
    """Whether the version is there, as a text or a fraction."""
    return isinstance(value, Scalar) and value.text.strip() in (f"{VERSION}", f"{VERSION}.0")


def _with_version(root: Mapping) -> tuple[Fix, ...]:
    """The line that says which version of the language a document is written in, before its first key."""
    first = next(iter(root.entries.values()), None)
    if first is None or is_flow(root) or first.key_span.column != 1:
        return ()
    return (
        Fix("begin with the line archspec: 1", (Edit(at(first.key_span), f"archspec: {VERSION}\n"),), is_safe=True),
    )
