"""Some hundred mutated specs, and all that archspec promises of them: `python tests/fuzz/mutate.py` tries more."""

import warnings
from random import Random

import pytest
from mutate import document
from promises import faults


@pytest.mark.parametrize("seed", range(4))
def test_every_promise_holds(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(75):
            text = document(seed, number)[1]
            assert faults(text, Random(number), commands=0.02, verify=0.05) == [], text


def test_a_document_is_told_by_its_seed() -> None:
    assert document(3, 5)[1] == document(3, 5)[1]
    assert document(3, 5)[1] != document(3, 6)[1]
