"""`archspec.diff`: the same as the command, as a value."""

from __future__ import annotations

import pytest
from support import SPECS

import archspec


def test_two_variants() -> None:
    spec = archspec.load(SPECS / "zoo" / "resnet.yaml")
    found = archspec.diff(spec, spec.with_(depth=101))
    assert found
    assert "inserted  layer3.6 … layer3.22 (17): Bottleneck, 10 layers," in repr(found)
    assert found.to_dict()["after"]["arguments"]["depth"] == 101
    assert "- **changed** argument depth: 50 → 101" in found.to_markdown()


def test_the_same() -> None:
    spec = archspec.load(SPECS / "alexnet.yaml")
    found = archspec.diff(spec, spec)
    assert found.is_same
    assert not found


def test_what_is_no_spec() -> None:
    with pytest.raises(TypeError, match="a spec is wanted"):
        archspec.diff(archspec.load(SPECS / "alexnet.yaml"), "other.yaml")  # type: ignore[arg-type]
