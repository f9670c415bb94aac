"""A spec's text with the values that were given for its arguments and sizes written into it.

Enters: a checked spec. Leaves: text that says the same network without them, or a ValueError: it is checked before it is given.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from archspec.checking import Result, check
from archspec.diagnostics.edits import apply
from archspec.diagnostics.model import Edit
from archspec.document.reader import read
from archspec.document.tree import Mapping as MappingNode
from archspec.document.tree import Node, Scalar, parts, plain
from archspec.document.writer import flow
from archspec.expand.folding import LONG
from archspec.expressions.value import Value, show
from archspec.settings import Settings, SettingsError, find
from archspec.source import Source

_NOT_IMPORTED = "E0506"
"""A file of blocks that is not to be found."""


def settled(spec: Result, path: str) -> str:
    """The text, as it would stand at the path. Raises ValueError where it would not say the same there, and for a file
    whose name is no spec's."""
    assert spec.document is not None
    edits = [*_arguments(spec.document.root, spec.given), *_sizes(spec.document.root, spec.given)]
    text = apply(spec.source, edits)
    if ending(path) is None:
        raise ValueError(f"{path!r} has none of the endings of a spec: .yaml, .yml and .json")
    if ending(path) == "json":
        text = as_json(text)
    again = check(
        path, text.encode("utf-8", "surrogatepass"), settings=_settings(spec, path), fold_from=LONG, lists_few=True
    )
    known = {claim.message for claim in spec.missed}
    for found in again.diagnostics:
        if found.severity == "error" and found.message not in known:
            way = _of_roots(spec) if found.code == _NOT_IMPORTED else ""
            raise ValueError(f"the spec would not check there: {found.message}{way}")
    if _said(again) != _said(spec):
        if _imported(again) != _imported(spec):
            raise ValueError(f"what the spec imports is not the same there{_of_roots(spec)}")
        values = ", ".join(f"{name}={show(value)}" for name, value in spec.given.items())
        raise ValueError(f"{values} cannot be written into the text, so that it would be another network")
    return text


def _settings(spec: Result, path: str) -> Settings:
    """Those that the spec was checked with, but with the roots that a file at the path has. Raises ValueError."""
    if not spec.settings.roots:
        return spec.settings
    try:
        return replace(spec.settings, roots=find(path).roots)
    except SettingsError as error:
        raise ValueError(f"the spec would not check there: {error}") from None


def _of_roots(spec: Result) -> str:
    """Where the blocks of a project are found; nothing without roots."""
    folders = ", ".join(root.shown for root in spec.settings.roots)
    return f"; save it where the settings of its own project hold, whose roots are {folders}" if folders else ""


def _imported(spec: Result) -> set[str]:
    """The texts of the files that its blocks come from."""
    assert spec.document is not None
    own = spec.document.source
    return {block.span.source.text for block in spec.document.blocks.values() if block.span.source is not own}


def ending(path: str) -> str | None:
    """`yaml` or `json`, whichever a file of that name holds, YAML where it has no ending; None where it is neither."""
    found = os.path.splitext(path)[1].lower()
    return "json" if found == ".json" else "yaml" if found in ("", ".yaml", ".yml") else None


def as_json(text: str) -> str:
    """A spec as JSON, which has no comments: the text itself where it is JSON already, else what it says in JSON."""
    try:
        json.loads(text)
    except ValueError:
        root, _ = read(Source("<text>", text))
        return json.dumps(plain(root), indent=2, ensure_ascii=False) + "\n"
    return text


def _said(spec: Result) -> Any:
    """What the spec says of its network, whatever its text looks like."""
    from archspec.backends.table.report import report

    found = report("", None, spec.facts, ())
    return [{**layer, "line": None} for layer in found["layers"]], found["inputs"], found["outputs"], found["totals"]


def _arguments(root: MappingNode, values: Mapping[str, Value]) -> Iterator[Edit]:
    """The edits that make values defaults."""
    declared = root.get("args")
    for name, value in values.items():
        entry = declared.entries.get(name) if isinstance(declared, MappingNode) else None
        if entry is None:
            continue
        node: Node | None = entry.value
        if isinstance(node, MappingNode):
            node = node.get("default")
        if node is not None:
            yield Edit(node.span, flow(value))


def _sizes(root: MappingNode, values: Mapping[str, Value]) -> Iterator[Edit]:
    """The edits that write numbers in place of symbolic sizes, where inputs have them."""
    inputs = [node for node in (root.get("input"), root.get("inputs")) if node is not None]
    for node in chain.from_iterable(map(parts, inputs)):
        if isinstance(node, Scalar) and isinstance(node.value, str) and type(values.get(node.value)) is int:
            yield Edit(node.span, flow(values[node.value]))
