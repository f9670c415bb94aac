"""What a spec claims about itself: `expect` and `budget`. Enters: located mappings; leaves: claims and diagnostics.

`facts.expectations` compares them with what is true.
"""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from archspec.diagnostics.model import Diagnostic
from archspec.document.tree import Invalid, Mapping, Node, Scalar, Sequence, clip, describe
from archspec.document.validate import Subject, validate
from archspec.document.values import Environment, Evaluator
from archspec.document.work import Work
from archspec.ops.fields import Check
from archspec.source import Span

_UNITS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_QUANTITY = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?) ?([kKMGTPE]?)")

MAX_DIGITS = 110
"""Of a count as written; the largest that there is has 78, and every third may have an underscore before it."""

Text = Annotated[str, Check("a text", lambda value: type(value) is str, {"type": "string"})]


def quantity(value: object) -> int | None:
    """A number of something: 62378344, `65_000_000`, `1.5 G`; None for anything else."""
    if type(value) is int:
        return value if value >= 0 else None
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None or len(match[1]) > MAX_DIGITS:
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


def is_shape(value: object) -> bool:
    """Whether a value can be a shape: a list of numbers and names."""
    return type(value) is tuple and all(type(item) in (int, str) for item in value)


ShapeClaim = Annotated[
    Any,
    Check("a shape without the batch, such as [96, 55, 55]", is_shape,
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


class Part(BaseModel):
    """What a person writes: frozen, and nothing beside its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class FieldClaim(Part):
    """A receptive field as published."""

    size: PerAxisClaim = None
    stride: PerAxisClaim = None
    padding: PerAxisClaim = None


class LayerClaim(Part):
    """Facts published about one layer. `running_params` is the sum up to and including it."""

    output: ShapeClaim = None
    params: Quantity = None
    weights: Quantity = None
    biases: Quantity = None
    running_params: Quantity = None
    macs: Quantity = None
    receptive_field: FieldClaim | None = None


class Claims(Part):
    """Facts published about the whole network (`layers` is read layer by layer)."""

    params: Quantity = None
    trainable_params: Quantity = None
    buffers: Quantity = None
    macs: Quantity = None
    flops: Quantity = None
    output: ShapeClaim = None
    layer_count: Quantity = None


class Limit(Part):
    """Bounds of one figure."""

    min: Quantity = None
    max: Quantity = None


class Budget(Part):
    """Limits that the design must keep."""

    params: Limit | None = None
    trainable_params: Limit | None = None
    macs: Limit | None = None
    flops: Limit | None = None
    param_bytes: Limit | None = None
    peak_activation_bytes: Limit | None = None


class SharedBudget(NamedTuple):
    """Limits that a project sets for all its specs, and where it does: a file and a key."""

    limits: Budget
    origin: str


class NamedClaim(NamedTuple):
    """The claims about one layer, and where they stand."""

    claim: LayerClaim
    node: Mapping
    span: Span


@dataclass(slots=True, eq=False, repr=False)
class Expectation:
    """Facts published about one configuration of the network."""

    node: Mapping
    claims: Claims | None = None
    layers: dict[str, NamedClaim] = field(default_factory=dict)


class ClaimReader:
    """Reads `expect` and `budget`, with the document's arguments in scope."""

    def __init__(self, environment: Environment, report: list[Diagnostic], work: Work) -> None:
        self.environment = environment
        self.report = report
        self.evaluator = Evaluator(report, work)

    def expectations(self, node: Node | None, span: Span) -> list[Expectation]:
        """One mapping of facts, or a list of them, each for the arguments that its `when` names."""
        if node is None or isinstance(node, Invalid):
            return []
        items = node.items if isinstance(node, Sequence) else [node]
        found: list[Expectation] = []
        for item in items:
            if isinstance(item, Mapping):
                expectation = self._expectation(item, span)
                found += [expectation] if expectation is not None else []
            elif not isinstance(item, Invalid):
                self._error(
                    "E0105", f"expect takes a mapping of facts, or a list of them, not {describe(item)}", item.span
                )
        return found

    def _expectation(self, written: Mapping, span: Span) -> Expectation | None:
        when = written.get("when")
        if when is not None:
            value = self.evaluator.scalar(when, self.environment, None) if isinstance(when, Scalar) else when
            if not isinstance(value, Scalar) or not isinstance(value.value, bool):
                if not isinstance(value, Invalid):
                    self._error("E0105", f"when takes true or false, not {describe(value)}", when.span)
                return None
            if not value.value:
                return None
        node = self.evaluator.tree(written, self.environment, None, keep=("when",))
        assert isinstance(node, Mapping)
        subject = Subject("expect", span)
        expectation = Expectation(node, validate(Claims, node, subject, self.report, ("layers", "when")))
        self._layers(node, expectation)
        return expectation

    def _layers(self, node: Mapping, expectation: Expectation) -> None:
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
                subject = Subject(f"expect.layers.{clip(path)}", entry.key_span)
                self._need_claim(
                    f"expect.layers.{clip(path)}", "receptive_field", entry.value, "write {size: 3, stride: 1}"
                )
                claim = validate(LayerClaim, entry.value, subject, self.report)
                if claim is not None:
                    expectation.layers[path] = NamedClaim(claim, entry.value, entry.key_span)
            elif not isinstance(entry.value, Invalid):
                self._error(
                    "E0105",
                    f"expect.layers.{clip(path)} takes a mapping of facts, not {describe(entry.value)}",
                    entry.value.span,
                    help="write {output: [96, 55, 55], params: 34944}",
                )

    def budget(self, node: Mapping, span: Span) -> tuple[Mapping, Budget | None]:
        """The limits, and the mapping that they stand in."""
        evaluated = self.evaluator.tree(node, self.environment, None)
        assert isinstance(evaluated, Mapping)
        for key in Budget.model_fields:
            self._need_claim("budget", key, evaluated, "write max: and a number below it")
        return evaluated, validate(Budget, evaluated, Subject("budget", span), self.report)

    def _need_claim(self, owner: str, key: str, node: Mapping, help: str) -> None:
        """E0105 for a key with nothing in it: it claims nothing, and looks as if it did."""
        value = node.get(key)
        if isinstance(value, Scalar) and value.value is None:
            self._error("E0105", f"{owner}: {key} takes a mapping, not nothing", value.span, help)

    def _error(self, code: str, message: str, span: Span, help: str = "") -> None:
        self.report.append(Diagnostic(code, message, span, help=help))
