"""Arguments, `let` values and blocks as a document declares them. Enters: located mappings; leaves: records, diagnostics.

A block's layers stay located raw values; each use expands them with its own arguments.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.diagnostics.nearest import nearest
from archspec.document.edits import without_key
from archspec.document.listed_outputs import read_outputs
from archspec.document.names import LETTERS, spelt, suggest
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, describe, describe_plain
from archspec.document.validate import Subject, unknown_key
from archspec.document.values import Evaluator, to_value
from archspec.expressions.environment import Environment, Nested
from archspec.expressions.value import UNKNOWN, Unknown, Value, is_expression, show
from archspec.limits import MAX_NAME_LENGTH
from archspec.names import NOT_ASCII, why_no_class_name, why_no_input_name
from archspec.ops import registry
from archspec.source import Span

BLOCK_KEYS = ("args", "inputs", "outputs", "layers", "let", "doc")
LAYER_KEYS = frozenset(
    {
        "type", "from", "use", "layers", "doc", "init", "constraint", "freeze", "tie", "inputs", "outputs", "repeat", "for",
        "as", "when", "let", "mode",
    }
)  # fmt: skip
KINDS: dict[str, str] = {
    "int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text", "list": "a list",
    "any": "any value",
}  # fmt: skip
_OTHER_KINDS = {
    "integer": "int", "boolean": "bool", "string": "str", "number": "float", "tuple": "list", "array": "list",
    "ints": "int", "bools": "bool", "floats": "float", "lists": "list",
}  # fmt: skip
"""What other languages call the kinds. A default that is one of these words stands in quotes."""
_BETTER = {"i": "index", "n": "count", "layers": "num_layers", "repeat": "repeats"}
MAX_SHOWN = 8
"""How many of the values that an argument takes a message names."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
REPEAT_NAMES = frozenset({"i", "n"})


class Argument(NamedTuple):
    """An argument of a document or a block. `default` counts only where it is not required.

    Where a whole number is the default, a list of them fits too, as for `kernel_size` in PyTorch.
    """

    name: str
    kind: str
    required: bool
    default: Value
    span: Span
    one_of: tuple[Value, ...] = ()
    is_wrong: bool = False
    """Its declaration is in error, so that its value is unknown, and nothing more is said of it."""
    allowed: frozenset[tuple[type, Value]] = frozenset()
    """The values of `one_of` with their types, since 1 is not true; where 1.0 is one, 1 is meant by it."""

    @property
    def takes(self) -> str:
        """What values it takes, in words."""
        if not self.one_of:
            return KINDS[self.kind]
        more = len(self.one_of) - MAX_SHOWN
        return f"one of {', '.join(map(show, self.one_of[:MAX_SHOWN]))}" + (f" and {more:,} more" if more > 0 else "")

    @property
    def is_limited(self) -> bool:
        """Whether it can have some values only: those of `one_of`, or true and false."""
        return bool(self.one_of) or self.kind == "bool"

    def fits(self, value: Value) -> bool:
        """Whether a value is of the argument's kind."""
        if self.is_wrong:
            return True
        if self.one_of:
            return (type(value), value) in self.allowed or (type(value) is int and (float, value) in self.allowed)
        match self.kind:
            case "int":
                many = not self.required and type(value) is tuple and all(type(item) is int for item in value)
                return type(value) is int or many
            case "float":
                return type(value) in (int, float)
            case "bool":
                return type(value) is bool
            case "str":
                return type(value) is str
            case "list":
                return type(value) is tuple
        return True


@dataclass(slots=True, eq=False, repr=False)
class Block:
    """A part that layers are made of: like a document, with arguments, inputs, layers and outputs of its own."""

    name: str
    span: Span
    node: Mapping
    args: dict[str, Argument] = field(default_factory=dict)
    inputs: tuple[str, ...] = ("input",)
    outputs: Mapping | Invalid | None = None
    layers: Mapping | Sequence | None = None
    let: Mapping | None = None
    doc: str = ""


