"""One layer's keys to an op and its settings. Enters: a located mapping or type name; leaves: node fields, diagnostics.

Never looks at other layers; `expand.scope` does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from collections.abc import Mapping as Mapping_
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import nearest
from archspec.document.blocks import Block, text_of
from archspec.document.edits import is_flow, put, with_key, without_key
from archspec.document.tree import (
    Entry,
    Invalid,
    Mapping,
    Node,
    Scalar,
    Sequence,
    clip,
    describe,
    parts,
)
from archspec.document.validate import Subject, validate
from archspec.expand.freezing import read_freeze
from archspec.expand.initial import Defaults, read_constraints, read_inits
from archspec.expressions.value import is_expression
from archspec.graph import Constraint, Frozen, Init, Place
from archspec.ops import registry
from archspec.ops.base import Op, Problem
from archspec.ops.making import settle
from archspec.source import Span

if TYPE_CHECKING:
    from archspec.expand.python_layers import Known
    from archspec.expressions.tree import Expression, Template

COMMON_KEYS = ("type", "from", "doc", "init", "constraint", "freeze", "tie", "mode")
"""What every op takes beside its arguments. The rest is of groups and of `use`."""
CONTROL_KEYS = ("repeat", "for", "as", "when", "let")
KEPT = ("doc", "layers", "inputs", *CONTROL_KEYS)
"""What is not evaluated with the rest of a layer: text, inner scopes, and what decides how often there is a layer."""
PYTHON = "python:"
_GROUPS = ("sequential", "modulelist", "group")
"""What others call a group."""
_SIZED = r"\d\s*[x×]\s*\d|\s\S*\d|[A-Za-z]\d?-\d"
_SPOKEN = rf"[\s,:]|[a-z]-[A-Za-z]|{_SIZED}"
_COMPUTED = r"[(+*/@=%]|\s-\s"
"""What is computed, of which no part is the name of what is meant: a call, a sum."""
_IN_PLACE = r"^([A-Za-z_]\w*) *([-+*/])= *(?=[A-Za-z_]\w*$)"
"""`x += y`, which is `x + y` where a layer is meant."""
_KEY_AND_VALUE = r" *(?P<key>[A-Za-z_]\w*):[^\s:#][^#]*"
_TRAINED = ("training", "Train", "TRAIN")
_NUMBER = r"-?[0-9]+"
"""A value that in quotes would be another."""
_WITH_KEY = r"\{type: (\w+), (\w+): (\d+)\}"


class LayerPlace:
    """Where a layer stands: its name, and its mapping where it has one."""

    __slots__ = ("mapping", "name", "whole")

    def __init__(self, name: Span, node: Node) -> None:
        self.name = name
        self.mapping = node if isinstance(node, Mapping) else None
        self.whole = node.span

    @property
    def type(self) -> Span:
        return self.argument("type") or self.whole

    def argument(self, field: str) -> Span | None:
        node = self.mapping.get(field) if self.mapping else None
        return node.span if node is not None else None

    def key(self, field: str) -> Span | None:
        entry = self.mapping.entries.get(field) if self.mapping else None
        return entry.key_span if entry is not None else None

    def expression(self, field: str) -> Expression | None:
        return expression_of(self.mapping.get(field) if self.mapping else None)

    def written(self, field: str) -> tuple[object, tuple[Expression, ...]]:
        node = self.mapping.get(field) if self.mapping else None
        if node is None:
            return None, ()
        return _form(node), tuple(tree for tree in map(expression_of, _scalars(node)) if tree is not None)

    def items(self, field: str) -> tuple[Expression | None, ...]:
        return _items_of(self.mapping.get(field) if self.mapping else None)

    def items_behind(self, name: str) -> tuple[Expression | None, ...]:
        given = [self.mapping.get(key) for key in ("let", "for")] if self.mapping else []
        return next(
            (_items_of(node.get(name)) for node in given if isinstance(node, Mapping) and name in node.entries), ()
        )

    def behind(self, name: str) -> Expression | None:
        given = [self.mapping.get(key) for key in ("let", "for")] if self.mapping else []
        trees = [expression_of(node.get(name)) for node in given if isinstance(node, Mapping)]
        return next((tree for tree in trees if tree is not None), None)

    def template(self, field: str) -> Template | None:
        return template_of(self.mapping.get(field) if self.mapping else None)

    def type_edit(self, name: str) -> Edit | None:
        return _value_edit(self.type, name)

    def argument_edit(self, field: str, value: str) -> Edit | None:
        span = self.argument(field)
        if span is not None:
            return _value_edit(span, value)
        return with_key(self.mapping, field, value) if self.mapping is not None else None

    def expressions(self) -> tuple[Expression, ...]:
        return self._expressions(lambda key: key not in KEPT)

    def numbers(self) -> frozenset[int | float]:
        values = (node.value for node in self._written(lambda key: key not in KEPT))
        return frozenset(value for value in values if isinstance(value, (int, float)))

    def controls(self) -> tuple[Expression, ...]:
        return self._expressions(lambda key: key in CONTROL_KEYS)

    def _expressions(self, is_meant: Callable[[str], bool]) -> tuple[Expression, ...]:
        """The expressions in some of its keys."""
        return tuple(tree for tree in map(expression_of, self._written(is_meant)) if tree is not None)

    def _written(self, is_meant: Callable[[str], bool]) -> Iterator[Scalar]:
        """The plain values, and expressions, in some of its keys."""
        entries = self.mapping.entries if self.mapping else {}
        return (scalar for key, entry in entries.items() if is_meant(key) for scalar in _scalars(entry.value))


def _value_edit(span: Span, value: str) -> Edit | None:
    """The edit that puts another value in place of a plain one on one line."""
    text = span.text()
    if "${" in text or span.line != span.end_line:
        return None
    is_text = not value.startswith(('"', "[")) and not re.fullmatch(_NUMBER, value)
    return Edit(span, f'"{value}"' if text.startswith('"') and is_text else value)


def expression_of(node: Node | None) -> Expression | None:
    """A value that is one whole expression; None for any other, and for one that cannot be read."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not is_expression(node.value):
        return None
    found = template_of(node)
    return found.expression if found is not None else None


