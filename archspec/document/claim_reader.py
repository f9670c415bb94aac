"""Reads `expect` and `budget`, with the document's arguments in scope. Enters: located mappings; leaves: claims, diagnostics.

A fact without a `when` was published of the network with its arguments' default values: with others it is no claim, and is noted
as not checked. One that is written as an expression says what is true of them all.
"""

from __future__ import annotations

from typing import NamedTuple

from archspec.diagnostics.model import Diagnostic, Edit, Fix
from archspec.document.claims import (
    Budget,
    Claims,
    Expectation,
    LayerBudget,
    LayerClaim,
    Owner,
    Statement,
)
from archspec.document.tree import Entry, Invalid, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.document.validate import Subject, validate
from archspec.document.values import Evaluator
from archspec.expressions.environment import Environment
from archspec.expressions.value import is_expression
from archspec.expressions.work import Work
from archspec.source import Span


class _Said(NamedTuple):
    """What one of the two keys says, in words, and how a layer's is written."""

    what: str
    example: str


_SAID: dict[Owner, _Said] = {
    "expect": _Said("facts", "{output: [96, 55, 55], params: 34944}"),
    "budget": _Said("limits", "{macs: {max: 1.5 G}}"),
}
_OTHER = ("layers", "when")


class ClaimReader:
    """Reads one of the two keys."""

    def __init__(
        self,
        owner: Owner,
        environment: Environment,
        report: list[Diagnostic],
        work: Work,
        is_default: bool = True,
        layers: Node | None = None,
    ) -> None:
        self.owner = owner
        self.layers = layers
        """What the document has under `layers`."""
        self.is_default = is_default
        """Whether the document's arguments have their default values."""
        self.said = _SAID[owner]
        self.environment = environment
        self.report = report
        self.evaluator = Evaluator(report, work)

    def expectations(self, node: Node | None, span: Span) -> list[Expectation]:
        """One mapping, or a list of them, each for the arguments that its `when` names."""
        if node is None or isinstance(node, Invalid):
            return []
        found: list[Expectation] = []
        for item in node.items if isinstance(node, Sequence) else [node]:
            if isinstance(item, Mapping):
                found += self._expectation(item, span)
            elif not isinstance(item, Invalid):
                self._error(
                    f"{self.owner} takes a mapping of {self.said.what}, or a list of them, not {describe(item)}",
                    item.span,
                )
        return found

    def _expectation(self, written: Mapping, span: Span) -> list[Expectation]:
        when = written.get("when")
        if when is not None:
            value = self.evaluator.scalar(when, self.environment, None) if isinstance(when, Scalar) else when
            if not isinstance(value, Scalar) or not isinstance(value.value, bool):
                if not isinstance(value, Invalid):
                    self._error(f"when takes true or false, not {describe(value)}", when.span)
                return []
            if not value.value:
                return []
        node = self.evaluator.tree(written, self.environment, None, keep=("when",))
        assert isinstance(node, Mapping)
        misplaced = self._misplaced(node, written)
        node = Mapping(
            {key: entry for key, entry in node.entries.items() if key not in misplaced}, node.span, node.is_whole
        )
        network = self._statement(node, Subject(self.owner, span), Claims, Budget, _OTHER)
        found = Expectation(self.owner, network)
        self._layers(node, found)
        self._each(misplaced, found)
        if self.owner == "expect" and when is None and not self.is_default:
            _leave_defaults(written, found)
        return [found]

    def _misplaced(self, node: Mapping, written: Mapping) -> dict[str, Entry]:
        """What is said of layers in the place of the network, which is reported, and read all the same."""
        of_network, of_layer = (Claims, LayerClaim) if self.owner == "expect" else (Budget, LayerBudget)
        known = {*of_network.model_fields, *_OTHER}
        if node.entries.keys() <= known:
            return {}
        from archspec.document.misplaced import of_layers

        found = of_layers(written, self.owner, known, self.layers, of_layer.model_fields.keys())
        self.report += found.values()
        return {key: node.entries[key] for key in found}

    def _layers(self, node: Mapping, expectation: Expectation) -> None:
        layers = node.get("layers")
        if layers is None or isinstance(layers, Invalid):
            return
        if not isinstance(layers, Mapping):
            message = f"{self.owner}.layers takes a mapping of layers to {self.said.what}, not {describe(layers)}"
            self._error(message, layers.span)
            return
        self._each(layers.entries, expectation)

    def _each(self, layers: dict[str, Entry], expectation: Expectation) -> None:
        what, example = self.said
        for path, entry in layers.items():
            name = f"{self.owner}.layers.{clip(path)}"
            if isinstance(entry.value, Mapping):
                subject = Subject(name, entry.key_span)
                expectation.layers[path] = self._statement(entry.value, subject, LayerClaim, LayerBudget)
            elif not isinstance(entry.value, Invalid):
                ways = _meant(entry.value) if self.owner == "expect" else ()
                help = ", or ".join(way.said for way in ways) or f"write {example}"
                message = f"{name} takes a mapping of {what}, not {describe(entry.value)}"
                self.report.append(Diagnostic("E0105", message, entry.value.span, help=help, ways=ways))

    def _statement(
        self,
        node: Mapping,
        subject: Subject,
        facts: type[Claims] | type[LayerClaim],
        limits: type[Budget] | type[LayerBudget],
        other_keys: tuple[str, ...] = (),
    ) -> Statement:
        """What is said of one thing: in `expect`, a mapping of bounds stands where a figure may."""
        found = Statement(node, subject.span)
        if self.owner == "budget":
            for key in limits.model_fields:
                self._need_claim(subject.name, key, node, "write max: and a number below it")
            found.limits = validate(limits, node, subject, self.report, other_keys)
            return found
        self._need_claim(subject.name, "receptive_field", node, "write {size: 3, stride: 1}")
        bounded = {
            key: entry
            for key, entry in node.entries.items()
            if key in limits.model_fields and isinstance(entry.value, Mapping)
        }
        rest = {key: entry for key, entry in node.entries.items() if key not in bounded}
        found.facts = validate(facts, Mapping(rest, node.span), subject, self.report, other_keys)
        if bounded:
            found.limits = validate(limits, Mapping(bounded, node.span), subject, self.report)
        return found

    def _need_claim(self, owner: str, key: str, node: Mapping, help: str) -> None:
        """E0105 for a key with nothing in it: it claims nothing, and looks as if it did."""
        value = node.get(key)
        if isinstance(value, Scalar) and value.value is None:
            self._error(f"{owner}: {key} takes a mapping, not nothing", value.span, help)

    def _error(self, message: str, span: Span, help: str = "") -> None:
        self.report.append(Diagnostic("E0105", message, span, help=help))