class BlockReader:
    """Reads declarations."""

    def __init__(self, report: list[Diagnostic]) -> None:
        self.report = report

    def arguments(self, node: Node | None, taken: tuple[str, ...] = ()) -> dict[str, Argument]:
        """`args`: names with a kind, which then must be given, or with a default. `taken` are names of inputs."""
        if node is None or isinstance(node, Invalid):
            return {}
        if not isinstance(node, Mapping):
            names = self._no_arguments(node)
            return {name: Argument(name, "any", True, None, node.span, is_wrong=True) for name in names}
        found = {}
        for entry in node.entries.values():
            argument = self._argument(entry.key, entry.key_span, entry.value, taken)
            if argument is not None:
                found[argument.name] = argument
        return found

    def _argument(self, name: str, span: Span, node: Node, taken: tuple[str, ...]) -> Argument | None:
        wrong = Argument(name, "any", True, None, span, is_wrong=True)
        reason = why_no_value_name(name) or ("is the name of an input" if name in taken else None)
        if reason is None and name in LAYER_KEYS:
            reason = "is a key that every layer has"
        if reason is None and name in REPEAT_NAMES:
            reason = "is the repeat's own (i counts, n is how many)"
        if reason:
            better = argument_name(name, taken)
            self._error(
                "E0107", f'the argument "{clip(name)}" {reason}', span, help=f"call it {better}" if better else LETTERS
            )
            return wrong
        if isinstance(node, Invalid):
            return wrong
        if isinstance(node, Mapping):
            return self._chosen(name, span, node) or wrong
        if isinstance(node, Scalar) and node.value is None and not node.text:
            self._error("E0105", f"the argument {name} has neither a kind nor a default", span,
                        help=f"write {name}: int, or a default such as {name}: 1")  # fmt: skip
            return wrong
        value = to_value(node)
        if isinstance(value, Unknown):
            self._error("E0105", f"the argument {name} takes a default or one of {', '.join(KINDS)}, not {describe(node)}",
                        node.span, help=f"write {name}: int, or a default such as {name}: 1")  # fmt: skip
            return wrong
        if isinstance(value, str) and value in KINDS:
            return Argument(name, value, True, None, span)
        if isinstance(value, str) and is_expression(value):
            self._error("E0105", f"the default of {name} is an expression, and there is nothing it could read", node.span,
                        help="write the value itself; let: takes expressions")  # fmt: skip
            return wrong
        kind = _meant_kind(value) if isinstance(node, Scalar) and not node.quoted and isinstance(value, str) else None
        if kind is not None:
            self._error("E0105", f"the argument {name} takes a kind, and {value} is none", node.span,
                        label=f"did you mean {kind}?", help=f"write {name}: {kind}, or the text in quotes")  # fmt: skip
            return wrong
        return Argument(name, _kind(value), False, value, span)

    def _chosen(self, name: str, span: Span, node: Mapping) -> Argument | None:
        """The long form: `{default: 50, one_of: [18, 34, 50]}`; without a default it must be given."""
        subject = Subject(f"the argument {name}", span)
        unknown = [key for key in node.entries if key not in ("default", "one_of", "doc")]
        self.report += [
            unknown_key(key, node.entries[key].key_span, subject, ("default", "one_of", "doc")) for key in unknown
        ]
        text_of(f"the argument {name}", "doc", node, self.report)
        allowed = to_value(node.entries["one_of"].value) if "one_of" in node.entries else None
        if not isinstance(allowed, tuple) or not allowed:
            self._error("E0105", f"the argument {name} takes one_of: a list of values", node.span,
                        help=f"write {name}: {{default: 1, one_of: [1, 2]}}, or a default alone")  # fmt: skip
            return None
        typed = frozenset((type(value), value) for value in allowed)
        if "default" not in node.entries:
            return Argument(name, "any", True, None, span, allowed, allowed=typed)
        default = node.entries["default"].value
        value = to_value(default)
        found = Argument(name, _kind(value), False, _known(value), span, allowed, allowed=typed)
        if isinstance(value, Unknown) or not found.fits(value):
            self._error("E0105", f"the default of {name} is {found.takes}, not {describe(default)}", default.span)
        return found

    def blocks(self, node: Node | None) -> dict[str, Block]:
        """`blocks`: names with what they are made of."""
        if node is None or isinstance(node, Invalid):
            return {}
        if not isinstance(node, Mapping):
            self._error("E0105", f"blocks takes a mapping of names to blocks, not {describe(node)}", node.span)
            return {}
        found = {}
        for entry in node.entries.values():
            block = self._block(entry.key, entry.key_span, entry.value)
            if block is not None:
                found[block.name] = block
        return found

    def _block(self, name: str, span: Span, node: Node) -> Block | None:
        reason = why_no_class_name(name)
        if reason is None and (registry.find(name) is not None or name.startswith("python:")):
            reason = "is the name of an op"
        if reason:
            better = suggest(name, capitalize=True)
            self._error("E0107", f'the block name "{clip(name)}" {reason}', span, label="it becomes a class's name",
                        help=f"call it {better}" if better and better != name else LETTERS if not name.isascii()
                        else f"call it My{name[:40]}")  # fmt: skip
            return None
        if not isinstance(node, Mapping):
            if not isinstance(node, Invalid):
                self._error("E0105", f"a block is a mapping with layers, not {describe(node)}", node.span)
            return None
        subject = Subject(f"the block {name}", span)
        unknown = [key for key in node.entries if key not in BLOCK_KEYS]
        for key in unknown:
            told = self._input_of_its_own(name, node, key)
            self.report.append(told or unknown_key(key, node.entries[key].key_span, subject, BLOCK_KEYS))
        block = Block(name, span, node)
        block.inputs = self._inputs(name, node.get("inputs"))
        block.args = self.arguments(node.get("args"), block.inputs)
        block.outputs = read_outputs(node.get("outputs"), f"outputs of {name}", self.report)
        block.let = mapping_of(name, "let", node, self.report)
        block.doc = text_of(f"the block {name}", "doc", node, self.report)
        layers = node.get("layers")
        if isinstance(layers, (Mapping, Sequence)):
            block.layers = layers
        elif not isinstance(layers, Invalid) and "layers" not in {nearest(key, BLOCK_KEYS) for key in unknown}:
            self._no_layers(name, node, span)
        return block

    def _input_of_its_own(self, name: str, node: Mapping, key: str) -> Diagnostic | None:
        """E0103 for the shape of an input in a block, which has the one of what it reads; None for other keys and values."""
        value = node.entries[key].value
        sizes = value.items if isinstance(value, Sequence) else []
        if key != "input" or not any(isinstance(size, Scalar) and type(size.value) is int for size in sizes):
            return None
        out = without_key(node, key)
        said = "take it out: a block reads what its use gives it, of any shape"
        return Diagnostic("E0103", f"the block {clip(name)} takes no key input", node.entries[key].key_span, "unknown key",
                          help=said, ways=(Fix(said, (out,)),) if out is not None else ())  # fmt: skip

    def _no_layers(self, name: str, node: Mapping, span: Span) -> None:
        """E0109, and E0100 for a text."""
        layers = node.entries.get("layers")
        if layers is None or not isinstance(layers.value, Scalar) or layers.value.value is None:
            self._error("E0109", f"the block {name} has no layers", span, help="add layers: with a layer a line")
            return
        from archspec.document.no_layers import no_layers

        self.report.append(no_layers(layers, f"the block {name}: "))

    def _inputs(self, block: str, node: Node | None) -> tuple[str, ...]:
        if node is None or isinstance(node, Invalid):
            return ("input",)
        items = node.items if isinstance(node, Sequence) else []
        names = [item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
        wrong = next((name for name in names if why_no_input_name(name)), None)
        if not names or len(names) != len(items) or len(set(names)) != len(names) or wrong is not None:
            said = f'"{clip(wrong)}" {why_no_input_name(wrong)}' if wrong else "each of them once"
            self._error("E0105", f"inputs of the block {block} takes a list of names: {said}", node.span,
                        help="write inputs: [query, memory]")  # fmt: skip
            return ("input",)
        return tuple(names)

    def _no_arguments(self, node: Node) -> list[str]:
        """E0105 for arguments that are no mapping; the names that stand there nevertheless."""
        items = node.items if isinstance(node, Sequence) else [node]
        texts = [item.text.partition("=") for item in items if isinstance(item, Scalar)]
        given = {name.strip(): _PYTHONS.get(value.strip(), value.strip() or "int") for name, _, value in texts}
        given = {name: value for name, value in given.items() if why_no_value_name(name) is None}
        names = list(given)
        written = f"{{{', '.join(f'{name}: {value}' for name, value in given.items())}}}"
        is_whole = 0 < len(names) == len(items) and node.span.line == node.span.end_line
        said = f"write args: {clip(written, 200)}; int is a kind, and a default may stand in its place"
        message = f"args takes a mapping of names to defaults, not {describe(node)}"
        self.report.append(Diagnostic("E0105", message, node.span, help=said if names else "write args: {name: default}",
                                      ways=(Fix(said, (Edit(node.span, written),)),) if is_whole else ()))  # fmt: skip
        return names

    def _error(self, code: str, message: str, span: Span, label: str = "", help: str = "") -> None:
        self.report.append(Diagnostic(code, message, span, label=label, help=help))


_PYTHONS = {"True": "true", "False": "false", "None": "null"}
"""Values as Python has them, and as a spec does."""


def mapping_of(owner: str, key: str, node: Mapping, report: list[Diagnostic]) -> Mapping | None:
    """The mapping that a key of an owner's takes; None where there is none."""
    found = node.get(key)
    if found is None or isinstance(found, (Mapping, Invalid)):
        return found if isinstance(found, Mapping) else None
    report.append(Diagnostic("E0105", f"{key} of {owner} takes a mapping, not {describe(found)}", found.span))
    return None


def text_of(owner: str, key: str, node: Mapping, report: list[Diagnostic], layer: str | None = None) -> str:
    """The text that a key of an owner's takes; an empty one where there is none."""
    found = node.get(key)
    if found is None or isinstance(found, Invalid):
        return ""
    if isinstance(found, Scalar) and isinstance(found.value, str):
        return found.value
    report.append(Diagnostic("E0105", f"{owner}: {key} takes a text, not {describe(found)}", found.span,
                             label="a text expected", layer=layer))  # fmt: skip
    return ""


def why_no_value_name(name: str) -> str | None:
    """Why an argument or a `let` value cannot be called this: expressions, and generated code, read it by this name."""
    from archspec.expressions.grammar import RESERVED

    if len(name) > MAX_NAME_LENGTH:
        return f"is longer than {MAX_NAME_LENGTH} characters"
    if not name.isascii():
        return NOT_ASCII
    if not _NAME.fullmatch(name):
        return "is not a name of letters, digits and underscores that begins with a letter"
    if name in RESERVED:
        return "is a word of the expression language"
    if keyword.iskeyword(name):
        return "is a word of the Python language"
    return None


def value_name(name: str, *taken: Collection[str]) -> str | None:
    """A name for an argument in place of one that is not allowed or taken; None where nothing of it can be kept."""
    joined = "_".join(re.findall(r"[A-Za-z0-9]+", spelt(name[:MAX_NAME_LENGTH])))[: MAX_NAME_LENGTH - 4]
    if not joined:
        return None
    for candidate in (_BETTER.get(name, joined), f"{joined}1", f"arg{joined}"):
        if why_no_value_name(candidate) is None and not any(candidate in names for names in taken):
            return candidate
    return None


def argument_name(name: str, taken: Collection[str] = ()) -> str | None:
    """The name, where an argument can have it beside those that are taken; else another one."""
    is_free = why_no_value_name(name) is None and name not in LAYER_KEYS | REPEAT_NAMES and name not in taken
    return name if is_free else value_name(name, taken, LAYER_KEYS, REPEAT_NAMES)


def _meant_kind(text: str) -> str | None:
    """The kind that a text was meant to be: what other languages call it, or its letters mixed up."""
    plain = text.lower()
    kind = _OTHER_KINDS.get(plain)
    if kind is None:
        kind = next((known for known in KINDS if sorted(plain) == sorted(known)), None)
    if kind is None and len(plain) < 20:
        from difflib import get_close_matches

        near = get_close_matches(plain, [word for word in _OTHER_KINDS if len(word) > 5], n=1, cutoff=0.85)
        kind = _OTHER_KINDS[near[0]] if near else None
    return kind


def let_values(node: Mapping | None, environment: Environment, evaluator: Evaluator, layer: str | None) -> Environment:
    """The scope with the names of a `let` in it; each may read those above it. Raises Exhausted."""
    if node is None:
        return environment
    evaluator.charge(len(node.entries), node, layer)
    names: dict[str, Value | Unknown] = {}
    grown = environment.inside(Nested(environment.names, names))
    for entry in node.entries.values():
        reason = why_no_value_name(entry.key)
        if reason:
            better = value_name(entry.key)
            evaluator.report.append(
                Diagnostic("E0107", f'the name "{clip(entry.key)}" {reason}', entry.key_span, layer=layer,
                           help=f"call it {better}" if better else LETTERS)
            )  # fmt: skip
            names[entry.key] = UNKNOWN
            continue
        names[entry.key] = evaluator.value(evaluator.tree(entry.value, grown, layer), entry.key, layer, grown.names)
    return grown


def argument_values(
    args: dict[str, Argument],
    given: dict[str, tuple[Value | Unknown, Span]],
    subject: Subject,
    report: list[Diagnostic],
) -> dict[str, Value | Unknown]:
    """The value of each argument: the one given, if it is of the right kind, or the default."""
    found: dict[str, Value | Unknown] = {}
    for name, argument in args.items():
        if name not in given:
            if argument.required and not argument.is_wrong:
                span = subject.span if subject.layer else argument.span  # a document's arguments come from outside
                way = (
                    f"add {name}: {argument.takes}"
                    if subject.layer
                    else f"give --set {name}=…, {argument.takes}, or a default"
                )
                report.append(Diagnostic("E0102", f"{_of(subject)}{subject.type} needs {name}", span,
                                         label=f"{name} is missing", help=way, layer=subject.layer))  # fmt: skip
            found[name] = UNKNOWN if argument.required else argument.default
            continue
        value, span = given[name]
        if not isinstance(value, Unknown) and not argument.fits(value):
            help, ways = _help(argument, value, span, subject)
            report.append(Diagnostic(
                "E0105", f"{_of(subject)}{name} takes {argument.takes}, not {describe_plain(value)}", span, help=help, ways=ways,
                label=f"{argument.takes} expected" if len(argument.takes) < 60 else "", layer=subject.layer))  # fmt: skip
            value = UNKNOWN
        found[name] = value
    return found


def _help(argument: Argument, value: Value, span: Span, subject: Subject) -> tuple[str, tuple[Fix, ...]]:
    """Help that is no edit, and edits. What came from outside has no place in the text."""
    from archspec.document.grouped import grouped_ways
    from archspec.document.value_help import value_help, value_ways, word_ways

    def fits(other: Any) -> bool:
        return argument.fits(other)

    said = value_help(argument.name, value, span, fits, subject.names, argument.required)
    grouped = grouped_ways(argument.name, span, fits)
    words = [word for word in argument.one_of or () if isinstance(word, str)]
    ways = (
        grouped
        or value_ways(said, argument.name, span, None)
        or (word_ways(argument.name, value, span, words) if not said else ())
    )
    ways = ways if subject.layer else ()
    return ("" if ways else said), ways


def _of(subject: Subject) -> str:
    return f"{subject.name}: " if subject.layer else ""


def _known(value: Value | Unknown) -> Value:
    return None if isinstance(value, Unknown) else value


def _kind(value: Value | Unknown) -> str:
    if isinstance(value, bool):
        return "bool"
    kinds: dict[type, str] = {int: "int", float: "float", str: "str", tuple: "list"}
    return kinds.get(type(value), "any")
