"""Random networks of all kinds of ops: fields, bounds and `--unit` against the support of the gradient (`tests/fuzz/fields.py`)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzz"))

from fields import judge, network

SEEDS = range(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_is_the_support_of_the_gradient(seed: int) -> None:
    net = network(seed)
    assert judge(net, seed).wrong == [], net.document


def test_they_have_branches_laws_and_bounds() -> None:
    said = sum((judge(network(seed), seed).said for seed in SEEDS), start=type(judge(network(0), 0).said)())
    kinds = " ".join(said)
    for kind in ("unit exact", "field AxisField", "field Whole", "field Scattered", "with bounds"):
        assert kind in kinds, said
    assert not any("not followed" in kind or "lost" in kind for kind in said), said
