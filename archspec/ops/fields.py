"""The kinds of values that ops take, each a check with its own words, used as pydantic annotations.

    out_channels: Positive
    padding: Annotated[PerAxis, per_axis(0, words=("same",))] = 0

A check answers whether a value fits, and says what would ("a whole number from 1 up"); the engine puts the layer, the
field and the value that was written around it. `true` is not 1, 3.0 is not 3, and infinity is not a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from archspec.limits import MAX_INTEGER, MAX_LIST

PerAxis = int | tuple[int, ...] | str


class Check:
    """What a field takes: a noun phrase, the test, and its JSON Schema. Lists arrive as tuples."""

    def __init__(
        self, takes: str, fits: Callable[[Any], bool], schema: dict[str, Any], *, is_per_axis: bool = False
    ) -> None:
        self.takes = takes
        self.fits = fits
        self.schema = schema
        self.is_per_axis = is_per_axis

    def or_null(self, meaning: str = "null") -> Check:
        """The same, or null."""
        schema = {"anyOf": [self.schema, {"type": "null"}]}
        takes = f"{self.takes}, or {meaning}"
        return Check(takes, lambda value: value is None or self.fits(value), schema, is_per_axis=self.is_per_axis)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: object, handler: object) -> dict[str, Any]:
        return self.schema

    def _validate(self, value: Any) -> Any:
        if self.fits(value):
            return value
        raise PydanticCustomError("archspec", "{takes}", {"takes": self.takes})


def integer(minimum: int | None = None, maximum: int | None = None) -> Check:
    """A whole number within bounds."""
    schema: dict[str, Any] = {"type": "integer"}
    if minimum is not None:
        schema["minimum"] = minimum
    if maximum is not None:
        schema["maximum"] = maximum
    return Check(f"a whole number{_bounds(minimum, maximum)}", lambda value: _is_int(value, minimum, maximum), schema)


def number(minimum: float | None = None, maximum: float | None = None, above: float | None = None) -> Check:
    """A finite number within bounds; `above` excludes the bound itself."""

    def fits(value: Any) -> bool:
        if type(value) not in (int, float) or not abs(value) <= 1e308:
            return False
        if above is not None and not value > above:
            return False
        return (minimum is None or value >= minimum) and (maximum is None or value <= maximum)

    schema: dict[str, Any] = {"type": "number"}
    bounds = {"minimum": minimum, "maximum": maximum, "exclusiveMinimum": above}
    schema.update((key, bound) for key, bound in bounds.items() if bound is not None)
    takes = f"a number above {above:g}" if above is not None else f"a number{_bounds(minimum, maximum)}"
    return Check(takes, fits, schema)


def number_or_infinity() -> Check:
    """A number, or the text inf or -inf."""
    finite = number()
    schema = {"anyOf": [finite.schema, {"enum": ["inf", "-inf"]}]}
    return Check("a number, inf or -inf", lambda value: finite.fits(value) or value in ("inf", "-inf"), schema)


def choice(*values: str) -> Check:
    """One of a few words."""
    return Check(
        "one of " + ", ".join(values), lambda value: type(value) is str and value in values, {"enum": list(values)}
    )


def whole_numbers(minimum: int | None = None, length: int | None = None) -> Check:
    """A list of whole numbers; not empty."""

    def fits(value: Any) -> bool:
        if type(value) is not tuple or not 0 < len(value) <= MAX_LIST or (length is not None and len(value) != length):
            return False
        return all(_is_int(item, minimum, None) for item in value)

    many = "a list of whole numbers" if length is None else f"a list of {length} whole numbers"
    schema: dict[str, Any] = {"type": "array", "items": integer(minimum).schema, "minItems": length or 1}
    if length is not None:
        schema["maxItems"] = length
    return Check(many + _bounds(minimum, None), fits, schema)


def one_or_more(minimum: int | None = None) -> Check:
    """A whole number, or a list of them (`dim: 1`, `dim: [2, 3]`)."""
    one, many = integer(minimum), whole_numbers(minimum)
    return Check(f"{one.takes}, or a list of them", lambda value: one.fits(value) or many.fits(value),
                 {"anyOf": [one.schema, many.schema]})  # fmt: skip


def per_axis(minimum: int, words: tuple[str, ...] = (), null_entries: bool = False) -> Check:
    """A whole number, or one for each axis (`kernel_size: 3`, `kernel_size: [3, 5]`), or one of a few words.

    With `null_entries`, an entry of a list may be null: adaptive pooling keeps that axis. `Op.check_axes` checks the list's
    length.
    """

    def fits(value: Any) -> bool:
        if type(value) is str:
            return value in words
        if type(value) is not tuple:
            return _is_int(value, minimum, None)
        return bool(value) and all((null_entries and item is None) or _is_int(item, minimum, None) for item in value)

    alone = item = integer(minimum).schema
    if null_entries:
        item = {"anyOf": [item, {"type": "null"}]}
    schema: dict[str, Any] = {"anyOf": [alone, {"type": "array", "items": item}]}
    if words:
        schema["anyOf"].append({"enum": list(words)})
    takes = f"a whole number from {minimum} up, or a list with one for each axis"
    return Check(takes + "".join(f", or {word}" for word in words), fits, schema, is_per_axis=True)


def _is_int(value: Any, minimum: int | None, maximum: int | None) -> bool:
    if type(value) is not int or abs(value) > MAX_INTEGER:
        return False
    return (minimum is None or value >= minimum) and (maximum is None or value <= maximum)


def _bounds(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum:g} to {maximum:g}"
    return f" from {minimum:g} up" if minimum is not None else ""


Bool = Annotated[bool, Check("true or false", lambda value: type(value) is bool, {"type": "boolean"})]
Positive = Annotated[int, integer(1)]
"""A size: 1, 2, 3, …"""
NotNegative = Annotated[int, integer(0)]
Axis = Annotated[int, integer()]
"""An axis as PyTorch counts them: 0 is the batch, -1 the last."""
AxisOrNull = Annotated[int | None, integer().or_null()]
Axes = Annotated[int | tuple[int, ...], one_or_more()]
"""One axis or several."""
Inferred = Annotated[int | None, integer(1).or_null()]
"""A size that follows from the input. Left out it is inferred; written it is a claim that is checked."""
Probability = Annotated[float, number(0, 1)]
Real = Annotated[float, number()]
RealOrInfinity = Annotated[float | str, number_or_infinity()]
RealOrInfinityOrNull = Annotated[float | str | None, number_or_infinity().or_null()]
Kernel = Annotated[PerAxis, per_axis(1)]
Stride = Annotated[PerAxis, per_axis(1)]
Dilation = Annotated[PerAxis, per_axis(1)]
Padding = Annotated[PerAxis, per_axis(0)]


def is_inferred(field: FieldInfo) -> bool:
    """Whether a field is a size that follows from the input."""
    return any(item is Inferred.__metadata__[0] for item in field.metadata)  # type: ignore[attr-defined]


def as_number(value: float | str) -> float:
    return float(value) if isinstance(value, str) else value


REQUIRED, INFERRED = "required", "inferred"
_FOLLOWS = ("in_", "in1_", "in2_", "num_", "input_", "embed_", "normalized_")


def default_of(name: str, field: FieldInfo) -> str:
    """What holds where an argument is not written, as a spec would write it; or that it is required, or inferred."""
    if field.is_required():
        return REQUIRED
    if field.default is None:
        return INFERRED if name.startswith(_FOLLOWS) else "null"
    # 1 is equal to True, so the type decides what is a truth value
    return str(field.default).lower() if type(field.default) is bool else str(field.default)
