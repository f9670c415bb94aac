"""What a spec claims about itself: `expect` and `budget`. Data only.

Both speak of the same figures: `expect` says what they are, or within which bounds, `budget` says bounds.
`document.claim_reader` reads them, `facts.expectations` compares them with what is true.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from archspec.document.quantity import byte_quantity, quantity
from archspec.document.tree import Mapping
from archspec.ops.fields import Check
from archspec.source import Span

Owner = Literal["expect", "budget"]

Text = Annotated[str, Check("a text", lambda value: type(value) is str, {"type": "string"})]


_NUMBER = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}
Quantity = Annotated[
    Any, Check("a count, such as 1200, 65_000_000 or 1.5 G", lambda value: quantity(value) is not None, _NUMBER)
]
ByteQuantity = Annotated[
    Any, Check("a number of bytes, such as 4096, 64 MiB or 200 kB", lambda value: byte_quantity(value) is not None, _NUMBER)
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


class Limit(Part):
    """Bounds of one figure."""

    min: Quantity = None
    max: Quantity = None


class ByteLimit(Part):
    """Bounds of a figure in bytes."""

    min: ByteQuantity = None
    max: ByteQuantity = None


class ShapeLimit(Part):
    """Bounds of a shape, axis by axis."""

    min: ShapeClaim = None
    max: ShapeClaim = None


AnyLimit = Limit | ByteLimit | ShapeLimit


class LayerClaim(Part):
    """Facts published about one layer. `running_params` is the sum up to and including it."""

    output: ShapeClaim = None
    params: Quantity = None
    weights: Quantity = None
    biases: Quantity = None
    running_params: Quantity = None
    macs: Quantity = None
    receptive_field: FieldClaim | None = None


class LayerBudget(Part):
    """Limits that one layer must keep: of each figure of `LayerClaim`."""

    output: ShapeLimit | None = None
    params: Limit | None = None
    weights: Limit | None = None
    biases: Limit | None = None
    running_params: Limit | None = None
    macs: Limit | None = None


class Claims(Part):
    """Facts published about the whole network (`layers` is read layer by layer)."""

    params: Quantity = None
    trainable_params: Quantity = None
    buffers: Quantity = None
    macs: Quantity = None
    flops: Quantity = None
    param_bytes: ByteQuantity = None
    peak_activation_bytes: ByteQuantity = None
    output: ShapeClaim = None
    layer_count: Quantity = None


class Budget(Part):
    """Limits that the design must keep: of each figure of `Claims`."""

    params: Limit | None = None
    trainable_params: Limit | None = None
    buffers: Limit | None = None
    macs: Limit | None = None
    flops: Limit | None = None
    param_bytes: ByteLimit | None = None
    peak_activation_bytes: ByteLimit | None = None
    output: ShapeLimit | None = None
    layer_count: Limit | None = None


class SharedBudget(NamedTuple):
    """Limits that a project sets for all its specs, and where it does: a file and a key."""

    limits: Budget
    origin: str


@dataclass(slots=True, eq=False, repr=False)
class Statement:
    """What is said of the network, or of one layer or group: facts, limits, and where both stand."""

    node: Mapping
    span: Span
    """Of its name."""
    facts: Claims | LayerClaim | None = None
    limits: Budget | LayerBudget | None = None


@dataclass(slots=True, eq=False, repr=False)
class Expectation:
    """What `expect` or `budget` says of one configuration of the network."""

    owner: Owner
    network: Statement
    layers: dict[str, Statement] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)
    """Figures that are claimed for the arguments' default values alone, where others are given: `params`, `fc.output`."""
