"""Some mutated specs, and what fixing them promises: `python tests/fuzz/mutate_fixes.py` tries more, `slips.py` and `wrong_names.py`."""

import pytest
import slips
import wrong_names
from mutate_fixes import broken, mutant


@pytest.mark.parametrize("number", range(24))
def test_no_fix_makes_it_worse(number: int) -> None:
    text = mutant(11, number)
    assert [*broken(text, is_unsafe=False), *broken(text, is_unsafe=True)] == [], text


@pytest.mark.parametrize("seed", range(4))
def test_safe_fixes_of_a_slip_let_it_be_read_and_lose_nothing(seed: int) -> None:
    made = [slips.slip(seed, number) for number in range(250)]
    assert [(slip.text, found) for slip in made for found in slips.broken(slip)] == []


@pytest.mark.parametrize("seed", range(2))
def test_a_wrong_name_is_none_that_makes_a_cycle(seed: int) -> None:
    texts = [wrong_names.spec(seed, number) for number in range(150)]
    assert [(text, found) for text in texts for found in wrong_names.broken(text)] == []