def _meant(node: Node) -> tuple[Fix, ...]:
    """What a number, or a list of sizes, claims of a layer: its output, or its parameters."""
    text = node.span.text() if node.span.line == node.span.end_line else ""
    is_number = isinstance(node, Scalar) and type(node.value) is int
    if not text or not (is_number or isinstance(node, Sequence)):
        return ()
    output = Fix(
        f"write {{output: {clip(f'[{text}]' if is_number else text)}}}", (Edit(node.span, f"{{output: [{text}]}}"),)
    )
    if not is_number:
        return (output._replace(edits=(Edit(node.span, f"{{output: {text}}}"),)),)
    return (output, Fix(f"write {{params: {clip(text)}}}", (Edit(node.span, f"{{params: {text}}}"),)))


def _leave_defaults(written: Mapping, found: Expectation) -> None:
    """Takes out what is claimed of default values alone, and notes it. A layer of which nothing is left need not be there."""
    found.unchecked += _left(written, found.network)
    layers = written.get("layers")
    for path, statement in list(found.layers.items()):
        own = layers.get(path) if isinstance(layers, Mapping) else None
        if isinstance(own, Mapping):
            found.unchecked += [f"{path}.{key}" for key in _left(own, statement)]
            if not any(_has_expression(entry.value) for entry in own.entries.values()):
                del found.layers[path]


def _left(written: Mapping, statement: Statement) -> list[str]:
    """The figures of one statement that no expression gives, which are taken out of it."""
    fixed = [key for key, entry in written.entries.items() if key not in _OTHER and not _has_expression(entry.value)]
    own = {key for part in (statement.facts, statement.limits) if part is not None for key in type(part).model_fields}
    if statement.facts is not None:
        statement.facts = statement.facts.model_copy(update=dict.fromkeys(fixed))
    if statement.limits is not None:
        statement.limits = statement.limits.model_copy(update=dict.fromkeys(fixed))
    return [key for key in fixed if key in own]


def _has_expression(node: Node) -> bool:
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and is_expression(node.value)
    if isinstance(node, Sequence):
        return any(_has_expression(item) for item in node.items)
    return isinstance(node, Mapping) and any(_has_expression(entry.value) for entry in node.entries.values())
