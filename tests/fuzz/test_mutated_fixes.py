"""Some mutated specs, and what fixing them promises: `python tests/fuzz/mutate_fixes.py` tries more."""

import pytest
from mutate_fixes import broken, mutant


@pytest.mark.parametrize("number", range(24))
def test_no_fix_makes_it_worse(number: int) -> None:
    text = mutant(11, number)
    assert [*broken(text, is_unsafe=False), *broken(text, is_unsafe=True)] == [], text
