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


def test_a_field_without_a_stride_has_none_in_the_text() -> None:
    """Where one position is left, no step leads from it to the next."""

    def net(kernel: int) -> archspec.Spec:
        return archspec.parse({
            "archspec": 1, "name": "Net", "input": [3, 32, 32],
            "layers": {"c": {"type": "Conv2d", "out_channels": 4, "kernel_size": kernel}, "f": "Flatten",
                       "d": {"type": "Linear", "out_features": 3}},
        })  # fmt: skip

    said = repr(archspec.diff(net(31), net(32)))
    assert "receptive field of 2 layers: at d all → 32 (padding – → 0)" in said
    assert "None" not in said