def template_of(node: Node | None) -> Template | None:
    """A text, with the expressions in it; None for what is none, and where one of them cannot be read."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    from archspec.expressions.grammar import readable

    return readable(node.value)


def _form(node: Node) -> object:
    """What is written, as plain values whose types tell 1 from true."""
    if isinstance(node, Scalar):
        return type(node.value), node.value
    if isinstance(node, Sequence):
        return tuple(map(_form, node.items))
    return {key: _form(entry.value) for key, entry in node.entries.items()} if isinstance(node, Mapping) else None


def _items_of(node: Node | None) -> tuple[Expression | None, ...]:
    return tuple(map(expression_of, node.items)) if isinstance(node, Sequence) else ()


def _scalars(node: Node) -> Iterator[Scalar]:
    return (part for part in parts(node) if isinstance(part, Scalar))


class Settings(NamedTuple):
    """What a layer's common keys say beside its type and its inputs."""

    doc: str = ""
    inits: tuple[Init, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    frozen: bool | None = None
    """Whether the whole layer does not train; None where it does not say."""
    frozen_parameters: tuple[Frozen, ...] = ()
    tie: Mapping | None = None
    """The layer's parameters that are others', by name, as they are to be looked up."""


def build_op(
    path: str,
    place: LayerPlace,
    node: Node,
    blocks: Mapping_[str, Block],
    report: list[Diagnostic],
    names: Collection[str] = (),
    readable: Callable[[], Collection[str]] = tuple,
) -> tuple[str, Op | None]:
    """The type's name and the op of a layer; the op is None after reporting why. `blocks`, `names` (of values) and what
    `readable` gives, the names that a layer here can read, are those that help may offer."""
    type_node = node.get("type") if isinstance(node, Mapping) else node
    if not isinstance(type_node, Scalar) or not isinstance(type_node.value, str):
        if type_node is not None and not isinstance(type_node, Invalid):
            _report(
                report,
                "E0105",
                f"{path}: type takes the name of an op, not {describe(type_node)}",
                type_node.span,
                path,
            )
        return "?", None
    type_name = type_node.value
    found = _external() if type_name.startswith(PYTHON) else registry.find(type_name)
    if found is None:
        unknown_type(path, node, type_node, blocks, report, names, readable)
        return type_name, None
    mapping = node if isinstance(node, Mapping) else Mapping({}, type_node.span)
    subject = Subject(path, place.name, path, type_name, names, readable)
    if type_name.startswith(PYTHON):
        mapping = _with_target(mapping, type_node, type_name.removeprefix(PYTHON))
    aside = list(_no_fields(found, isinstance(mapping.get("init"), Mapping)))
    if "activation" in mapping.entries and not _is_field(found, "activation", mapping) and "type" in mapping.entries:
        from archspec.expand.activation_keys import activation_as_key

        other = activation_as_key(path, mapping)
        report += [other] if other is not None else []
        aside.append("activation")
    op = validate(found, mapping, subject, report, aside)
    if op is None:
        return type_name, None
    try:
        settle(op)
    except Problem as problem:
        span = (place.argument(problem.field) if problem.field else None) or place.type
        report.append(Diagnostic(problem.code, f"{path} {problem.message}", span, label=problem.label,
                                 notes=problem.notes, help=problem.help, layer=path,
                                 ways=problem_ways(problem, place)))  # fmt: skip
        return type_name, None
    return type_name, op


def problem_ways(problem: Problem, place: Place) -> tuple[Fix, ...]:
    """The changes that an op proposes: another value for one of its arguments, or for its type."""
    found: list[Fix] = []
    for field, value in problem.instead:
        edit = place.type_edit(value) if field == "type" else place.argument_edit(field, value)
        said = f"write {value}" if field == "type" else f"write {field}: {value}"
        is_type = field == "type"
        found += [Fix(said, (edit,), problem.is_sure, is_repeated=is_type)] if edit is not None else []
    return tuple(found)


def read_settings(path: str, node: Node, op: Op | None, defaults: Defaults, type_name: str,
                  report: list[Diagnostic]) -> Settings:  # fmt: skip
    """The common keys."""
    if not isinstance(node, Mapping):
        return Settings(inits=defaults.of(type_name))
    own = node.get("init")
    found = registry.find(type_name)
    key_of = (found or Op).parameter_key
    if own is None:
        inits = defaults.of(type_name)
    elif found is not None and _is_field(found, "init", node):
        inits = ()
    else:
        written = read_inits(path, own, report, key_of)
        inits = (
            *written,
            *(one for one in defaults.of(type_name) if one.parameter not in {w.parameter for w in written}),
        )
    frozen, parameters = read_freeze(path, node.get("freeze"), report, key_of)
    return Settings(
        doc=text_of(path, "doc", node, report, path),
        inits=inits,
        constraints=read_constraints(path, node.get("constraint"), report, key_of),
        frozen=frozen,
        frozen_parameters=parameters,
        tie=_tied(path, node.get("tie"), report),
    )


@cache
def _no_fields(op: type[Op], has_inits: bool) -> tuple[str, ...]:
    """The common keys that are no arguments of the op. `has_inits`: its `init` is of parameters."""
    fields = op.model_fields
    return tuple(key for key in (*COMMON_KEYS, *CONTROL_KEYS) if key not in fields or (key == "init" and has_inits))


def _is_field(op: type[Op], key: str, node: Mapping) -> bool:
    """Whether a common key is an argument of the op instead, as PReLU's `init: 0.1` is; its `init: {weight: 0.1}` is not."""
    return key in op.model_fields and not (key == "init" and isinstance(node.get(key), Mapping))


def _external() -> type[Op]:
    """The op behind `python:` types; no name of its own leads to it."""
    from archspec.ops.external import External

    return External


def _with_target(mapping: Mapping, type_node: Scalar, target: str) -> Mapping:
    """The mapping of a `python:` layer with the target as a field of its own."""
    entry = Entry("target", type_node.span, Scalar(target, target, True, type_node.span))
    return Mapping({"target": entry, **mapping.entries}, mapping.span)


def unknown_type(
    path: str,
    node: Node,
    kind: Scalar,
    blocks: Mapping_[str, Block],
    report: list[Diagnostic],
    names: Collection[str] = (),
    readable: Callable[[], Collection[str]] = tuple,
) -> None:
    """E0104 for a type that no op and no block has. `names` are those of values, which code may have as arguments, and `readable`
    gives those of what it may read."""
    from archspec.document.other_comments import HELP, comment_in
    from archspec.ops.other_names import near_name, other_name

    type_name, span = kind.text, kind.span
    type_name = re.sub(_IN_PLACE, r"\1 \2 ", type_name)
    is_block = type_name.partition("(")[0].strip() in blocks or nearest(type_name, blocks) is not None
    other = "" if is_block else other_name(type_name)
    near = (
        None
        if other or re.search(_COMPUTED, type_name) or re.search(_SIZED, type_name)
        else near_name(type_name, [*blocks, *registry.names()])
    )
    near = near if near and (near.is_only or _takes(near.name, node)) else None
    code = _code(type_name, blocks, names, readable)
    what = "op or block" if blocks else "op"
    listed = "`archspec ops` lists all there are"
    ways: tuple[Fix, ...] = ()
    comment = comment_in(span.source, span.line) if " " in type_name and span.line == span.end_line else None
    if comment is not None and comment[0].column > span.column:
        report.append(Diagnostic("E0104", f"{path}: {clip(type_name)} is no type, but a type and a comment of another language",
                                 comment[0], label="a comment?", help=HELP, layer=path, ways=(comment[1],)))  # fmt: skip
        return
    if isinstance(node, Mapping) and "layers" in node.entries and type_name.rpartition(".")[2].lower() in _GROUPS:
        out = without_key(node, "type")
        ways = (Fix("leave type out: layers makes it a group", (out,), is_safe=True),) if out is not None else ()
    elif not is_block and re.search(_SPOKEN, type_name) and (spoken := _spoken(type_name, node, span))[0]:
        other, ways = spoken
    elif (joined := _joined(span) if ":" in type_name else ()) and not isinstance(node, Mapping):
        ways = (Fix("write a space after each colon", joined, is_safe=True),)
    elif near is not None:
        said = f"write {near.name}" if near.is_only else f"if {near.name} is meant, write that; {listed}"
        way = Fix(said, (put(span, near.name),), near.is_only)
        ways = tuple(_like(way, near.name, type_name, node)) if near.is_only else (way,)
    elif other or code is not None:
        ways = tuple(_other_types(type_name, other, node, span, code))
        if code is not None:
            from archspec.expand.python_calls import call_help

            other = call_help(type_name, ways, code) or other
    other = ways[0].said if ways and ways[0].said.startswith(("leave", "write a space", "write type")) else other
    message = f"{path}: there is no {what} called {clip(kind.text) or 'nothing'}"
    report.append(Diagnostic("E0104", message, span, layer=path,
                             label=f"did you mean {near.name}?" if near else "unknown type",
                             help=other or listed, ways=ways))  # fmt: skip


def _like(way: Fix, near: str, name: str, node: Node) -> Iterator[Fix]:
    """A type that is near, and its keys: `Conv2D` is Conv2d."""
    from archspec.expand.other_layers import with_other_keys

    yield from with_other_keys(way, near, name, node)


def _spoken(type_name: str, node: Node, span: Span) -> tuple[str, tuple[Fix, ...]]:
    from archspec.expand.spoken import spoken_ways

    return spoken_ways(type_name, node, span)


def _joined(span: Span) -> tuple[Edit, ...]:
    """The spaces that are missing after the colons of keys on lines, `type:Conv2d`, which YAML reads as one text."""
    source, edits = span.source, []
    for number in range(span.line, span.end_line + 1):
        found = re.fullmatch(_KEY_AND_VALUE, source.lines[number - 1])
        if found is None:
            return ()
        column = found.end("key") + 2
        edits.append(Edit(Span(source, number, column, number, column), " "))
    return tuple(edits)


def _takes(name: str, node: Node) -> bool:
    """Whether an op, or a block, can have the keys of a layer, and has all that it needs."""
    op = registry.find(name)
    keys = set(node.entries) - {*COMMON_KEYS, *CONTROL_KEYS} if isinstance(node, Mapping) else set()
    return op is None or (not _lacks(name, node) and keys <= set(op.model_fields))


def _lacks(name: str, node: Node) -> set[str]:
    """What an op needs that a layer does not say."""
    op = registry.find(name)
    keys = set(node.entries) if isinstance(node, Mapping) else set()
    return {field for field, info in op.model_fields.items() if info.is_required()} - keys if op is not None else set()


def _code(
    text: str, blocks: Mapping_[str, Block], names: Collection[str], readable: Callable[[], Collection[str]]
) -> Known | None:
    """What a type that is Python code may name; None where it is none."""
    from archspec.expand.python_calls import is_code
    from archspec.expand.python_layers import Known

    return Known(names, blocks, readable()) if is_code(text) else None


def _other_types(name: str, help: str, node: Node, span: Span, code: Known | None) -> Iterator[Fix]:
    """The changes that help for another library's name is about: another type, one of several, or one with a key."""
    from archspec.expand.other_layers import with_other_keys
    from archspec.ops.other_names import is_activation, is_same_name, of_other_axes, others_meant
    from archspec.ops.other_values import left_unsaid

    written = help.removeprefix("write ")
    if is_activation(name) and isinstance(node, Mapping):
        from archspec.expand.activation_keys import named_activation

        yield from named_activation(node, {*COMMON_KEYS, *CONTROL_KEYS})
    if code is not None:
        from archspec.expand.python_calls import call_ways

        yield from call_ways(name, node, span, code)
    if left_unsaid(name.removesuffix("()"), ()):
        name = name.removesuffix("()")  # what such a call has without being given it
    if registry.find(written) is not None:
        yield from with_other_keys(Fix(help, (put(span, written),), is_same_name(name)), written, name, node)
    elif (found := re.fullmatch(_WITH_KEY, written)) is not None:
        first, key, value = found.groups()
        others = of_other_axes(first) if re.search(r"\d", name) is None else []
        for kind in (first, *others):
            if not isinstance(node, Mapping):
                said = help.replace(first, kind)
                yield Fix(said, (Edit(span, written.replace(first, kind)),), is_reading=bool(others))
            else:
                apart = ", " if is_flow(node) else "\n" + " " * (node.entries["type"].key_span.column - 1)
                edit = Edit(span, f"{kind}{apart}{key}: {value}")
                way = Fix(f"write {kind}, with {key}: {value}", (edit,), is_reading=bool(others))
                yield from with_other_keys(way, kind, name, node)
    else:
        kinds = others_meant(name)
        is_reading = len({kind[:-2] for kind in kinds}) < len(kinds) and not _lacks(kinds[0], node)
        for other in kinds:
            way = Fix(f"write {other}", (put(span, other),), is_reading=is_reading)
            yield from with_other_keys(way, other, name, node)


def is_train_only(path: str, node: Node, report: list[Diagnostic]) -> bool:
    """Whether `mode` says that a layer is computed in training only."""
    mode = node.get("mode") if isinstance(node, Mapping) else None
    if mode is None or isinstance(mode, Invalid) or not isinstance(node, Mapping):
        return False
    type_node = node.get("type")
    op = registry.find(type_node.value) if isinstance(type_node, Scalar) and isinstance(type_node.value, str) else None
    if op is not None and "mode" in op.model_fields:  # Upsample has a mode of its own
        return False
    if isinstance(mode, Scalar) and mode.value in ("train", "always"):
        return mode.value == "train"
    out = without_key(node, "mode")
    word = mode.value if isinstance(mode, Scalar) else None
    help = "write mode: train for a layer of training alone, or leave mode out"
    ways = (Fix(help.partition(", or ")[2], (out,)),) if out is not None and word not in _TRAINED else ()
    ways = (Fix("write mode: train", (put(mode.span, "train"),)),) if word in _TRAINED else ways
    report.append(Diagnostic("E0105", f"{path}: mode takes train or always, not {describe(mode)}", mode.span, layer=path,
                             label="train or always expected", help=help, ways=ways))  # fmt: skip
    return False


def _tied(path: str, tie: Node | None, report: list[Diagnostic]) -> Mapping | None:
    """What a layer says of parameters that are others'; None where nothing, or nothing that can be read."""
    if tie is None or isinstance(tie, Mapping | Invalid):
        return tie if isinstance(tie, Mapping) else None
    report.append(Diagnostic("E0105", f"{path}: tie takes a mapping, not {describe(tie)}", tie.span, layer=path,
                             help="write tie: {weight: other_layer.weight}"))  # fmt: skip
    return None


def _report(
    report: list[Diagnostic], code: str, message: str, span: Span, layer: str, label: str = "", help: str = ""
) -> None:
    report.append(Diagnostic(code, message, span, label=label, help=help, layer=layer))
