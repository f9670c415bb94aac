"""Records and ops from plain values: the one way in which specs, imported models, settings and tests make them.

Enters: a pydantic model and values by the names of its fields. Leaves: its instance, or pydantic's own error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel

from archspec.ops.base import Op
from archspec.ops.fields import Check

Model = TypeVar("Model", bound=BaseModel)
AnyOp = TypeVar("AnyOp", bound=Op)


def instance(model: type[Model], values: Mapping[str, object]) -> Model:
    """The model's instance. Raises pydantic's ValidationError.

    Right values, which are nearly all, are put through the fields' checks one by one, so that they do not pay for building
    pydantic's validator: that is a tenth of what a check of AlexNet costs. It says what is wrong with all others, by the
    same checks.
    """
    right = _right(model, values)
    return model.model_validate(values) if right is None else right


def make(op: type[AnyOp], arguments: Mapping[str, object]) -> AnyOp:
    """An op whose arguments are right, alone and together. Raises ValidationError; Problem where they contradict themselves."""
    made = instance(op, arguments)
    settle(made)
    return made


def settle(op: Op) -> None:
    """Raises Problem where arguments contradict each other."""
    op.check_axes()
    op.check()


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation names: the one in `Window | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from models_in(argument)


def _right(model: type[Model], values: Mapping[str, object]) -> Model | None:
    """The instance where all values pass their checks, else None."""
    fields = model.model_fields
    built: dict[str, object] = {}
    for name, value in values.items():
        info = fields.get(name)
        if info is None:
            return None
        check = next((item for item in info.metadata if isinstance(item, Check)), None)
        if check is not None:
            if not check.fits(value):
                return None
            built[name] = value
            continue
        inner = next(models_in(info.annotation), None)
        made = _right(inner, value) if inner is not None and isinstance(value, dict) else None
        if made is None:
            return None
        built[name] = made
    if any(info.is_required() and name not in values for name, info in fields.items()):
        return None
    return model.model_construct(set(built), **built)
