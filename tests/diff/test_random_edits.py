"""What was done is what is said: known edits of the zoo's specs (`tests/fuzz/edits.py`; a thousand of them by hand)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzz"))

from edits import case, judge


@pytest.mark.parametrize("seed", range(36))
def test_an_edit_is_told(seed: int) -> None:
    one = case(seed)
    assert judge(one.found, one.edits) == [], f"{one.spec}: {one.edits}"


@pytest.mark.parametrize("seed", range(100, 108))
def test_two_edits_are_told(seed: int) -> None:
    one = case(seed, 2)
    assert judge(one.found, one.edits) == [], f"{one.spec}: {one.edits}"


def test_the_judge_sees_what_is_wrong() -> None:
    one = case(3)
    assert judge(one.found, []) != []
    one.found.changes.clear()
    assert judge(one.found, one.edits) != []
