"""Specs to begin with: small ones that teach, beside this file, and the networks of the zoo, under `specs/zoo`, which a wheel
has in `zoo` here. Enters: a template's name and what is asked of it; leaves: the text of a spec. Nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.document.edits import mapping_of, without_keys
from archspec.document.reader import read
from archspec.document.tree import Mapping as Tree
from archspec.document.tree import Node, Scalar, Sequence
from archspec.document.writer import flow
from archspec.expressions.value import Value, as_data
from archspec.source import Source, Span
from archspec.words import counted

HERE = Path(__file__).parent
CLASSES = ("classes", "num_classes")
"""What specs call the number of their classes."""
BESIDE_THE_ZOO = ("alexnet", "alexnet_2012", "cifar10_cnn", "mnist_cnn")
"""Published networks in `specs` itself; pyproject.toml puts them with the zoo into a wheel."""


class Mismatch(Exception):
    """A template has no place for what is asked of it; the message completes "<template> …"."""


class Template(NamedTuple):
    """A spec to begin with, and where its parts stand."""

    name: str
    text: str
    root: Tree

    @property
    def doc(self) -> str:
        """The first sentence of what it says of itself."""
        node = self.root.get("doc")
        text = " ".join(str(node.value).split()) if isinstance(node, Scalar) else ""
        return text.partition(". ")[0].rstrip(".")

    @property
    def args(self) -> dict[str, Node]:
        """Its arguments, and where their defaults stand."""
        node = self.root.get("args")
        entries = node.entries if isinstance(node, Tree) else {}
        found = {key: entry.value for key, entry in entries.items()}
        return {key: (v.get("default") or v) if isinstance(v, Tree) else v for key, v in found.items()}

    @property
    def sizes(self) -> list[Node]:
        """Its input's sizes as written; none where it has several inputs."""
        node = self.root.get("input")
        inputs = self.root.get("inputs")
        if isinstance(inputs, Tree) and len(inputs.entries) == 1:
            only = next(iter(inputs.entries.values())).value
            node = only.get("shape") if isinstance(only, Tree) else None
        return node.items if isinstance(node, Sequence) else []

    @property
    def input(self) -> tuple[int, ...]:
        """Its input's own sizes; nothing where one is a symbol."""
        found = [self._size(node) for node in self.sizes]
        return tuple(size for size in found if size is not None) if None not in found else ()

    @property
    def shown(self) -> list[str]:
        """Its input's sizes as a person reads them: numbers, names, expressions."""
        texts = [str(node.value) if isinstance(node, Scalar) else "?" for node in self.sizes]
        return [text.removeprefix("${").removesuffix("}") for text in texts]

    @property
    def last_units(self) -> Span | None:
        """Where the last layer that has units of its own says how many: the network's classes. None where it is no number."""
        layers = self.root.get("layers")
        entries = list(layers.entries.values()) if isinstance(layers, Tree) else []
        last = next((entry.value for entry in reversed(entries) if isinstance(entry.value, Tree)), None)
        units = last.get("out_features") if last is not None else None
        return units.span if isinstance(units, Scalar) and type(units.value) is int else None

    def _size(self, node: Node) -> int | None:
        name = self.argument(node)
        value = self.args[name] if name else node
        return value.value if isinstance(value, Scalar) and isinstance(value.value, int) else None

    def argument(self, node: Node) -> str:
        """The argument that a size is, as `"${size}"` is; nothing where it is none."""
        text = node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
        name = text.removeprefix("${").removesuffix("}").strip()
        return name if name != text and name in self.args else ""


@cache
def names() -> tuple[str, ...]:
    """Those that teach, then published ones."""
    return (*sorted(path.stem for path in HERE.glob("*.yaml")), *sorted(_published()))


def find(name: str) -> Template | None:
    """The template of this name, in any capitals."""
    name = name.lower()
    if name not in names():
        return None
    own = HERE / f"{name}.yaml"
    text = (own if own.exists() else _published()[name]).read_text("utf-8")
    root, _ = read(Source(name, text))
    assert isinstance(root, Tree)
    return Template(name, text, root)


