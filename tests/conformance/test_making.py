"""There is one way to an op: values that go past pydantic's validator are those that it takes, and make what it makes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from archspec.document.claims import Budget, Claims, LayerBudget, LayerClaim
from archspec.ops import making, registry

TEXTS = (
    "same",
    "valid",
    "zeros",
    "mean",
    "inf",
    "-inf",
    "bilinear",
    "relu",
    "float32",
    "ij,jk->ik",
    "row",
    "a.b",
    "",
    "1",
)
NUMBERS = st.one_of(st.integers(-3, 9), st.sampled_from([2**62 - 1, 2**62, -(2**70)]))
PLAIN = st.one_of(NUMBERS, st.booleans(), st.none(), st.sampled_from(TEXTS),
                  st.floats(allow_nan=True, allow_infinity=True, width=32))  # fmt: skip
VALUES = st.one_of(PLAIN, st.lists(PLAIN, max_size=3).map(tuple), st.lists(st.lists(NUMBERS, max_size=2).map(tuple),
                   max_size=2).map(tuple), st.dictionaries(st.sampled_from(["min", "max", "size", "a"]), PLAIN, max_size=2))  # fmt: skip


def both(model: type[BaseModel], values: dict[str, Any]) -> None:
    try:
        validated = model.model_validate(values)
    except ValidationError:
        validated = None
    right = making._right(model, values)
    if right is not None:  # else pydantic is asked anyway
        assert validated is not None, values
        assert repr(right) == repr(validated)
        assert right.model_fields_set == validated.model_fields_set


@pytest.mark.parametrize("name", registry.names())
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_right_is_what_pydantic_takes(name: str, data: st.DataObject) -> None:
    op = registry.find(name)
    assert op is not None
    fields = data.draw(st.lists(st.sampled_from([*op.model_fields, "no_such_key"]), unique=True, max_size=6))
    needed = [field for field, info in op.model_fields.items() if info.is_required()]
    both(op, {field: data.draw(VALUES) for field in dict.fromkeys([*needed, *fields])})


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_claims_take_is_what_pydantic_takes(data: st.DataObject) -> None:
    for model in (Budget, Claims, LayerBudget, LayerClaim):
        fields = data.draw(st.lists(st.sampled_from([*model.model_fields, "no_such_key"]), unique=True, max_size=4))
        both(model, {field: data.draw(VALUES) for field in fields})
