"""A float32 is written as the shortest decimal that stands for it, and that a float32 holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.importers.onnx.values import short

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("value", [LARGEST, -LARGEST])
def test_the_largest_is_itself(value: float) -> None:
    assert short(value) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_it_stands_for_the_number(value: float) -> None:
    found = short(value)
    assert abs(found) <= LARGEST
    assert np.float32(found) == np.float32(value)


def test_a_tenth() -> None:
    assert short(float(np.float32(0.1))) == 0.1