@cache
def _published() -> Mapping[str, Path]:
    """The published networks, which a wheel has in one folder."""
    within, specs = HERE / "zoo", HERE.parent.parent / "specs"
    if within.is_dir():
        return {path.stem: path for path in within.glob("*.yaml")}
    beside = [specs / f"{name}.yaml" for name in BESIDE_THE_ZOO]
    return {path.stem: path for path in (*(specs / "zoo").glob("*.yaml"), *beside)}


def fill(template: Template, shape: tuple[int, ...] | None, classes: int | None, values: Mapping[str, Value]) -> str:
    """The template's text for an input, a number of classes and values of arguments, without the facts it expects.

    Raises Mismatch.
    """
    given = dict(values)
    edits: list[tuple[Span, str]] = []
    if shape is not None:
        edits += _sizes(template, shape, given)
    if classes is not None:
        name = next((name for name in CLASSES if name in template.args), None)
        span = template.last_units if name is None else None
        if name is not None:
            given[name] = classes
        elif span is not None:
            edits.append((span, str(classes)))
        else:
            raise Mismatch("has no number of classes; its last layer says how many there are")
    for name, value in given.items():
        if name not in template.args:
            has = f"its arguments are {', '.join(template.args)}" if template.args else "it has none"
            raise Mismatch(f"has no argument {name[:60]}; {has}")
        edits.append((template.args[name].span, flow(as_data(value))))
    return _without_expect(_edited(template.text, edits), template.root)


def without(source: Source, root: Tree, places: Iterable[Span]) -> str:
    """The text without the keys of its mappings whose values stand at these places, as far as a key can be taken out."""
    edits: list[Edit] = []
    waiting = set(places)
    while waiting:
        holder = mapping_of(root, min(waiting, key=lambda span: (span.line, span.column)))
        if holder is None:
            break
        keys = [key for key, entry in holder.entries.items() if entry.value.span in waiting]
        edits += without_keys(holder, keys)
        waiting -= {holder.entries[key].value.span for key in keys}
    return apply(source, edits)


def _sizes(template: Template, shape: tuple[int, ...], given: dict[str, Value]) -> Iterable[tuple[Span, str]]:
    """The edits of the input's sizes; those that are arguments are given a value instead."""
    sizes = template.sizes
    names = [template.argument(node) for node in sizes]
    if not sizes:
        raise Mismatch("has several inputs; --set changes arguments, and an editor the rest")
    if not any(names):
        first, last = sizes[0].span, sizes[-1].span
        if first.line != last.line:
            raise Mismatch("has an input that an editor has to change")
        yield Span(first.source, first.line, first.column, last.line, last.end_column), ", ".join(map(str, shape))
        return
    if len(sizes) != len(shape):
        said = " and ".join(dict.fromkeys(filter(None, names)))
        many = counted(len(sizes), "size")
        raise Mismatch(f"reads {many} ({said} may change), not {','.join(map(str, shape))}")
    for node, name, size in zip(sizes, names, shape, strict=True):
        if name and given.get(name, size) != size:
            raise Mismatch(f"has one size, {name}, where {given[name]} and {size} are asked for")
        if name:
            given[name] = size
        else:
            yield node.span, str(size)


def _edited(text: str, edits: Iterable[tuple[Span, str]]) -> str:
    lines = text.split("\n")
    for span, new in sorted(edits, key=lambda edit: (edit[0].line, edit[0].column), reverse=True):
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + new + line[span.end_column - 1 :]
    return "\n".join(lines)


def _without_expect(text: str, root: Tree) -> str:
    """The text without its expectations, which are of the published network."""
    if "expect" not in root.entries:
        return text
    lines = text.split("\n")
    start = root.entries["expect"].key_span.line - 1
    rest = (i for i in range(start + 1, len(lines)) if lines[i].strip() and not lines[i].startswith((" ", "#")))
    kept = [*lines[:start], *lines[next(rest, len(lines)) :]]
    return "\n".join(kept).rstrip() + "\n"
